"""Ten steps of each optimiser on every parameter of two networks -> Tests/Golden/torch_optimisers.json.

    python Tools/golden/torch_optimisers.py

Formula weights and formula images are those of networks.py. The networks are ResNet-20 on images of 32 x 32, once with
its first layers frozen (their batch norms in eval()), and a head on vectors: norm, dense, relu, norm, dense. Each step
takes the next eight images or vectors, in the training phase, with cross-entropy at label smoothing 0.1, and another rate.
The file holds the loss and the length of all gradients before each step, the answers to the first batch after the last
step, and for every parameter, running statistic and moment then its length and eight of its numbers, evenly spaced.
PyTorch computes with 64 bits, in which ten steps of two programs can be compared to many digits; in 32 bits rounding
grows from step to step until it says more of the machine than of the program.

Two variants follow OneCycleLR with its cycle of momentum; their rates and momenta are in the file.

The second part is the optimisers alone, in 32 bits: ten steps on one array whose gradients follow from a formula.

The third is the ResNet in 32 bits with its batch norms fixed, where rounding stays small over ten steps: the parameters by
64 bits, and how far PyTorch's own 32 bits are from them, with one thread and with two, with channels last, and without
oneDNN. `distance` is that of all numbers that the file holds of all parameters together, as a part of how far they moved;
`worst` is that of the parameter that is furthest off, as a part of its length.
"""

import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

from networks import DEVIATION, MEAN, CIFARResNet, formula_images, formula_tensor

STEPS, BATCH, SIDE, LENGTH = 10, 8, 32, 24
VARIANTS = {
    # Network, what of it is frozen, optimiser, its numbers, the rate, the decay, and what gradients are clipped to.
    "sgd": ("resnet", (), "SGD", {"momentum": 0.9}, 0.05, 5e-4, None),
    "sgd without momentum": ("resnet", ("conv1.", "bn1.", "layer1."), "SGD", {"momentum": 0}, 0.05, 0, None),
    "sgd, Nesterov, clipped": ("resnet", (), "SGD", {"momentum": 0.9, "nesterov": True}, 0.05, 5e-4, 1.0),
    "adam": ("resnet", (), "Adam", {"betas": (0.9, 0.999), "eps": 1e-8}, 1e-3, 5e-4, None),
    "adamW": ("resnet", (), "AdamW", {"betas": (0.8, 0.99), "eps": 1e-6}, 1e-3, 0.05, None),
    "adamW on a head": ("head", (), "AdamW", {"betas": (0.9, 0.999), "eps": 1e-8}, 1e-2, 0.05, None),
    "sgd, one cycle": ("head", (), "SGD", {"momentum": 0.9}, 0.05, 5e-4, None),
    "adamW, one cycle": ("head", (), "AdamW", {"betas": (0.9, 0.999), "eps": 1e-8}, 1e-2, 0.05, None),
}
FIXED = {
    "sgd": ("resnet", ("norms",), "SGD", {"momentum": 0.9}, 0.005, 5e-4, None),
    "adam": ("resnet", ("norms",), "Adam", {"betas": (0.9, 0.999), "eps": 1e-8}, 1e-4, 5e-4, None),
    "adamW": ("resnet", ("norms",), "AdamW", {"betas": (0.8, 0.99), "eps": 1e-6}, 1e-4, 0.05, None),
}
MOMENTS = {"momentum_buffer": "momentum", "exp_avg": "exp_avg", "exp_avg_sq": "exp_avg_sq"}


def rounded(value):
    return float(f"{value:.10g}")


def sample(x):
    x = x.detach().double().flatten()
    return [rounded(v) for v in [x.norm(), *[x[i * len(x) // 8] for i in range(8)]]]


def groups(parameters, decay):
    """Three groups: norms and biases do not decay, the classifier learns ten times faster than the rest."""
    plain = [n for n, p in parameters.items() if p.ndim == 1]
    fast = [n for n in parameters if n == "fc.weight"]
    rest = [n for n in parameters if n not in plain + fast]
    return [(plain, 1, 0), (rest, 1, decay), (fast, 10, decay)]


def optimiser(kind, numbers, parameters, decay):
    return getattr(torch.optim, kind)(
        [
            {"params": [parameters[n] for n in names], "factor": factor, "weight_decay": decay}
            for names, factor, decay in groups(parameters, decay)
        ],
        **numbers,
    )


class Head(nn.Module):
    """Without the dropouts that would stand before the dense layers, whose masks no other program draws."""

    def __init__(self):
        super().__init__()
        self.norm1, self.fc1 = nn.BatchNorm1d(LENGTH), nn.Linear(LENGTH, 32)
        self.norm2, self.fc = nn.BatchNorm1d(32), nn.Linear(32, 10)

    def forward(self, x):
        return self.fc(self.norm2(F.relu(self.fc1(self.norm1(x)))))


def network(kind, frozen):
    result = Head() if kind == "head" else CIFARResNet(3)
    state = result.state_dict()
    for name, value in state.items():
        if "num_batches_tracked" not in name:
            state[name] = formula_tensor(name, tuple(value.shape))
    result.load_state_dict(state)
    result.double().train()
    norms = tuple(f"{n}." for n, m in result.named_modules() if isinstance(m, nn.BatchNorm2d))
    frozen = norms if frozen == ("norms",) else frozen
    for name, parameter in result.named_parameters():
        parameter.requires_grad_(not name.startswith(frozen))
    for name, module in result.named_modules():
        if isinstance(module, nn.BatchNorm2d) and f"{name}.".startswith(frozen):
            module.eval()
    return result


def batches(kind):
    if kind == "head":
        x = formula_tensor("vectors", (STEPS * BATCH, LENGTH)).double()
    else:
        x = torch.from_numpy(formula_images(STEPS * BATCH, SIDE)).double() / 255
        mean, deviation = (torch.tensor(v, dtype=torch.float64) for v in (MEAN, DEVIATION))
        x = ((x - mean) / deviation).permute(0, 3, 1, 2)
    for step in range(STEPS):
        labels = torch.tensor([(7 * (step * BATCH + i)) % 10 for i in range(BATCH)])
        yield x[step * BATCH : (step + 1) * BATCH], labels


def one_cycle(steps, rate):
    """The rates of the slowest group and the momenta of all ten steps, as the scheduler has them."""
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        steps, [rate * g["factor"] for g in steps.param_groups], total_steps=STEPS)
    rates, momenta = [], []
    for step in range(STEPS):
        group = steps.param_groups[0]
        rates.append(rounded(group["lr"]))
        momenta.append(rounded(group["momentum"] if "momentum" in group else group["betas"][0]))
        yield rates, momenta
        if step + 1 < STEPS:
            scheduler.step()


def run(kind, frozen, optimiser_kind, numbers, rate, decay, maximum, cycles=False):
    net = network(kind, frozen)
    parameters = {n: p for n, p in net.named_parameters() if p.requires_grad}
    steps = optimiser(optimiser_kind, numbers, parameters, decay)
    losses, norms = [], []
    cycle = one_cycle(steps, rate) if cycles else None
    for step, (x, labels) in enumerate(batches(kind)):
        steps.zero_grad()
        loss = F.cross_entropy(net(x), labels, label_smoothing=0.1)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(parameters.values(), maximum or float("inf")).item())
        if cycle:
            rates, momenta = next(cycle)
        else:
            for group in steps.param_groups:
                group["lr"] = rate * (step + 1) / STEPS * group["factor"]
        steps.step()
        losses.append(loss.item())
    state = {}
    for name, parameter in parameters.items():
        for theirs, ours in MOMENTS.items():
            moment = steps.state[parameter].get(theirs)
            if moment is not None:
                state[f"{ours}.{name}"] = sample(moment)
    with torch.no_grad():
        answers = net.eval()(next(batches(kind))[0])
    return {
        "losses": [rounded(v) for v in losses],
        "norms": [rounded(v) for v in norms],
        "answers": [rounded(v) for v in answers.flatten().tolist()],
        "parameters": {n: sample(p) for n, p in net.named_parameters()},
        "statistics": {n: sample(b) for n, b in net.named_buffers() if "num_batches_tracked" not in n},
        "state": state,
        **({"rates": rates, "momenta": momenta} if cycle else {}),
    }


def last(variant, dtype, threads=1, channels_last=False, onednn=True):
    """The trained parameters after ten steps, in 64 bits, and as they were before."""
    kind, frozen, optimiser_kind, numbers, rate, decay, _ = variant
    torch.set_num_threads(threads)
    torch.backends.mkldnn.enabled = onednn
    net = network(kind, frozen).to(dtype)
    form = torch.channels_last if channels_last else torch.contiguous_format
    net = net.to(memory_format=form)
    parameters = {n: p for n, p in net.named_parameters() if p.requires_grad}
    before = {n: p.detach().double().clone() for n, p in parameters.items()}
    steps = optimiser(optimiser_kind, numbers, parameters, decay)
    for step, (x, labels) in enumerate(batches(kind)):
        steps.zero_grad()
        F.cross_entropy(net(x.to(dtype).contiguous(memory_format=form)), labels, label_smoothing=0.1).backward()
        for group in steps.param_groups:
            group["lr"] = rate * (step + 1) / STEPS * group["factor"]
        steps.step()
    torch.backends.mkldnn.enabled = True
    return {n: p.detach().double().contiguous() for n, p in parameters.items()}, before


def fixed(*variant):
    exact, before = last(variant, torch.float64)
    known = {n: sample(p)[1:] for n, p in exact.items()}
    moved = sum((a - b) ** 2 for n in known for a, b in zip(known[n], sample(before[n])[1:])) ** 0.5
    distances, worst = [], []
    for arrangement in [{}, {"threads": 2}, {"channels_last": True}, {"onednn": False}]:
        found, _ = last(variant, torch.float32, **arrangement)
        off = sum((a - b) ** 2 for n in known for a, b in zip(known[n], sample(found[n])[1:])) ** 0.5
        distances.append(float(f"{off / moved:.3g}"))
        worst.append(max(float(f"{(found[n] - exact[n]).norm() / exact[n].norm():.3g}") for n in exact))
    return {
        "parameters": {n: sample(p) for n, p in exact.items()}, "moved": rounded(moved), "distance": distances,
        "worst": worst,
    }


def alone(network_, frozen, kind, numbers, rate, decay, maximum):
    """[3, 4, 5, 7] numbers, whose gradient at step s is formula_tensor("gradient s")."""
    shape = (3, 4, 5, 7)
    x = formula_tensor("x", shape).requires_grad_()
    steps = getattr(torch.optim, kind)([x], lr=rate, weight_decay=decay, **numbers)
    for step in range(STEPS):
        x.grad = formula_tensor(f"gradient {step}", shape)
        steps.step()
    return [float(f"{v:.9g}") for v in x.detach().flatten().tolist()[::7]]


def main():
    golden = {
        "made by": "Tools/golden/torch_optimisers.py",
        "versions": {"torch": torch.__version__.split("+")[0]},
        "variants": {name: run(*variant, cycles="one cycle" in name) for name, variant in VARIANTS.items()},
        "fixed": {name: fixed(*variant) for name, variant in FIXED.items()},
        "alone": {name: alone(*variant) for name, variant in VARIANTS.items()},
    }
    path = pathlib.Path(__file__).parents[2] / "Tests/Golden/torch_optimisers.json"
    path.write_text(json.dumps(golden, separators=(",", ":")).replace('],"', '],\n"') + "\n")
    print(path.name, path.stat().st_size, "bytes")
    for name, variant in golden["variants"].items():
        print(name, variant["losses"], variant["norms"])
    for name, variant in golden["fixed"].items():
        print(name, variant["moved"], variant["distance"], variant["worst"])


if __name__ == "__main__":
    main()
