// All latencies of a load test, and their percentiles as HdrHistogram writes them.
//
// Gil Tene, "HdrHistogram", https://hdrhistogram.org: the text of `outputPercentileDistribution`, which its plotters read.
// The samples are kept as they are, not in buckets, so every line is exact.

import Foundation

/// Latencies in milliseconds.
public struct LatencyDistribution: Hashable, Sendable {
    /// From the least to the largest; at least one.
    public let sorted: [Double]

    /// Of `milliseconds`, in any order; nil if there are none.
    public init?(milliseconds: [Double]) {
        guard !milliseconds.isEmpty else { return nil }
        sorted = milliseconds.sorted()
    }

    /// The least value that at least this share, 0…1, of all do not exceed.
    public func value(at share: Double) -> Double { sorted[rank(share) - 1] }

    /// How many of all a share is: at least one.
    private func rank(_ share: Double) -> Int {
        let all = Double(sorted.count)
        let rank = (share * all).rounded(.up)
        // 0.07 × 100 is 7.000000000000001 in binary.
        let exact = (rank - 1) / all >= share ? rank - 1 : rank
        return min(max(Int(exact), 1), sorted.count)
    }

    /// A line of the text.
    struct Line: Hashable {
        var value: Double
        /// 0…1.
        var percentile: Double
        /// How many values are not larger.
        var count: Int
    }

    /// Lines for every halving of the distance to 100 %: HdrHistogram's own number.
    private static let ticks = 5

    /// The lines, from the least value to the largest, until all values are counted; and a last one.
    private var lines: [Line] {
        var lines: [Line] = []
        var percent = 0.0
        while true {
            let value = value(at: percent / 100)
            let count = sorted.partitioningIndex { $0 > value }
            lines.append(Line(value: value, percentile: percent / 100, count: count))
            if count == sorted.count { break }
            let halvings = Int(log2(100 / (100 - percent))) + 1
            percent += 100 / Double(Self.ticks << halvings)
        }
        return lines + [Line(value: sorted[sorted.count - 1], percentile: 1, count: sorted.count)]
    }

    /// The distribution as HdrHistogram writes it, in milliseconds with three decimals.
    public var percentileText: String {
        var text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
        for line in lines {
            text += String(format: "%12.3f %2.12f %10d", line.value, line.percentile, line.count)
            text += line.percentile < 1 ? String(format: " %14.2f\n", 1 / (1 - line.percentile)) : "\n"
        }
        let mean = sorted.reduce(0, +) / Double(sorted.count)
        let variance = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sorted.count)
        // Exact values are one bucket with a part for each of them.
        let parts = zip(sorted, sorted.dropFirst()).reduce(1) { $0 + ($1.0 == $1.1 ? 0 : 1) }
        return text
            + String(
                format: "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", mean, variance.squareRoot())
            + String(
                format: "#[Max     = %12.3f, Total count    = %12d]\n", sorted[sorted.count - 1], sorted.count)
            + String(format: "#[Buckets = %12d, SubBuckets     = %12d]\n", 1, parts)
    }
}

extension [Double] {
    /// The first place whose element, like all behind it, `isBehind`.
    fileprivate func partitioningIndex(where isBehind: (Double) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
