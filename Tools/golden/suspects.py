#!/usr/bin/env python3
"""Confident learning for Tests/Golden/suspects.json: what cleanlab makes of small matrices of probabilities.

Run with cleanlab installed (2.9.0 made the file):  python Tools/golden/suspects.py
Probabilities are written with all their digits, so that both sides see the same numbers.
"""
import json, pathlib, warnings
import cleanlab, numpy as np
from cleanlab.count import compute_confident_joint, get_confident_thresholds
from cleanlab.filter import find_label_issues
from cleanlab.internal.util import round_preserving_sum
from cleanlab.multilabel_classification.filter import find_label_issues as find_set_issues
from cleanlab.multilabel_classification.rank import get_label_quality_scores as get_set_quality_scores
from cleanlab.rank import get_label_quality_scores

SEED = 2026
# Images, classes, how much sharper than chance the model is, part of the labels that are flipped, weights of the classes.
PROBLEMS = {
    "two classes": (40, 2, 2.0, 0.1, [1, 1]),
    "three classes": (60, 3, 2.0, 0.1, [1, 1, 1]),
    "weak model": (80, 4, 0.5, 0.05, [1, 1, 1, 1]),
    "strong model": (80, 4, 4.0, 0.15, [1, 1, 1, 1]),
    "unequal classes": (90, 5, 1.5, 0.1, [1, 2, 3, 4, 10]),
    "a class of one": (31, 3, 1.5, 0.1, [1, 1, 1]),
    "nothing wrong": (30, 3, 20.0, 0.0, [1, 1, 1]),
    "useless model": (50, 3, 0.0, 0.2, [1, 1, 1]),
}


def problem(name, rng, images, classes, sharpness, noise, weights):
    truth = rng.choice(classes, images, p=np.array(weights) / sum(weights))
    truth[:classes] = range(classes)
    if name == "a class of one":
        truth[classes:] = np.where(truth[classes:] == 2, 0, truth[classes:])
    scores = rng.normal(size=(images, classes))
    scores[np.arange(images), truth] += sharpness
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    labels = truth.copy()
    for i in rng.choice(np.arange(classes, images), round(noise * images), replace=False):
        labels[i] = (truth[i] + 1 + rng.integers(classes - 1)) % classes
    if name == "a class of one":
        labels[classes:] = np.where(labels[classes:] == 2, 1, labels[classes:])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        issues = find_label_issues(labels, probabilities, n_jobs=1)
        suspects = find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    return {
        "name": name, "labels": labels.tolist(), "probabilities": probabilities.tolist(),
        "thresholds": get_confident_thresholds(labels, probabilities).tolist(),
        "confident_joint": compute_confident_joint(labels, probabilities).tolist(),
        "is_suspect": issues.tolist(), "suspects": suspects.tolist(),
        "ranking": np.argsort(get_label_quality_scores(labels, probabilities, method="self_confidence"), kind="stable").tolist(),
    }


# Images, labels, how much sharper than chance the model is, part of the answers that are flipped.
SETS = {"two labels": (40, 2, 2.0, 0.1), "five labels": (80, 5, 2.5, 0.05), "weak model": (60, 4, 0.7, 0.05), "nothing wrong": (30, 3, 20.0, 0.0)}


def sets(name, rng, images, labels, sharpness, noise):
    truth = rng.random((images, labels)) < np.linspace(0.2, 0.6, labels)
    truth[0], truth[1] = True, False
    probabilities = 1 / (1 + np.exp(-(rng.normal(size=truth.shape) + sharpness * (2 * truth - 1))))
    given = truth ^ (rng.random(truth.shape) < noise)
    given[0], given[1] = True, False
    labels = [np.flatnonzero(row).tolist() for row in given]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        issues = find_set_issues(labels, probabilities, n_jobs=1)
        scores = get_set_quality_scores(labels, probabilities)
    return {
        "name": name, "labels": labels, "probabilities": probabilities.tolist(), "is_suspect": issues.tolist(),
        "scores": scores.tolist(), "ranking": np.argsort(scores, kind="stable").tolist(),
    }


rng = np.random.default_rng(SEED)
roundings = []
for size in (1, 2, 3, 5, 8):
    for _ in range(4):
        values = rng.dirichlet(np.ones(size)) * rng.integers(1, 40)
        roundings.append({"values": values.tolist(), "rounded": [int(v) for v in round_preserving_sum(values)]})
golden = {
    "about": f"cleanlab {cleanlab.__version__}, NumPy {np.__version__}, seed {SEED}; made by Tools/golden/suspects.py",
    "problems": [problem(name, rng, *choices) for name, choices in PROBLEMS.items()], "roundings": roundings,
    "sets": [sets(name, rng, *choices) for name, choices in SETS.items()],
}
path = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden" / "suspects.json"
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
for p in golden["problems"]:
    print(p["name"], sum(p["is_suspect"]), p["confident_joint"])
