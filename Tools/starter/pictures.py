"""Makes the data set that the starter learns from: drawn patterns and crops of photos, a folder each class.

    python pictures.py --data DATA --count 24000 --seed 1 --output SCRATCH/pictures

writes `pattern-NNN/N.jpg`, whose class is the pattern of the picture's main surface (`draw.py`), and `photo-NNNN/N.jpg`, whose
class is the photo that a crop was cut out of (`crops.py`): no label of any photo is used. To tell photos apart by crops
that were turned, flipped and coloured is the task of Dosovitskiy, Springenberg, Riedmiller and Brox, "Discriminative
Unsupervised Feature Learning with Convolutional Neural Networks", 2014. The same seed makes the same files.
"""

import argparse
import pathlib

import numpy as np
from PIL import Image, ImageOps

from crops import crop, photos
from draw import draw


def save(pixels, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=95)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=24000, help="how many pictures to draw")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    for n in range(options.count):
        pixels, label = draw([options.seed, n])
        save(pixels, options.output / f"pattern-{label:03}" / f"{n}.jpg")
    r = np.random.default_rng(options.seed)
    for number, (path, count) in enumerate(photos(options.data)):
        photo = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        for n in range(count):
            save(crop(photo, r), options.output / f"photo-{number:04}" / f"{n}.jpg")


if __name__ == "__main__":
    main()
