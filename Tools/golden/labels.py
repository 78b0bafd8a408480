#!/usr/bin/env python3
"""Golden file of labels that do not exclude each other: Tests/Golden/labels.json.

python Tools/golden/labels.py, with scikit-learn and SciPy. Three subjects: the measures of
MultiLabelReport (scikit-learn's, undefined ones left out of means), linear SVMs of one label each (OneVsRestClassifier of
LinearSVC), and Platt's sigmoid (the optimum that SciPy finds).
"""
import json, pathlib, warnings
import numpy as np, scipy, sklearn
from scipy.optimize import minimize
from scipy.stats import binomtest
from sklearn import metrics
from sklearn.exceptions import ConvergenceWarning
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

SEED = 13


def defined(value):
    return None if value is None or np.isnan(value) else float(value)


def wilson(successes, trials):
    if trials == 0:
        return None
    interval = binomtest(int(successes), int(trials)).proportion_ci(confidence_level=0.95, method="wilson")
    return [interval.low, interval.high]


def averages(truth, answer, average):
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        truth, answer, average=average, zero_division=np.nan)
    return [defined(precision), defined(recall), defined(f1)]


def report(name, truth, scores, thresholds):
    """Probabilities are the sigmoid of the scores; a label is answered from its threshold on."""
    probabilities = 1 / (1 + np.exp(-scores))
    answer = (probabilities >= np.array(thresholds)).astype(int)
    images, labels = truth.shape
    precision, recall, f1, support = metrics.precision_recall_fscore_support(truth, answer, zero_division=np.nan)
    occurs, varies = truth.any(axis=0), truth.any(axis=0) & ~truth.all(axis=0)
    ap = [metrics.average_precision_score(truth[:, k], scores[:, k]) if occurs[k] else None for k in range(labels)]
    auc = [metrics.roc_auc_score(truth[:, k], scores[:, k]) if varies[k] else None for k in range(labels)]
    right = (truth & answer).sum(axis=0)
    exact = (truth == answer).all(axis=1)
    assert exact.mean() == metrics.accuracy_score(truth, answer)
    _, sets = np.unique(truth, axis=0, return_counts=True)
    always, more = np.ones_like(truth), np.tile((truth.mean(axis=0) > 0.5).astype(int), (images, 1))
    return {
        "name": name, "truth": truth.tolist(), "scores": scores.tolist(), "probabilities": probabilities.tolist(),
        "thresholds": thresholds,
        "exact_match": metrics.accuracy_score(truth, answer), "exact_match_interval": wilson(exact.sum(), images),
        "hamming_loss": metrics.hamming_loss(truth, answer),
        "mean_average_precision": defined(np.mean([a for a in ap if a is not None])) if occurs.any() else None,
        "micro": averages(truth, answer, "micro"), "macro": averages(truth, answer, "macro"),
        "log_loss": float(np.mean([
            metrics.log_loss(truth[:, k], probabilities[:, k], labels=[0, 1]) for k in range(labels)])),
        "images": support.tolist(), "answered": answer.sum(axis=0).tolist(),
        "precision": [defined(v) for v in precision], "recall": [defined(v) for v in recall],
        "f1": [defined(v) for v in f1], "average_precision": ap, "auc": auc,
        "precision_intervals": [wilson(right[k], answer[:, k].sum()) for k in range(labels)],
        "recall_intervals": [wilson(right[k], support[k]) for k in range(labels)],
        "chance": {
            "exact_match": float(sets.max() / images), "hamming_loss": metrics.hamming_loss(truth, more),
            "average_precision": defined(truth.mean(axis=0)[occurs].mean()) if occurs.any() else None,
            "micro_f1": metrics.f1_score(truth, always, average="micro") if occurs.any() else None,
            "macro_f1": metrics.f1_score(truth, always, average="macro") if occurs.any() else None,
        },
    }


def reports():
    rng = np.random.default_rng(SEED)

    def draw(images, labels, digits, share=0.4, separation=1.5):
        truth = (rng.random((images, labels)) < share).astype(int)
        return truth, np.round(rng.normal(size=truth.shape) + separation * (truth - 0.5), digits)

    truth, scores = draw(60, 4, 6)
    yield report("four labels", truth, scores, [0.5] * 4)
    # One digit: most scores occur several times.
    truth, scores = draw(80, 3, 1)
    yield report("ties", truth, scores, [0.5, 0.31, 0.72])
    truth, scores = draw(50, 4, 3)
    truth[:, 2] = 0
    yield report("a label that does not occur", truth, scores, [0.5] * 4)
    truth, scores = draw(50, 4, 3)
    scores[:, 1] -= 9
    yield report("a label that is never answered", truth, scores, [0.5] * 4)
    truth, scores = draw(50, 4, 3)
    truth[:, 3], scores[:, 3] = 0, -9
    yield report("a label that neither occurs nor is answered", truth, scores, [0.5] * 4)
    truth, scores = draw(40, 3, 3)
    truth[:, 0] = 1
    yield report("a label that all images have", truth, scores, [0.5] * 3)
    truth, scores = draw(40, 3, 3, share=0.1)
    yield report("mostly without any label", truth, scores, [0.5] * 3)


def svm(rng, images, columns, labels, class_weights):
    truth = (rng.random((images, labels)) < rng.uniform(0.15, 0.6, labels)).astype(int)
    truth[:2], truth[2:4] = 1, 0
    centres = rng.normal(size=(labels, columns))
    x = np.maximum(0, 0.5 + truth @ (0.6 * centres) + rng.normal(size=(images, columns)))
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    fits = []
    for c in [1e-3, 1e-1, 1.0, 10.0]:
        one = LinearSVC(C=c, class_weight="balanced" if class_weights == "balanced" else None, tol=1e-10,
                        max_iter=20_000_000, random_state=0)
        # One column makes OneVsRestClassifier answer for two classes, so each label is fitted by itself.
        models = [OneVsRestClassifier(one).fit(x.astype(np.float64), truth[:, [k]]).estimators_[0] for k in range(labels)]
        fits.append({"c": c, "coefficients": [[float(f"{v:.7g}") for v in m.coef_[0]] for m in models],
                     "intercepts": [float(f"{m.intercept_[0]:.7g}") for m in models]})
    return {"classWeights": class_weights, "columns": columns, "labelCount": labels,
            "features": [float(v) for v in x.ravel()], "labels": [np.flatnonzero(t).tolist() for t in truth],
            "fits": fits}


def sigmoid(rng, images, share, slope):
    """Scores and what the likeliest slope and offset for them are, with Platt's targets."""
    truth = rng.random(images) < share
    truth[0], truth[1] = True, False
    scores = np.round(rng.normal(size=images) + slope * (truth - 0.5), 4)
    n = truth.sum()
    targets = np.where(truth, (n + 1) / (n + 2), 1 / (images - n + 2))

    def loss(p):
        z = p[0] * scores + p[1]
        return (np.logaddexp(0, z) - z * targets).sum()

    best = minimize(loss, [1.0, 0.0], method="BFGS", options={"gtol": 1e-9})
    best = minimize(loss, best.x, method="Nelder-Mead", options={"xatol": 1e-12, "fatol": 1e-14, "maxiter": 10000})
    return {"scores": scores.tolist(), "truths": truth.tolist(), "slope": best.x[0], "offset": best.x[1]}


def main():
    rng = np.random.default_rng(SEED + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of undefined measures, which are the point of some cases
        cases = list(reports())
    warnings.simplefilter("error", ConvergenceWarning)
    golden = {
        "made_by": "Tools/golden/labels.py", "seed": SEED,
        "versions": {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
        "reports": cases,
        "svms": [svm(rng, 24, 30, 3, "balanced"), svm(rng, 60, 8, 4, "balanced"), svm(rng, 50, 8, 2, "equal"),
                 svm(rng, 20, 5, 1, "balanced")],
        "sigmoids": [sigmoid(rng, 60, 0.4, 1.5), sigmoid(rng, 30, 0.1, 3.0), sigmoid(rng, 100, 0.8, 0.7)],
    }
    path = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden" / "labels.json"
    path.write_text(json.dumps(golden, allow_nan=False, separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
