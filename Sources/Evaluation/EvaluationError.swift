// What is wrong with predictions that cannot be evaluated.

/// Predictions that do not fit their classes, or each other.
///
/// Images are named by their paths.
public enum EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is nothing to measure.
    case noPredictions
    /// A class is named twice, so its images could not be told apart.
    case repeatedLabel(String)
    /// A prediction has another number of scores or probabilities than there are classes.
    case scoreCount(path: String, expected: Int, found: Int)
    /// The true class of an image is none of the classes.
    case truthOutside(path: String, truth: Int, classes: Int)
    /// A score or a probability is infinite or not a number.
    case notFinite(path: String, label: String)
    /// Two evaluations have no image in common.
    case nothingInCommon(first: Int, second: Int)
    /// Two evaluations hold different classes to be the truth of the same image.
    case differentTruth(path: String, first: String, second: String)

    /// What is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .noPredictions:
            "There are no predictions to evaluate. Give a data set with at least one readable image."
        case .repeatedLabel(let label):
            "The class “\(label)” is named twice. Give every class a name of its own."
        case .scoreCount(let path, let expected, let found):
            "The prediction for \(path) has \(found) scores or probabilities for \(expected) classes. "
                + "Evaluate with the model that made the predictions."
        case .truthOutside(let path, let truth, let classes):
            "The true class of \(path) is number \(truth), but classes are numbered from 0 to \(classes - 1). "
                + "Evaluate with the classes that the model was trained on."
        case .notFinite(let path, let label):
            "The score of “\(label)” for \(path) is not a finite number. "
                + "The model has probably diverged; train it again with a smaller learning rate."
        case .nothingInCommon(let first, let second):
            "The two evaluations (\(first) and \(second) images) have no image in common. "
                + "Evaluate both models on the same data set."
        case .differentTruth(let path, let first, let second):
            "The first evaluation says that \(path) shows “\(first)”, the second “\(second)”. "
                + "Evaluate both models on the same labels."
        }
    }
}
