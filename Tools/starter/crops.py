"""Cuts crops of many sizes out of photos, for the teacher to look at.

`pictures.py` asks for them: 128 × 128 pixels each. Photos and how many crops of each, with the licences stated for them:
every second photo of trashnet (MIT), fridge-detection (MIT), nuts (MIT), the ten originals of near-duplicates
(Apache 2.0), exif-orientation-examples (MIT). Whatever else is in DATA stays unseen.
"""

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

SIDE = 128


def photos(data):
    """(path, crops) of each photo."""
    for folder in sorted((data / "trashnet").iterdir()):
        yield from ((path, 12) for path in sorted(folder.glob("*.jpg"))[::2])
    yield from ((path, 24) for path in sorted((data / "fridge-detection" / "images").glob("*.jpg")))
    yield from ((path, 40) for path in sorted((data / "nuts-detection" / "nuts-coco" / "images").glob("*.jpg")))
    yield from ((path, 50) for path in sorted((data / "near-duplicates").glob("*.jpg")) if "_" not in path.name)
    for name in ("Landscape_1", "Portrait_1"):
        yield data / "odd-images" / "exif-orientation-examples" / f"{name}.jpg", 60


def crop(photo, r):
    """One crop: 6 to 100 % of the area, aspect up to 4:3, sometimes turned, flipped, other light and colours."""
    if r.random() < 0.3:
        photo = photo.rotate(r.normal(0, 12), Image.BICUBIC)
        w, h = photo.size
        photo = photo.crop((w // 10, h // 10, w - w // 10, h - h // 10))
    w, h = photo.size
    area, aspect = w * h * np.exp(r.uniform(np.log(0.06), 0)), np.exp(r.uniform(-0.29, 0.29))
    cw, ch = min(w, (area * aspect) ** 0.5), min(h, (area / aspect) ** 0.5)
    x, y = r.uniform(0, w - cw), r.uniform(0, h - ch)
    photo = photo.resize((SIDE, SIDE), Image.BILINEAR, (x, y, x + cw, y + ch), reducing_gap=3)
    if r.random() < 0.5:
        photo = ImageOps.mirror(photo)
    if r.random() < 0.6:
        for kind in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
            photo = kind(photo).enhance(r.uniform(0.6, 1.4))
    if r.random() < 0.25:
        hue, rest = int(r.integers(256)), photo.convert("HSV").split()
        photo = Image.merge("HSV", (rest[0].point(lambda p: (p + hue) % 256), *rest[1:])).convert("RGB")
    return np.asarray(photo)
