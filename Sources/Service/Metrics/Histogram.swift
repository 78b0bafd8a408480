// Counts of values by size, for Prometheus.

/// How many values were at most as large as each bound.
struct Histogram: Sendable {
    /// Ascending.
    let bounds: [Double]
    /// Values above the bound before and up to this one; the last are those above all bounds.
    private(set) var counts: [Int]
    private(set) var sum = 0.0

    var count: Int { counts.reduce(0, +) }

    init(_ bounds: [Double]) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count + 1)
    }

    mutating func add(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// Seconds, from half a millisecond to half a minute.
    static let seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
    /// Images in a batch.
    static let batch: [Double] = [1, 2, 4, 8, 16, 32]
    /// Probabilities.
    static let tenths: [Double] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1]
}
