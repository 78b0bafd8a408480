"""Whether the same seed gives the same package, to the last byte: its digest is over every file.

Each method that trains is run twice with all cores, which must agree, and once on one core, which is told. Nothing is shared
between the runs, neither a cache nor a history.
"""
import json

from .common import Row, data, few, mobilenet, ocelot, trained

METHODS = {
    "svm": [],
    "head": ["--augment", "standard", "--set", "copies=2"],
    "fine-tune": ["--epochs", 2],
    "svm-refined": ["--epochs", 1],
    "scratch": ["--epochs", 2],
}


def measure(options):
    if not options.ours():
        return
    photos = few(data("fashion-texture"), 16 if options.quick else 40, options.scratch)
    for method, choices in METHODS.items():
        digests = []
        for number, cores in enumerate([None, None, 1]):
            workspace = options.scratch / f"same-{method}-{number}"
            finished = ocelot("train", "classifier", photos, "--method", method, "--backbone", "mobilenet_v2", "--weights",
                              mobilenet(), "--image-size", 96, "--seed", 7, "--json", "--workspace", workspace, *choices,
                              cores=cores)
            package = workspace / trained(finished)["model"]
            digests.append(json.loads((package / "manifest.json").read_text())["digest"])
        one = "the same" if digests[2] == digests[0] else "others"
        yield Row(f"same bytes, {method}", "digests of two runs", ours=len(set(digests[:2])), target=1, target_of="ours",
                  lower_is_better=True, note=f"{one} on one core; {digests[0][:12]}")
