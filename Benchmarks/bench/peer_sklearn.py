"""scikit-learn's half: python peer_sklearn.py features DATASET WEIGHTS OUT | search FEATURES | objectives FEATURES."""
import json
import sys
import time
import warnings

import numpy as np
from safetensors.numpy import load_file, save_file
from sklearn.model_selection import GridSearchCV, StratifiedKFold, StratifiedShuffleSplit
from sklearn.svm import LinearSVC

CS = [1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0]


def features(dataset, weights, out):
    """Writes features of length 1, labels and folds of the training part, as `ocelot bench svm` reads them."""
    import pathlib

    import torch
    from networks import mean_features, network
    from peer_pillow import prepared

    root = pathlib.Path(dataset)
    classes = sorted(p.name for p in root.iterdir() if p.is_dir())
    files = [(file, label) for label, name in enumerate(classes) for file in sorted((root / name).glob("*"))]
    labels = np.array([label for _, label in files])
    train, _ = next(StratifiedShuffleSplit(1, test_size=0.25, random_state=0).split(labels, labels))
    model = network("mobilenet_v2", weights, bottom_right=True)
    mean, deviation = (np.array(v, np.float32) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    parts = []
    with torch.inference_mode():
        for start in range(0, len(train), 32):
            images = np.stack([np.asarray(prepared(files[i][0]), np.float32) for i in train[start:start + 32]])
            x = torch.from_numpy((images / 255 - mean) / deviation).permute(0, 3, 1, 2)
            parts.append(mean_features(model, x).numpy())
    x, y = np.concatenate(parts), labels[train]
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    folds = np.zeros(len(y), np.int64)
    for number, (_, held_out) in enumerate(StratifiedKFold(3).split(x, y)):
        folds[held_out] = number
    save_file({"features": x, "labels": y.astype(np.int64), "folds": folds}, out)


def search(path):
    file = load_file(path)
    start = time.perf_counter()
    found = GridSearchCV(LinearSVC(class_weight="balanced", max_iter=5000), {"C": CS}, cv=3).fit(file["features"], file["labels"])
    print(json.dumps({"seconds": time.perf_counter() - start, "best_c": found.best_params_["C"]}))


def objectives(path):
    """½(‖w‖² + b²) + C Σ g max(0, 1 − margin)² of each class at each C, converged; three classes or more."""
    file = load_file(path)
    x, labels = file["features"].astype(np.float64), file["labels"]
    counts = np.bincount(labels)
    weights = len(labels) / (len(counts) * counts)
    result = []
    for c in CS:
        model = LinearSVC(C=c, class_weight="balanced", tol=1e-8, max_iter=1_000_000).fit(x, labels)
        values = []
        for k, (w, b) in enumerate(zip(model.coef_, model.intercept_)):
            y = np.where(labels == k, 1, -1)
            slack = np.maximum(0, 1 - y * (x @ w + b))
            values.append(float(0.5 * (w @ w + b * b) + c * (np.where(labels == k, weights[k], 1) * slack**2).sum()))
        result.append(values)
    print(json.dumps({"objectives": result}))


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    {"features": features, "search": search, "objectives": objectives}[sys.argv[1]](*sys.argv[2:])
