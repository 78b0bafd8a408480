// Which classes were taken for which.

/// How often images of one class were answered with another.
public struct ConfusionMatrix: Codable, Hashable, Sendable {
    /// The classes, in the order of rows and columns.
    public let labels: [String]
    /// Images by true class (row), then by answered class (column).
    public let counts: [[Int]]

    /// Makes a matrix of counts; `counts[truth][predicted]`, as many rows and columns as labels.
    public init(labels: [String], counts: [[Int]]) {
        precondition(
            counts.count == labels.count && counts.allSatisfy { $0.count == labels.count },
            "A confusion matrix has as many rows and columns as classes.")
        self.labels = labels
        self.counts = counts
    }

    /// Images of each true class.
    public var truthTotals: [Int] { counts.map { $0.reduce(0, +) } }

    /// Images that each class was answered for.
    public var predictedTotals: [Int] {
        counts.reduce(into: [Int](repeating: 0, count: labels.count)) { totals, row in
            for column in row.indices { totals[column] += row[column] }
        }
    }

    /// One kind of mistake.
    public struct Confusion: Codable, Hashable, Sendable {
        /// What the images show, as an index into the classes.
        public var truth: Int
        /// What was answered, as an index into the classes.
        public var predicted: Int
        /// How many images.
        public var images: Int
    }

    /// All kinds of mistakes that occurred, the most frequent first; of equally frequent ones, in the order of rows.
    public var confusions: [Confusion] {
        var found: [Confusion] = []
        for (truth, row) in counts.enumerated() {
            for (predicted, images) in row.enumerated() where images > 0 && predicted != truth {
                found.append(Confusion(truth: truth, predicted: predicted, images: images))
            }
        }
        return found.sorted { a, b in
            (b.images, a.truth, a.predicted) < (a.images, b.truth, b.predicted)
        }
    }

    /// The `limit` classes that take part in most mistakes, as truth or as answer, in their original order.
    public func mostConfused(_ limit: Int) -> [Int] {
        guard labels.count > limit else { return Array(labels.indices) }
        let (truths, predictions) = (truthTotals, predictedTotals)
        let mistakes = labels.indices.map { truths[$0] + predictions[$0] - 2 * counts[$0][$0] }
        return labels.indices.sorted { (mistakes[$1], $0) < (mistakes[$0], $1) }.prefix(limit).sorted()
    }
}
