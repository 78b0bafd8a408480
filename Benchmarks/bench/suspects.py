"""Wrong labels: 5 % of them are flipped at random; how many of those are among the 10 % of the photos that are named first.

Ours is `ocelot data suspects`. The peer is cleanlab, on out-of-sample probabilities of scikit-learn's LogisticRegression on
the same features, the way its documentation shows; the note has cleanlab's ranking of our probabilities.
"""
import csv
import random
import statistics

from .common import Row, data, mobilenet, ocelot, tool

SHARE, NAMED, TARGET = 0.05, 0.1, 0.7


def flipped_table(photos, seed, scratch):
    """The photos as a table 'path,label' in which some labels are wrong, and the rows of these."""
    classes = sorted(p.name for p in photos.iterdir() if p.is_dir())
    rows = [(file, label) for label in classes for file in sorted((photos / label).iterdir())]
    chance = random.Random(seed)
    flips = set(chance.sample(range(len(rows)), round(SHARE * len(rows))))
    table = scratch / f"{photos.name}-flipped-{seed}.csv"
    with open(table, "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["path", "label"])
        for i, (file, label) in enumerate(rows):
            writer.writerow([file, chance.choice([c for c in classes if c != label]) if i in flips else label])
    return table, {str(rows[i][0]) for i in flips}, len(rows)


def measure(options):
    seeds = 1 if options.quick else 5
    workspace = options.scratch / "suspects"
    for name in ("fashion-texture", "trashnet"):
        photos = data(name)
        ours, peers, reranked, seconds = [], [], [], []
        for seed in range(seeds):
            table, flips, count = flipped_table(photos, seed, options.scratch)
            first = round(NAMED * count)

            def found(paths):
                return len(flips & set(paths[:first])) / len(flips)

            probabilities = options.scratch / "probabilities.csv"
            # The peer reads features and probabilities that ours wrote, so ours always runs.
            finished = ocelot("data", "suspects", table, "--backbone", "mobilenet_v2", "--weights", mobilenet(), "--seed", seed,
                              "--workspace", workspace, "--top", count, "--probabilities", probabilities, "--json")
            ours.append(found([line["path"] for line in finished.lines[:-1]]))
            seconds.append(finished.last()["seconds"])
            if options.peer():
                answer = tool("peer_cleanlab", probabilities, workspace / "cache" / "features", seed).last()
                peers.append(found(answer["logistic"]))
                reranked.append(found(answer["ours"]))
        row = Row(f"flipped labels found, {name}", f"of all, mean of {seeds} seeds", target=TARGET, target_of="ours")
        row.ours = statistics.mean(ours)
        row.note = "seeds " + " ".join(f"{value:.3f}" for value in ours) + f"; {statistics.median(seconds):.1f} s"
        if peers:
            row.peer = statistics.mean(peers)
            row.ratio = row.ours / row.peer
            row.note += f"; cleanlab on our probabilities {statistics.mean(reranked):.3f}"
        yield row
