// Whether two lots of numbers come from one distribution: the test of Kolmogorov and Smirnov.
//
// Smirnov, "Table for Estimating the Goodness of Fit of Empirical Distributions", 1948,
// https://doi.org/10.1214/aoms/1177730256. The probability is the asymptotic one, with Stephens's correction for small
// samples (1970, https://doi.org/10.1111/j.2517-6161.1970.tb00821.x); where values are equal it is too large, which errs on
// the side of silence.

import Foundation

/// How far two samples are apart.
package struct TwoSamples: Hashable, Sendable {
    /// The largest distance of the two distribution functions, 0…1: how different they are, however many there are.
    package let distance: Double
    /// How often samples of one distribution would be so far apart, 0…1.
    package let probability: Double

    /// Compares two samples; none may be empty.
    package init(_ a: [Double], _ b: [Double]) {
        precondition(!a.isEmpty && !b.isEmpty, "A distribution of no numbers is compared with nothing.")
        let (a, b) = (a.sorted(), b.sorted())
        var (i, j) = (0, 0)
        var largest = 0.0
        while i < a.count && j < b.count {
            let value = min(a[i], b[j])
            while i < a.count && a[i] == value { i += 1 }
            while j < b.count && b[j] == value { j += 1 }
            largest = max(largest, abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)))
        }
        distance = largest
        let root = (Double(a.count) * Double(b.count) / Double(a.count + b.count)).squareRoot()
        probability = Self.tail((root + 0.12 + 0.11 / root) * largest)
    }

    /// Kolmogorov's distribution: 2 Σ (−1)ᵏ⁻¹ exp(−2 k² x²).
    private static func tail(_ x: Double) -> Double {
        // Below, the series converges slowly, and its sum is 1 to nine digits.
        guard x > 0.2 else { return 1 }
        var (sum, sign) = (0.0, 1.0)
        for k in 1...100 {
            let term = exp(-2 * Double(k * k) * x * x)
            sum += sign * term
            if term < 1e-12 { break }
            sign = -sign
        }
        return min(max(2 * sum, 0), 1)
    }
}
