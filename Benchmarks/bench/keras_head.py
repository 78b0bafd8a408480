"""Six epochs of training a head on a frozen network, with flips: features computed once, or the network in every epoch.

The job is that of the Keras tutorial (frozen base, 256 pixels, batches of 64, Adam at 0.001; norm, dropout 0.5, dense 512,
norm, dropout 0.5), whose epochs all go through the frozen network, for validation photos too. The peer does this in PyTorch,
without gradients in the base, channels last, with photos that are decoded once and kept. Ours computes features of every photo
and of one varied copy of each training photo, then trains on these.

Four rows for each network: the epochs alone, without decoding and features; all of a training whose features are kept from one
before; the same with features to be computed; the two whole processes, ours with the test, the package and the report. ResNet-50
has random weights, which are as fast as others; MobileNetV2 has those of ImageNet, and its accuracies are in the note.
"""
import shutil
import statistics

from .common import compare, data, few, interleaved, mobilenet, ocelot, parts, split_table, tool, trained

CHOICES = ["--method", "head", "--set", "head=norm, dropout 0.5, dense 512, norm, dropout 0.5", "--augment",
           "flip,originals(0.5)", "--set", "copies=1", "--batch-size", 64, "--optimizer", "adam", "--learning-rate", 1e-3,
           "--set", "schedule=constant", "--patience", 0, "--resize", "squash"]


def measure(options):
    photos = few(data("fashion-texture"), 16 if options.quick else 60, options.scratch)
    table = split_table(photos, 0, options.scratch, validation=0.5)
    side, epochs = (96, 2) if options.quick else (256, 6)
    for name in ["mobilenet_v2"] if options.quick else ["resnet50", "mobilenet_v2"]:
        weights = mobilenet()
        if name != "mobilenet_v2":
            weights = options.scratch / f"{name}-seeded.safetensors"
            tool("seeded_weights", name, weights)
        workspace = options.scratch / f"keras-{name}"

        def train():
            finished = ocelot("train", "classifier", table, *CHOICES, "--epochs", epochs, "--image-size", side, "--backbone",
                              name, "--weights", weights, "--json", "--workspace", workspace)
            last = trained(finished, parts(table)["test"])
            return {"process": finished.seconds, "accuracy": last["test"]["accuracy"],
                    "learning": last["seconds"]["features"] + last["seconds"]["train"],
                    "epochs": sum(e["seconds"] for e in finished.lines if e["event"] == "epoch")}

        def ours():
            shutil.rmtree(workspace, ignore_errors=True)
            return train(), train()

        def peer():
            finished = tool("peer_frozen", table, name, weights, side, epochs)
            return finished.last() | {"process": finished.seconds}

        mine, theirs = interleaved(options, ours, peer)
        cold, warm = ([pair[i] for pair in mine] for i in (0, 1))
        six = [p["seconds"] for p in theirs]
        row = compare(f"head, {epochs} epochs, {name}", "s", [r["epochs"] for r in warm], [p["epochs"] for p in theirs], 10, True)
        row.note = " / ".join(
            f"{who} accuracy {runs[0]['accuracy']:.3f}" for who, runs in (("ours", cold), ("peer", theirs)) if runs)
        yield row
        yield compare("  features kept from before", "s", [r["learning"] for r in warm], six, lower_is_better=True)
        yield compare("  features computed", "s", [r["learning"] for r in cold], six, lower_is_better=True)
        whole = compare(
            "  whole processes", "s", [r["process"] for r in cold], [p["process"] for p in theirs], lower_is_better=True)
        if warm:
            whole.note = f"features kept: ours {statistics.median(r['process'] for r in warm):.1f} s"
        yield whole
