"""Makes Tests/Golden/imaging.json: what Pillow and torchvision make of pictures drawn by a formula.

Run with Pillow 13.0.0, torchvision 0.28, numpy. The files in it are written by Pillow, but for a few variants that it does
not write, which are put together here. Nothing is random.
"""

import base64
import io
import json
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import numpy as np
import PIL
import torch
from PIL import Image, ImageOps

library = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    library.define(name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision
from torchvision import transforms

from imaging_rule import white


def formula(width, height):
    """The same as `formulaPicture` in Tests/ImagingTests/Formula.swift: slopes, a fine texture, and hard edges."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    value = x * (3 + c) + y * (5 - c) + (x * y) // 7 + ((x * x * 31 + y * 17 + c * 101) % 61)
    value = np.where((x // 9 + y // 5) % 4 == 0, 255 - value, value)
    return Image.fromarray((value % 256).astype(np.uint8), "RGB")


def text(data):
    return base64.b64encode(data).decode()


def resized(image, size):
    """Pillow's resize along the rows and then along the columns, and by how many levels its own order differs from that.

    Up to version 12 that was always its order; version 13 takes the columns first where the height shrinks most. A resize
    along one axis is the same in both.
    """
    steps = image.resize((size[0], image.height), Image.BILINEAR).resize(size, Image.BILINEAR)
    once = image.resize(size, Image.BILINEAR)
    difference = int(np.abs(np.asarray(steps).astype(int) - np.asarray(once)).max())
    assert difference <= 1
    return steps, difference


resizes = []
for w, h, to_w, to_h in [
    (37, 23, 17, 11), (5, 7, 13, 9), (64, 48, 64, 20), (100, 3, 7, 3), (1, 1, 4, 5), (300, 200, 31, 29), (31, 200, 40, 13),
    (2, 90, 3, 1), (640, 480, 33, 25), (199, 1, 1, 1), (50, 50, 49, 51),
]:
    out, _ = resized(formula(w, h), (to_w, to_h))
    resizes.append({"from": [w, h], "to": [to_w, to_h], "rgb": text(out.tobytes())})

squares = []
SIDE = 16


def square(w, h, resize, short, expected, size):
    _, tolerance = resized(formula(w, h), size)
    squares.append({
        "from": [w, h], "resize": resize, "shorterSide": short, "tolerance": tolerance, "rgb": text(expected.tobytes()),
    })


for w, h in [(50, 75), (75, 50), (40, 40), (33, 200), (301, 57), (19, 18), (18, 19), (16, 16), (9, 12), (1, 30), (97, 31)]:
    for short in (18, 16, 19):
        resize = transforms.Resize(short)
        rule = transforms.Compose([resize, transforms.CenterCrop(SIDE)])
        square(w, h, "crop", short, rule(formula(w, h)), resize(formula(w, h)).size)
    square(w, h, "squash", 18, formula(w, h).resize((SIDE, SIDE), Image.BILINEAR), (SIDE, SIDE))
    fitted = ImageOps.contain(formula(w, h), (SIDE, SIDE), Image.BILINEAR)
    padded = ImageOps.pad(formula(w, h), (SIDE, SIDE), Image.BILINEAR, color=(124, 116, 104))
    square(w, h, "letterbox", 18, padded, fitted.size)

files = []


def add(name, data, expected=None, tolerance=0, format=None):
    if format is None:
        image = Image.open(io.BytesIO(data))
        format = image.format.lower()
        expected = expected or white(image)
    files.append({
        "name": name, "format": format, "displayed": list(expected.size),
        "bytes": text(data), "rgb": text(expected.tobytes()), "tolerance": tolerance,
    })


def save(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, depth, colour, rows, extra=b""):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    data = b"".join(b"\0" + row for row in rows)
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


W, H = 13, 9
picture = formula(W, H)
alpha = Image.fromarray((np.arange(W * H).reshape(H, W) * 2 % 256).astype(np.uint8), "L")
transparent = picture.copy()
transparent.putalpha(alpha)
grey = picture.convert("L")
grey_alpha = Image.merge("LA", (grey, alpha))
palette = picture.quantize(16)

for name, image, options in [
    ("rgb", picture, {}), ("rgba", transparent, {}), ("grey", grey, {}), ("grey-alpha", grey_alpha, {}),
    ("one-bit", picture.convert("1"), {}), ("palette", palette, {}), ("palette-transparent", palette, {"transparency": 3}),
    ("colour-key", picture, {"transparency": picture.getpixel((2, 3))}),
]:
    add(f"{name}.png", save(image, "PNG", **options))
wide = (np.asarray(picture).astype(np.uint16) * 257 + 100).clip(0, 65535).astype(">u2")
add("rgb-16.png", png(W, H, 16, 2, [row.tobytes() for row in wide]))
# Pillow's own reading of 16-bit grey is clipped; the rule is the upper eight bits.
upper = Image.merge("RGB", [Image.fromarray((wide[..., 0] >> 8).astype(np.uint8), "L")] * 3)
add("grey-16.png", png(W, H, 16, 0, [row.tobytes() for row in wide[..., 0]]), upper)
add("grey-16.tiff", save(Image.fromarray(wide[..., 0].astype("<u2")), "TIFF"), upper)

for name, image, options in [
    ("rgb", picture, {}), ("rgba", transparent, {"compression": "tiff_lzw"}), ("grey", grey, {}),
    ("one-bit", picture.convert("1"), {"compression": "group4"}), ("palette", palette, {}),
    ("cmyk", picture.convert("CMYK"), {}), ("deflate", picture, {"compression": "tiff_adobe_deflate"}),
]:
    add(f"{name}.tiff", save(image, "TIFF", **options))
add("two-pages.tiff", save(picture, "TIFF", save_all=True, append_images=[formula(4, 4)]))

add("palette.gif", save(palette, "GIF"))
add("transparent.gif", save(palette, "GIF", transparency=3))
add("two-frames.gif", save(palette, "GIF", save_all=True, append_images=[formula(W, H).transpose(0).quantize(16)]))
add("lossless.webp", save(picture, "WEBP", lossless=True))
add("lossy.webp", save(formula(40, 24), "WEBP", quality=80))
add("transparent.webp", save(transparent, "WEBP", lossless=True, exact=True))
# Two decoders of AV1 and two ways to enlarge the colour planes: 4:4:4 leaves the first.
add("rgb.avif", save(formula(40, 24), "AVIF", quality=95, subsampling="4:4:4"), tolerance=3)

# Pillow does not know HEIC: libvips's command, 8.14, writes it, turned by no EXIF.
smooth = formula(13, 9).resize((40, 24), Image.BICUBIC)
with tempfile.TemporaryDirectory() as folder:
    smooth.save(f"{folder}/in.png")
    options = ["--compression", "hevc", "--Q", "98", "--subsample-mode", "off"]
    subprocess.run(["vips", "heifsave", f"{folder}/in.png", f"{folder}/out.heic", *options], check=True)
    add("rgb.heic", Path(f"{folder}/out.heic").read_bytes(), smooth, tolerance=6, format="heic")

for name, image in [("rgb", picture), ("grey", grey), ("one-bit", picture.convert("1")), ("palette", palette)]:
    add(f"{name}.bmp", save(image, "BMP"))


def bmp(bits, rows, height, compression=0, palette=b"", masks=b"", header_size=40):
    header = struct.pack("<IiiHHIIiiII", header_size, W, height, 1, bits, compression, 0, 0, 0, len(palette) // 4, 0)
    header += masks.ljust(header_size - 40, b"\0") if header_size > 40 else masks
    body = b"".join(row.ljust((len(row) + 3) // 4 * 4, b"\0") for row in rows)
    offset = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(body), 0, 0, offset) + header + palette + body


pixels = np.asarray(picture)
add("top-down.bmp", bmp(24, [row[:, ::-1].tobytes() for row in pixels], -H))
indices = np.asarray(palette)
colours = np.zeros((16, 4), np.uint8)
known = np.array(palette.getpalette()[:48], np.uint8).reshape(-1, 3)
colours[: len(known), :3] = known[:, ::-1]
packed = np.pad(indices, ((0, 0), (0, 1)))
nibbles = (packed[:, 0::2] << 4 | packed[:, 1::2]).astype(np.uint8)
add("four-bit.bmp", bmp(4, [row.tobytes() for row in nibbles[::-1]], H, palette=colours.tobytes()), palette.convert("RGB"))
five = (pixels.astype(np.uint16) >> 3)
packed = (five[..., 0] << 10 | five[..., 1] << 5 | five[..., 2]).astype("<u2")
add("sixteen-bit.bmp", bmp(16, [row.tobytes() for row in packed[::-1]], H), tolerance=1)
bgrx = np.concatenate([pixels[..., ::-1], np.zeros((H, W, 1), np.uint8)], -1)
add("thirty-two-bit.bmp", bmp(32, [row.tobytes() for row in bgrx[::-1]], H))
add("alpha.bmp", save(transparent, "BMP"))
rgba_masks = struct.pack("<IIII", 0xFF000000, 0x00FF0000, 0x0000FF00, 0x000000FF)
abgr = np.asarray(transparent)[..., ::-1]
add("masks-and-alpha.bmp", bmp(32, [row.tobytes() for row in abgr[::-1]], H, 3, masks=rgba_masks, header_size=124))

# Decoders of JPEG may differ by a level from one version of libjpeg-turbo to another.
for name, image, options in [
    ("444", smooth, {"subsampling": 0}), ("420", smooth, {"subsampling": 2}), ("422", smooth, {"subsampling": 1}),
    ("progressive", smooth, {"progressive": True}), ("grey", smooth.convert("L"), {}), ("cmyk", smooth.convert("CMYK"), {}),
]:
    add(f"{name}.jpg", save(image, "JPEG", quality=90, **options), tolerance=1)

for orientation in range(1, 9):
    for format in ("JPEG", "PNG", "WEBP", "TIFF"):
        exif = Image.Exif()
        exif[274] = orientation
        options = {"lossless": True} if format == "WEBP" else {"quality": 95, "subsampling": 0} if format == "JPEG" else {}
        data = save(formula(8, 5), format, exif=exif, **options)
        add(f"orientation-{orientation}.{format.lower()}", data, tolerance=1 if format == "JPEG" else 0)

out = Path(__file__).parents[2] / "Tests/Golden/imaging.json"
out.write_text(json.dumps({
    "made by": f"Tools/golden/imaging.py, Pillow {PIL.__version__}, torchvision {torchvision.__version__}",
    "resizes": resizes, "side": SIDE, "squares": squares, "files": files,
}, indent=0) + "\n")
print(out, out.stat().st_size)
