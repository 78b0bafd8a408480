"""The whole job on fashion-texture with nothing cached: decode, features, search over C, fit, evaluation.

Ours is the time of the whole process, start-up and model package included. The peer's is what its script counts, features
and SVM, without the seconds that Python takes to import PyTorch; the note has the whole process's time.
"""
import shutil
import statistics

from .common import Row, compare, data, mobilenet, interleaved, ocelot, peer_script, tool

TARGETS = {"mobilenet_v2": 5.0, "resnet18": 1.8}


def measure(options):
    photos = data("fashion-texture")
    for backbone, target in TARGETS.items():
        if backbone == "mobilenet_v2":
            weights = mobilenet()
        else:
            weights = options.scratch / f"{backbone}-seeded.safetensors"
            tool("seeded_weights", backbone, weights)
        workspace = options.scratch / f"job-{backbone}"
        process_seconds = []
        warm = []

        def ours():
            shutil.rmtree(workspace, ignore_errors=True)
            command = ["train", "classifier", photos, "--backbone", backbone, "--weights", weights, "--seed", 0, "--json",
                       "--workspace", workspace]
            seconds = ocelot(*command).seconds
            warm.append(ocelot(*command).last()["seconds"]["features"])
            return seconds

        def peer():
            finished = tool("peer_job", peer_script("peer_svm.py"), photos, backbone, weights, 1)
            process_seconds.append(finished.seconds)
            result = finished.last()
            return result["n"] / result["images_per_s"] + result["svm_s"]

        row = compare(f"whole job, {backbone}", "s", *interleaved(options, ours, peer), target, lower_is_better=True)
        if process_seconds:
            row.note = f"the peer's whole process {statistics.median(process_seconds):.1f} s"
        yield row
        if warm:
            yield Row(f"features from the cache, {backbone}", "s", ours=statistics.median(warm), target=1.0,
                      target_of="ours", lower_is_better=True)
