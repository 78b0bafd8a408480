#!/usr/bin/env python3
"""Writes a table of photos with the set of labels that their boxes have, for a classifier of several labels a photo.

    python Tools/labels/table_of_boxes.py FOLDER TABLE.csv

FOLDER holds Pascal VOC annotations (annotations/*.xml or Annotations/*.xml) and images/ or JPEGImages/. Paths count from the
table's own folder. A photo without boxes has an empty label: nothing is in it.
"""
import csv, os, pathlib, sys
import xml.etree.ElementTree as xml


def main(folder, table):
    folder, table = pathlib.Path(folder).resolve(), pathlib.Path(table).resolve()
    annotations = next(folder / name for name in ("annotations", "Annotations") if (folder / name).is_dir())
    images = next(folder / name for name in ("images", "JPEGImages") if (folder / name).is_dir())
    rows = []
    for file in sorted(annotations.glob("*.xml")):
        tree = xml.parse(file)
        labels = sorted({name.text.strip() for name in tree.iterfind("object/name")})
        photo = images / tree.findtext("filename")
        if photo.exists():
            rows.append([os.path.relpath(photo, table.parent), "|".join(labels)])
    with open(table, "w", newline="") as out:
        csv.writer(out).writerows([["path", "label"], *rows])
    several = sum("|" in labels for _, labels in rows)
    print(f"{len(rows)} photos, {several} with several labels, {sum(not labels for _, labels in rows)} with none")


if __name__ == "__main__":
    main(*sys.argv[1:])
