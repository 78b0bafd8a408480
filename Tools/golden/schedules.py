"""Makes Tests/Golden/schedules.json: the learning rate of every step by PyTorch's schedulers, in 64 bits.

    python Tools/golden/schedules.py

Each case is one of `torch.optim.lr_scheduler`'s, with its defaults but for what stands here, stepped as its documentation
says: those that count epochs once an epoch, the others once a step. The optimiser is SGD with a momentum; of OneCycleLR, which
moves that too, the momenta are in the file, and Adam's first beta is checked to be the same. Cosine annealing is PyTorch's closed form, because its step-by-step form adds up
rounding errors.
"""

import json
import pathlib
import warnings

import torch
from torch.optim import lr_scheduler as schedulers

warnings.filterwarnings("ignore")


def optimizer(rate):
    return torch.optim.SGD([torch.zeros(1, dtype=torch.float64, requires_grad=True)], lr=rate, momentum=0.9)


def rates(make, base, steps_per_epoch, epochs, per_epoch=False):
    sgd = optimizer(base)
    scheduler = make(sgd, steps_per_epoch * epochs)
    result = []
    for step in range(steps_per_epoch * epochs):
        result.append(sgd.param_groups[0]["lr"])
        sgd.step()
        last_of_epoch = (step + 1) % steps_per_epoch == 0
        if (last_of_epoch if per_epoch else True) and step + 1 < steps_per_epoch * epochs:
            scheduler.step()
    return result


def momenta(make, base, total):
    """SGD's momentum at every step, which Adam's first beta must equal."""
    zero = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizers = [torch.optim.SGD([zero], lr=base, momentum=0.9), torch.optim.Adam([zero], lr=base)]
    both = [make(o, total) for o in optimizers]
    result = []
    for step in range(total):
        result.append(optimizers[0].param_groups[0]["momentum"])
        assert result[-1] == optimizers[1].param_groups[0]["betas"][0]
        for o, scheduler in zip(optimizers, both):
            o.step()
            if step + 1 < total:
                scheduler.step()
    return result


def cosine(total):
    """The closed form that CosineAnnealingLR has for its `epoch` argument."""

    def make(sgd, _):
        scheduler = schedulers.CosineAnnealingLR(sgd, T_max=total)
        base = scheduler.base_lrs[0]

        class Closed:
            def step(self):
                scheduler.last_epoch += 1
                sgd.param_groups[0]["lr"] = scheduler._get_closed_form_lr()[0]
                assert scheduler.base_lrs[0] == base

        return Closed()

    return make


def warm_cosine(warm_up, base, steps_per_epoch, epochs):
    """LinearLR up to the base rate in the first part, then cosine annealing of the rest."""
    total = steps_per_epoch * epochs
    rising = round(warm_up * total)
    up = rates(lambda sgd, _: schedulers.LinearLR(sgd, 1 / (rising + 1), 1.0, rising), base, rising, 1)
    return up + rates(cosine(total - rising), base, total - rising, 1)


def case(schedule, base, steps_per_epoch, epochs, values):
    return {
        "schedule": schedule,
        "base": base,
        "stepsPerEpoch": steps_per_epoch,
        "epochs": epochs,
        "rates": [float(repr(v)) for v in values],
    }


def main():
    cases = []
    # A whole run of a few epochs, and one epoch of the founding tutorial's 40 steps.
    for per_epoch, epochs in [(7, 5), (40, 1), (3, 15)]:
        total = per_epoch * epochs
        base = 0.05
        cases.append(
            case({"constant": {}}, base, per_epoch, epochs,
                 rates(lambda sgd, n: schedulers.ConstantLR(sgd, factor=1.0), base, per_epoch, epochs)))
        cases.append(
            case({"step": {"epochs": 2, "factor": 0.1}}, base, per_epoch, epochs,
                 rates(lambda sgd, n: schedulers.StepLR(sgd, step_size=2, gamma=0.1), base, per_epoch, epochs, True)))
        cases.append(
            case({"cosine": {"warmUp": 0}}, base, per_epoch, epochs, rates(cosine(total), base, per_epoch, epochs)))
        cases.append(
            case({"cosine": {"warmUp": 0.2}}, base, per_epoch, epochs, warm_cosine(0.2, base, per_epoch, epochs)))
        for part in [0.3, 0.1]:

            def cycle(optimizer, n):
                return schedulers.OneCycleLR(optimizer, max_lr=base, total_steps=n, pct_start=part)

            cases.append(
                case({"oneCycle": {"warmUp": part}}, base, per_epoch, epochs, rates(cycle, base, per_epoch, epochs)))
            cases[-1]["momenta"] = [float(repr(v)) for v in momenta(cycle, base, total)]
        gamma = (1 / 1e-6) ** (1 / (total - 1))
        cases.append(
            case({"exponential": {"from": 1e-6, "to": 1}}, base, per_epoch, epochs,
                 rates(lambda sgd, n: schedulers.ExponentialLR(sgd, gamma=gamma), 1e-6, per_epoch, epochs)))
        founding = ([0.05] * 7 + [0.005] * 7 + [0.0005])[:epochs]
        cases.append(
            case({"perEpoch": {"_0": [0.05] * 7 + [0.005] * 7 + [0.0005]}}, base, per_epoch, epochs,
                 rates(lambda sgd, n: schedulers.LambdaLR(sgd, lambda e: founding[e]), 1.0, per_epoch, epochs, True)))
    golden = {
        "made_by": "Tools/golden/schedules.py",
        "versions": {"torch": torch.__version__.split("+")[0]},
        "seed": "none: nothing is drawn by lot",
    }
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    path = pathlib.Path(__file__).parents[2] / "Tests/Golden/schedules.json"
    path.write_text(f'{json.dumps(golden)[:-1]}, "cases": [\n{lines}\n]}}\n')
    print(path.name, path.stat().st_size, "bytes")


main()
