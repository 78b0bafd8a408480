"""PyTorch's half of training a head: python peer_frozen.py TABLE ARCH WEIGHTS SIDE EPOCHS; the network in every epoch."""
import csv
import json
import os
import sys
import time

import numpy as np
import torch
from networks import network
from PIL import Image, ImageOps


def main(table, name, weights, side, epochs):
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(0)
    with open(table, newline="") as file:
        rows = list(csv.DictReader(file))
    classes = sorted({row["label"] for row in rows})
    base = network(name, weights, bottom_right=name == "mobilenet_v2")
    if name == "mobilenet_v2":
        width = base.last_channel
        base = torch.nn.Sequential(base.features, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    else:
        width = base.fc.in_features
        base.fc = torch.nn.Identity()
    base = base.to(memory_format=torch.channels_last)
    head = torch.nn.Sequential(
        torch.nn.BatchNorm1d(width), torch.nn.Dropout(0.5), torch.nn.Linear(width, 512), torch.nn.ReLU(),
        torch.nn.BatchNorm1d(512), torch.nn.Dropout(0.5), torch.nn.Linear(512, len(classes)))
    optimizer = torch.optim.Adam(head.parameters(), 1e-3)
    mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))

    def load(part):
        chosen = [row for row in rows if row["split"] == part]
        images = [ImageOps.exif_transpose(Image.open(row["path"])).convert("RGB") for row in chosen]
        pixels = [np.asarray(image.resize((side, side), Image.Resampling.BILINEAR)) for image in images]
        x = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2)
        return x, torch.tensor([classes.index(row["label"]) for row in chosen])

    def features(images):
        with torch.no_grad():
            x = ((images.float() / 255 - mean) / deviation).contiguous(memory_format=torch.channels_last)
            return base(x)

    def accuracy(x, y):
        head.eval()
        with torch.no_grad():
            right = sum((head(features(x[i:i + 32])).argmax(1) == y[i:i + 32]).sum().item() for i in range(0, len(y), 32))
        return right / len(y)

    start = time.perf_counter()
    x, y = load("train")
    held = load("validation")
    batches = -(-len(y) // 64)
    decoded = time.perf_counter()
    for _ in range(epochs):
        head.train()
        for chosen in torch.randperm(len(y)).tensor_split(batches):
            images = x[chosen]
            flipped = torch.rand(len(chosen)) < 0.5
            images[flipped] = images[flipped].flip(3)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(head(features(images)), y[chosen]).backward()
            optimizer.step()
        accuracy(*held)
    end = time.perf_counter()
    print(json.dumps({"seconds": end - start, "epochs": end - decoded, "accuracy": accuracy(*load("test"))}))


if __name__ == "__main__":
    main(*sys.argv[1:4], *map(int, sys.argv[4:]))
