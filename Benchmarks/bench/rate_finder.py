"""Whether the rate that `ocelot find-rate` suggests trains better than 10 times more and 10 times less.

Everything is the same but the rate, which stays constant: seed, photos, epochs. What counts is the training loss at the end, as
that is what a rate is for; the note has the validation photos' loss and accuracy. Test photos have no say.
"""
import dataclasses
import math

from .common import Row, data, few, ocelot

JOBS = [
    ("fashion-texture", "mobilenet_v2", "mobilenet_v2-imagenet", "head", 3),
    ("cifar10-subset", "resnet20-cifar", "resnet20-cifar10", "head", 3),
    ("fashion-texture", "mobilenet_v2", "mobilenet_v2-imagenet", "fine-tune", 2),
    ("cifar10-subset", "resnet20-cifar", "resnet20-cifar10", "fine-tune", 2),
]


def measure(options):
    if not options.ours():
        return
    for name, backbone, weights, method, epochs in JOBS[:1] if options.quick else JOBS:
        photos = data(name)
        choices = ["--method", method, "--backbone", backbone, "--weights", data(f"weights/{weights}.safetensors"), "--seed", 0,
                   "--json", "--workspace", options.scratch / "rates"]
        if backbone == "mobilenet_v2":
            # Small photos, and few of them where the network is trained, are enough to compare rates with.
            choices += ["--image-size", 128]
            if options.quick or method == "fine-tune":
                photos = few(photos, 24 if options.quick else 80, options.scratch)
        found = ocelot("find-rate", photos, *choices).last()["suggested"]
        if found is None:
            raise RuntimeError(f"find-rate saw the loss of {method} on {name} fall nowhere")
        ends = {factor: end(photos, choices, found * factor, epochs) for factor in (1, 10, 0.1)}
        yield Row(f"rate {found:.2g}, {method}, {name}", f"training loss of epoch {epochs}", ours=ends[1].loss,
                  target=min(ends[10].loss, ends[0.1].loss), target_of="ours", lower_is_better=True,
                  note=f"found {ends[1].text}; 10 times {ends[10].text}; a tenth {ends[0.1].text}")


@dataclasses.dataclass
class End:
    loss: float
    text: str


def end(photos, choices, rate, epochs):
    """How a training at a constant rate ends; one that diverges, with exit status 3, ends at infinity."""
    finished = ocelot("train", "classifier", photos, *choices, "--learning-rate", rate, "--epochs", epochs, "--patience", 0,
                      "--set", "schedule=constant", allowed=(0, 3))
    done = [line for line in finished.lines if line["event"] == "epoch"]
    if finished.lines[-1]["event"] != "finished":
        return End(math.inf, "diverged")
    training, held = done[-1]["train"]["loss"], done[-1]["validation"]
    return End(training, f"{training:.3f}, validation {held['loss']:.3f} {held['accuracy']:.3f}")
