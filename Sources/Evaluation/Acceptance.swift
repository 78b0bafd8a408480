// What happens if answers below a confidence are refused.
//
// El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", 2010,
// https://jmlr.org/papers/v11/el-yaniv10a.html: coverage is the share of images that are answered at all.

/// How many images are answered, and how well, for each threshold of confidence.
public struct AcceptanceCurve: Codable, Hashable, Sendable {
    /// One threshold.
    public struct Point: Codable, Hashable, Sendable {
        /// Answers with at least this confidence are accepted.
        public var threshold: Double
        /// Share of the images that are answered.
        public var coverage: Double
        /// Share of the answered images that are answered rightly.
        public var accuracy: Double
        /// Share of the images of no class that are answered nevertheless; nil if there were none to try.
        public var unknownAccepted: Double?
    }

    /// From the highest threshold to the lowest.
    public var points: [Point]

    /// Tries every confidence that occurs as the threshold.
    ///
    /// `unknown` are the confidences of images of no class.
    init(outcomes: [Outcome], unknown: [Double]) {
        let sorted = outcomes.map { ($0.confidence, $0.isCorrect) }.sorted { $0.0 > $1.0 }
        let unknown = unknown.sorted(by: >)
        var (correct, unknownAccepted) = (0, 0)
        points = []
        for (index, outcome) in sorted.enumerated() {
            correct += outcome.1 ? 1 : 0
            // Images of the same confidence are accepted together.
            if index + 1 < sorted.count && sorted[index + 1].0 == outcome.0 { continue }
            while unknownAccepted < unknown.count && unknown[unknownAccepted] >= outcome.0 { unknownAccepted += 1 }
            points.append(
                Point(
                    threshold: outcome.0,
                    coverage: Double(index + 1) / Double(sorted.count),
                    accuracy: Double(correct) / Double(index + 1),
                    unknownAccepted: unknown.isEmpty ? nil : Double(unknownAccepted) / Double(unknown.count)))
        }
    }

    /// What happens at a threshold; nil if no image reaches it.
    public func point(at threshold: Double) -> Point? {
        points.last { $0.threshold >= threshold }
    }

    /// The threshold that answers most images with at least this share of them right; nil if none does.
    ///
    /// It is chosen on these very images, so the share on new ones will be a little lower.
    public func threshold(forAccuracy accuracy: Double) -> Point? {
        points.last { $0.accuracy >= accuracy }
    }
}
