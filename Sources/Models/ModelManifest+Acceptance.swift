// From probabilities to an answer: the likeliest class, or each label that is likely enough.

public import Labels

extension ModelManifest {
    /// How many labels an image may have.
    public var labelCount: LabelCount { labels ?? .one }

    /// The probability from which on each label counts, in the order of the classes; nil where an image has one label.
    public var labelThresholds: [Double]? {
        guard labelCount == .many else { return nil }
        return classes.map { thresholds?[$0] ?? 0.5 }
    }

    /// The classes that probabilities come to, the likeliest first.
    ///
    /// Where an image has one label, that is the likeliest, if it reaches the threshold; where it may have several, each that
    /// reaches its own, so that there may be none.
    ///
    /// - Parameters:
    ///   - probabilities: One a class, in the order of the classes.
    ///   - limit: A threshold that takes the place of the model's own.
    /// - Returns: The names of the classes.
    public func accepted(_ probabilities: [Double], threshold limit: Double? = nil) -> [String] {
        let order = probabilities.indices.sorted { (probabilities[$1], classes[$0]) < (probabilities[$0], classes[$1]) }
        guard let thresholds = labelThresholds else {
            return order.prefix(1).filter { probabilities[$0] >= limit ?? threshold ?? 0 }.map { classes[$0] }
        }
        return order.filter { probabilities[$0] >= limit ?? thresholds[$0] }.map { classes[$0] }
    }
}
