"""Images a second of training all layers at 224 pixels, batches of 32, AdamW; the photos come from their files.

Ours is `--method scratch`, which has no other phase; the peer is PyTorch, channels last, whose DataLoader reads with
torchvision's transforms on Pillow: crops of at least 0.6 of a photo, flips. Both go through the same photos, from random
weights, and the first epoch, in which memory is fetched and processes start, does not count. How many processes the DataLoader
has is tried first; the peer's best is what is compared.
"""
import statistics

from .common import compare, data, few, ocelot, parts, split_table, tool, trained


def measure(options):
    # 114 photos of each of three classes: 256 for training, 8 steps of 32.
    photos = few(data("fashion-texture"), 12 if options.quick else 114, options.scratch)
    table = split_table(photos, 0, options.scratch)
    epochs = 2 if options.quick else 3
    batch = 8 if options.quick else 32
    for name in ["mobilenet_v2"] if options.quick else ["resnet18", "mobilenet_v2"]:
        waiting = []

        def ours():
            finished = ocelot("train", "classifier", table, "--method", "scratch", "--backbone", name, "--image-size", 224,
                              "--epochs", epochs, "--batch-size", batch, "--learning-rate", 1e-3, "--validation", 0,
                              "--patience", 0, "--augment", "flip,crop(0.6),originals(0)", "--json", "--workspace",
                              options.scratch / "throughput")
            trained(finished, parts(table)["test"])
            counted = [e for e in finished.lines if e["event"] == "epoch"][1:]
            waiting.extend(e["waiting_share"] for e in counted)
            return statistics.median(e["images_per_second"] for e in counted)

        def peer(workers):
            return tool("peer_training", table, name, batch, epochs, workers).last()["images_per_second"]

        fast, slow, tried = [], [], {}
        if options.peer():
            tried = {workers: peer(workers) for workers in (0, 1, 2)}
        for _ in range(options.repeats):
            if options.ours():
                fast.append(ours())
            if options.peer():
                slow.append(peer(max(tried, key=tried.get)))
        row = compare(f"training, {name}, batch {batch}", "images/s", fast, slow, target=1.1)
        row.note = "; ".join(
            ([f"ours waits for photos {100 * statistics.median(waiting):.1f} % of the time"] if waiting else [])
            + ([f"peer with {', '.join(f'{w}: {s:.1f}' for w, s in tried.items())} processes"] if tried else []))
        yield row
