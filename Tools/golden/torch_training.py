"""One step of training of whole networks -> Tests/Golden/torch_training.json.

    python Tools/golden/torch_training.py

Networks, formula weights and formula images are those of networks.py. A batch of four images goes through each network
in the training phase (batch norms use the batch's statistics; no dropout), the loss is cross-entropy with label
smoothing 0.1, and the file holds the loss, and for the gradient of every parameter and for every running statistic
afterwards its length and eight of its numbers, evenly spaced. PyTorch computes with 64 bits.
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

from networks import DEVIATION, MEAN, CIFARResNet, formula_images, formula_tensor, slim_resnet18, torchvision

LABELS = [0, 3, 5, 9]


def networks():
    yield "starter", 64, slim_resnet18()
    yield "mobilenet_v2", 64, torchvision.models.mobilenet_v2(num_classes=10)
    yield "squeezenet1_1", 64, torchvision.models.squeezenet1_1(num_classes=10)
    yield "resnet20-cifar", 32, CIFARResNet(3)


def sample(x):
    x = x.detach().flatten()
    picked = [x[i * len(x) // 8] for i in range(8)]
    return [float(f"{v:.8g}") for v in [x.norm(), *picked]]


def step(side, network):
    state = network.state_dict()
    for name, value in state.items():
        if "num_batches_tracked" not in name:
            state[name] = formula_tensor(name, tuple(value.shape))
    network.load_state_dict(state)
    network.double().train()
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0
    x = torch.from_numpy(formula_images(len(LABELS), side)).double() / 255
    x = ((x - torch.tensor(MEAN)) / torch.tensor(DEVIATION)).permute(0, 3, 1, 2)
    loss = F.cross_entropy(network(x), torch.tensor(LABELS), label_smoothing=0.1)
    loss.backward()
    statistics = {n: sample(b) for n, b in network.named_buffers() if "num_batches_tracked" not in n}
    gradients = {n: sample(p.grad) for n, p in network.named_parameters()}
    return {"side": side, "loss": loss.item(), "gradients": gradients, "statistics": statistics}


def main():
    golden = {
        "made by": "Tools/golden/torch_training.py",
        "versions": {"torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0]},
        "labels": LABELS,
        "networks": {name: step(side, network) for name, side, network in networks()},
    }
    path = pathlib.Path(__file__).parents[2] / "Tests/Golden/torch_training.json"
    path.write_text(json.dumps(golden, separators=(",", ":")).replace('],"', '],\n"') + "\n")
    print(path.name, path.stat().st_size, "bytes", {n: v["loss"] for n, v in golden["networks"].items()})


main()
