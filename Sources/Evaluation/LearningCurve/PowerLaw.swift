// How error falls with the number of training photos: a power law that levels off.
//
// Hestness et al., "Deep Learning Scaling is Predictable, Empirically", 2017, https://arxiv.org/abs/1712.00409, have the
// form err(n) = a·n^(−b) + c for the middle and the end of a learning curve; Figueroa et al., "Predicting sample size
// required for classification performance", 2012, https://doi.org/10.1186/1472-6947-12-8, fit it by weighted least
// squares, the larger sizes counting more, to foretell what more annotation would give.

internal import Foundation

/// err(n) = a·n^(−b) + c, with a, b and c not below 0: an error that never rises with n.
public struct PowerLaw: Codable, Hashable, Sendable {
    /// The error of the first photo above what is left at the end.
    public let a: Double
    /// How fast it falls.
    public let b: Double
    /// The error that is left however many photos there are.
    public let c: Double

    /// Makes a law from its three numbers.
    public init(a: Double, b: Double, c: Double) { (self.a, self.b, self.c) = (a, b, c) }

    /// One measured error.
    public struct Point: Hashable, Sendable {
        /// The number of training photos, positive.
        public var photos: Double
        /// The part of the test photos that is answered wrongly, 0…1.
        public var error: Double
        /// How much it counts, positive.
        public var weight: Double

        /// Makes a point.
        public init(photos: Double, error: Double, weight: Double = 1) {
            (self.photos, self.error, self.weight) = (photos, error, weight)
        }
    }

    /// The exponents that `fit` chooses from: a slower fall cannot be told from none, a faster one ends at once.
    public static let exponents = 0.02...3.0

    /// The error with so many training photos.
    public func error(photos: Double) -> Double { a * pow(photos, -b) + c }

    /// With how many training photos the error is `error`; nil if it never falls so far.
    public func photos(forError error: Double) -> Double? {
        guard error > c else { return nil }
        guard a > 0 else { return 1 }
        let photos = pow((error - c) / a, -1 / b)
        return photos.isFinite ? photos : nil
    }

    /// The law with the least weighted squares.
    ///
    /// For a given b the best a and c follow directly, so only b is searched for: over the whole range first, as there can
    /// be several minima, then between the neighbours of the best.
    ///
    /// - Parameter points: Three or more of different sizes determine it; fewer give one of several that fit as well.
    /// - Returns: A law within `exponents`.
    public static func fit(_ points: [Point]) -> PowerLaw {
        precondition(!points.isEmpty, "A power law is fitted to one point at least.")
        // Photos are counted in units of the largest size, so that a and c are of one magnitude.
        let unit = points.map(\.photos).max() ?? 1
        func trial(_ b: Double) -> (law: PowerLaw, loss: Double) { bestLaw(points, exponent: b, unit: unit) }
        let count = 60
        let ratio = exponents.upperBound / exponents.lowerBound
        let grid = (0...count).map { exponents.lowerBound * pow(ratio, Double($0) / Double(count)) }
        let losses = grid.map { trial($0).loss }
        let best = losses.indices.reduce(0) { losses[$1] < losses[$0] ? $1 : $0 }
        var (low, high) = (grid[max(best - 1, 0)], grid[min(best + 1, count)])
        // Golden sections: each throws away the part in which the minimum is not.
        let section = (5.0.squareRoot() - 1) / 2
        while high - low > 1e-7 * high {
            let (left, right) = (high - section * (high - low), low + section * (high - low))
            if trial(left).loss <= trial(right).loss { high = right } else { low = left }
        }
        let found = trial((low + high) / 2)
        let law = found.loss <= losses[best] ? found.law : trial(grid[best]).law
        // From the units of the largest size to photos.
        return PowerLaw(a: law.a * pow(unit, law.b), b: law.b, c: law.c)
    }

    /// The best a and c, neither below 0, for a given b; photos are in units of `unit`.
    private static func bestLaw(
        _ points: [Point], exponent b: Double, unit: Double
    ) -> (law: PowerLaw, loss: Double) {
        var (w, wx, wxx, wy, wxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for point in points {
            let x = pow(point.photos / unit, -b)
            w += point.weight
            wx += point.weight * x
            wxx += point.weight * x * x
            wy += point.weight * point.error
            wxy += point.weight * x * point.error
        }
        let determinant = w * wxx - wx * wx
        var (a, c) = (0.0, wy / w)
        if determinant > 1e-12 * w * wxx {
            let slope = (w * wxy - wx * wy) / determinant
            let rest = (wxx * wy - wx * wxy) / determinant
            // The loss is convex: outside the allowed quarter, the minimum lies on its border.
            if slope > 0 { (a, c) = rest >= 0 ? (slope, rest) : (max(wxy / wxx, 0), 0) }
        }
        let law = PowerLaw(a: a, b: b, c: c)
        let loss = points.reduce(0.0) { loss, point in
            let difference = a * pow(point.photos / unit, -b) + c - point.error
            return loss + point.weight * difference * difference
        }
        return (law, loss)
    }
}
