// The job on a few drawn pictures: which weights it returns, and that the rate finder leaves none behind.

import Datasets
import Foundation
import Imaging
import Learning
import Networks
import TestSupport
import Testing
import Torch
import WeightFiles

/// Draws `count` pictures of 40 × 40 pixels for each of three classes: one colour each, under noise.
private func drawNoise(at folder: URL, count: Int) throws {
    for (kind, name) in ["blue", "green", "red"].enumerated() {
        try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
        for number in 0..<count {
            var generator = SeededGenerator(seed: 100 * kind + number)
            let pixels = (0..<(40 * 40 * 3)).map { place in
                UInt8.random(in: 0...200, using: &generator) + (place % 3 == 2 - kind ? 40 : 0)
            }
            let picture = Picture(width: 40, height: 40, pixels: pixels)
            try Data(picture.jpeg(quality: 95)).write(to: folder.appending(path: "\(name)/\(number).jpg"))
        }
    }
}

@Suite struct NetworkTrainingTests {
    /// A head on a network that knows nothing, at a rate so high that some epochs are worse than the one before.
    private func training(epochs: Int, patience: Int?) throws -> NetworkTraining {
        let backbone = Backbone.resNet20CIFAR
        let graph = try backbone.graph(.bytes(rows: 32, columns: 32), outputs: [.logits(classes: 10)])
        var how = Optimisation(learningRate: 3, epochs: epochs, batchSize: 8, seed: 9)
        how.optimizer = .sgd
        how.schedule = .constant
        how.stopping = StoppingRule(patience: patience)
        return NetworkTraining(
            backbone, weights: try Weights(randomFor: graph.requirements, seed: 4), padding: .torchvision,
            preprocessing: Preprocessing(side: 32), headChoices: how, networkChoices: nil, seed: 3)
    }

    /// With a constant rate, a training that is told to end after the best epoch is the beginning of the other.
    @Test func earlyStoppingReturnsTheWeightsOfTheBestEpoch() async throws {
        try await withTemporaryFolder { folder in
            try drawNoise(at: folder, count: 12)
            let data = try Dataset.read(folder)
            let stopped = try #require(try await training(epochs: 40, patience: 4)(on: data) { _ in })
            let phase = try #require(stopped.phases.first)
            let best = try #require(phase.bestEpoch)
            let last = phase.history.epochs.count
            #expect(best == last - 4 && last < 40)
            let losses = phase.history.epochs.compactMap { $0.validation?.loss }
            #expect(losses[best - 1] == losses.min())

            let short = try #require(try await training(epochs: best, patience: nil)(on: data) { _ in })
            #expect(short.phases.first?.history.epochs == Array(phase.history.epochs.prefix(best)))
            #expect(short.lastWeights == nil)
            #expect(stopped.weights == short.weights)
            #expect(stopped.test == short.test)
            // The last ones are kept too, and are others.
            let kept = try #require(stopped.lastWeights)
            // Layer 0 is dropout.
            #expect(kept["head.0.weight"] == nil)
            #expect(kept["head.1.weight"] != stopped.weights["head.1.weight"])
        }
    }

    /// With a constant rate, the head that learns once more is that of a training without validation that ends as early.
    @Test func theHeadLearnsOnceMoreWithThePhotosOfValidation() async throws {
        try await withTemporaryFolder { folder in
            try drawNoise(at: folder, count: 12)
            let data = try Dataset.read(folder)
            let plain = try training(epochs: 20, patience: 4)
            var refitting = plain
            refitting.refitsHead = true
            let once = try #require(try await plain(on: data) { _ in })
            let again = try #require(try await refitting(on: data) { _ in })
            let best = try #require(again.phases.first?.bestEpoch)
            #expect(best == once.phases.first?.bestEpoch)

            var whole = try training(epochs: best, patience: nil)
            whole.validationFraction = 0
            let all = try #require(try await whole(on: data) { _ in })
            #expect(all.split.train == (again.split.train + again.split.validation).sorted())
            #expect(again.weights["head.1.weight"] == all.weights["head.1.weight"])
            #expect(again.weights["head.1.weight"] != once.weights["head.1.weight"])
            // The photos of validation are new to the first head only. Its scores come from the other engine here.
            #expect(abs(again.calibration.temperature / once.calibration.temperature - 1) < 1e-3)
            #expect(again.lastWeights == nil)
        }
    }

    /// Test photos are not looked at: others in their place change nothing of the weights.
    @Test func testPhotosTakeNoPart() async throws {
        try await withTemporaryFolder { folder in
            try drawNoise(at: folder, count: 12)
            let before = try #require(try await training(epochs: 3, patience: nil)(on: Dataset.read(folder)) { _ in })
            for index in before.split.test {
                var generator = SeededGenerator(seed: 7000 + index)
                let pixels = (0..<(40 * 40 * 3)).map { _ in UInt8.random(in: 0...255, using: &generator) }
                try Data(Picture(width: 40, height: 40, pixels: pixels).jpeg(quality: 95)).write(
                    to: before.dataset.images[index].url)
            }
            let after = try #require(try await training(epochs: 3, patience: nil)(on: Dataset.read(folder)) { _ in })
            #expect(after.split == before.split)
            #expect(after.weights == before.weights)
            #expect(after.test != before.test)
        }
    }

    @Test func theRateFinderIsTheSameEveryTimeAndIsNotSeenAfterwards() async throws {
        try await withTemporaryFolder { folder in
            try drawNoise(at: folder, count: 8)
            let data = try Dataset.read(folder)
            let training = try training(epochs: 3, patience: nil)
            let first = try await training.findRate(on: data) { _ in }
            #expect(try await training.findRate(on: data) { _ in } == first)
            #expect(first.points.count > 20)

            // A training that finds its rate first is that of this rate.
            var finding = training
            finding.findsRate = true
            let found = try #require(try await finding(on: data) { _ in })
            var told = training
            told.headChoices?.learningRate = try #require(first.suggestion)
            #expect(try await told(on: data) { _ in }?.weights == found.weights)
        }
    }
}
