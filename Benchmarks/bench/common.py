"""What every measurement needs: where things lie, how a program is run and timed, how a result is written down."""
import collections
import csv
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("OCELOT_TEST_DATA", ROOT.parent / "shared" / "data"))
PEERS = pathlib.Path(os.environ.get("OCELOT_BENCH_PEERS", ROOT.parent / "shared" / "bench"))
OCELOT = pathlib.Path(os.environ.get("OCELOT", ROOT / ".build" / "release" / "ocelot"))
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


class Skip(Exception):
    """A measurement cannot be made here; the text says why."""


@dataclass
class Options:
    quick: bool
    only: str | None
    repeats: int
    scratch: pathlib.Path

    def ours(self):
        return self.only != "peer"

    def peer(self):
        return self.only != "ours"


@dataclass
class Row:
    """One line of the table. `ratio` is ours to the peer's, so that more is better; `target` is what it, or ours, must reach."""

    what: str
    unit: str
    ours: float | None = None
    peer: float | None = None
    ratio: float | None = None
    target: float | None = None
    target_of: str = "ratio"
    lower_is_better: bool = False
    note: str = ""

    def met(self):
        value = self.ratio if self.target_of == "ratio" else self.ours
        if self.target is None or value is None:
            return None
        return value <= self.target if self.target_of == "ours" and self.lower_is_better else value >= self.target

    def as_json(self):
        return {**asdict(self), "met": self.met()}


def compare(what, unit, ours, peer, target=None, lower_is_better=False, note=""):
    """The row of two lists of measurements: their medians, and the ratio of these."""
    ours, peer = (statistics.median(v) if v else None for v in (ours, peer))
    ratio = None
    if ours and peer:
        ratio = peer / ours if lower_is_better else ours / peer
    return Row(what, unit, ours, peer, ratio, target, "ratio", lower_is_better, note)


def interleaved(options, ours, peer):
    """Calls both in turn, as the machine's speed drifts, and returns the two lists of what they return."""
    results = ([], [])
    for _ in range(options.repeats):
        if options.ours():
            results[0].append(ours())
        if options.peer():
            results[1].append(peer())
    return results


@dataclass
class Finished:
    """A program that ran: its JSON lines, wall time in seconds, largest resident memory in MiB."""

    lines: list
    seconds: float
    peak_memory: float

    def last(self):
        return self.lines[-1]


def run(command, cores=None, environment=None, allowed=(0,)):
    """Runs a program that prints JSON lines; `cores` pins it to the first so many. An error shows what it said."""
    command = [str(part) for part in command]
    if cores and sys.platform == "linux":
        command = ["taskset", "-c", ",".join(map(str, sorted(os.sched_getaffinity(0))[:cores])), *command]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, env={**os.environ, **(environment or {})}, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        text, complaint = out.read(), err.read()
    if process.returncode not in allowed:
        tail = (complaint or text).strip().splitlines()[-3:]
        raise RuntimeError(f"{' '.join(command[:6])} … ended with {process.returncode}: {' '.join(tail)}")
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    scale = 1024 if sys.platform == "linux" else 1024 * 1024  # ru_maxrss: KiB on Linux, bytes on macOS.
    return Finished(lines, seconds, usage.ru_maxrss / scale)


def ocelot(*arguments, cores=None, allowed=(0,)):
    if not OCELOT.exists():
        raise Skip(f"no {OCELOT.name} at {OCELOT.parent}: run 'make build', or set OCELOT")
    return run([OCELOT, *arguments], cores=cores, allowed=allowed)


def python(script, *arguments, cores=None, environment=None):
    return run([sys.executable, script, *arguments], cores=cores, environment=environment)


def tool(name, *arguments, cores=None):
    """One of our own scripts for the peers' half: `bench/NAME.py`."""
    return python(pathlib.Path(__file__).parent / f"{name}.py", *arguments, cores=cores)


def data(name):
    path = DATA / name
    if not path.exists():
        raise Skip(f"no {name} in {DATA}: set OCELOT_TEST_DATA")
    return path


def peer_script(name):
    path = PEERS / name
    if not path.exists():
        raise Skip(f"no {name} in {PEERS}: set OCELOT_BENCH_PEERS")
    return path


def mobilenet():
    return data("weights/mobilenet_v2-imagenet.safetensors")


def few(photos, count, scratch):
    """A copy of the first photos of each class, for a quick look."""
    folder = scratch / f"{photos.name}-{count}"
    for label in sorted(p for p in photos.iterdir() if p.is_dir()):
        (folder / label.name).mkdir(parents=True, exist_ok=True)
        for file in sorted(label.iterdir())[:count]:
            shutil.copyfile(file, folder / label.name / file.name)
    return folder


def split_table(photos, seed, scratch, validation=0.0):
    """The peers' split as a table 'path,label,split': a stratified quarter for the test, of it the part `validation` apart.

    scikit-learn draws it from the same list and seed as in the peers' scripts, so both sides train with the same photos.
    """
    from sklearn.model_selection import StratifiedShuffleSplit

    files = [(file, folder.name) for folder in sorted(p for p in photos.iterdir() if p.is_dir())
             for file in sorted(folder.iterdir())]
    labels = [label for _, label in files]
    _, held = next(StratifiedShuffleSplit(1, test_size=0.25, random_state=seed).split(labels, labels))
    part = dict.fromkeys(held, "test")
    part.update(dict.fromkeys(held[:round(validation * len(held))], "validation"))
    table = scratch / f"{photos.name}-split-{seed}{'-validation' if validation else ''}.csv"
    with open(table, "w", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["path", "label", "split"])
        rows.writerows([file, label, part.get(i, "train")] for i, (file, label) in enumerate(files))
    return table


def parts(table):
    """How many photos each part of such a table has."""
    with open(table, newline="") as file:
        return collections.Counter(row["split"] for row in csv.DictReader(file))


def trained(finished, test=None):
    """The last event of a training, after a check that it measured the model on `test` photos, none left out."""
    last = finished.last()
    if last.get("event") != "finished":
        raise RuntimeError(f"training ended with the event {last.get('event')}")
    if test is not None and last["test"]["images"] != test:
        raise RuntimeError(f"{last['test']['images']} of {test} test photos were measured: the splits differ")
    return last
