// Networks that learn labels which do not exclude each other.

import Foundation
import Learning
import Networks
import TestSupport
import Testing
import Torch
import WeightFiles

@Suite struct LabelTrainingTests {
    /// The classes of `smallBatch` as sets of labels: the first alone, the other two, none.
    private let targets = Targets(counts: [6, 3, 3], images: 12, sets: [[0], [1, 2], []])

    private func logits(_ executor: NetworkExecutor, _ batch: LabelledBatch<UInt8>) throws -> [[Double]] {
        let images = try Tensor(batch.values, shape: [batch.count, 12, 12, 3])
        let values: [Float] = try #require(executor(images)["scores"]).array()
        return stride(from: 0, to: values.count, by: 3).map { values[$0..<($0 + 3)].map(Double.init) }
    }

    /// The mean of −log of what the sigmoid gives to the truth, with smoothing and weights as their documentation has them.
    @Test(arguments: [ClassWeights.equal, .balanced], [0.0, 0.2]) func lossByHand(
        _ weights: ClassWeights, _ smoothing: Double
    ) throws {
        let executor = try smallNetwork()
        // The batch norm is frozen, so that what is measured before the step is what the step sees.
        try executor.setTrainable { !$0.hasPrefix("norm") }
        let batch = smallBatch(12, seed: 4)
        let how = choices {
            $0.classWeights = weights
            $0.labelSmoothing = smoothing
        }
        var (expected, right) = (0.0, 0.0)
        // 12 images: 6 with the first label, 3 with each of the others.
        let rare = weights == .equal ? (1, 1) : (12.0 / 6, 12.0 / 18)
        let sides: [(with: Double, without: Double)] = [(1, 1), rare, rare]
        for (logits, number) in zip(try logits(executor, batch), batch.labels) {
            let truth = [[1.0, 0, 0], [0, 1, 1], [0, 0, 0]][number]
            for label in 0..<3 {
                let p = 1 / (1 + exp(-logits[label]))
                let t = truth[label] * (1 - smoothing) + smoothing / 2
                expected -= sides[label].with * t * log(p) + sides[label].without * (1 - t) * log(1 - p)
            }
            right += Double(zip(logits, truth).count { ($0 > 0) == ($1 > 0) }) / 3
        }
        let step = try Trainee(executor, how, learning: targets).step(batch, 0, 0)
        #expect(abs(step.loss - expected / 36) < 1e-5)
        #expect(abs(step.correct - right) < 1e-9)
    }

    @Test(arguments: [ClassWeights.equal, .balanced], [1, 5]) func partsOfABatchGiveTheWholeOnesStep(
        _ weights: ClassWeights, _ parts: Int
    ) throws {
        func run(_ microBatch: Int?) throws -> (Weights, [Double]) {
            let executor = try smallNetwork()
            try executor.setTrainable { !$0.hasPrefix("norm") }
            let trainee = try Trainee(
                executor, choices { $0.classWeights = weights }, learning: targets, microBatch: microBatch)
            let losses = try (0..<3).map { try trainee.step(smallBatch(12, seed: $0), $0, 0.05).loss }
            return (try trainee.weights(), losses)
        }
        let (whole, losses) = try run(nil)
        let (inParts, partLosses) = try run(parts)
        #expect(try largestRelativeDifference(inParts, whole) <= 1e-5)
        #expect(largestRelativeDifference(partLosses, losses) <= 1e-6)
    }

    @Test func learnsWhatItIsShown() throws {
        let trainee = try Trainee(smallNetwork(), choices(), learning: targets)
        let batch = smallBatch(12, seed: 3)
        let losses = try (0..<60).map { try trainee.step(batch, $0, 0.3).loss }
        #expect(losses[59] < losses[0] / 2)
        #expect(try trainee.step(batch, 60, 0).correct >= 10)
    }

    /// Blended labels are those of both photos, each by its share: a label that both have stays whole.
    @Test(arguments: [Optimisation.Mix.mixup, .cutmix]) func blendedLabelsAreThoseOfBoth(_ mix: Optimisation.Mix) throws
    {
        let sets = Targets(counts: [2, 2], images: 3, sets: [[0], [0, 1], [1]])
        let how = choices {
            $0.mix = mix
            $0.mixAlpha = 1
        }
        let trainee = try Trainee(smallNetwork(), how, learning: sets)
        let bytes = (0..<3).flatMap { [UInt8](repeating: UInt8(10 * $0), count: 12 * 12 * 3) }
        for seed in 0..<20 as Range<UInt64> {
            let (images, targets) = try trainee.mixed(Tensor(bytes, shape: [3, 12, 12, 3]), [0, 1, 2], seed)
            let (rows, pixels): ([Float], [UInt8]) = (try targets.array(), try images.array())
            #expect(targets.shape == [3, 2] && rows.allSatisfy { $0 >= 0 && $0 <= 1.000001 })
            // The middle image has both labels: whatever it is blended with shows at least one.
            #expect(rows[2] + rows[3] >= 0.999 && pixels.count == 3 * 432)
        }
    }

    @Test func setsOfLabelsAreRows() {
        #expect(targets.row(0) == [1, 0, 0] && targets.row(1) == [0, 1, 1] && targets.row(2) == [0, 0, 0])
        #expect(Targets(counts: [1, 2]).row(1) == [0, 1] && Targets(counts: [1, 2]).images == 3)
    }
}
