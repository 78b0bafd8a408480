// How well a network does on images that it is not trained with, while it is being trained.

import Foundation
import Networks
import Torch

extension NetworkExecutor {
    /// Loss and accuracy on cached feature vectors.
    func measure(_ features: FeatureMatrix, _ labels: [Int], _ targets: Targets) throws -> TrainingHistory.Measure {
        var sum = MeasureSum(targets.sets)
        for start in stride(from: 0, to: features.rows, by: 512) {
            let rows = start..<min(start + 512, features.rows)
            sum.add(try scores(features, rows), labels[rows])
        }
        return sum.measure
    }

    /// The scores of rows of features.
    func scores(_ features: FeatureMatrix, _ rows: Range<Int>? = nil) throws -> [[Float]] {
        let rows = rows ?? 0..<features.rows
        let values = Array(
            features.values[(rows.lowerBound * features.columns)..<(rows.upperBound * features.columns)])
        return try scores(of: Tensor(values, shape: [rows.count, features.columns], on: device))
    }

    /// Loss and accuracy on photos; with other workers, each of which has others, over all of them.
    func measure(
        _ source: PhotoSource, batchSize: Int, _ targets: Targets, in group: ProcessGroup? = nil
    ) async throws -> TrainingHistory.Measure {
        var sum = MeasureSum(targets.sets)
        for try await batch in source.plainBatches(of: batchSize).epoch(1) where batch.count > 0 {
            let images = try Tensor(batch.values, shape: [batch.count] + graph.input.shape, on: device)
            sum.add(try scores(of: images), batch.labels[...])
        }
        if let group {
            let all = try group.sum([sum.loss, sum.correct, Double(sum.count)])
            (sum.loss, sum.correct, sum.count) = (all[0], all[1], Int(all[2]))
        }
        return sum.measure
    }

    /// [N, …] → N rows of scores.
    private func scores(of batch: Tensor) throws -> [[Float]] {
        guard let scores = try self(batch)["scores"] else { throw TrainingError.noOutput("scores") }
        let (values, classes): ([Float], Int) = (try scores.array(), scores.shape[1])
        return stride(from: 0, to: values.count, by: classes).map { Array(values[$0..<($0 + classes)]) }
    }
}

/// Losses and right answers, added up.
private struct MeasureSum {
    var loss = 0.0
    var correct = 0.0
    var count = 0
    /// The labels that each number stands for; nil where numbers are classes.
    private let sets: [[Int]]?

    init(_ sets: [[Int]]?) { self.sets = sets }

    var measure: TrainingHistory.Measure {
        .init(loss: loss / Double(max(count, 1)), accuracy: correct / Double(max(count, 1)))
    }

    mutating func add(_ scores: [[Float]], _ labels: ArraySlice<Int>) {
        for (scores, label) in zip(scores, labels) {
            count += 1
            if let labels = sets?[label] {
                add(scores, labels)
                continue
            }
            let largest = Double(scores.max() ?? 0)
            let total = scores.reduce(0.0) { $0 + exp(Double($1) - largest) }
            loss += log(total) + largest - Double(scores[label])
            let best = scores.indices.max { (scores[$0], $1) < (scores[$1], $0) }
            correct += best == label ? 1 : 0
        }
    }

    /// The mean over the labels of −log of the probability of the truth, and the share of labels that are right.
    private mutating func add(_ logits: [Float], _ labels: [Int]) {
        let losses = logits.indices.map { label in
            let (x, truth) = (Double(logits[label]), labels.contains(label) ? 1.0 : 0)
            return max(x, 0) - x * truth + log1p(exp(-abs(x)))
        }
        loss += losses.reduce(0, +) / Double(max(losses.count, 1))
        correct += rightShare(logits[...], labels)
    }
}
