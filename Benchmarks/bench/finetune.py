"""Training MobileNetV2 further on the peer's splits 0 and 1: ours beside its script, with its recipe.

The recipe: the head first, then all layers for 8 epochs; AdamW with weight decay 0.01, one cycle up to 3e-4, batches of 16,
dropout 0.2, crops of at least 0.6 of a photo, flips. What differs:
- The head: ours learns 15 epochs on features that are computed once; the peer computes the network in each of its 2 epochs.
- The last photos of an epoch: ours has batches of nearly equal size, the peer leaves an incomplete one out.
- Padding: ours is what the weights expect; the peer's is torchvision's.

The peer's time, where nothing else is said, is what its script counts: training alone, all photos decoded before, the test and
the start of Python not counted. Ours is the whole process: it reads and decodes photos as it goes, measures the model on all
of them, and writes the package and the report. The other rows compare like with like.

Two rows more have the method head, which leaves the network as it is, and the method fine-tune with every choice as it comes.
"""
import shutil
import statistics

from .common import Row, compare, data, few, mobilenet, ocelot, parts, peer_script, python, split_table, trained

ACCURACY = {"fashion-texture": 0.98, "trashnet": 0.82}
RECIPE = ["--validation", 0, "--epochs", 8, "--batch-size", 16, "--learning-rate", 3e-4, "--dropout", 0.2, "--set",
          "class_weights=equal", "--set", "weight_decay=0.01", "--augment", "flip,crop(0.6),originals(0)"]


def measure(options):
    for name, target in ACCURACY.items():
        if options.quick and name == "trashnet":
            continue
        yield from one(options, name, target)


def one(options, name, target):
    photos = few(data(name), 16, options.scratch) if options.quick else data(name)
    head_epochs, epochs = (1, 1) if options.quick else (2, 8)
    recipe = [*RECIPE, "--epochs", epochs, "--image-size", 96] if options.quick else RECIPE
    ours, peer, heads, plain = [], [], [], []
    for seed in (0, 1):
        table = split_table(photos, seed, options.scratch)
        test = parts(table)["test"]

        def train(method, *choices):
            workspace = options.scratch / f"{name}-{method}"
            shutil.rmtree(workspace, ignore_errors=True)
            finished = ocelot("train", "classifier", table, "--method", method, "--backbone", "mobilenet_v2", "--weights",
                              mobilenet(), "--seed", seed, "--json", "--workspace", workspace, *choices)
            return trained(finished, test) | {"process": finished.seconds}

        # One side after the other for each split, since the machine's speed drifts.
        if options.ours():
            ours.append(train("fine-tune", *recipe))
        if options.peer():
            finished = python(peer_script("peer_finetune.py"), photos, "mobilenet_v2", mobilenet(), seed, head_epochs, epochs)
            peer.append(finished.last() | {"process": finished.seconds})
        if options.ours():
            heads.append(train("head"))
            plain.append(train("fine-tune", *(["--epochs", 1, "--image-size", 96] if options.quick else [])))

    training = [p["train_s"] for p in peer]
    whole = [p["process"] for p in peer]
    yield accuracy(f"fine-tune, {name}", ours, target, [p["acc"] for p in peer])
    yield compare("  seconds, ours whole, theirs training", "s", [r["process"] for r in ours], training, 1 / 0.8, True)
    yield compare("  seconds, both training", "s", [learning(r) for r in ours], training, lower_is_better=True,
                  note="ours with the frozen features")
    yield compare("  seconds, both whole", "s", [r["process"] for r in ours], whole, lower_is_better=True)
    yield accuracy(f"head, {name}", heads, 0.94 if name == "fashion-texture" else None)
    yield compare("  seconds, ours whole, theirs training", "s", [r["process"] for r in heads], training,
                  10 if name == "fashion-texture" else None, True, note="the peer's is fine-tuning")
    yield accuracy(f"fine-tune as it comes, {name}", plain)
    yield compare("  seconds, ours whole, theirs training", "s", [r["process"] for r in plain], training, lower_is_better=True,
                  note="the peer's is the recipe above")


def accuracy(what, runs, target=None, peer=()):
    row = Row(what, "mean accuracy of splits 0 and 1", target=target, target_of="ours")
    if runs:
        row.ours = statistics.mean(r["test"]["accuracy"] for r in runs)
        row.note = "ours " + " ".join(f"{r['test']['accuracy']:.3f}" for r in runs)
    if peer:
        row.peer = statistics.mean(peer)
        row.note += " peer " + " ".join(f"{a:.3f}" for a in peer)
    if runs and peer:
        row.ratio = row.ours / row.peer
    return row


def learning(run):
    return run["seconds"]["features"] + run["seconds"]["train"]
