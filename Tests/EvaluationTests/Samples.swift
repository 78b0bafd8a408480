// Predictions for the tests: golden cases, and random ones by seed.

import Evaluation
import Foundation
import Labels
import TestSupport
import Testing

/// `Tests/Golden/evaluation.json`, made by `Tools/golden/evaluation.py` with scikit-learn and SciPy.
struct Golden: Decodable {
    struct Curves: Decodable {
        var roc, precision_recall: [[Double?]]
        var auc, average_precision: Double
    }

    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var classes: Int
        var truth: [Int]
        var scores, probabilities: [[Double]]
        var accuracy, class_averaged_accuracy, calibration_error, log_loss, brier: Double
        var accuracy_interval: [Double]
        var top_5: Double?
        var precision, recall, f1: [Double?]
        var images, bin_counts: [Int]
        var class_intervals: [[Double]?]
        var confusion: [[Int]]
        var curves: [Curves?]

        var testDescription: String { name }

        var predictions: [LabelledPrediction] {
            truth.indices.map {
                LabelledPrediction(
                    path: "\($0).jpg", truth: truth[$0], scores: scores[$0], probabilities: probabilities[$0])
            }
        }

        func report() throws -> ClassificationReport {
            try ClassificationReport(labels: (0..<classes).map { "class \($0)" }, predictions: predictions)
        }
    }

    var cases: [Case]
    var wilson: [[Double]]
    var mcnemar: [[Double]]

    static func read() throws -> Golden {
        try JSONDecoder().decode(Golden.self, from: Data(contentsOf: Fixtures.golden("evaluation.json")))
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same numbers everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Random predictions; with `steps`, scores are multiples of 1 / steps, so that many are equal.
func randomPredictions(seed: UInt64, images: Int = 60, classes: Int = 4, steps: Double? = nil) -> [LabelledPrediction] {
    var generator = SeededGenerator(seed)
    return (0..<images).map { index in
        let truth = Int.random(in: 0..<classes, using: &generator)
        var scores = (0..<classes).map { _ in Double.random(in: -1...1, using: &generator) }
        scores[truth] += 0.7
        if let steps { scores = scores.map { ($0 * steps).rounded() / steps } }
        let weights = scores.map { exp(3 * $0) }
        let sum = weights.reduce(0, +)
        return LabelledPrediction(
            path: "image \(index).jpg", truth: truth, scores: scores, probabilities: weights.map { $0 / sum })
    }
}

func names(_ count: Int) -> [String] { (0..<count).map { "class \($0)" } }

/// Whether every element is closed in its order, and every “&” begins a reference.
///
/// Elements in `void` have no end.
///
/// Foundation's XML parser is of no use here: on Linux it repairs what is wrong and reports success.
func isWellFormed(_ markup: String, void: Set<Substring> = []) throws -> Bool {
    // Made at run time: the compiler takes minutes over the literal.
    let tag = try Regex(
        #"<(/?)([!a-zA-Z][a-zA-Z0-9-]*)((?:[^<>"]|"[^"<]*")*)>"#,
        as: (Substring, Substring, Substring, Substring).self)
    var open: [Substring] = []
    for match in markup.matches(of: tag) {
        let (isEnd, name, rest) = (!match.output.1.isEmpty, match.output.2, match.output.3)
        if rest.hasSuffix("/") || void.contains(name) { continue }
        if !isEnd { open.append(name) } else if open.popLast() != name { return false }
    }
    var text = markup.replacing(tag, with: "")
    for reference in ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"] { text = text.replacing(reference, with: "") }
    return open.isEmpty && !text.contains("<") && !text.contains("&")
}
