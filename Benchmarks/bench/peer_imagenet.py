"""PyTorch's top-1 with the padding that the weights expect: python peer_imagenet.py FOLDER CLASSES.tsv ARCH WEIGHTS."""
import csv
import json
import pathlib
import sys

import numpy as np
import torch
from networks import network
from peer_pillow import prepared

folder, classes, name, weights = sys.argv[1:]
with open(classes, newline="") as file:
    index = {row[1]: int(row[0]) for row in csv.reader(file, delimiter="\t") if row and row[0].isdigit()}
model = network(name, weights, bottom_right=name == "mobilenet_v2")
files = sorted(pathlib.Path(folder).glob("*.jp*g"))
truths = np.array([index[file.name.split("_")[0]] for file in files])
mean, deviation = (np.array(v, np.float32) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
answers = []
with torch.inference_mode():
    for start in range(0, len(files), 32):
        images = np.stack([np.asarray(prepared(file), np.float32) for file in files[start:start + 32]])
        x = torch.from_numpy((images / 255 - mean) / deviation).permute(0, 3, 1, 2).contiguous()
        answers.append(model(x).argmax(1).numpy())
print(json.dumps({"images": len(files), "top1": float((np.concatenate(answers) == truths).mean())}))
