// The probabilities of each image's classes by models that had not seen it, for judging labels.
//
// Two kinds of models that err differently: linear SVMs, whose one border passes over a wrong label that lies deep in
// another class, and the nearest images, which know small groups within a class. Their mean puts more of the wrong labels
// first than either (Docs/decisions/0014-suspects.md has the figures).

public import Foundation
import Labels
public import Models

/// Judges each image by models that were fitted to the images outside its fold.
public struct HeldOutJudges: Sendable {
    /// What may be done to features; each gives an SVM and neighbours.
    public var maps: [FeatureMap] = FeatureMap.allCases
    /// The values of C to choose from.
    public var cs: [Double] = CSearch.decades
    /// How much an image of each class counts.
    public var classWeights = ClassWeights.balanced
    /// How many of the nearest images vote.
    public var neighbours = 20
    /// Cores to use.
    public var threads = ProcessInfo.processInfo.activeProcessorCount

    /// Makes the usual judges.
    public init() {}

    /// [images, classes]: one probability a class, the mean of all judges.
    ///
    /// The result does not depend on the number of threads, to the last bit.
    ///
    /// - Parameters:
    ///   - features: One row an image, as the network made it.
    ///   - labels: The class of each row, 0 ..< classCount.
    ///   - classCount: The number of classes, 2 or more.
    ///   - folds: The fold of each row, counted from 0: two or more, each without all of a class's images.
    /// - Returns: A row an image, in their order.
    /// - Throws: `LinearSVMError`, if the examples do not fit together or a fold holds all of a class.
    public func probabilities(
        _ features: FeatureMatrix, labels: [Int], classCount: Int, folds: [Int]
    ) throws -> [[Double]] {
        let sum = try summed(features, columns: classCount) { mapped in
            let search = try CSearch(
                mapped, labels: labels, classCount: classCount, folds: folds, cs: cs, classWeights: classWeights,
                threads: threads)
            let scaling = try TemperatureScaling.fit(scores: search.heldOutScores, labels: labels)
            let votes = try NeighbourVotes(count: neighbours, classWeights: classWeights).heldOut(
                mapped, labels: labels, classCount: classCount, folds: folds, threads: threads)
            return (search.heldOutScores.map(scaling.probabilities), votes)
        }
        return sum.map { row in
            let total = row.reduce(0, +)
            return row.map { $0 / total }
        }
    }

    /// [images, labels]: the probability of each label, the mean of all judges, where labels do not exclude each other.
    ///
    /// - Parameters:
    ///   - features: One row an image, as the network made it.
    ///   - labels: The labels of each row, 0 ..< labelCount.
    ///   - labelCount: The number of labels, 1 or more.
    ///   - folds: The fold of each row, counted from 0: two or more, outside each some rows with each label and some without.
    /// - Returns: A row an image, in their order.
    /// - Throws: `LinearSVMError`, if the examples do not fit together or a fold holds all rows with a label, or without it.
    public func probabilities(
        _ features: FeatureMatrix, labels: [[Int]], labelCount: Int, folds: [Int]
    ) throws -> [[Double]] {
        let sum = try summed(features, columns: labelCount) { mapped in
            let search = try CSearch(
                mapped, labels: labels, labelCount: labelCount, folds: folds, cs: cs, classWeights: classWeights,
                threads: threads)
            let calibration = try ScoreCalibration.fit(
                scores: search.heldOutScores, truths: labels, .many, .half)
            let votes = try NeighbourVotes(count: neighbours, classWeights: classWeights).heldOut(
                mapped, labels: labels, labelCount: labelCount, folds: folds, threads: threads)
            return (search.heldOutScores.map(calibration.probabilities), votes)
        }
        return sum.map { row in row.map { $0 / Double(2 * maps.count) } }
    }

    /// [images, columns]: what the two judges of each map say, added up.
    private func summed(
        _ features: FeatureMatrix, columns: Int,
        _ judge: (FeatureMatrix) throws -> (probabilities: [[Double]], votes: [[Double]])
    ) rethrows -> [[Double]] {
        var sum = [[Double]](repeating: [Double](repeating: 0, count: columns), count: features.rows)
        for map in maps {
            let (probabilities, votes) = try judge(map.carryOut(on: features))
            for index in sum.indices {
                for column in 0..<columns { sum[index][column] += probabilities[index][column] + votes[index][column] }
            }
        }
        return sum
    }
}

/// The classes of the nearest images outside an image's fold, the nearer the heavier.
///
/// Dudani, "The Distance-Weighted k-Nearest-Neighbor Rule", 1976, https://doi.org/10.1109/TSMC.1976.5408784: weights fall
/// linearly from 1 for the nearest to 0 for the one after the last that votes, whatever the scale of the distances.
struct NeighbourVotes {
    /// How many vote.
    let count: Int
    /// How much an image of each class counts.
    let classWeights: ClassWeights

    /// The vote that each class has from the beginning, in votes of a nearest image: no class is impossible.
    private static let prior = 0.1

    /// [rows, classes]: the part of the votes for each class; rows of `features` have length 1.
    func heldOut(
        _ features: FeatureMatrix, labels: [Int], classCount: Int, folds: [Int], threads: Int
    ) throws -> [[Double]] {
        let foldCount = (folds.max() ?? 0) + 1
        let weights = (0..<foldCount).map { fold in
            var counts = [Int](repeating: 0, count: classCount)
            for (label, other) in zip(labels, folds) where other != fold { counts[label] += 1 }
            return classWeights.weights(counts: counts)
        }
        return try concurrentMap(labels.count, threads: threads) { row in
            var votes = [Double](repeating: Self.prior, count: classCount)
            for (neighbour, weight) in voters(of: row, features, folds) {
                votes[labels[neighbour]] += weight * weights[folds[row]][labels[neighbour]]
            }
            let total = votes.reduce(0, +)
            return votes.map { $0 / total }
        }
    }

    /// [rows, labels]: the part of the votes for each label, where labels do not exclude each other.
    ///
    /// Before any vote, a label is as probable as it is frequent outside the fold.
    func heldOut(
        _ features: FeatureMatrix, labels: [[Int]], labelCount: Int, folds: [Int], threads: Int
    ) throws -> [[Double]] {
        let foldCount = (folds.max() ?? 0) + 1
        let shares = (0..<foldCount).map { fold in
            let others = folds.indices.filter { folds[$0] != fold }
            var counts = [Double](repeating: 0, count: labelCount)
            for row in others { for label in labels[row] { counts[label] += 1 } }
            return counts.map { $0 / Double(max(others.count, 1)) }
        }
        return try concurrentMap(labels.count, threads: threads) { row in
            var votes = shares[folds[row]].map { Self.prior * $0 }
            var total = Self.prior
            for (neighbour, weight) in voters(of: row, features, folds) {
                total += weight
                for label in labels[neighbour] { votes[label] += weight }
            }
            return votes.map { $0 / total }
        }
    }

    /// The rows that vote about a row, with their weights.
    private func voters(of row: Int, _ features: FeatureMatrix, _ folds: [Int]) -> [(row: Int, weight: Double)] {
        let nearest = nearest(to: row, features, folds)
        // With fewer images than neighbours, the farthest takes the place of the one after the last.
        guard let first = nearest.first, let last = nearest.last else { return [] }
        let range = first.similarity - last.similarity
        return nearest.prefix(count).map { neighbour in
            (neighbour.row, range > 0 ? (neighbour.similarity - last.similarity) / range : 1)
        }
    }

    /// The `count` + 1 most similar rows of other folds by their cosine, the most similar first, the earlier row of two alike.
    private func nearest(
        to row: Int, _ features: FeatureMatrix, _ folds: [Int]
    ) -> [(row: Int, similarity: Double)] {
        let columns = features.columns
        var all: [(row: Int, similarity: Double)] = []
        all.reserveCapacity(features.rows)
        features.values.withUnsafeBufferPointer { values in
            for other in folds.indices where folds[other] != folds[row] {
                all.append((other, dot(values, row * columns, values, other * columns, columns)))
            }
        }
        return Array(
            all.sorted { a, b in (b.similarity, a.row) < (a.similarity, b.row) }.prefix(count + 1))
    }
}
