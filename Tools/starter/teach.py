"""Asks the teacher, MobileNetV2, about every picture, once.

    python teach.py --weights DATA/weights/mobilenet_v2-imagenet.safetensors SCRATCH/drawn SCRATCH/crops

writes `features.npy` [count, 1280] and `scores.npy` [count, 1000] beside each `images.npy`, 16-bit floats. The pictures
are enlarged from 128 to 160 pixels, since the teacher learnt from 224. OpenVINO, because it is three times as fast here.
"""

import argparse
import pathlib

import numpy as np
import openvino
import torch

from networks import normalised, teacher


class Teacher(torch.nn.Module):
    def __init__(self, path):
        super().__init__()
        self.net = teacher(path)

    def forward(self, x):
        x = torch.nn.functional.interpolate(x, (160, 160), mode="bilinear", align_corners=False)
        features = self.net.features(x).mean((2, 3))
        return features, self.net.classifier(features)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, help="only the first so many pictures")
    parser.add_argument("folders", type=pathlib.Path, nargs="+")
    options = parser.parse_args()
    model = openvino.convert_model(Teacher(options.weights), example_input=torch.zeros(32, 3, 128, 128))
    settings = {"INFERENCE_PRECISION_HINT": "bf16", "INFERENCE_NUM_THREADS": 2}
    ask = openvino.Core().compile_model(model, "CPU", settings)
    for folder in options.folders:
        images = np.load(folder / "images.npy", mmap_mode="r")[:options.count]
        answers = [ask(normalised(torch.from_numpy(np.array(images[n:n + 32]))).numpy()) for n in range(0, len(images), 32)]
        for k, name in enumerate(("features", "scores")):
            np.save(folder / f"{name}.npy", np.concatenate([a[k] for a in answers]).astype(np.float16))
        print(folder.name, len(images), flush=True)


if __name__ == "__main__":
    main()
