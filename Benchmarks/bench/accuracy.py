"""Test accuracy: the mean over stratified 75/25 splits, with the same weights.

Ours and the peer's splits differ, as each draws its own from the seeds 0, 1, 2 …
"""
import statistics

from .common import Row, data, mobilenet, ocelot, peer_script, python

TARGETS = {"fashion-texture": 0.94, "trashnet": 0.755, "fridge-objects-150px": 0.95}


def measure(options):
    seeds = 2 if options.quick else 5
    for name, target in TARGETS.items():
        if options.quick and name == "trashnet":
            continue
        photos, weights = data(name), mobilenet()
        row = Row(f"accuracy, {name}", f"mean of {seeds} splits", target=target, target_of="ours")
        if options.ours():
            accuracies = []
            for seed in range(seeds):
                # One workspace for all seeds: only the first computes the features.
                finished = ocelot("train", "classifier", photos, "--backbone", "mobilenet_v2", "--weights", weights,
                                  "--seed", seed, "--json", "--workspace", options.scratch / "accuracy")
                accuracies.append(finished.last()["test"]["accuracy"])
            row.ours = statistics.mean(accuracies)
            row.note = "splits " + " ".join(f"{a:.3f}" for a in accuracies)
        if options.peer():
            row.peer = python(peer_script("peer_svm.py"), photos, "mobilenet_v2", weights, seeds).last()["acc"]
        if row.ours and row.peer:
            row.ratio = row.ours / row.peer
        yield row
