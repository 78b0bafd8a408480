"""cleanlab's ranking: python peer_cleanlab.py PROBABILITIES.csv FEATURES_FOLDER SEED.

Prints the photos from the most suspect on, by the probabilities in the table ("ours"), and by those of a logistic
regression that is cross-validated on the same features ("logistic"), which are read from Ocelot's cache: records of
32 bytes SHA-256 of the image file, the features as 32-bit floats, and 8 bytes of a checksum.
"""
import csv
import hashlib
import json
import pathlib
import sys
import warnings

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

COLUMNS = 1280


def cached(folder):
    table = {}
    for file in pathlib.Path(folder).glob("*.features"):
        data, length = file.read_bytes(), 32 + 4 * COLUMNS + 8
        for start in range(0, len(data) - length + 1, length):
            table[data[start:start + 32]] = np.frombuffer(data[start + 32:start + 32 + 4 * COLUMNS], "<f4")
    return table


def main(path, folder, seed):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    classes = [key for key in rows[0] if key not in ("path", "label")]
    paths = [row["path"] for row in rows]
    labels = np.array([classes.index(row["label"]) for row in rows])
    ours = np.array([[float(row[name]) for name in classes] for row in rows])
    features = cached(folder)
    x = np.stack([features[hashlib.sha256(pathlib.Path(p).read_bytes()).digest()] for p in paths]).astype(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logistic = cross_val_predict(LogisticRegression(max_iter=500), x, labels, method="predict_proba",
                                     cv=StratifiedKFold(5, shuffle=True, random_state=int(seed)))

    def ranked(probabilities):
        return [paths[i] for i in np.argsort(get_label_quality_scores(labels, probabilities), kind="stable")]

    print(json.dumps({"ours": ranked(ours), "logistic": ranked(logistic),
                      "flagged": int(find_label_issues(labels, ours, n_jobs=1).sum())}))


main(*sys.argv[1:])
