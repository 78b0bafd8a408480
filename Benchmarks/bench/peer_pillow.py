"""Pillow's half: python peer_pillow.py time FOLDER | cosine FOLDER PIXELS WEIGHTS.

PIXELS is what `ocelot bench decode --dump` writes: [N, 224, 224, 3] bytes in the order of the paths.
"""
import json
import pathlib
import sys
import time

from PIL import Image, ImageOps


def photos(folder):
    return sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))


def prepared(path):
    """Shorter side to 256, the middle 224 × 224, as torchvision's transforms do it."""
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    scale = 256 / min(image.size)
    size = [256 if side == min(image.size) else int(side * scale) for side in image.size]
    left, top = (int(round((side - 224) / 2)) for side in size)
    return image.resize(size, Image.Resampling.BILINEAR).crop((left, top, left + 224, top + 224))


def measure(folder):
    files = photos(folder)
    prepared(files[0])
    start = time.perf_counter()
    for file in files:
        prepared(file)
    print(json.dumps({"images_per_second": len(files) / (time.perf_counter() - start), "images": len(files)}))


def cosine(folder, pixels, weights):
    import numpy
    import torch
    from networks import mean_features, network

    files = photos(folder)
    theirs = numpy.stack([numpy.asarray(prepared(file)) for file in files])
    ours = numpy.fromfile(pixels, dtype=numpy.uint8).reshape(len(files), 224, 224, 3)
    model = network("mobilenet_v2", weights, bottom_right=True)
    mean, deviation = (torch.tensor(v).view(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))

    @torch.inference_mode()
    def features(images):
        parts = []
        for start in range(0, len(images), 20):
            x = torch.from_numpy(images[start:start + 20].copy()).permute(0, 3, 1, 2).float() / 255
            parts.append(mean_features(model, (x - mean) / deviation))
        return torch.cat(parts)

    similarity = torch.nn.functional.cosine_similarity(features(ours), features(theirs))
    print(json.dumps({"mean": similarity.mean().item(), "smallest": similarity.min().item()}))


if __name__ == "__main__":
    {"time": measure, "cosine": cosine}[sys.argv[1]](*sys.argv[2:])
