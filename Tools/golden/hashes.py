"""Makes Tests/Golden/hashes.json: difference hashes by the library imagehash, and numbers about pictures.

    python Tools/golden/hashes.py FOLDER_OF_PHOTO_SETS

Run with imagehash 4.3.2, Pillow 13.0.0, numpy, scipy. Pictures are drawn by a formula, and hashed in several sizes; and of the
photo sets `odd-images`, `near-duplicates` and every fifth photo of `imagenet-sample-256` the hashes are stored. Nothing is
random.

imagehash gets what our pictures hold: upright by EXIF, over white, RGB (`imaging_rule.white`). Given a file as it is, it would
hash a rotated photo as it is stored, and the colours beneath transparent pixels.
"""

import json
import sys
from pathlib import Path

import imagehash
import numpy as np
import PIL
import scipy
from PIL import Image, ImageFilter, ImageStat
from scipy import ndimage

from imaging_rule import white


def formula(width, height):
    """The same as `formulaPicture` in Tests/ImagingTests/Golden.swift: slopes, a fine texture, and hard edges."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    value = x * (3 + c) + y * (5 - c) + (x * y) // 7 + ((x * x * 31 + y * 17 + c * 101) % 61)
    value = np.where((x // 9 + y // 5) % 4 == 0, 255 - value, value)
    return Image.fromarray((value % 256).astype(np.uint8), "RGB")


def measures(image):
    """By the definitions in Sources/Imaging/PictureMeasures.swift, from their sources rather than from our code."""
    rgb = np.asarray(image).astype(np.float64)
    grey = image.convert("L")
    levels = np.asarray(grey).astype(np.float64)
    r, g, b = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    # CleanVision 0.3.7: calculate_brightness, calc_percentile_brightness, here without interpolation.
    brightness = np.sqrt(0.241 * r * r + 0.691 * g * g + 0.068 * b * b) / 255
    # Hasler and Süsstrunk 2003, equation for M^(3).
    rg, yb = (r - g) / 255, ((r + g) / 2 - b) / 255
    colourfulness = np.sqrt(rg.var() + yb.var()) + 0.3 * np.sqrt(rg.mean() ** 2 + yb.mean() ** 2)
    # The inside only, where each grey has four neighbours.
    laplacian = ndimage.convolve(levels, np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]))[1:-1, 1:-1]
    scale = max(1, max(image.size) / 64)
    size = (max(1, int(image.width / scale)), max(1, int(image.height / scale)))
    # Along the rows and then along the columns, which is our order; Pillow 13 sometimes takes the other one.
    small = grey.resize((size[0], image.height), Image.BILINEAR).resize(size, Image.BILINEAR)
    edges = ImageStat.Stat(small.filter(ImageFilter.FIND_EDGES)).var[0] ** 0.5
    deviation = float(np.std(small.histogram()))
    # CleanVision 0.3.7: BlurrinessProperty.get_scores with its default normalizing_factor and color_threshold.
    background = 1 - np.exp(-deviation * 0.01)
    return {
        "brightness": [float(p) for p in np.percentile(brightness, [1, 5, 50, 95, 99], method="lower")],
        "meanColour": [float(c.mean() / 255) for c in (r, g, b)],
        "contrast": float(levels.std() / 255),
        "sharpness": float(laplacian.var()) if laplacian.size else 0,
        "entropy": grey.entropy(),
        "colourfulness": float(colourfulness),
        "edges": edges,
        "greyCountDeviation": deviation,
        "clarity": float(min(1 - np.exp(-edges * 0.01) + (background if background > 0.18 else 0), 1)),
    }


pictures = []
sizes = [(37, 23), (300, 200), (200, 300), (90, 300), (17, 16), (9, 8), (5, 400), (400, 5), (1, 1), (3, 2), (16, 40), (640, 480)]
for width, height in sizes:
    image = formula(width, height)
    pictures.append({
        "size": [width, height],
        "hashes": {str(n): str(imagehash.dhash(image, n)) for n in (2, 3, 8, 11, 16, 32)},
        "measures": measures(image),
    })

folder = Path(sys.argv[1])
names = sorted(
    str(p.relative_to(folder)) for s in ("odd-images", "near-duplicates") for p in (folder / s).rglob("*")
    if p.is_file() and p.suffix != ".tsv")
names += sorted(str(p.relative_to(folder)) for p in (folder / "imagenet-sample-256").glob("*.*"))[::5]
files = {}
for name in names:
    try:
        image = white(Image.open(folder / name))
    except Exception:
        continue
    files[name] = [str(imagehash.dhash(image, 8)), str(imagehash.dhash(image, 16))]

out = Path(__file__).parents[2] / "Tests/Golden/hashes.json"
made_by = (
    f"Tools/golden/hashes.py, imagehash {imagehash.__version__}, Pillow {PIL.__version__}, numpy {np.__version__}, "
    f"scipy {scipy.__version__}")
out.write_text(json.dumps({"made by": made_by, "pictures": pictures, "files": files}, indent=0) + "\n")
print(out, out.stat().st_size, len(files))
