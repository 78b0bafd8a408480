"""SVM accuracy on photo sets with random, starter and MobileNetV2 features.

    python evaluate.py --data DATA --starter starter.safetensors --sides 128 160 192 224

Per set: features scaled to length 1, LinearSVC with balanced class weights, C by three-fold cross-validation on the
training part, 75/25 stratified splits with seeds 0 to 4 (cifar10-subset: its own training and test part), mean accuracy.
"""

import argparse
import pathlib
import warnings

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from networks import normalised, slim_resnet18, teacher

warnings.filterwarnings("ignore")
SETS = ["fashion-texture", "fridge-objects-150px", "trashnet", "trashnet-unseen", "cifar10-subset"]


def load(path, side):
    """The product's preprocessing: shorter side to round(side · 256 / 224), centre crop."""
    photo = Image.open(path).convert("RGB")
    short, (w, h) = round(side * 256 / 224), photo.size
    scale = short / min(w, h)
    w, h = (short, int(h * scale)) if w <= h else (int(w * scale), short)
    photo = photo.resize((w, h), Image.BILINEAR)
    x, y = round((w - side) / 2), round((h - side) / 2)
    return np.asarray(photo.crop((x, y, x + side, y + side)))


def files(folder, step=slice(None)):
    """(path, class) of every picture in a folder per class."""
    classes = [c for c in sorted(folder.iterdir()) if c.is_dir()]
    return [(p, c.name) for c in classes for p in [q for q in sorted(c.iterdir()) if q.suffix in (".jpg", ".png")][step]]


def features(net, listing, side):
    out = []
    with torch.inference_mode():
        for n in range(0, len(listing), 32):
            batch = np.stack([load(p, side) for p, _ in listing[n:n + 32]])
            out.append(net(normalised(torch.from_numpy(batch))).numpy())
    return normalize(np.concatenate(out))


def accuracy(train_x, train_y, test_x, test_y):
    search = GridSearchCV(LinearSVC(class_weight="balanced"), {"C": [0.1, 1, 10, 100]}, cv=3)
    return search.fit(train_x, train_y).score(test_x, test_y)


def measured(net, data, name, side, seeds):
    """Mean accuracy on one set; "trashnet-unseen" is the half of trashnet that crops.py leaves out."""
    folder, step = (data / "trashnet", slice(1, None, 2)) if name == "trashnet-unseen" else (data / name, slice(None))
    if (folder / "train").is_dir():
        parts = [files(folder / part) for part in ("train", "test")]
        (train_x, train_y), (test_x, test_y) = [(features(net, p, side), [c for _, c in p]) for p in parts]
        return accuracy(train_x, train_y, test_x, test_y)
    listing = files(folder, step)
    x, y = features(net, listing, side), np.array([c for _, c in listing])
    splits = (train_test_split(x, y, test_size=0.25, stratify=y, random_state=seed) for seed in range(seeds))
    return np.mean([accuracy(a, ya, b, yb) for a, b, ya, yb in splits])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--starter", type=pathlib.Path, required=True)
    parser.add_argument("--networks", nargs="+", default=["random", "starter", "mobilenet"])
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--sides", type=int, nargs="+", default=[128, 160, 192, 224])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    tensors = load_file(options.starter)
    nets = {"random": slim_resnet18(len(tensors["bn1.weight"])).eval()}
    nets["starter"] = slim_resnet18(len(tensors["bn1.weight"])).eval()
    missing = nets["starter"].load_state_dict(tensors, strict=False).missing_keys
    assert all(name.endswith("num_batches_tracked") for name in missing), missing
    nets["mobilenet"] = teacher(options.data / "weights" / "mobilenet_v2-imagenet.safetensors")
    nets["mobilenet"].classifier = torch.nn.Identity()
    for name in options.networks:
        for side in options.sides:
            row = [f"{measured(nets[name], options.data, s, side, options.seeds):.3f}" for s in options.sets]
            print(name, side, *row, flush=True)


if __name__ == "__main__":
    main()
