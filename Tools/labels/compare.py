#!/usr/bin/env python3
"""Several labels a photo: ocelot beside scikit-learn's OneVsRestClassifier(LinearSVC) on the same features and photos.

    python Tools/labels/compare.py OCELOT TABLE.csv BACKBONE WEIGHTS WORKSPACE [METHOD,…] [SEED,…]

For each seed ocelot splits the photos, trains and measures; the features of its cache and its test photos are then given to
scikit-learn, once with C = 1 and once with C chosen as ocelot chooses it (mean average precision of 3 folds). All figures
are of the test photos.
"""
import csv, hashlib, json, pathlib, subprocess, sys, warnings
import numpy as np
from sklearn.metrics import average_precision_score, f1_score, hamming_loss
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

CS = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100]


def ocelot(command, *arguments):
    done = subprocess.run([command, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def cached(workspace):
    """The features of every photo in the workspace's cache, by the SHA-256 of its file."""
    [file] = (workspace / "cache/features").glob("*.features")
    data = file.read_bytes()
    # A record is 32 bytes of SHA-256, the numbers, and 8 bytes of a checksum: its length is that of the first whole one.
    length = next(n for n in range(44, len(data) + 1, 4)
                  if len(data) % n == 0 and hashlib.sha256(data[:n - 8]).digest()[:8] == data[n - 8:n])
    records = (data[i:i + length] for i in range(0, len(data), length))
    return {r[:32]: np.frombuffer(r[32:-8], "<f4") for r in records}


def svm(c):
    return OneVsRestClassifier(LinearSVC(C=c, class_weight="balanced", max_iter=200_000))


def figures(truth, scores, answers):
    return {"mean_ap": average_precision_score(truth, scores, average="macro"),
            "micro_f1": f1_score(truth, answers, average="micro"), "macro_f1": f1_score(truth, answers, average="macro"),
            "hamming": hamming_loss(truth, answers), "exact": float((truth == answers).all(axis=1).mean())}


def chosen(x, y, seed):
    """C by the mean average precision of held-out folds."""
    best = (-1, 1)
    for c in CS:
        folds = KFold(3, shuffle=True, random_state=seed)
        held = cross_val_predict(svm(c), x, y, cv=folds, method="decision_function")
        best = max(best, (average_precision_score(y, held, average="macro"), -c))
    return -best[1]


def others(table, workspace, test, seed):
    rows = list(csv.DictReader(open(table)))
    labels = sorted({l for r in rows for l in r["label"].split("|") if l})
    vectors = cached(workspace)
    files = [(pathlib.Path(table).parent / r["path"]).read_bytes() for r in rows]
    x = np.array([vectors[hashlib.sha256(f).digest()] for f in files])
    y = np.array([[l in r["label"].split("|") for l in labels] for r in rows]).astype(int)
    is_test = np.array([r["path"] in test for r in rows])
    found = {}
    for name, features in [("plain", x), ("root", np.sqrt(np.maximum(x, 0)))]:
        features = features / np.linalg.norm(features, axis=1, keepdims=True)
        for kind, c in [("C = 1", 1), ("C chosen", chosen(features[~is_test], y[~is_test], seed))]:
            model = svm(c).fit(features[~is_test], y[~is_test])
            scores = model.decision_function(features[is_test])
            found[f"scikit-learn, {name}, {kind}"] = figures(y[is_test], scores, (scores > 0).astype(int))
    return found


def main(command, table, backbone, weights, workspace, methods="svm", seeds="0,1,2,3,4"):
    warnings.simplefilter("ignore")
    workspace = pathlib.Path(workspace)
    collected = {}
    for seed in map(int, seeds.split(",")):
        for method in methods.split(","):
            lines = ocelot(command, "train", "classifier", table, "--backbone", backbone, "--weights", weights, "--method", method,
                           "--seed", str(seed), "--name", f"{method}-{seed}", "--json", "--quiet", "--workspace", str(workspace))
            done = json.loads(lines.splitlines()[-1])
            labels = done["test"]["labels"]
            collected.setdefault(f"ocelot, {method}", []).append({
                "mean_ap": labels["mean_average_precision"], "micro_f1": labels["micro_f1"], "macro_f1": labels["macro_f1"],
                "hamming": labels["hamming_loss"], "exact": done["test"]["accuracy"], "chance": labels["chance_average_precision"],
                "seconds": done["seconds"]["total"]})
            if method == "svm":
                out = workspace / f"export-{seed}"
                ocelot(command, "runs", "export", str(done["run"]), str(out), "--workspace", str(workspace))
                test = {r["path"] for r in csv.DictReader(open(out / "predictions.csv"))}
                for name, one in others(table, workspace, test, seed).items():
                    collected.setdefault(name, []).append(one)
    for name, runs in collected.items():
        print(name)
        for key in runs[0]:
            values = np.array([r[key] for r in runs])
            print(f"  {key:9} {values.mean():.4f} ± {values.std(ddof=1) if len(values) > 1 else 0:.4f}   "
                  + " ".join(f"{v:.3f}" for v in values))


if __name__ == "__main__":
    main(*sys.argv[1:])
