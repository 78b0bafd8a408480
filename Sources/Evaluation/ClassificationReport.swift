// What is known of a classifier after it answered for images whose classes are known.

internal import Foundation
public import Labels

/// How well one class is recognised.
///
/// Measures that are not defined are nil: JSON has no NaN.
public struct ClassMetrics: Codable, Hashable, Sendable {
    /// The class, by name.
    public let label: String
    /// Test images of the class.
    public let images: Int
    /// Images that the class was answered for.
    public let answered: Int
    /// Share of the class's images that are recognised, also called recall; nil without images.
    public let accuracy: Double?
    /// The 95 % interval of the accuracy.
    public let accuracyInterval: Interval?
    /// Share of the images answered with this class that are of it; nil if it is never answered.
    public let precision: Double?
    /// Harmonic mean of precision and recall; nil if the class neither occurs nor is answered.
    public let f1: Double?
    /// Area under the ROC curve, this class against all others; nil unless there are images of both.
    public let auc: Double?
    /// Area under the precision-recall curve in steps; nil unless there are images of this class and of others.
    public let averagePrecision: Double?

    /// The same as `accuracy`.
    public var recall: Double? { accuracy }
}

/// What was answered for one image.
public struct Outcome: Codable, Hashable, Sendable {
    /// Where the image lies, as the data set names it.
    public let path: String
    /// The true class, as an index into the classes.
    public let truth: Int
    /// The answered class, as an index into the classes.
    public let predicted: Int
    /// The probability given to the answer, 0…1.
    public let confidence: Double
    /// The probability given to the true class, 0…1.
    public let truthProbability: Double

    /// Whether the answer is right.
    public var isCorrect: Bool { truth == predicted }
}

/// How good a classifier is, measured on images whose classes are known.
///
/// Shares lie in 0…1. Curves are thinned to 500 points; the areas under them are of all points.
public struct ClassificationReport: Codable, Sendable {
    /// The classes, by name.
    public let labels: [String]
    /// Number of test images.
    public let images: Int
    /// Share of the images that are answered rightly.
    public let accuracy: Double
    /// The 95 % interval of the accuracy.
    public let accuracyInterval: Interval
    /// Mean of the classes' accuracies, over the classes that have test images: each class counts the same.
    public let classAveragedAccuracy: Double
    /// The class-averaged accuracy of guessing: 1 / classes.
    public let chance: Double
    /// The accuracy of always answering the most frequent class.
    public let majorityShare: Double
    /// Share of the images whose class is among the five highest scores; nil for up to five classes.
    public let topFiveAccuracy: Double?
    /// Mean of the classes' areas under the ROC curve; nil if no class has one.
    public let meanAUC: Double?
    /// Each class, in the order of `labels`.
    public let perClass: [ClassMetrics]
    /// Which classes were taken for which.
    public let confusion: ConfusionMatrix
    /// ROC and precision-recall curve of each class, in the order of `labels`; nil where there are none.
    public let curves: [RankingCurves?]
    /// Whether confidence can be believed.
    public let calibration: Calibration
    /// The highest probabilities given to images of no class; empty if none were tried.
    public let unknownConfidences: [Double]
    /// What was answered for each image, in the order of the predictions.
    public let outcomes: [Outcome]
    /// The images answered wrongly, as indices into `outcomes`; the most confident first.
    public let mistakes: [Int]

    /// Measures predictions; `unknown` are the highest probabilities given to images of no class, if any were tried.
    ///
    /// Every prediction has a score and a probability for each of `labels`.
    public init(labels: [String], predictions: [LabelledPrediction], unknown: [Double] = []) throws {
        let tally = try Tally(labels: labels, predictions: predictions)
        let curves = rankingCurves(classes: labels.count, predictions)
        let answered = tally.confusion.predictedTotals
        let totals = tally.confusion.truthTotals
        let total = predictions.count
        let perClass = labels.indices.map { index in
            let correct = tally.confusion.counts[index][index]
            let both = totals[index] + answered[index]
            return ClassMetrics(
                label: labels[index], images: totals[index], answered: answered[index],
                accuracy: share(correct, of: totals[index]),
                accuracyInterval: Interval(successes: correct, of: totals[index]),
                precision: share(correct, of: answered[index]),
                f1: share(2 * correct, of: both),
                auc: curves[index]?.auc, averagePrecision: curves[index]?.averagePrecision)
        }
        let correct = labels.indices.reduce(0) { $0 + tally.confusion.counts[$1][$1] }
        guard let interval = Interval(successes: correct, of: total),
            let averaged = mean(perClass.compactMap(\.accuracy))
        else { throw EvaluationError.noPredictions }

        self.labels = labels
        self.images = total
        self.accuracy = Double(correct) / Double(total)
        self.accuracyInterval = interval
        self.classAveragedAccuracy = averaged
        self.chance = 1 / Double(labels.count)
        self.majorityShare = Double(totals.max() ?? 0) / Double(total)
        self.topFiveAccuracy = labels.count > 5 ? Double(tally.inTopFive) / Double(total) : nil
        self.meanAUC = mean(perClass.compactMap(\.auc))
        self.perClass = perClass
        self.confusion = tally.confusion
        self.curves = curves
        self.calibration = Calibration(
            outcomes: tally.outcomes,
            negativeLogLikelihood: tally.negativeLogLikelihood / Double(total),
            brierScore: tally.brierScore / Double(total))
        self.unknownConfidences = unknown
        self.outcomes = tally.outcomes
        let outcomes = tally.outcomes
        self.mistakes = outcomes.indices.filter { !outcomes[$0].isCorrect }
            .sorted { (outcomes[$1].confidence, $0) < (outcomes[$0].confidence, $1) }
    }

    /// What happens if answers below a confidence are refused.
    public var acceptance: AcceptanceCurve { AcceptanceCurve(outcomes: outcomes, unknown: unknownConfidences) }

    /// The images of one cell of the confusion matrix, as indices into `outcomes`.
    public func images(truth: Int, predicted: Int) -> [Int] {
        outcomes.indices.filter { outcomes[$0].truth == truth && outcomes[$0].predicted == predicted }
    }
}

/// What one pass over the predictions counts.
private struct Tally {
    var outcomes: [Outcome] = []
    var inTopFive = 0
    var confusion: ConfusionMatrix
    /// Sums over all images.
    var negativeLogLikelihood = 0.0
    var brierScore = 0.0

    init(labels: [String], predictions: [LabelledPrediction]) throws {
        var seen: Set<String> = []
        for label in labels where !seen.insert(label).inserted { throw EvaluationError.repeatedLabel(label) }
        var counts = [[Int]](repeating: [Int](repeating: 0, count: labels.count), count: labels.count)
        outcomes.reserveCapacity(predictions.count)
        confusion = ConfusionMatrix(labels: labels, counts: counts)
        for prediction in predictions {
            try Self.check(prediction, labels)
            let truth = prediction.truth
            let predicted = prediction.predicted
            let probability = prediction.probabilities[truth]
            counts[truth][predicted] += 1
            inTopFive += Self.rank(of: truth, in: prediction.scores) < 5 ? 1 : 0
            negativeLogLikelihood -= log(max(probability, .ulpOfOne))
            for (label, probability) in prediction.probabilities.enumerated() {
                let error = probability - (label == truth ? 1 : 0)
                brierScore += error * error
            }
            outcomes.append(
                Outcome(
                    path: prediction.path, truth: truth, predicted: predicted,
                    confidence: prediction.probabilities[predicted], truthProbability: probability))
        }
        confusion = ConfusionMatrix(labels: labels, counts: counts)
    }

    private static func check(_ prediction: LabelledPrediction, _ labels: [String]) throws {
        let path = prediction.path
        for found in [prediction.scores.count, prediction.probabilities.count] where found != labels.count {
            throw EvaluationError.scoreCount(path: path, expected: labels.count, found: found)
        }
        guard labels.indices.contains(prediction.truth) else {
            throw EvaluationError.truthOutside(path: path, truth: prediction.truth, classes: labels.count)
        }
        for (index, label) in labels.enumerated()
        where !prediction.scores[index].isFinite || !prediction.probabilities[index].isFinite {
            throw EvaluationError.notFinite(path: path, label: label)
        }
    }

    /// How many classes come before `label`; of equal scores, the first class comes first.
    private static func rank(of label: Int, in scores: [Double]) -> Int {
        let score = scores[label]
        var rank = 0
        for (other, otherScore) in scores.enumerated()
        where otherScore > score || (otherScore == score && other < label) {
            rank += 1
        }
        return rank
    }
}

/// The curves of each class against the rest, thinned to what a chart can show.
private func rankingCurves(classes: Int, _ predictions: [LabelledPrediction]) -> [RankingCurves?] {
    var curves: [RankingCurves?] = []
    curves.reserveCapacity(classes)
    // Scores lie in memory image by image. Sixteen classes at a time, they are fetched once and not sixteen times.
    for start in stride(from: 0, to: classes, by: 16) {
        let block = start..<min(start + 16, classes)
        var positives = [[Double]](repeating: [], count: block.count)
        var negatives = positives
        for prediction in predictions {
            for label in block {
                if prediction.truth == label {
                    positives[label - start].append(prediction.scores[label])
                } else {
                    negatives[label - start].append(prediction.scores[label])
                }
            }
        }
        curves += zip(positives, negatives).map { RankingCurves(positives: $0, negatives: $1)?.thinned(to: 500) }
    }
    return curves
}

private func share(_ part: Int, of whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }

private func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
}
