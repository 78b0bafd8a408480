#!/usr/bin/env python3
"""Makes photos with several labels of photos with one: mosaics of 2 × 2, none of whose parts is in another mosaic.

    python Tools/labels/mosaics.py CLASSES FILLERS OUT [SEED]

CLASSES holds a folder of photos for each label, FILLERS photos that show none of them. Each mosaic has none to three photos
of CLASSES, every number equally often, and fillers in its other places. OUT gets the mosaics and labels.csv.
"""
import csv, pathlib, random, sys
from PIL import Image, ImageOps

SIDE = 160


def photos(folder):
    return sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))


def square(path):
    with Image.open(path) as picture:
        return ImageOps.fit(ImageOps.exif_transpose(picture).convert("RGB"), (SIDE, SIDE))


def main(classes, fillers, out, seed="0"):
    chance = random.Random(int(seed))
    known = [(p, p.parent.name) for p in photos(classes)]
    others = photos(fillers)
    chance.shuffle(known), chance.shuffle(others)
    out = pathlib.Path(out)
    out.mkdir(parents=True)
    rows = []
    while len(known) >= 3 and len(others) >= 4:
        count = len(rows) % 4
        parts = [known.pop() for _ in range(count)] + [(others.pop(), None) for _ in range(4 - count)]
        chance.shuffle(parts)
        mosaic = Image.new("RGB", (2 * SIDE, 2 * SIDE))
        for place, (path, _) in enumerate(parts):
            mosaic.paste(square(path), (place % 2 * SIDE, place // 2 * SIDE))
        name = f"{len(rows):04}.jpg"
        mosaic.save(out / name, quality=92)
        rows.append([name, "|".join(sorted({label for _, label in parts if label}))])
    with open(out / "labels.csv", "w", newline="") as file:
        csv.writer(file).writerows([["path", "label"], *rows])
    print(f"{len(rows)} mosaics")


if __name__ == "__main__":
    main(*sys.argv[1:])
