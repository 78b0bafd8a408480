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

    /// The classes of the most frequent mistakes, at most `limit`, in their original order; all, if there are no more.
    public func mostConfused(_ limit: Int) -> [Int] {
        guard labels.count > limit else { return Array(labels.indices) }
        var chosen: Set<Int> = []
        // Both classes of a mistake or none: the picture is of pairs.
        for confusion in confusions where chosen.count < limit {
            let pair = chosen.union([confusion.truth, confusion.predicted])
            if pair.count <= limit { chosen = pair }
        }
        return chosen.isEmpty ? Array(labels.indices.prefix(limit)) : chosen.sorted()
    }
}
