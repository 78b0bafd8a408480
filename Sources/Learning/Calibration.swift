// From scores to probabilities that hold what they promise: of the answers given with 0.9, nine in ten should be right.
//
// Temperature scaling: Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", 2017,
// https://arxiv.org/abs/1706.04599. Its one number leaves the order of the classes alone. An offset for each class was tried
// as well, and made held-out likelihood worse on the small photo sets that this project measures with.

import Foundation

/// Turns the scores of an image into probabilities: softmax(scores / temperature).
public struct TemperatureScaling: Codable, Hashable, Sendable {
    /// What scores are divided by, positive: the smaller, the surer the answers.
    public let temperature: Double

    /// Makes a calibration from its temperature.
    public init(temperature: Double) {
        precondition(temperature > 0, "A temperature is positive, not \(temperature).")
        self.temperature = temperature
    }

    /// One probability a class, adding up to 1, in the order of the scores.
    public func probabilities(_ scores: [Double]) -> [Double] {
        let largest = scores.max() ?? 0
        let powers = scores.map { exp(($0 - largest) / temperature) }
        let total = powers.reduce(0, +)
        return powers.map { $0 / total }
    }

    /// The temperatures that `fit` chooses from.
    public static let temperatures = 1e-3...1e3

    /// Fits the temperature by maximum likelihood to images whose classes are known.
    ///
    /// Each of the n images counts as its class with 1 − 1/(n + 2) and as the others, evenly, with the rest, as in Platt,
    /// "Probabilistic Outputs for Support Vector Machines", 1999: so a hundred right answers in a row are no proof that
    /// none will ever be wrong, and there is a likeliest temperature.
    ///
    /// - Parameters:
    ///   - scores: [images, classes], of a model that had not seen the images, such as `CSearch.heldOutScores`.
    ///   - labels: The class of each image.
    /// - Returns: The calibration under which the labels are likeliest.
    /// - Throws: `CalibrationError`, if scores and labels do not fit together.
    public static func fit(scores: [[Double]], labels: [Int]) throws -> TemperatureScaling {
        try CalibrationError.check(scores: scores, labels: labels)
        let doubt = 1 / Double(labels.count + 2)
        // With s = 1 / temperature, the negative log-likelihood is Σ log Σ exp(s·score) − s·target: convex in s.
        let targets = zip(scores, labels).map { scores, label in
            let others = (scores.reduce(0, +) - scores[label]) / Double(scores.count - 1)
            return (1 - doubt) * scores[label] + doubt * others
        }
        func slope(_ s: Double) -> (value: Double, rate: Double) {
            var (value, rate) = (0.0, 0.0)
            for (scores, target) in zip(scores, targets) {
                let probabilities = TemperatureScaling(temperature: 1 / s).probabilities(scores)
                let mean = zip(probabilities, scores).reduce(0) { $0 + $1.0 * $1.1 }
                value += mean - target
                rate += zip(probabilities, scores).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }
            }
            return (value, rate)
        }
        // Newton's method on the slope, which climbs; an interval that holds the root keeps it from straying.
        var (low, high) = (1 / temperatures.upperBound, 1 / temperatures.lowerBound)
        guard slope(low).value < 0 else { return TemperatureScaling(temperature: 1 / low) }
        guard slope(high).value > 0 else { return TemperatureScaling(temperature: 1 / high) }
        var s = 1.0
        while high - low > 1e-12 * low {
            let (value, rate) = slope(s)
            if value < 0 { low = s } else { high = s }
            let next = s - value / rate
            if abs(next - s) <= 1e-12 * s { break }
            s = next > low && next < high ? next : (low * high).squareRoot()
        }
        return TemperatureScaling(temperature: 1 / s)
    }
}

/// Why probabilities or thresholds cannot be fitted.
public enum CalibrationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is nothing to fit to.
    case empty
    /// Not one label for each image.
    case labelCount(images: Int, labels: Int)
    /// An image has other scores than one for each of two or more classes, or its label is no class.
    case image(Int, scores: Int, label: Int, classes: Int)
    /// A score is infinite or not a number.
    case notFinite(image: Int)

    /// One sentence or two: what is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .empty: "There are no scores to calibrate on. Hold some labelled images out of training."
        case .labelCount(let images, let labels):
            "There are scores of \(images) images but \(labels) labels. Give one label for each image."
        case .image(let index, let scores, let label, let classes):
            "Image \(index) has \(scores) scores and the label \(label), where there are \(classes) classes. "
                + "Give one score for each of at least 2 classes, and a label from 0 on."
        case .notFinite(let index):
            "Image \(index) has a score that is infinite or not a number. Check the model's weights."
        }
    }

    static func check(scores: [[Double]], labels: [Int]) throws {
        guard let classes = scores.first?.count else { throw CalibrationError.empty }
        guard scores.count == labels.count else {
            throw CalibrationError.labelCount(images: scores.count, labels: labels.count)
        }
        for (index, (scores, label)) in zip(scores, labels).enumerated() {
            guard scores.count == classes && classes >= 2 && scores.indices.contains(label) else {
                throw CalibrationError.image(index, scores: scores.count, label: label, classes: classes)
            }
            guard scores.allSatisfy(\.isFinite) else { throw CalibrationError.notFinite(image: index) }
        }
    }
}
