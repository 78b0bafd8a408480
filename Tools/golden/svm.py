#!/usr/bin/env python3
"""Linear SVMs and calibrations for Tests/Golden/svm.json: the optima of scikit-learn and SciPy on small made-up problems.

Run with scikit-learn and SciPy installed:  python Tools/golden/svm.py
The features are written into the file, rounded to what a 32-bit float holds, so that both sides see the same numbers.
"""
import json, pathlib, warnings
import numpy as np, scipy, sklearn
from scipy.optimize import minimize_scalar
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

SEED = 2026
CS = [1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0]
# Images of each class, features, class weights.
PROBLEMS = {
    "wide, two classes": ([9, 9], 20, "balanced"),
    "wide, three classes, unequal": ([4, 14, 8], 33, "balanced"),
    "tall, two classes, unequal": ([40, 12], 6, "balanced"),
    "tall, three classes": ([20, 20, 20], 17, "balanced"),
    "tall, six classes, unequal": ([5, 25, 10, 15, 8, 12], 10, "balanced"),
    "tall, three classes, equal weights": ([30, 6, 12], 8, "equal"),
}


def features(rng, counts, columns):
    """Positive features of length 1, as a network with rectified outputs makes them; classes overlap."""
    centres = rng.normal(size=(len(counts), columns))
    labels = np.repeat(np.arange(len(counts)), counts)[rng.permutation(sum(counts))]
    x = np.maximum(0, 0.5 + 0.7 * centres[labels] + rng.normal(size=(len(labels), columns)))
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    return x.astype(np.float64), labels


def objectives(model, x, labels, c, weights):
    """½(‖w‖² + b²) + C Σ g max(0, 1 − margin)², for each row of coefficients."""
    result = []
    for row in range(len(model.coef_)):
        positive = 1 if len(model.classes_) == 2 else row
        y = np.where(labels == positive, 1.0, -1.0)
        rest = weights[labels] if len(model.classes_) == 2 else 1.0
        g = np.where(labels == positive, weights[positive], rest)
        w, b = model.coef_[row], model.intercept_[row]
        slack = np.maximum(0, 1 - y * (x @ w + b))
        result.append(float(0.5 * (w @ w + b * b) + c * (g * slack**2).sum()))
    return result


def problem(rng, counts, columns, class_weights):
    x, labels = features(rng, counts, columns)
    counts = np.array(counts)
    weights = len(labels) / (len(counts) * counts) if class_weights == "balanced" else np.ones(len(counts))
    fits = []
    for c in CS:
        model = LinearSVC(C=c, class_weight="balanced" if class_weights == "balanced" else None,
                          tol=1e-10, max_iter=20_000_000, random_state=0).fit(x, labels)
        fits.append({
            "c": c,
            "coefficients": [[float(f"{v:.7g}") for v in row] for row in model.coef_],
            "intercepts": [float(f"{v:.7g}") for v in model.intercept_],
            "objectives": objectives(model, x, labels, c, weights),
        })
    return {"classWeights": class_weights, "columns": columns, "classCount": len(counts),
            "features": [float(np.float32(v)) for v in x.ravel()], "labels": labels.tolist(), "fits": fits}


def calibration(rng, images, classes, sharpness):
    """Scores with noise, and the temperature that SciPy finds for them."""
    labels = rng.integers(0, classes, images)
    scores = np.round(rng.normal(size=(images, classes)) + sharpness * np.eye(classes)[labels], 4)
    doubt = 1 / (images + 2)
    targets = np.full((images, classes), doubt / (classes - 1))
    targets[np.arange(images), labels] = 1 - doubt

    def negative_log_likelihood(log_temperature):
        z = scores / np.exp(log_temperature)
        z -= z.max(axis=1, keepdims=True)
        return -(targets * (z - np.log(np.exp(z).sum(axis=1, keepdims=True)))).sum()

    best = minimize_scalar(negative_log_likelihood, bounds=(-6, 6), method="bounded", options={"xatol": 1e-12})
    return {"scores": scores.tolist(), "labels": labels.tolist(), "temperature": float(np.exp(best.x))}


def main():
    warnings.simplefilter("error", ConvergenceWarning)
    rng = np.random.default_rng(SEED)
    golden = {
        "made_by": "Tools/golden/svm.py", "seed": SEED,
        "versions": {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__, "numpy": np.__version__},
        "problems": {name: problem(rng, *settings) for name, settings in PROBLEMS.items()},
        "calibrations": [calibration(rng, 40, 3, 1.5), calibration(rng, 120, 2, 0.8), calibration(rng, 60, 5, 4.0)],
    }
    path = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden" / "svm.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
