// How well scores put the images of one class before all others: ROC and precision-recall curve.
//
// Fawcett, "An introduction to ROC analysis", 2006, https://doi.org/10.1016/j.patrec.2005.10.010. Equal scores make one
// point, and points between others on a line are left out, as scikit-learn does.

/// One point of a curve over thresholds.
///
/// In JSON it is an array: x, y and, where there is one, the threshold.
public struct CurvePoint: Hashable, Sendable {
    /// The false-positive rate (ROC) or the recall (precision-recall), 0…1.
    public var x: Double
    /// The true-positive rate (ROC) or the precision (precision-recall), 0…1.
    public var y: Double
    /// Images with at least this score count as recognised; nil for the start of a curve, which no image reaches.
    public var threshold: Double?

    /// Makes a point.
    public init(x: Double, y: Double, threshold: Double?) {
        self.x = x
        self.y = y
        self.threshold = threshold
    }
}

extension CurvePoint: Codable {
    /// Reads an array of x, y and perhaps a threshold.
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        x = try container.decode(Double.self)
        y = try container.decode(Double.self)
        threshold = container.isAtEnd ? nil : try container.decode(Double.self)
    }

    /// Writes an array of x, y and perhaps a threshold.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(x)
        try container.encode(y)
        if let threshold { try container.encode(threshold) }
    }
}

/// The curves of one class against all others, from the highest threshold to the lowest.
public struct RankingCurves: Codable, Hashable, Sendable {
    /// True-positive rate (y) over false-positive rate (x), from (0, 0) to (1, 1).
    public var roc: [CurvePoint]
    /// Precision (y) over recall (x), from recall 0 to 1.
    public var precisionRecall: [CurvePoint]
    /// Area under the ROC curve: how likely an image of the class scores higher than another; ties count half.
    public let auc: Double
    /// Mean precision over the images of the class, each at its own threshold.
    public let averagePrecision: Double

    /// Draws the curves from the scores of the images of the class and of all others; nil if either is empty.
    public init?(positives: [Double], negatives: [Double]) {
        guard !positives.isEmpty && !negatives.isEmpty else { return nil }
        let steps = Self.steps(positives.sorted(by: >), negatives.sorted(by: >))
        let (p, n) = (Double(positives.count), Double(negatives.count))

        roc = [CurvePoint(x: 0, y: 0, threshold: nil)]
        precisionRecall = [CurvePoint(x: 0, y: 1, threshold: nil)]
        var (area, averagePrecision) = (0.0, 0.0)
        var (trueBefore, falseBefore) = (0, 0)
        for (index, step) in steps.enumerated() {
            // Counts are whole numbers, so that both sums are exact until the division at the end.
            area += Double(step.falsePositives - falseBefore) * Double(step.truePositives + trueBefore) / 2
            let precision = Double(step.truePositives) / Double(step.truePositives + step.falsePositives)
            averagePrecision += Double(step.truePositives - trueBefore) * precision
            let isEnd = index == 0 || index == steps.count - 1
            if isEnd || Self.isCorner(steps[index - 1], step, steps[index + 1]) {
                roc.append(
                    CurvePoint(
                        x: Double(step.falsePositives) / n, y: Double(step.truePositives) / p, threshold: step.threshold
                    ))
            }
            if isEnd || step.truePositives != trueBefore || steps[index + 1].truePositives != step.truePositives {
                precisionRecall.append(
                    CurvePoint(x: Double(step.truePositives) / p, y: precision, threshold: step.threshold))
            }
            (trueBefore, falseBefore) = (step.truePositives, step.falsePositives)
        }
        auc = area / (p * n)
        self.averagePrecision = averagePrecision / p
    }

    /// The same curves with at most `limit` points each; nobody sees the difference at the size of a chart.
    func thinned(to limit: Int) -> RankingCurves {
        var copy = self
        copy.roc = thinnedPoints(roc, limit: limit) { ($0.x, $0.y) }
        copy.precisionRecall = thinnedPoints(precisionRecall, limit: limit) { ($0.x, $0.y) }
        return copy
    }

    /// How many images reach a threshold.
    private struct Step {
        var threshold: Double
        var truePositives, falsePositives: Int
    }

    /// One step for each different score; both lists fall.
    private static func steps(_ positives: [Double], _ negatives: [Double]) -> [Step] {
        var steps: [Step] = []
        var (p, n) = (0, 0)
        while p < positives.count || n < negatives.count {
            let threshold =
                if p == positives.count { negatives[n] } else if n == negatives.count { positives[p] } else {
                    max(positives[p], negatives[n])
                }
            while p < positives.count && positives[p] == threshold { p += 1 }
            while n < negatives.count && negatives[n] == threshold { n += 1 }
            steps.append(Step(threshold: threshold, truePositives: p, falsePositives: n))
        }
        return steps
    }

    /// Whether the curve bends, or changes its pace, at `b`.
    private static func isCorner(_ a: Step, _ b: Step, _ c: Step) -> Bool {
        c.truePositives - b.truePositives != b.truePositives - a.truePositives
            || c.falsePositives - b.falsePositives != b.falsePositives - a.falsePositives
    }
}
