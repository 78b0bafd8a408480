"""Grad-CAM by PyTorch's automatic differentiation on networks with formula weights -> Tests/Golden/explanations.json.

    python Tools/golden/explanations.py

Selvaraju and others, "Grad-CAM", 2017, https://arxiv.org/abs/1610.02391, without the last step that sets what is negative
to zero: the weight of a channel is the mean over the map of the score's derivative, and the map is the channels' weighted
sum. Where the features are scaled to length 1, the length is held fixed ("map"); "whole" differentiates it too, and the
script prints how alike the two are. Networks, formulas and images are those of networks.py.
"""

import json
import pathlib
import sys

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from networks import CLASSES, DEVIATION, MEAN, CIFARResNet, formula_images, formula_tensor, torchvision  # noqa: E402

GOLDEN = pathlib.Path(__file__).parents[2] / "Tests/Golden/explanations.json"


def formula(network):
    state = network.state_dict()
    for key in state:
        if "num_batches_tracked" not in key:
            state[key] = formula_tensor(key, tuple(state[key].shape))
    network.load_state_dict(state)
    return network.eval()


def last_map(network, x):
    if isinstance(network, CIFARResNet):
        x = torch.relu(network.bn1(network.conv1(x)))
        return network.layer3(network.layer2(network.layer1(x)))
    return network.features(x)


def score(pooled, head, index, detach):
    """The score of a class as Sources/Models/ClassifierGraph.swift computes it."""
    if head == "linear":
        weight, bias, features = formula_tensor("head.0.weight", (CLASSES, pooled.numel())), "head.0.bias", pooled
    elif head == "norm":
        norm = torch.nn.BatchNorm1d(pooled.numel())
        for name, value in norm.state_dict().items():
            if "num_batches_tracked" not in name:
                value.copy_(formula_tensor(f"head.0.{name}", tuple(value.shape)))
        features = norm.eval()(pooled[None])[0]
        weight, bias = formula_tensor("head.1.weight", (CLASSES, pooled.numel())), "head.1.bias"
    else:
        weight, bias = formula_tensor("svm.weight", (CLASSES, pooled.numel())), "svm.bias"
        mapped = pooled.sqrt() if head == "root" else pooled
        length = mapped.norm().clamp(min=1e-12)
        features = mapped / (length.detach() if detach else length)
    return weight[index] @ features + formula_tensor(bias, (CLASSES,))[index]


def grad_cam(network, x, head, index, detach):
    values = last_map(network, x).detach().requires_grad_()
    result = score(values.mean((2, 3))[0], head, index, detach)
    (gradient,) = torch.autograd.grad(result, values)
    # A channel that is zero everywhere has no part in the map, whatever the derivative of its square root.
    weights = torch.nan_to_num(gradient.mean((2, 3), keepdim=True), posinf=0, neginf=0)
    return (weights * values.detach()).sum(1)[0], float(result.detach())


def golden():
    entries = []
    for backbone, side, network in (
        ("resnet20-cifar", 32, CIFARResNet(3)),
        ("squeezenet1_1", 96, torchvision.models.squeezenet1_1(num_classes=CLASSES)),
        ("mobilenet_v2", 96, torchvision.models.mobilenet_v2(num_classes=CLASSES)),
    ):
        network = formula(network)
        x = torch.from_numpy(formula_images(1, side)).float() / 255
        x = ((x - torch.tensor(MEAN)) / torch.tensor(DEVIATION)).permute(0, 3, 1, 2).contiguous()
        for head in ("linear", "norm", "plain", "root"):
            for index in (0, 7):
                fixed, value = grad_cam(network, x, head, index, True)
                whole, _ = grad_cam(network, x, head, index, False)
                alike = np.corrcoef(fixed.flatten().numpy(), whole.flatten().numpy())[0, 1]
                print(f"{backbone:15} {head:7} class {index}: score {value:+.4f}, correlation with all differentiated {alike:.3f}", file=sys.stderr)
                entries.append({"backbone": backbone, "side": side, "head": head, "class": index, "score": value,
                                "rows": fixed.shape[0], "map": [float(v) for v in fixed.flatten()]})
    return {"made by": "Tools/golden/explanations.py", "versions": {"torch": torch.__version__, "torchvision": torchvision.__version__}, "maps": entries}


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(golden(), indent=1) + "\n")
