#!/usr/bin/env python3
"""Wrong labels where photos may have several: ocelot beside cleanlab, with labels of some photos turned round.

    python Tools/labels/suspects.py OCELOT TABLE.csv BACKBONE WEIGHTS WORKSPACE [SEED,…]

In 5 % of the photos one answer ("it has this label") is turned round. Counted is which share of those photos is among as many
as were spoilt, and among the first 10 %. The peer is cleanlab's multi-label ranking of out-of-sample probabilities by
scikit-learn's OneVsRestClassifier(LogisticRegression) on the features in ocelot's cache.
"""
import csv, hashlib, json, pathlib, random, subprocess, sys
import numpy as np
from cleanlab.multilabel_classification.rank import get_label_quality_scores
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from compare import cached, ocelot

SHARE = 0.05


def spoilt(rows, labels, seed):
    chance = random.Random(seed)
    chosen = set(chance.sample(range(len(rows)), max(1, round(SHARE * len(rows)))))
    sets = [set(filter(None, row["label"].split("|"))) for row in rows]
    for i in sorted(chosen):
        sets[i] ^= {chance.choice(labels)}
    return chosen, sets


def peer(features, sets, labels, seed):
    x = np.stack(features)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y = np.array([[label in own for label in labels] for own in sets], int)
    model = OneVsRestClassifier(LogisticRegression(C=10, max_iter=2000))
    held = cross_val_predict(model, x, y, cv=KFold(5, shuffle=True, random_state=seed), method="predict_proba")
    scores = get_label_quality_scores([np.flatnonzero(row).tolist() for row in y], held)
    return np.argsort(scores, kind="stable").tolist()


def main(command, table, backbone, weights, workspace, seeds="0,1,2,3,4"):
    table, workspace = pathlib.Path(table).resolve(), pathlib.Path(workspace)
    rows = list(csv.DictReader(open(table)))
    labels = sorted({l for row in rows for l in row["label"].split("|") if l})
    files = [(table.parent / row["path"]).resolve() for row in rows]
    found = {"ocelot": [], "cleanlab": []}
    for seed in map(int, seeds.split(",")):
        wrong, sets = spoilt(rows, labels, seed)
        path = table.parent / f"{table.stem}-spoilt-{seed}.csv"
        with open(path, "w", newline="") as out:
            csv.writer(out).writerows([["path", "label"]] + [[str(f), "|".join(sorted(s))] for f, s in zip(files, sets)])
        lines = ocelot(command, "data", "suspects", str(path), "--backbone", backbone, "--weights", weights, "--workspace", str(workspace),
                       "--seed", str(seed), "--top", str(len(rows)), "--json", "--quiet").splitlines()
        place = {str(f): i for i, f in enumerate(files)}
        ours = [place[line["path"]] for line in map(json.loads, lines[:-1])]
        kept = cached(workspace)
        features = [kept[hashlib.sha256(f.read_bytes()).digest()] for f in files]
        for name, order in (("ocelot", ours), ("cleanlab", peer(features, sets, labels, seed))):
            found[name].append([len(wrong & set(order[:n])) / len(wrong) for n in (len(wrong), round(0.1 * len(rows)))])
    for name, values in found.items():
        as_many, tenth = np.mean(values, axis=0)
        print(f"{name}: {as_many:.3f} among as many as are spoilt, {tenth:.3f} among the first 10 %; seeds {[round(v[1], 2) for v in values]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
