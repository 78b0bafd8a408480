"""Asks the teacher, MobileNetV2, about every picture, and writes down what it sees as labels.

    python teach.py --weights DATA/weights/mobilenet_v2-imagenet.safetensors --pictures SCRATCH/pictures

writes `SCRATCH/pictures/labels.csv`, a table for `ocelot train classifier --labels many`. The teacher's 1,280 features of
all pictures are turned to their principal directions; a picture has the label `d007` if it lies beyond the median along the
eighth. So each label halves the pictures, and says something that the others do not. To learn from such codes is the idea
of Lin, Yang, Hsiao and Chen, "Deep Learning of Binary Hash Codes for Fast Image Retrieval", 2015. OpenVINO computes, for it
is three times as fast here.
"""

import argparse
import pathlib

import numpy as np
import openvino
import torch
from PIL import Image

library = torch.library.Library("torchvision", "DEF")  # lets torchvision load without its compiled operators
for name in ("nms", "qnms"):
    library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from safetensors.torch import load_file  # noqa: E402
from torchvision.models import mobilenet_v2  # noqa: E402

MEAN, DEVIATION = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
BATCH = 32


class Teacher(torch.nn.Module):
    """[N, 128, 128, 3] bytes → [N, 1280]; enlarged to 160 pixels, since it learnt from 224."""

    def __init__(self, path):
        super().__init__()
        net = mobilenet_v2()
        net.load_state_dict(load_file(path))
        for m in list(net.modules()):  # the published weights pad at the bottom and right where the stride is 2
            for name, child in m.named_children():
                if isinstance(child, torch.nn.Conv2d) and child.stride == (2, 2):
                    child.padding = (0, 0)
                    setattr(m, name, torch.nn.Sequential(torch.nn.ZeroPad2d((0, 1, 0, 1)), child))
        self.features = net.features.eval()

    def forward(self, pixels):
        x = ((pixels.float() / 255 - MEAN) / DEVIATION).permute(0, 3, 1, 2)
        x = torch.nn.functional.interpolate(x, (160, 160), mode="bilinear", align_corners=False)
        return self.features(x).mean((2, 3))


def answers(weights, paths, threads):
    """The teacher's features [N, 1280] of the pictures."""
    example = torch.zeros(BATCH, 128, 128, 3, dtype=torch.uint8)
    model = openvino.convert_model(Teacher(weights), example_input=example)
    ask = openvino.Core().compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": threads})
    batches = (paths[n:n + BATCH] for n in range(0, len(paths), BATCH))
    return np.concatenate([ask(np.stack([np.asarray(Image.open(p)) for p in b]))[0] for b in batches])


def halves(features, count):
    """[N, count]: on which side of the median each picture lies, along the directions of the greatest variance."""
    x = (features - features.mean(0)).astype(np.float64)
    directions = np.linalg.eigh(x.T @ x)[1][:, ::-1][:, :count]
    directions *= np.sign(directions[np.abs(directions).argmax(0), np.arange(count)])
    along = x @ directions
    return along > np.median(along, axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=pathlib.Path, required=True)
    parser.add_argument("--pictures", type=pathlib.Path, required=True)
    parser.add_argument("--labels", type=int, default=128, help="how many labels")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    paths = sorted(options.pictures.glob("*/*.jpg"))
    sides = halves(answers(options.weights, paths, options.threads), options.labels)
    with open(options.pictures / "labels.csv", "w") as table:
        table.write("path,label\n")
        for path, row in zip(paths, sides):
            table.write(f"{path.relative_to(options.pictures)},{'|'.join(f'd{k:03}' for k in np.flatnonzero(row))}\n")


if __name__ == "__main__":
    main()
