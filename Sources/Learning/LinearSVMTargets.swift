// What the examples of a linear SVM are told apart by: classes that exclude each other, or labels that do not.
//
// Labels that do not exclude each other make a problem each, as in scikit-learn's OneVsRestClassifier: the examples with a
// label against those without it, weighted, if that is wanted, so that either side counts as much as the other.

/// The signs and costs of every problem.
enum SVMTargets: Sendable {
    /// The class of each row, and how much an example of each class counts.
    case classes([Int], weights: [Double])
    /// The labels of each row, and how much examples with and without each label count.
    case labels([[Int]], weights: [(with: Double, without: Double)])

    /// The number of problems to solve: one a label or class, but one alone for two classes, which mirror each other.
    var problemCount: Int {
        switch self {
        case .classes(_, let weights): weights.count == 2 ? 1 : weights.count
        case .labels(_, let weights): weights.count
        }
    }

    /// yᵢ, and how much each row counts.
    func examples(ofProblem problem: Int) -> (signs: [Double], unitCosts: [Double]) {
        switch self {
        case .classes(let classes, let weights):
            // Of two classes, the second is told from the first.
            let positive = weights.count == 2 ? 1 : problem
            return (
                classes.map { $0 == positive ? 1 : -1 }, classes.map { costWeight(of: $0, against: positive, weights) }
            )
        case .labels(let labels, let weights):
            let isPositive = labels.map { $0.contains(problem) }
            return (
                isPositive.map { $0 ? 1 : -1 }, isPositive.map { $0 ? weights[problem].with : weights[problem].without }
            )
        }
    }
}

extension ClassWeights {
    /// How much examples with and without each label count.
    func binaryWeights(of labels: [[Int]], labelCount: Int) -> [(with: Double, without: Double)] {
        let counts = labels.reduce(into: [Int](repeating: 0, count: labelCount)) { counts, own in
            for label in own { counts[label] += 1 }
        }
        return binaryWeights(counts: counts, images: labels.count)
    }

    /// How much examples with and without each label count: examples / (2 × those of that side), or 1.
    ///
    /// `counts` are the examples with each label, of `images` in all. A side without examples counts 1: there is nothing
    /// to weigh.
    package func binaryWeights(counts: [Int], images: Int) -> [(with: Double, without: Double)] {
        counts.map { count in
            guard self == .balanced, count > 0, count < images else { return (1, 1) }
            let total = Double(images)
            return (total / (2 * Double(count)), total / (2 * (total - Double(count))))
        }
    }
}
