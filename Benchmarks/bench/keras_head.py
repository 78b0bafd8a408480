"""Six epochs of training a head on a frozen network, with flips: features computed once, or the network in every epoch.

The job is that of the Keras tutorial (frozen base, 256 pixels, batches of 64, Adam at 0.001; norm, dropout 0.5, dense 512, norm,
dropout 0.5), whose epochs all go through the frozen network, for validation photos too. The peer does this in PyTorch, without
gradients in the base, channels last, with photos that are decoded once and kept. Ours computes features of every
photo and of one flipped copy of each training photo, then trains on these.

Three rows for each network: the head alone, its features kept from a training before; features and head; the two whole processes, ours with
the test, the package and the report. ResNet-50 has random weights, which are as fast as others; MobileNetV2 has those of
ImageNet, and its accuracies are in the note.
"""
import shutil
import statistics

from .common import compare, data, few, interleaved, mobilenet, ocelot, parts, split_table, tool, trained

HEAD = "norm, dropout 0.5, dense 512, norm, dropout 0.5"


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
            finished = ocelot("train", "classifier", table, "--method", "head", "--set", f"head={HEAD}", "--augment", "flip,originals(0.5)",
                              "--set", "copies=1", "--epochs", epochs, "--batch-size", 64, "--optimizer", "adam", "--learning-rate", 1e-3, "--set",
                              "schedule=constant", "--patience", 0, "--image-size", side, "--resize", "squash", "--backbone", name,
                              "--weights", weights, "--json", "--workspace", workspace)
            last = trained(finished, parts(table)["test"])
            return {"process": finished.seconds, "accuracy": last["test"]["accuracy"],
                    "learning": last["seconds"]["features"] + last["seconds"]["train"],
                    "head": sum(e["seconds"] for e in finished.lines if e["event"] == "epoch")}

        def ours():
            shutil.rmtree(workspace, ignore_errors=True)
            return train(), train()

        def peer():
            finished = tool("peer_frozen", table, name, weights, side, epochs)
            return finished.last() | {"process": finished.seconds}

        mine, theirs = interleaved(options, ours, peer)
        cold, warm = ([pair[i] for pair in mine] for i in (0, 1))
        six = [p["seconds"] for p in theirs]
        row = compare(f"head, {epochs} epochs, {name}", "s", [r["head"] for r in warm], six, 10, True)
        row.note = " / ".join(f"{who} accuracy {runs[0]['accuracy']:.3f}" for who, runs in (("ours", cold), ("peer", theirs)) if runs)
        yield row
        yield compare("  features kept from before", "s", [r["learning"] for r in warm], six, lower_is_better=True)
        yield compare("  features computed", "s", [r["learning"] for r in cold], six, 10, True)
        yield compare("  whole processes", "s", [r["process"] for r in cold], [p["process"] for p in theirs], lower_is_better=True,
                      note=f"features kept: ours {statistics.median(r['process'] for r in warm):.1f} s" if warm else "")
