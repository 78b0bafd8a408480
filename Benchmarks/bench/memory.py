"""Largest resident memory of the whole job for 1,000 and for 10,000 photos: a table that lists the same photos again."""
import csv
import itertools

from .common import Row, data, mobilenet, ocelot


def measure(options):
    if not options.ours():
        return
    photos = data("fashion-texture")
    files = sorted(photos.glob("*/*.jpg"))
    peaks = {}
    for count in (200, 1000) if options.quick else (1000, 10_000):
        table = options.scratch / f"photos-{count}.csv"
        with open(table, "w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["path", "label"])
            for file in itertools.islice(itertools.cycle(files), count):
                writer.writerow([file.resolve(), file.parent.name])
        # Without the cache, each listing of a photo is decoded and goes through the network again.
        finished = ocelot("train", "classifier", table, "--backbone", "mobilenet_v2", "--weights", mobilenet(), "--no-cache",
                          "--json", "--workspace", options.scratch / f"memory-{count}")
        peaks[count] = finished.peak_memory
    (few, small), (many, large) = peaks.items()
    yield Row(f"peak memory, {few:,} photos", "MiB", ours=small, target=1024, target_of="ours", lower_is_better=True)
    yield Row(f"peak memory, {many:,} photos", "MiB", ours=large, target=1.25 * small + 64, target_of="ours",
              lower_is_better=True, note="flat: at most a quarter and 64 MiB more, for the features themselves")
