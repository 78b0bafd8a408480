// From the score of a label to its probability, where labels do not exclude each other.
//
// Platt, "Probabilistic Outputs for Support Vector Machines", 1999, with the stable computation of Lin, Lin and Weng, "A
// Note on Platt's Probabilistic Outputs for Support Vector Machines", 2007.

import Foundation

/// Turns the score of a label into a probability: 1 / (1 + e^−(slope · score + offset)).
public struct SigmoidScaling: Codable, Hashable, Sendable {
    /// How much surer a higher score makes, positive: images keep their order.
    public let slope: Double
    /// What is added.
    public let offset: Double

    /// Makes a scaling from its two numbers.
    public init(slope: Double, offset: Double) {
        precondition(slope > 0, "A slope is positive, not \(slope).")
        (self.slope, self.offset) = (slope, offset)
    }

    /// A score that is a logit already.
    public static let identity = SigmoidScaling(slope: 1, offset: 0)

    /// The probability of a score, 0…1.
    public func callAsFunction(_ score: Double) -> Double {
        Self.sigmoid(slope * score + offset)
    }

    /// The least slope that `fit` chooses, for scores that say nothing or the opposite of the truth.
    static let leastSlope = 1e-3

    /// Fits a scaling by maximum likelihood to scores of which the truth is known.
    ///
    /// Each image that has the label counts as having it with (n + 1) / (n + 2), n being how many have it, and each that has
    /// not with 1 / (m + 2): so a hundred right answers in a row are no proof that none will ever be wrong, and there is a
    /// likeliest scaling.
    ///
    /// - Parameters:
    ///   - scores: Of a model that had not seen the images.
    ///   - truths: Whether each image has the label.
    /// - Returns: The scaling under which the truth is likeliest.
    /// - Throws: `CalibrationError`, if scores and truths do not fit together.
    public static func fit(scores: [Double], truths: [Bool]) throws -> SigmoidScaling {
        guard !scores.isEmpty else { throw CalibrationError.empty }
        guard scores.count == truths.count else {
            throw CalibrationError.labelCount(images: scores.count, labels: truths.count)
        }
        if let image = scores.firstIndex(where: { !$0.isFinite }) { throw CalibrationError.notFinite(image: image) }
        let positives = Double(truths.count { $0 })
        let targets = truths.map { isTrue in
            isTrue ? (positives + 1) / (positives + 2) : 1 / (Double(truths.count) - positives + 2)
        }
        // Where all scores are the same, any slope does; that of a logit is as good as another.
        let spread = (scores.max() ?? 0) - (scores.min() ?? 0)
        let best = spread > 0 ? newton(scores, targets, slope: nil) : newton(scores, targets, slope: 1)
        guard best.slope < leastSlope else { return SigmoidScaling(slope: best.slope, offset: best.offset) }
        let level = newton(scores, targets, slope: leastSlope)
        return SigmoidScaling(slope: leastSlope, offset: level.offset)
    }

    /// The likeliest slope and offset, or offset alone where the slope is given.
    ///
    /// Newton's method; a step that makes the loss larger is halved.
    private static func newton(
        _ scores: [Double], _ targets: [Double], slope fixed: Double?
    ) -> (slope: Double, offset: Double) {
        let mean = targets.reduce(0, +) / Double(targets.count)
        var (a, b) = (fixed ?? 0, log(mean / (1 - mean)))
        func loss(_ a: Double, _ b: Double) -> Double {
            zip(scores, targets).reduce(0) { total, one in
                let x = a * one.0 + b
                return total + max(x, 0) - x * one.1 + log1p(exp(-abs(x)))
            }
        }
        var value = loss(a, b)
        for _ in 0..<100 {
            var (ga, gb, haa, hab, hbb) = (0.0, 0.0, 1e-12, 0.0, 1e-12)
            for (score, target) in zip(scores, targets) {
                let p = SigmoidScaling.sigmoid(a * score + b)
                let (error, weight) = (p - target, p * (1 - p))
                ga += error * score
                gb += error
                haa += weight * score * score
                hab += weight * score
                hbb += weight
            }
            if fixed != nil { (ga, haa, hab) = (0, 1, 0) }
            guard max(abs(ga), abs(gb)) > 1e-10 * Double(scores.count) else { break }
            let determinant = haa * hbb - hab * hab
            let (da, db) = (-(hbb * ga - hab * gb) / determinant, -(haa * gb - hab * ga) / determinant)
            var length = 1.0
            while length > 1e-10, loss(a + length * da, b + length * db) >= value { length /= 2 }
            guard length > 1e-10 else { break }
            (a, b) = (a + length * da, b + length * db)
            value = loss(a, b)
        }
        return (a, b)
    }

    private static func sigmoid(_ x: Double) -> Double { x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }
}
