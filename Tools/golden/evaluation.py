"""Golden file of the target Evaluation: what scikit-learn and SciPy say of small sets of predictions.

python Tools/golden/evaluation.py writes Tests/Golden/evaluation.json. What is not defined is null.
"""
import json
import pathlib
import warnings

import numpy as np
import scipy
import sklearn
from scipy.stats import binomtest
from sklearn import metrics

SEED = 20
warnings.simplefilter("ignore")  # of undefined measures, which are the point of some cases


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def wilson(successes, trials):
    if trials == 0:
        return None
    interval = binomtest(int(successes), int(trials)).proportion_ci(confidence_level=0.95, method="wilson")
    return [interval.low, interval.high]


def curves(is_class, scores):
    """ROC and precision-recall curve, from the highest threshold down, as [x, y, threshold or null]."""
    if is_class.all() or not is_class.any():
        return None
    fpr, tpr, thresholds = metrics.roc_curve(is_class, scores)
    precision, recall, pr_thresholds = metrics.precision_recall_curve(is_class, scores, drop_intermediate=True)
    finite = [None if np.isinf(t) else t for t in thresholds]
    return {
        "roc": [list(p) for p in zip(fpr, tpr, finite)],
        "precision_recall": [list(p) for p in zip(recall[::-1], precision[::-1], [None] + list(pr_thresholds[::-1]))],
        "auc": metrics.roc_auc_score(is_class, scores),
        "average_precision": metrics.average_precision_score(is_class, scores),
    }


def calibration(confidence, correct, bins=10):
    """Expected calibration error of Guo et al. 2017: bins (a, b], the first with 0."""
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    error, counts = 0.0, []
    for b in range(bins):
        inside = place == b
        counts.append(int(inside.sum()))
        if inside.any():
            error += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    return error, counts


def case(name, classes, truth, scores, probabilities):
    predicted = scores.argmax(axis=1)
    labels = list(range(classes))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=labels, zero_division=np.nan
    )
    confidence = probabilities[np.arange(len(truth)), predicted]
    correct = predicted == truth
    error, counts = calibration(confidence, correct.astype(float))
    defined = lambda x: None if np.isnan(x) else float(x)
    confusion = metrics.confusion_matrix(truth, predicted, labels=labels)
    return {
        "name": name,
        "classes": classes,
        "truth": truth.tolist(),
        "scores": scores.tolist(),
        "probabilities": probabilities.tolist(),
        "accuracy": metrics.accuracy_score(truth, predicted),
        "accuracy_interval": wilson(correct.sum(), len(truth)),
        "class_averaged_accuracy": metrics.balanced_accuracy_score(truth, predicted),
        "top_5": metrics.top_k_accuracy_score(truth, scores, k=5, labels=labels) if classes > 5 else None,
        "precision": [defined(v) for v in precision],
        "recall": [defined(v) for v in recall],
        "f1": [defined(v) for v in f1],
        "images": support.tolist(),
        "class_intervals": [wilson(confusion[k, k], support[k]) for k in labels],
        "confusion": confusion.tolist(),
        "curves": [curves(truth == k, scores[:, k]) for k in labels],
        "calibration_error": error,
        "bin_counts": counts,
        "log_loss": metrics.log_loss(truth, probabilities, labels=labels),
        # The sum over the classes, 0…2.
        "brier": metrics.brier_score_loss(truth, probabilities, labels=labels, scale_by_half=False),
    }


def cases():
    rng = np.random.default_rng(SEED)

    def draw(images, classes, separation, digits):
        truth = rng.integers(0, classes, images)
        scores = rng.normal(size=(images, classes))
        scores[np.arange(images), truth] += separation
        return truth, np.round(scores, digits)

    truth, scores = draw(60, 3, 1.2, 6)
    yield case("three classes", 3, truth, scores, softmax(scores))
    # One digit: most scores occur several times.
    truth, scores = draw(80, 4, 0.8, 1)
    yield case("ties", 4, truth, scores, softmax(2 * scores))
    truth, scores = draw(60, 4, 1.0, 3)
    truth[truth == 2] = 0
    yield case("a class without images", 4, truth, scores, softmax(scores))
    truth, scores = draw(60, 4, 1.0, 3)
    scores[:, 1] -= 9
    yield case("a class never answered", 4, truth, scores, softmax(scores))
    truth, scores = draw(50, 4, 1.0, 3)
    truth[truth == 3] = 1
    scores[:, 3] -= 9
    yield case("a class that neither occurs nor is answered", 4, truth, scores, softmax(scores))
    truth, scores = draw(40, 2, 1.0, 3)
    yield case("two classes", 2, truth, scores, softmax(scores))
    truth, scores = draw(90, 8, 1.0, 5)
    yield case("eight classes", 8, truth, scores, softmax(scores))
    truth, scores = draw(30, 3, 2.0, 3)
    hard = np.eye(3)[scores.argmax(axis=1)]
    yield case("probabilities of 0 and 1", 3, truth, scores, hard)


def main():
    document = {
        "versions": {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
        "seed": SEED,
        "cases": list(cases()),
        "wilson": [[k, n, *wilson(k, n)] for k, n in [(0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (129, 140), (49999, 50000)]],
        # McNemar's exact test: two-sided binomial test of the images that changed.
        "mcnemar": [
            [a, b, binomtest(min(a, b), a + b, 0.5).pvalue if a + b else 1.0]
            for a, b in [(0, 0), (1, 0), (3, 3), (4, 3), (2, 9), (12, 4), (0, 20), (40, 70), (700, 600)]
        ],
    }
    target = pathlib.Path(__file__).parents[2] / "Tests" / "Golden" / "evaluation.json"
    target.write_text(json.dumps(document, allow_nan=False, separators=(",", ":")) + "\n")
    print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
