// How well scores put the images with a label before those without, as numbers alone.
//
// `RankingCurves` draws the same as curves.

/// Measures of an order.
package enum Ranking {
    /// The mean precision over the images that have the label, each at its own threshold; equal scores make one step.
    ///
    /// Nil unless some images have the label.
    package static func averagePrecision(_ scores: [Double], _ truths: [Bool]) -> Double? {
        let positives = truths.count { $0 }
        guard positives > 0 else { return nil }
        let sorted = zip(scores, truths).sorted { $0.0 > $1.0 }
        var (found, before, sum) = (0, 0, 0.0)
        for (index, one) in sorted.enumerated() {
            found += one.1 ? 1 : 0
            guard index + 1 == sorted.count || sorted[index + 1].0 < one.0 else { continue }
            sum += Double(found - before) * Double(found) / Double(index + 1)
            before = found
        }
        return sum / Double(positives)
    }

    /// The mean of that over the labels that some image has; nil if there is none.
    ///
    /// `scores` are [images, labels]; `labels` are those of each image.
    package static func meanAveragePrecision(scores: [[Double]], labels: [[Int]]) -> Double? {
        let each = (scores.first ?? []).indices.compactMap { label in
            averagePrecision(scores.map { $0[label] }, labels.map { $0.contains(label) })
        }
        return each.isEmpty ? nil : each.reduce(0, +) / Double(each.count)
    }
}
