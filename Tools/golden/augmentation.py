"""Makes Tests/Golden/augmentation.json: what torchvision makes of pictures drawn by a formula.

Run with Pillow 13.0.0, torchvision 0.28, numpy. Colours, blur and affine maps are those of torchvision on tensors of bytes;
crops with flips are Pillow's, as torchvision asks for them. Seed 1 where something is drawn.
"""

import base64
import json
import math
from pathlib import Path

import numpy as np
import PIL
import torch
from PIL import Image

library = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision
from torchvision import transforms
from torchvision.transforms import functional as F

torch.manual_seed(1)
SIDE = 28


def formula(width, height):
    """The same as `formulaPicture` in Tests/ImagingTests/Golden.swift: slopes, a fine texture, and hard edges."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    value = x * (3 + c) + y * (5 - c) + (x * y) // 7 + ((x * x * 31 + y * 17 + c * 101) % 61)
    value = np.where((x // 9 + y // 5) % 4 == 0, 255 - value, value)
    return Image.fromarray((value % 256).astype(np.uint8), "RGB")


def text(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype=np.uint8).tobytes()).decode()


def rgb(tensor):
    return text(tensor.permute(1, 2, 0).numpy())


picture = F.pil_to_tensor(formula(SIDE, SIDE))
colours = []
for operation, function, values in [
    ("brightness", F.adjust_brightness, (0, 0.37, 0.8, 1.2, 3)),
    ("contrast", F.adjust_contrast, (0, 0.37, 0.8, 1.2, 3)),
    ("saturation", F.adjust_saturation, (0, 0.37, 0.8, 1.2, 3)),
    ("hue", F.adjust_hue, (-0.5, -0.1, 0.03, 0.25, 0.5)),
]:
    for value in values:
        colours.append({"operation": operation, "value": value, "rgb": rgb(function(picture, value))})
mixed = F.adjust_hue(
    F.adjust_saturation(F.adjust_contrast(F.adjust_brightness(picture, 1.1), 0.9), 1.3), -0.05)

blurs = []
for deviation in (0.4, 1.0, 2.3):
    size = 2 * math.ceil(3 * deviation) + 1
    blurs.append({"deviation": deviation, "rgb": rgb(F.gaussian_blur(picture, [size, size], [deviation, deviation]))})

crops = []
for width, height, left, top, w, h, flips in [
    (50, 37, 3, 5, 40, 30, ""), (50, 37, 3, 5, 40, 30, "h"), (50, 37, 0, 0, 50, 37, "v"), (50, 37, 17, 9, 11, 13, "hv"),
    (37, 90, 6, 40, 31, 50, "h"), (200, 120, 55, 0, 140, 120, ""), (20, 20, 19, 0, 1, 20, "h"),
]:
    out = F.resized_crop(formula(width, height), top, left, h, w, [SIDE, SIDE], transforms.InterpolationMode.BILINEAR)
    # Pillow 13 resizes the columns first where the height shrinks most; ours always the rows, a level apart at most.
    part = formula(width, height).crop((left, top, left + w, top + h))
    steps = part.resize((SIDE, h), Image.BILINEAR).resize((SIDE, SIDE), Image.BILINEAR)
    tolerance = int(np.abs(np.asarray(out).astype(int) - np.asarray(steps)).max())
    assert tolerance <= 1
    out = F.hflip(out) if "h" in flips else out
    out = F.vflip(out) if "v" in flips else out
    crops.append({
        "from": [width, height], "box": [left, top, w, h], "isMirrored": "h" in flips, "isFlipped": "v" in flips,
        "tolerance": tolerance, "rgb": text(np.asarray(out)),
    })

# Only pixels made of the picture alone are compared: at its edge torchvision lets padding in by another rule than ours.
affines = []
for angle, zoom in [(17, 1), (-40, 1.5), (90, 1), (180, 2), (0, 1.3), (5, 1)]:
    options = dict(translate=[0, 0], scale=zoom, shear=[0, 0], interpolation=transforms.InterpolationMode.BILINEAR)
    out = F.affine(picture.float(), angle, **options)
    whole = F.affine(torch.ones(1, SIDE, SIDE), angle, **options)[0] > 0.99999
    affines.append({"angle": angle, "zoom": zoom, "rgb": rgb(out.round()), "isInside": text(whole.numpy())})


def statistics(width, height, scale, ratio, count=4000):
    """Means of what RandomResizedCrop draws, each with its standard error."""
    image = torch.zeros(1, height, width)
    drawn = [transforms.RandomResizedCrop.get_params(image, scale, ratio) for _ in range(count)]
    top, left, h, w = (np.array(column, dtype=float) for column in zip(*drawn))
    values = {
        "area": w * h / (width * height), "logRatio": np.log(w / h),
        "left": left / width, "top": top / height, "isWide": (w == width).astype(float),
    }
    return {
        "size": [width, height], "scale": scale, "ratio": ratio,
        "means": {name: [float(v.mean()), float(v.std() / math.sqrt(count))] for name, v in values.items()},
    }


draws = [
    statistics(500, 375, [0.6, 1.0], [3 / 4, 4 / 3]), statistics(375, 500, [0.08, 1.0], [3 / 4, 4 / 3]),
    statistics(900, 100, [0.6, 1.0], [3 / 4, 4 / 3]),
]


def split_mix(seed):
    mask = (1 << 64) - 1
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = seed
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & mask
        yield z ^ z >> 31


def plan(seed):
    """What Augmentation.plan draws for every operation with probability 1 and its usual strength, without originals."""
    numbers = split_mix(seed)
    unit = lambda: (next(numbers) >> 11) / (1 << 53)
    between = lambda low, high: low + unit() * (high - low)
    result = {}
    unit()  # Original or not.
    unit(), unit()  # The two flips.
    unit()
    result["rotation"] = between(-10, 10)
    unit()
    tries = [(between(0.6, 1), math.exp(between(math.log(3 / 4), math.log(4 / 3)))) for _ in range(10)]
    x, y = unit(), unit()
    boxes = []
    for area, ratio in tries:
        w, h = round(math.sqrt(500 * 375 * area * ratio)), round(math.sqrt(500 * 375 * area / ratio))
        if w <= 500 and h <= 375:
            boxes.append([int(x * (500 - w + 1)), int(y * (375 - h + 1)), w, h])
    result["box"] = boxes[0]
    unit()
    result["zoom"] = between(0.8, 1.2)
    unit()
    result["shearX"], result["shearY"] = between(-10, 10), between(-10, 10)
    for name in ("brightness", "contrast", "saturation"):
        unit()
        result[name] = between(0.8, 1.2)
    unit()
    result["hue"] = between(-0.03, 0.03)
    unit()
    result["blur"] = between(0, 1)
    unit()
    result["noise"] = between(0, 0.02)
    result["noiseSeed"] = str(next(numbers))
    unit()
    tries = [(between(0.02, 0.2), math.exp(between(math.log(0.3), math.log(3.3)))) for _ in range(10)]
    x, y = unit(), unit()
    w, h = [(math.sqrt(a * r), math.sqrt(a / r)) for a, r in tries if math.sqrt(a * r) < 1 and math.sqrt(a / r) < 1][0]
    result["erased"] = [x * (1 - w), y * (1 - h), w, h]
    result["seed"] = seed
    result["after"] = str(next(numbers))
    return result


out = Path(__file__).parents[2] / "Tests/Golden/augmentation.json"
out.write_text(json.dumps({
    "made by": f"Tools/golden/augmentation.py, Pillow {PIL.__version__}, torchvision {torchvision.__version__}",
    "side": SIDE, "colours": colours, "mixed": rgb(mixed), "blurs": blurs, "crops": crops, "affines": affines,
    "draws": draws, "plans": [plan(seed) for seed in (1, 2, 3)],
}, indent=0) + "\n")
print(out, out.stat().st_size)
