// How far a share that was measured on a few images can be from the truth.
//
// Wilson, "Probable inference, the law of succession, and statistical inference", 1927,
// https://doi.org/10.1080/01621459.1927.10502953.

/// A range that holds the true share with 95 % confidence; both ends lie in 0…1.
///
/// In JSON it is an array of the two ends.
public struct Interval: Hashable, Sendable {
    /// The lower end.
    public var lower: Double
    /// The upper end.
    public var upper: Double

    /// Makes an interval.
    public init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }

    /// Wilson's 95 % interval of a share, or nil if nothing was counted.
    ///
    /// Unlike the textbook's normal approximation, it stays within 0…1 and means something for few images and for
    /// shares near 0 or 1.
    public init?(successes: Int, of trials: Int) {
        guard trials > 0 else { return nil }
        let z = 1.959963984540054  // the 97.5 % quantile of the normal distribution
        let n = Double(trials)
        let share = Double(successes) / n
        let denominator = 1 + z * z / n
        let centre = (share + z * z / (2 * n)) / denominator
        let reach = z / denominator * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        // At the ends the formula gives exactly 0 and 1; rounding must not leave 1e-17 there.
        lower = successes == 0 ? 0 : max(0, centre - reach)
        upper = successes == trials ? 1 : min(1, centre + reach)
    }
}

extension Interval: Codable {
    /// Reads an array of the two ends.
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        lower = try container.decode(Double.self)
        upper = try container.decode(Double.self)
    }

    /// Writes an array of the two ends.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(lower)
        try container.encode(upper)
    }
}
