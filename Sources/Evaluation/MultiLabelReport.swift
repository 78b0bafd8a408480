// What is known of a classifier whose labels do not exclude each other, after it answered for images whose labels are known.
//
// Names and definitions are scikit-learn's: hamming_loss, accuracy_score (here the exact match), f1_score with micro and macro
// averages, average_precision_score. What is not defined for a label is left out of the means over labels.

internal import Foundation
public import Labels

/// How well one label is told.
///
/// Measures that are not defined are nil: JSON has no NaN.
public struct LabelMetrics: Codable, Hashable, Sendable {
    /// The label.
    public let label: String
    /// From which probability on it was answered.
    public let threshold: Double
    /// Test images that have it.
    public let images: Int
    /// Images that it was answered for.
    public let answered: Int
    /// Share of the answers that are right; nil if it is never answered.
    public let precision: Double?
    /// The 95 % interval of the precision.
    public let precisionInterval: Interval?
    /// Share of its images that it was answered for; nil without images.
    public let recall: Double?
    /// The 95 % interval of the recall.
    public let recallInterval: Interval?
    /// Harmonic mean of precision and recall; nil if the label neither occurs nor is answered.
    public let f1: Double?
    /// Area under the ROC curve; nil unless there are images with it and without.
    public let auc: Double?
    /// Mean precision over its images, each at its own threshold; nil without images.
    public let averagePrecision: Double?
    /// Share of the images that have it: the average precision of guessing.
    public let prevalence: Double
}

/// What was answered for one image.
public struct LabelOutcome: Codable, Hashable, Sendable {
    /// Where the image lies, as the data set names it.
    public let path: String
    /// The true labels, as ascending indices.
    public let truths: [Int]
    /// The answered labels, as ascending indices.
    public let answered: [Int]
    /// One probability a label.
    public let probabilities: [Double]

    /// Whether all labels are right, and no other was answered.
    public var isCorrect: Bool { truths == answered }
    /// Labels that were answered and are not true, and labels that are true and were not answered.
    public var wrong: [Int] { Set(truths).symmetricDifference(answered).sorted() }
}

/// Precision, recall and F1 over several labels.
public struct LabelAverages: Codable, Hashable, Sendable {
    /// Of what was answered, how much is right.
    public let precision: Double?
    /// Of what is true, how much was answered.
    public let recall: Double?
    /// Their harmonic mean, or the mean of the labels' own.
    public let f1: Double?
}

/// How good a classifier is whose labels do not exclude each other, measured on images whose labels are known.
///
/// Shares lie in 0…1. Curves are thinned to 500 points; the areas under them are of all points.
public struct MultiLabelReport: Codable, Sendable {
    /// What guessing reaches.
    public struct Chance: Codable, Hashable, Sendable {
        /// Share of the images that have the most frequent set of labels.
        public let exactMatch: Double
        /// The Hamming loss of giving each label always its more frequent answer.
        public let hammingLoss: Double
        /// Mean share of the images that have a label, over the labels that occur; nil if none does.
        public let averagePrecision: Double?
        /// The micro-averaged F1 of answering all labels always; nil if no label occurs.
        public let microF1: Double?
        /// The macro-averaged F1 of the same.
        public let macroF1: Double?
    }

    /// The labels, by name.
    public let labels: [String]
    /// Number of test images.
    public let images: Int
    /// Share of the images with all labels right and no other answered.
    public let exactMatch: Double
    /// The 95 % interval of the exact match.
    public let exactMatchInterval: Interval
    /// Share of all answers, one for each label and image, that are wrong.
    public let hammingLoss: Double
    /// Mean of the labels' average precisions; nil if no label occurs.
    public let meanAveragePrecision: Double?
    /// All answers together.
    public let micro: LabelAverages
    /// Means over the labels, each counting the same.
    public let macro: LabelAverages
    /// What guessing reaches.
    public let chance: Chance
    /// Mean of −ln(probability of the truth) over all labels and images; 0 is best, 0.69 is knowing nothing.
    public let logLoss: Double
    /// Each label, in the order of `labels`.
    public let perLabel: [LabelMetrics]
    /// ROC and precision-recall curve of each label; nil where there are none.
    public let curves: [RankingCurves?]
    /// What was answered for each image, in the order of the predictions.
    public let outcomes: [LabelOutcome]
    /// The images with a wrong answer, as indices into `outcomes`; the one furthest from the truth first.
    public let mistakes: [Int]

    /// Share of the images with a wrong label: 1 − `exactMatch`.
    public var zeroOneLoss: Double { 1 - exactMatch }

    /// Measures predictions; a label is answered from the probability of `thresholds` on, of which there is one for each.
    public init(labels: [String], predictions: [LabelledPrediction], thresholds: [Double]) throws {
        precondition(thresholds.count == labels.count, "each label needs a threshold")
        try Self.check(predictions, labels)
        let outcomes = predictions.map { one in
            LabelOutcome(
                path: one.path, truths: one.truths,
                answered: labels.indices.filter { one.probabilities[$0] >= thresholds[$0] },
                probabilities: one.probabilities)
        }
        let counts = LabelCounts(outcomes, labels: labels.count)
        let images = outcomes.count
        let scores = labels.indices.map { label in predictions.map { $0.scores[label] } }
        let isTrue = labels.indices.map { label in outcomes.map { $0.truths.contains(label) } }
        let curves = labels.indices.map { label in
            RankingCurves(
                positives: zip(scores[label], isTrue[label]).filter(\.1).map(\.0),
                negatives: zip(scores[label], isTrue[label]).filter { !$0.1 }.map(\.0))
        }
        let perLabel = labels.indices.map { label in
            let (right, answered, actual) = (counts.right[label], counts.answered[label], counts.actual[label])
            return LabelMetrics(
                label: labels[label], threshold: thresholds[label], images: actual, answered: answered,
                precision: share(right, of: answered),
                precisionInterval: Interval(successes: right, of: answered),
                recall: share(right, of: actual), recallInterval: Interval(successes: right, of: actual),
                f1: share(2 * right, of: actual + answered), auc: curves[label]?.auc,
                averagePrecision: Ranking.averagePrecision(scores[label], isTrue[label]),
                prevalence: Double(actual) / Double(images))
        }
        let correct = outcomes.count(where: \.isCorrect)
        guard let interval = Interval(successes: correct, of: images) else { throw EvaluationError.noPredictions }
        let (right, answered, actual) = counts.sums

        self.labels = labels
        self.images = images
        exactMatch = Double(correct) / Double(images)
        exactMatchInterval = interval
        hammingLoss = Double(answered + actual - 2 * right) / Double(images * labels.count)
        meanAveragePrecision = mean(perLabel.compactMap(\.averagePrecision))
        micro = LabelAverages(
            precision: share(right, of: answered), recall: share(right, of: actual),
            f1: share(2 * right, of: actual + answered)
        )
        macro = LabelAverages(
            precision: mean(perLabel.compactMap(\.precision)), recall: mean(perLabel.compactMap(\.recall)),
            f1: mean(perLabel.compactMap(\.f1)))
        chance = counts.chance(outcomes)
        logLoss = Self.logLoss(outcomes)
        self.perLabel = perLabel
        self.curves = curves.map { $0?.thinned(to: 500) }
        self.outcomes = outcomes
        let distances = outcomes.map { outcome in
            outcome.wrong.map { abs(outcome.probabilities[$0] - (outcome.truths.contains($0) ? 1 : 0)) }.max() ?? 0
        }
        mistakes = outcomes.indices.filter { !outcomes[$0].isCorrect }
            .sorted { (distances[$1], $0) < (distances[$0], $1) }
    }

    private static func logLoss(_ outcomes: [LabelOutcome]) -> Double {
        let losses = outcomes.flatMap { outcome in
            outcome.probabilities.enumerated().map { label, p in
                -log(max(outcome.truths.contains(label) ? p : 1 - p, .ulpOfOne))
            }
        }
        return losses.reduce(0, +) / Double(losses.count)
    }

    private static func check(_ predictions: [LabelledPrediction], _ labels: [String]) throws {
        var seen: Set<String> = []
        for label in labels where !seen.insert(label).inserted { throw EvaluationError.repeatedLabel(label) }
        guard !predictions.isEmpty, !labels.isEmpty else { throw EvaluationError.noPredictions }
        for prediction in predictions {
            let path = prediction.path
            for found in [prediction.scores.count, prediction.probabilities.count] where found != labels.count {
                throw EvaluationError.scoreCount(path: path, expected: labels.count, found: found)
            }
            if let truth = prediction.truths.first(where: { !labels.indices.contains($0) }) {
                throw EvaluationError.truthOutside(path: path, truth: truth, classes: labels.count)
            }
            for (index, label) in labels.enumerated()
            where !prediction.scores[index].isFinite || !prediction.probabilities[index].isFinite {
                throw EvaluationError.notFinite(path: path, label: label)
            }
        }
    }
}

/// How often each label is true, was answered, and both.
private struct LabelCounts {
    var actual: [Int]
    var answered: [Int]
    var right: [Int]

    init(_ outcomes: [LabelOutcome], labels: Int) {
        actual = Array(repeating: 0, count: labels)
        (answered, right) = (actual, actual)
        for outcome in outcomes {
            for label in outcome.truths { actual[label] += 1 }
            for label in outcome.answered {
                answered[label] += 1
                right[label] += outcome.truths.contains(label) ? 1 : 0
            }
        }
    }

    var sums: (right: Int, answered: Int, actual: Int) {
        (right.reduce(0, +), answered.reduce(0, +), actual.reduce(0, +))
    }

    func chance(_ outcomes: [LabelOutcome]) -> MultiLabelReport.Chance {
        let images = Double(outcomes.count)
        var sets: [[Int]: Int] = [:]
        for outcome in outcomes { sets[outcome.truths, default: 0] += 1 }
        let occurring = actual.filter { $0 > 0 }.map(Double.init)
        let total = occurring.reduce(0, +)
        return MultiLabelReport.Chance(
            exactMatch: Double(sets.values.max() ?? 0) / images,
            hammingLoss: actual.reduce(0) { $0 + min(Double($1), images - Double($1)) }
                / (images * Double(actual.count)),
            averagePrecision: mean(occurring.map { $0 / images }),
            microF1: total > 0 ? 2 * total / (total + images * Double(actual.count)) : nil,
            macroF1: total > 0 ? mean(actual.map { 2 * Double($0) / (Double($0) + images) }) : nil)
    }
}

private func share(_ part: Int, of whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }

private func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
}
