"""Whether the rate that `ocelot find-rate` suggests trains better than 10 times more and 10 times less.

Everything is the same but the rate, which stays constant: seed, photos, epochs. What counts is the training loss at the end, as
that is what a rate is for; the note has the validation photos' loss and accuracy. Test photos have no say.
"""
from .common import Row, data, few, ocelot, trained

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
        photos = few(data(name), 24, options.scratch) if options.quick else data(name)
        # 128 pixels are enough to compare rates with, and take a third of the time.
        choices = ["--method", method, "--backbone", backbone, "--weights", data(f"weights/{weights}.safetensors"), "--seed", 0,
                   "--json", "--workspace", options.scratch / "rates", *(["--image-size", 128] if backbone == "mobilenet_v2" else [])]
        found = ocelot("find-rate", photos, *choices).last()["suggested"]
        if found is None:
            raise RuntimeError(f"find-rate saw the loss of {method} on {name} fall nowhere")
        ends = {}
        for factor in (1, 10, 0.1):
            finished = ocelot("train", "classifier", photos, *choices, "--learning-rate", found * factor, "--epochs", epochs,
                              "--patience", 0, "--set", "schedule=constant")
            trained(finished)
            ends[factor] = [e for e in finished.lines if e["event"] == "epoch"][-1]
        yield Row(f"rate {found:.2g}, {method}, {name}", f"training loss of epoch {epochs}", ours=ends[1]["train"]["loss"],
                  target=min(ends[10]["train"]["loss"], ends[0.1]["train"]["loss"]), target_of="ours", lower_is_better=True,
                  note="; ".join(
                      f"{label} {end['train']['loss']:.3f}, validation {end['validation']['loss']:.3f} {end['validation']['accuracy']:.3f}"
                      for label, end in (("found", ends[1]), ("10 times", ends[10]), ("a tenth", ends[0.1]))))
