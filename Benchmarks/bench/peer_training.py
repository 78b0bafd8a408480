"""PyTorch's half of training from files: python peer_training.py TABLE ARCH BATCH EPOCHS PROCESSES.

Images a second of the median epoch after the first.
"""
import csv
import json
import os
import statistics
import sys
import time

import torch
from networks import network  # Before torchvision, for what its compiled part would have registered.
from PIL import Image, ImageOps
from torchvision import transforms


class Photos(torch.utils.data.Dataset):
    def __init__(self, table):
        with open(table, newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["split"] == "train"]
        self.classes = sorted({row["label"] for row in rows})
        self.photos = [(row["path"], self.classes.index(row["label"])) for row in rows]
        self.transform = transforms.Compose([
            transforms.RandomResizedCrop(224, (0.6, 1)), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])

    def __len__(self):
        return len(self.photos)

    def __getitem__(self, index):
        path, label = self.photos[index]
        return self.transform(ImageOps.exif_transpose(Image.open(path)).convert("RGB")), label


def main(table, name, batch, epochs, processes):
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(0)
    photos = Photos(table)
    model = network(name)
    if name == "mobilenet_v2":
        model.classifier[1] = torch.nn.Linear(model.last_channel, len(photos.classes))
    else:
        model.fc = torch.nn.Linear(model.fc.in_features, len(photos.classes))
    model = model.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.0005, fused=True)
    # As ours, batches of nearly equal size, none left out.
    steps = -(-len(photos) // batch)
    loader = torch.utils.data.DataLoader(
        photos, -(-len(photos) // steps), shuffle=True, num_workers=processes, persistent_workers=processes > 0)
    speeds = []
    for _ in range(epochs):
        start = time.perf_counter()
        for x, y in loader:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x.to(memory_format=torch.channels_last)), y).backward()
            optimizer.step()
        speeds.append(len(photos) / (time.perf_counter() - start))
    print(json.dumps({"images_per_second": statistics.median(speeds[1:]), "epochs": speeds}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
