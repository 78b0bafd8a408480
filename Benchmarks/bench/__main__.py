"""Runs the measurements, prints the table, writes the results down."""
import argparse
import datetime
import importlib
import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

from .common import CORES, OCELOT, ROOT, Options, Row, Skip

NAMES = ["accuracy", "job", "network", "decode", "svm", "imagenet", "memory", "finetune", "refine-others", "throughput",
         "keras-head", "rate-finder", "same-bytes", "suspects", "serving", "serving-bfloat16", "serving-int8"]


def text(value):
    if value is None:
        return "–"
    return f"{value:.3g}" if abs(value) < 0.01 else f"{value:.4f}" if abs(value) < 1 else f"{value:,.4g}"


def table_line(row):
    target = "" if row.target is None else f"{'≤' if row.target_of == 'ours' and row.lower_is_better else '≥'} {row.target:g}"
    verdict = {True: "met", False: "MISSED", None: ""}[row.met()]
    ratio = "–" if row.ratio is None else f"{row.ratio:.2f}"
    return f"{row.what:<42} {text(row.ours):>9} {text(row.peer):>9} {ratio:>6}  {target:<9} {verdict:<7} {row.unit}" + (
        f"; {row.note}" if row.note else "")


def machine():
    model = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    return {"processor": model, "cores": CORES, "system": platform.platform(), "python": platform.python_version()}


def versions():
    packages = ["torch", "torchvision", "scikit-learn", "pillow", "numpy", "onnxruntime", "cleanlab"]
    found = {name: importlib.metadata.version(name) for name in packages}
    if OCELOT.exists():
        answer = subprocess.run([OCELOT, "--version"], capture_output=True, text=True, check=False)
        found["ocelot"] = answer.stdout.strip()
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {**found, "commit": commit.stdout.strip()}


def main():
    parser = argparse.ArgumentParser(prog="Benchmarks/run.sh", description="Ocelot beside its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {' '.join(NAMES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, seeds and photos; not to be quoted")
    parser.add_argument("--only", choices=["ours", "peer"], help="one half only")
    parser.add_argument("--repeats", type=int, help="how often each side is timed, in turn (default: 3; quick: 1)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in NAMES]
    if unknown:
        parser.error(f"no measurement is called {unknown[0]}; there are {', '.join(NAMES)}")

    start = datetime.datetime.now().astimezone()
    rows, problems = [], []
    print(f"{'':<42} {'ours':>9} {'peer':>9} {'ratio':>6}  target")
    with tempfile.TemporaryDirectory(prefix="ocelot-bench-") as scratch:
        repeats = arguments.repeats or (1 if arguments.quick else 3)
        options = Options(arguments.quick, arguments.only, repeats, pathlib.Path(scratch))
        for name in arguments.names or NAMES:
            try:
                for row in importlib.import_module(f"bench.{name.replace('-', '_')}").measure(options):
                    rows.append(row)
                    print(table_line(row), flush=True)
            except Skip as reason:
                problems.append({"measurement": name, "skipped": str(reason)})
                print(f"{name}: skipped ({reason})", flush=True)
            except Exception as error:  # One measurement that fails must not cost the others.
                problems.append({"measurement": name, "failed": str(error)})
                print(f"{name}: FAILED: {error}", flush=True)

    results = pathlib.Path(__file__).resolve().parents[1] / "results"
    results.mkdir(exist_ok=True)
    file = results / f"{start:%Y-%m-%dT%H-%M-%S}.json"
    file.write_text(json.dumps({
        "date": start.isoformat(timespec="seconds"), "quick": arguments.quick, "repeats": repeats, "machine": machine(),
        "versions": versions(), "rows": [row.as_json() for row in rows], "problems": problems,
    }, indent=1, ensure_ascii=False) + "\n")
    print(f"written to {file.relative_to(ROOT)}")
    sys.exit(1 if any("failed" in problem for problem in problems) else 0)


if __name__ == "__main__":
    main()
