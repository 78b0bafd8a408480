"""Makes Tests/Golden/torch_norm.json: batch norm followed by a sum and an activation, forwards and backwards.

    python Tools/golden/torch_norm.py

Inputs are 32-bit floats; PyTorch computes with 64 bits. Images are [N, H, W, C], in the order of memory of the tensors
that are tested. What goes in stands once for each shape; every case of it says what it adds and what follows. No number
that goes into an activation lies within 1e-3 of 0 or 6, where its slope jumps.
"""

import itertools
import json
import pathlib

import torch
import torch.nn.functional as F

SEED = 20240921
MARGIN = 1e-3
# [N, C, H, W]: odd numbers of channels, sizes that no vector fits, a single image, a single row.
SHAPES = [(1, 1, 5, 3), (2, 3, 3, 5), (3, 7, 5, 1), (1, 16, 3, 5), (1, 33, 3, 3), (2, 57, 1, 3)]
ACTIVATIONS = {"none": lambda z: z, "relu": F.relu, "relu6": F.relu6}


def rounded(x):
    return [float(f"{v:.8g}") for v in x.detach().flatten().tolist()]


def images(x):
    return rounded(x.permute(0, 2, 3, 1))


def inputs_of(shape):
    channels = shape[1]
    # Means of up to a few deviations, and scales that reach beyond 6.
    x = torch.randn(shape) * (0.5 + torch.rand(1, channels, 1, 1)) + 3 * torch.randn(1, channels, 1, 1)
    return {
        "x": x,
        "weight": 2 + torch.rand(channels),
        "bias": 2 * torch.randn(channels),
        "mean": 3 * torch.randn(channels),
        "variance": 0.5 + torch.rand(channels),
        "residual": torch.randn(shape),
        "seed": torch.randn(shape),
    }


def run(inputs, activation, training, adds):
    """The golden numbers of a case, and how far the activation's input stays from its kinks."""
    wide = {name: tensor.double() for name, tensor in inputs.items()}
    leaves = {name: wide[name].requires_grad_() for name in ("x", "weight", "bias", "residual")}
    mean, variance = wide["mean"].clone(), wide["variance"].clone()
    z = F.batch_norm(leaves["x"], mean, variance, leaves["weight"], leaves["bias"], training, momentum=0.1, eps=1e-5)
    if adds:
        z = z + leaves["residual"]
    y = ACTIVATIONS[activation](z)
    y.backward(wide["seed"])
    case = {
        "activation": activation,
        "isTraining": training,
        "addsResidual": adds,
        "y": images(y),
        "mean": rounded(mean),
        "variance": rounded(variance),
        "xGradient": images(leaves["x"].grad),
        "weightGradient": rounded(leaves["weight"].grad),
        "biasGradient": rounded(leaves["bias"].grad),
    }
    if adds:
        case["residualGradient"] = images(leaves["residual"].grad)
    return case, min(z.abs().min().item(), (z - 6).abs().min().item())


def group(shape):
    combinations = list(itertools.product(ACTIVATIONS, (True, False), (False, True)))
    while True:
        inputs = inputs_of(shape)
        runs = [run(inputs, *combination) for combination in combinations]
        if all(distance > MARGIN for _, distance in runs):
            break
    cases = [case for case, _ in runs]
    if inputs["x"].numel() > 200:
        cases = cases[SHAPES.index(shape) % 2 :: 2]
    stored = {n: images(t) if t.dim() == 4 else rounded(t) for n, t in inputs.items()}
    return {"shape": list(shape), **stored, "cases": cases}


def main():
    torch.manual_seed(SEED)
    golden = {
        "made_by": "Tools/golden/torch_norm.py",
        "versions": {"torch": torch.__version__.split("+")[0]},
        "seed": SEED,
    }
    lines = ",\n".join(json.dumps(group(shape), separators=(",", ":")) for shape in SHAPES)
    path = pathlib.Path(__file__).parents[2] / "Tests/Golden/torch_norm.json"
    path.write_text(f'{json.dumps(golden)[:-1]}, "groups": [\n{lines}\n]}}\n')
    print(path.name, path.stat().st_size, "bytes")


main()
