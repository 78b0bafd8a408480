"""Top-1 of the ImageNet weights on 1,000 photos, one a class: whether network, weights and preprocessing go together."""
from .common import Row, data, ocelot, tool

TARGETS = {"mobilenet_v2": 0.85, "squeezenet1_1": 0.60}


def measure(options):
    photos, classes = data("imagenet-sample-256"), data("weights/imagenet-classes.tsv")
    for name, target in TARGETS.items():
        weights = data(f"weights/{name}-imagenet.safetensors")
        row = Row(f"ImageNet sample, {name}", "top-1", target=target, target_of="ours")
        if options.ours():
            row.ours = ocelot("bench", "imagenet", photos, "--classes", classes, "--backbone", name, "--weights", weights,
                              "--json").last()["top1"]
        if options.peer() and not options.quick:
            row.peer = tool("peer_imagenet", photos, classes, name, weights).last()["top1"]
        yield row
