"""Trains the starter: a slim ResNet-18 that imitates the teacher on drawn pictures and photo crops.

    python train.py --drawn SCRATCH/drawn --photos SCRATCH/crops --epochs 10 --output starter.safetensors

Loss per picture: 1 − cosine between a linear map of the 256 features and the teacher's 1,280 (standardised over the
training set), plus the divergence from the teacher's class probabilities (Hinton et al. 2015), plus cross-entropy with
the drawn class. AdamW, one cycle, running average of the weights; bfloat16 where PyTorch's autocast allows. The three
heads are thrown away. The file holds torchvision's names without `fc`, 16-bit floats, and its recipe in the header.
"""

import argparse
import copy
import hashlib
import json
import pathlib
import time

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as f

from networks import normalised, slim_resnet18


class Pictures:
    """Pictures and what is to be learnt from them; label −1 where there is none."""

    def __init__(self, folders):
        parts = {name: [] for name in ("images", "features", "scores", "labels")}
        for folder in folders:
            count = len(np.load(folder / "features.npy", mmap_mode="r"))
            for name in ("images", "features", "scores"):
                parts[name].append(np.load(folder / f"{name}.npy", mmap_mode="r")[:count])
            labels = folder / "labels.npy"
            parts["labels"].append(np.load(labels)[:count] if labels.exists() else np.full(count, -1))
        self.parts = parts
        features = np.concatenate([p[:: max(1, len(p) // 4000)] for p in parts["features"]]).astype(np.float32)
        self.mean, self.deviation = torch.from_numpy(features.mean(0)), torch.from_numpy(features.std(0) + 1e-3)
        self.index = np.array([(k, n) for k, p in enumerate(parts["images"]) for n in range(len(p))])

    def batch(self, rows):
        def pick(name):
            return torch.from_numpy(np.stack([self.parts[name][k][n] for k, n in self.index[rows]]))
        return pick("images"), (pick("features").float() - self.mean) / self.deviation, pick("scores").float(), pick("labels")


def varied(images, side, rng):
    """A common cut of 82 % or more, perhaps mirrored, each with other light and contrast: [N, 3, side, side]."""
    cut = int(rng.integers(105, 129))
    y, x = rng.integers(0, 128 - cut + 1, 2)
    images = normalised(images[:, y:y + cut, x:x + cut])
    if cut != side:
        images = f.interpolate(images, (side, side), mode="bilinear", antialias=side < cut, align_corners=False)
    if rng.random() < 0.5:
        images = images.flip(3)
    n = len(images)
    gain = torch.from_numpy(rng.uniform(0.8, 1.2, (n, 1, 1, 1)).astype(np.float32))
    shift = torch.from_numpy(rng.normal(0, 0.15, (n, 3, 1, 1)).astype(np.float32))
    return (images * gain + shift).contiguous(memory_format=torch.channels_last)


def write(net, path, about):
    """Saves what torchvision's resnet18 names, without `fc`, as 16-bit floats."""
    tensors = {k: v.half().contiguous() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    save_file(tensors, path, metadata=about)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drawn", type=pathlib.Path, nargs="+", required=True)
    parser.add_argument("--photos", type=pathlib.Path, nargs="*", default=[])
    parser.add_argument("--start", type=pathlib.Path, help="weights to go on from")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--sides", type=int, nargs="+", default=[80, 96, 112, 128], help="image sides, in turn")
    parser.add_argument("--epochs", type=float, default=10)
    parser.add_argument("--minutes", type=float, default=600, help="ends by then, the schedule following the clock")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(options.seed)

    pictures = Pictures(options.drawn + options.photos)
    classes = int(max(p.max() for p in pictures.parts["labels"])) + 1
    net = slim_resnet18(options.width)
    if options.start:
        net.load_state_dict(load_file(options.start), strict=False)
    wide = 8 * options.width
    sizes = {"features": 1280, "scores": 1000, "label": classes}
    heads = nn.ModuleDict({name: nn.Linear(wide, size) for name, size in sizes.items()})
    model = nn.ModuleDict({"net": net, "heads": heads})
    average = copy.deepcopy(net)
    decay = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim < 2]
    optimiser = torch.optim.AdamW([{"params": decay, "weight_decay": 0.02}, {"params": rest, "weight_decay": 0}], lr=options.rate)

    recipe = {k: v for k, v in vars(options).items() if k not in ("output", "drawn", "photos", "start", "threads")}
    recipe |= {"pictures": [len(p) for p in pictures.parts["images"]], "torch": torch.__version__}
    about = {"architecture": "resnet18", "width": str(options.width), "imageSize": "224", "licence": "Apache-2.0"}
    steps = int(options.epochs * len(pictures.index) / options.batch)
    begin, step, seen, order = time.time(), 0, {}, np.empty(0, int)
    while True:
        done = max(step / steps, (time.time() - begin) / 60 / options.minutes)  # 0...1
        if done >= 1:
            break
        rate = options.rate * min(1, done / 0.08 + 0.02) * 0.5 * (1 + np.cos(np.pi * done)) + 1e-6
        for group in optimiser.param_groups:
            group["lr"] = rate
        if len(order) < options.batch:
            order = rng.permutation(len(pictures.index))
        rows, order = order[:options.batch], order[options.batch:]
        images, features, scores, labels = pictures.batch(rows)
        side = options.sides[min(int(done * len(options.sides)), len(options.sides) - 1)]
        model.train()
        with torch.autocast("cpu", torch.bfloat16):
            out = net(varied(images, side, rng))
        out = out.float()
        near = 1 - f.cosine_similarity(heads["features"](out), features).mean()
        soft = f.kl_div(f.log_softmax(heads["scores"](out) / 2, 1), f.softmax(scores / 2, 1), reduction="batchmean")
        named = labels >= 0
        label = f.cross_entropy(heads["label"](out[named]), labels[named], label_smoothing=0.1) if named.any() else 0.0
        loss = 2 * near + 0.5 * soft + 0.2 * label
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimiser.step()
        step += 1
        keep = min(0.998, step / (step + 10))
        with torch.no_grad():
            for a, b in zip(average.state_dict().values(), net.state_dict().values()):
                a.lerp_(b, 1 - keep) if a.is_floating_point() else a.copy_(b)
        for name, value in (("cosine", 1 - near.detach()), ("soft", soft.detach()), ("label", torch.as_tensor(label).detach())):
            seen[name] = 0.98 * seen.get(name, float(value)) + 0.02 * float(value)
        if step % 100 == 0:
            speed = step * options.batch / (time.time() - begin)
            print(f"{step}/{steps} {done:.3f} side {side} {speed:.0f}/s", {k: round(v, 3) for k, v in seen.items()}, flush=True)
        if step % 200 == 0:
            write(average, options.output, about | {"checkpoint": str(step)})
    recipe["steps"] = step
    text = json.dumps(recipe, sort_keys=True)
    write(average, options.output, about | {"recipe": text, "recipeDigest": hashlib.sha256(text.encode()).hexdigest(), "seed": str(options.seed)})
    print(f"{step} steps, {(time.time() - begin) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
