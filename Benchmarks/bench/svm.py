"""The search over C (7 values, 3 folds) and the last fit, on the same features: ours beside scikit-learn's GridSearchCV.

The features are MobileNetV2's of the training part of fashion-texture, seed 0. A second row has the largest relative excess
of our objectives over LinearSVC's, converged, over all classes and all values of C.
"""
from .common import Row, compare, data, interleaved, mobilenet, ocelot, tool


def measure(options):
    features = options.scratch / "features.safetensors"
    tool("peer_sklearn", "features", data("fashion-texture"), mobilenet(), features)
    ours, peer = interleaved(
        options,
        lambda: ocelot("bench", "svm", features, "--json").last(),
        lambda: tool("peer_sklearn", "search", features).last())
    row = compare("SVM, search over C and fit", "s", [r["seconds"] for r in ours], [r["seconds"] for r in peer], target=5.0,
                  lower_is_better=True)
    row.note = " / ".join(f"{who} C = {results[0]['best_c']:g}" for who, results in (("ours", ours), ("peer", peer)) if results)
    yield row
    if ours and options.peer():
        theirs = tool("peer_sklearn", "objectives", features).last()["objectives"]
        excess = max(o / t - 1 for a, b in zip(ours[0]["objectives"], theirs, strict=True) for o, t in zip(a, b, strict=True))
        yield Row("SVM, objective above LinearSVC's", "relative", ours=excess, target=0.001, target_of="ours",
                  lower_is_better=True)
