// What makes probabilities and answers of the scores of a classifier.

import Foundation
public import Labels
import Models
import WeightFiles

/// How the probabilities are chosen from which on a label counts as an answer.
public enum ThresholdRule: String, Codable, CaseIterable, Hashable, Sendable {
    /// One half for all: more likely than not.
    case half
    /// For each label, where its F1 is highest on photos that the model has not learnt from.
    case bestF1 = "best-f1"
}

/// From the scores of an image to probabilities.
public enum ScoreCalibration: Hashable, Sendable {
    /// One label an image: one softmax over all.
    case one(TemperatureScaling)
    /// Any number of labels: a sigmoid for each, and from which probability on it counts.
    case many([SigmoidScaling], thresholds: [Double])

    /// How many labels an image may have.
    public var labelCount: LabelCount {
        switch self {
        case .one: .one
        case .many: .many
        }
    }

    /// What all scores are divided by; 1 where each label has a scaling of its own.
    public var temperature: Double {
        switch self {
        case .one(let scaling): scaling.temperature
        case .many: 1
        }
    }

    /// The probability from which on each label counts; nil where the likeliest one is the answer.
    public var thresholds: [Double]? {
        switch self {
        case .one: nil
        case .many(_, let thresholds): thresholds
        }
    }

    /// One probability a label, in the order of the scores.
    public func probabilities(_ scores: [Double]) -> [Double] {
        switch self {
        case .one(let scaling): scaling.probabilities(scores)
        case .many(let scalings, _): zip(scalings, scores).map { $0($1) }
        }
    }

    /// Scores that are logits already.
    package static func identity(_ count: LabelCount, labels: Int) -> ScoreCalibration {
        switch count {
        case .one: .one(TemperatureScaling(temperature: 1))
        case .many:
            .many(
                Array(repeating: .identity, count: labels), thresholds: Array(repeating: 0.5, count: labels))
        }
    }

    /// Fits probabilities, and where a label begins to count, to images that the model has not seen.
    ///
    /// - Parameters:
    ///   - scores: [images, labels], one image or more.
    ///   - truths: The labels of each image.
    ///   - count: How many labels an image may have.
    ///   - rule: How thresholds are chosen, where it may have several.
    /// - Returns: The calibration.
    /// - Throws: `CalibrationError`, if scores and labels do not fit together.
    package static func fit(
        scores: [[Double]], truths: [[Int]], _ count: LabelCount, _ rule: ThresholdRule
    ) throws -> ScoreCalibration {
        guard count == .many else {
            return .one(try TemperatureScaling.fit(scores: scores, labels: truths.map { $0.first ?? -1 }))
        }
        let labels = (scores.first ?? []).indices
        var (scalings, thresholds): ([SigmoidScaling], [Double]) = ([], [])
        for label in labels {
            let (own, isTrue) = (scores.map { $0[label] }, truths.map { $0.contains(label) })
            let scaling = try SigmoidScaling.fit(scores: own, truths: isTrue)
            scalings.append(scaling)
            thresholds.append(rule == .half ? 0.5 : bestThreshold(own.map { scaling($0) }, isTrue))
        }
        return .many(scalings, thresholds: thresholds)
    }

    /// −log of the probability of the truth: of the class, or the mean over the labels; the mean over the images.
    package func logLoss(_ scores: [[Double]], _ truths: [[Int]]) -> Double {
        let losses = zip(scores.map(probabilities), truths).map { probabilities, truths in
            switch self {
            case .one: -log(max(probabilities[truths[0]], 1e-12))
            case .many:
                probabilities.indices.reduce(0) { sum, label in
                    let p = truths.contains(label) ? probabilities[label] : 1 - probabilities[label]
                    return sum - log(max(p, 1e-12))
                } / Double(probabilities.count)
            }
        }
        return losses.reduce(0, +) / Double(max(losses.count, 1))
    }

    /// The weights of the layer that makes logits of scores.
    func weights(labels: Int) throws -> [String: StoredTensor] {
        switch self {
        case .one(let scaling):
            try ClassifierPart.calibrationWeights(temperature: scaling.temperature, classes: labels)
        case .many(let scalings, _):
            try ClassifierPart.calibrationWeights(slopes: scalings.map(\.slope), offsets: scalings.map(\.offset))
        }
    }
}

/// The probability from which on to say yes, so that F1 is highest: midway between two that occur.
///
/// Of equally good places the one nearest to one half is taken; one half where there is nothing to find.
package func bestThreshold(_ probabilities: [Double], _ truths: [Bool]) -> Double {
    let positives = truths.count { $0 }
    guard positives > 0 else { return 0.5 }
    let sorted = zip(probabilities, truths).sorted { $0.0 > $1.0 }
    var best = (f1: 0.0, threshold: 0.5)
    var found = 0
    for (index, one) in sorted.enumerated() {
        found += one.1 ? 1 : 0
        let next = index + 1 < sorted.count ? sorted[index + 1].0 : 0
        guard next < one.0 else { continue }
        let f1 = 2 * Double(found) / Double(positives + index + 1)
        // One half itself, where it lies between the two: nothing speaks for another place.
        let threshold = next < 0.5 && 0.5 <= one.0 ? 0.5 : (one.0 + next) / 2
        if f1 > best.f1 || f1 == best.f1 && abs(threshold - 0.5) < abs(best.threshold - 0.5) { best = (f1, threshold) }
    }
    return best.threshold
}
