// When to answer at all: the surest class is accepted where its probability reaches a threshold.
//
// The higher the threshold, the fewer images are answered (the coverage) and, as a rule, the more of the answers are right
// (the precision). El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", 2010,
// https://www.jmlr.org/papers/v11/el-yaniv10a.html.

/// A threshold, and what it did to the images that it was chosen on.
public struct AcceptanceThreshold: Codable, Hashable, Sendable {
    /// An answer is accepted if its probability is at least this, 0…1.
    public let threshold: Double
    /// The part of all images that is answered, 0…1.
    public let coverage: Double
    /// The part of the answers that is right, 0…1.
    public let precision: Double
}

/// Every threshold that makes a difference on a set of images, from the highest to the lowest.
public struct AcceptanceCurve: Codable, Hashable, Sendable {
    /// Each accepts at least one image more than the one before.
    public let points: [AcceptanceThreshold]

    /// Traces the curve over images whose classes are known.
    ///
    /// - Parameters:
    ///   - probabilities: [images, classes], of a model that had not seen the images.
    ///   - labels: The class of each image.
    /// - Throws: `CalibrationError`, if probabilities and labels do not fit together.
    public init(probabilities: [[Double]], labels: [Int]) throws {
        try CalibrationError.check(scores: probabilities, labels: labels)
        let answers = zip(probabilities, labels).map { probabilities, label in
            let answer = probabilities.indices.reduce(0) { probabilities[$1] > probabilities[$0] ? $1 : $0 }
            return (probability: probabilities[answer], isRight: answer == label)
        }
        let ordered = answers.sorted { $0.probability > $1.probability }
        var points: [AcceptanceThreshold] = []
        var right = 0
        for (index, answer) in ordered.enumerated() {
            if answer.isRight { right += 1 }
            // Images of one probability are accepted together.
            guard index + 1 == ordered.count || ordered[index + 1].probability < answer.probability else { continue }
            points.append(
                AcceptanceThreshold(
                    threshold: answer.probability, coverage: Double(index + 1) / Double(ordered.count),
                    precision: Double(right) / Double(index + 1)))
        }
        self.points = points
    }

    /// The threshold that answers the most images with at least this precision; nil if none has it.
    public func threshold(precision: Double) -> AcceptanceThreshold? { points.last { $0.precision >= precision } }

    /// The highest threshold that answers at least this part of the images; nil for more than all.
    public func threshold(coverage: Double) -> AcceptanceThreshold? { points.first { $0.coverage >= coverage } }
}
