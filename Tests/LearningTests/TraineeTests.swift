// A network that learns, step by step: parts of a batch, state kept and restored, averages.

import Foundation
import Learning
import Networks
import TestSupport
import Testing
import Torch
import WeightFiles

/// [N, 12, 12, 3] bytes → `scores` [N, 3]: a convolution, a batch norm and a head with dropout.
func smallNetwork(dropout probability: Float = 0) throws -> NetworkExecutor {
    let graph = try Graph(.bytes(rows: 12, columns: 12)) { images in
        var x = try normalise(images, mean: Backbone.mean, deviation: Backbone.deviation)
        x = try convolution(x, WeightPath("conv"), outputs: 8, kernel: 3, stride: 2, padding: .all(1))
        x = try globalAveragePool(relu(batchNorm(x, WeightPath("norm"))))
        if probability > 0 { x = try dropout(x, probability: probability) }
        return [("scores", try linear(x, WeightPath("fc"), outputs: 3))]
    }
    return try NetworkExecutor(graph, weights: Weights(randomFor: graph.requirements, seed: 1))
}

/// Images of 12 × 12 by lot, of three classes.
func smallBatch(_ count: Int, seed: Int) -> LabelledBatch<UInt8> {
    var generator = SeededGenerator(seed: seed)
    let labels = (0..<count).map { _ in [0, 0, 1, 2][Int.random(in: 0..<4, using: &generator)] }
    let values = labels.flatMap { label in
        (0..<(12 * 12 * 3)).map { _ in UInt8.random(in: 0...(85 * UInt8(label) + 85), using: &generator) }
    }
    return LabelledBatch(values: values, labels: labels, all: labels)
}

/// Choices for `smallNetwork`.
func choices(_ kind: OptimizerKind = .sgd, _ change: (inout Optimisation) -> Void = { _ in }) -> Optimisation {
    var choices = Optimisation(learningRate: 0.05, epochs: 1, batchSize: 12, seed: 5)
    choices.optimizer = kind
    change(&choices)
    return choices
}

/// The largest difference of two networks' numbers, each array's as a part of its largest number.
func largestRelativeDifference(_ a: Weights, _ b: Weights) throws -> Float {
    try #require(a.names == b.names)
    return try a.names.map { name in
        try NetworkGolden.relativeDifference(a.tensor(name).floats(), b.tensor(name).floats())
    }.max() ?? 0
}

@Suite struct TraineeTests {
    // MARK: - Parts of a batch

    /// Four steps of twelve images, all at once or in parts.
    ///
    /// The batch norm is frozen, because it looks at what is together.
    @Test(arguments: [ClassWeights.equal, .balanced], [1, 4, 5, 12])
    func partsOfABatchGiveTheWholeOnesStep(_ weights: ClassWeights, _ parts: Int) throws {
        func run(_ microBatch: Int?) throws -> (Weights, [TrainingHistory.Step]) {
            let executor = try smallNetwork()
            try executor.setTrainable { !$0.hasPrefix("norm") }
            let how = choices {
                $0.classWeights = weights
                $0.labelSmoothing = 0.1
                $0.gradientClip = 0.5
            }
            let trainee = try Trainee(executor, how, counts: [30, 15, 15], microBatch: microBatch)
            let steps = try (0..<4).map { try trainee.step(smallBatch(12, seed: $0), $0, 0.05) }
            return (try trainee.weights(), steps)
        }
        let (whole, steps) = try run(nil)
        let (inParts, partSteps) = try run(parts)
        #expect(try largestRelativeDifference(inParts, whole) <= 1e-5)
        #expect(largestRelativeDifference(partSteps.map(\.loss), steps.map(\.loss)) <= 1e-6)
        #expect(partSteps.map(\.correct) == steps.map(\.correct))
        #expect(partSteps.map(\.images) == [12, 12, 12, 12])
    }

    @Test func learnsWhatItIsShown() throws {
        let trainee = try Trainee(smallNetwork(), choices(), counts: [6, 3, 3])
        let batch = smallBatch(12, seed: 3)
        let losses = try (0..<30).map { try trainee.step(batch, $0, 0.05).loss }
        #expect(losses[29] < losses[0] / 2)
        #expect(try trainee.step(batch, 30, 0).correct >= 10)
    }

    /// A loss that is no number leaves the weights as they are.
    @Test func stepsNoFurtherWhenTheLossIsNoNumber() throws {
        let executor = try smallNetwork()
        var weights = try executor.weights()
        weights["fc.bias"] = try StoredTensor(floats: [.nan, 0, 0], shape: [3])
        try executor.load(weights)
        let trainee = try Trainee(executor, choices(), counts: [1, 1, 1])
        let before = try trainee.weights().tensor("fc.weight")
        #expect(try !trainee.step(smallBatch(12, seed: 3), 0, 0.05).loss.isFinite)
        #expect(try trainee.weights().tensor("fc.weight") == before)
    }

    // MARK: - The same again

    private static let kinds: [OptimizerKind] = [.sgd, .adam, .adamW]
    private static let mixes: [Optimisation.Mix] = [.none, .mixup, .cutmix]

    /// Steps with everything that is drawn by lot: dropout and blending.
    private func trainee(_ kind: OptimizerKind, _ mix: Optimisation.Mix) throws -> Trainee {
        let how = choices(kind) {
            $0.mix = mix
            $0.averageDecay = 0.9
            $0.weightDecay = 0.01
        }
        return try Trainee(smallNetwork(dropout: 0.5), how, counts: [6, 3, 3], microBatch: 7)
    }

    private func step(_ trainee: Trainee, _ numbers: Range<Int>) throws -> [TrainingHistory.Step] {
        // Momentum goes up and down, as in one-cycle, in the first half of all steps.
        try numbers.map { number in
            let momentum = number < 6 ? 0.95 - 0.02 * Double(number) : nil
            return try trainee.step(smallBatch(12, seed: number), number, 0.01, momentum: momentum)
        }
    }

    @Test(arguments: kinds, mixes) func twoRunsAreEqual(_ kind: OptimizerKind, _ mix: Optimisation.Mix) throws {
        let (a, b) = (try trainee(kind, mix), try trainee(kind, mix))
        #expect(try step(a, 0..<5) == step(b, 0..<5))
        #expect(try a.state() == b.state())
    }

    @Test(arguments: kinds, mixes)
    func aRestoredStateGoesOnBitForBit(_ kind: OptimizerKind, _ mix: Optimisation.Mix) throws {
        let whole = try trainee(kind, mix)
        _ = try step(whole, 0..<4)
        // By way of a file, as a checkpoint goes.
        let kept = try Weights(file: whole.state().safetensors())
        let steps = try step(whole, 4..<9)

        let resumed = try trainee(kind, mix)
        // Whatever it has done before is gone.
        _ = try step(resumed, 20..<22)
        try resumed.restore(kept)
        #expect(try step(resumed, 4..<9) == steps)
        #expect(try resumed.state().safetensors() == whole.state().safetensors())
        #expect(try resumed.weights() == whole.weights())
    }

    @Test func momentumCyclesOnlyWhereItIsToldTo() throws {
        let how = choices(.adamW) { $0.cyclesMomentum = true }
        // The top is the twelfth of 40 steps.
        #expect(try abs(#require(how.momentum(step: 0, stepsPerEpoch: 40)) - 0.95) < 1e-12)
        #expect(try abs(#require(how.momentum(step: 11, stepsPerEpoch: 40)) - 0.85) < 1e-12)
        #expect(choices(.adamW).momentum(step: 0, stepsPerEpoch: 40) == nil)
        let constant = choices(.adamW) { ($0.cyclesMomentum, $0.schedule) = (true, .constant) }
        #expect(constant.momentum(step: 0, stepsPerEpoch: 40) == nil)
        // It makes a difference.
        func weights(_ momentum: Double?) throws -> Weights {
            let trainee = try Trainee(smallNetwork(), choices(), counts: [6, 3, 3])
            for number in 0..<3 { _ = try trainee.step(smallBatch(12, seed: 1), number, 0.05, momentum: momentum) }
            return try trainee.weights()
        }
        #expect(try weights(0.9) == weights(nil))
        #expect(try weights(0.85) != weights(nil))
    }

    /// The way of a GPU, on the processor: forward in bfloat16, everything that is kept in 32 bits.
    @Test(arguments: [OptimizerKind.sgd, .adamW]) func learnsInMixedPrecision(_ kind: OptimizerKind) throws {
        func trainee(_ precision: Precision) throws -> Trainee {
            let executor = try smallNetwork(dropout: 0.2)
            executor.precision = precision
            return try Trainee(executor, choices(kind) { $0.averageDecay = 0.9 }, counts: [6, 3, 3], microBatch: 7)
        }
        let batch = smallBatch(12, seed: 3)
        let (mixed, full) = (try trainee(.mixed), try trainee(.float32))
        var losses: [(mixed: Double, full: Double)] = []
        for number in 0..<30 {
            losses.append((try mixed.step(batch, number, 0.02).loss, try full.step(batch, number, 0.02).loss))
        }
        // A bfloat16 has 8 bits: the first losses differ in the third digit, and both come down.
        #expect(losses[0].mixed != losses[0].full)
        #expect(abs(losses[0].mixed - losses[0].full) < 0.02 * losses[0].full)
        #expect(losses[29].mixed < losses[0].mixed / 1.5 && losses[29].full < losses[0].full / 1.5)
        let state = try Weights(file: mixed.state().safetensors())
        for name in state.names { #expect(try state.tensor(name).type == .float32, "\(name)") }
        // It goes on bit for bit.
        let next = try (30..<33).map { try mixed.step(batch, $0, 0.02) }
        let resumed = try trainee(.mixed)
        try resumed.restore(state)
        #expect(try (30..<33).map { try resumed.step(batch, $0, 0.02) } == next)
        #expect(try resumed.weights() == mixed.weights())
    }

    @Test func otherSeedsDropOthers() throws {
        func loss(_ seed: UInt64, _ number: Int) throws -> Double {
            let how = choices { $0.seed = seed }
            return try Trainee(smallNetwork(dropout: 0.5), how, counts: [6, 3, 3]).step(
                smallBatch(12, seed: 1), number, 0
            )
            .loss
        }
        #expect(try loss(1, 0) == loss(1, 0))
        #expect(try loss(1, 0) != loss(2, 0))
        #expect(try loss(1, 0) != loss(1, 1))
    }

    // MARK: - Averages

    /// After each step, average ← 0.9 · average + 0.1 · weights.
    @Test func answersWithTheAverage() async throws {
        let trainee = try Trainee(smallNetwork(), choices { $0.averageDecay = 0.9 }, counts: [6, 3, 3])
        func numbers(_ name: String) throws -> [Double] {
            try trainee.executor.weights().tensor(name).floats().map(Double.init)
        }
        // The statistics of batch norms belong to the weights.
        var averages = try ["fc.weight", "norm.running_mean"].map { ($0, try numbers($0)) }
        for number in 0..<3 {
            _ = try trainee.step(smallBatch(12, seed: number), number, 0.05)
            averages = try averages.map { name, average in
                (name, zip(average, try numbers(name)).map { 0.9 * $0 + 0.1 * $1 })
            }
        }
        let own = try trainee.executor.weights()
        let found = try trainee.weights()
        for (name, average) in averages {
            let floats = try found.tensor(name).floats()
            #expect(zip(floats, average).allSatisfy { abs(Double($0) - $1) < 1e-6 }, "\(name)")
        }
        #expect(found != own)
        // While it answers, the network has the average's weights, and afterwards its own again.
        let answering = try await trainee.answering { try trainee.executor.weights() }
        #expect(try largestRelativeDifference(answering, found) == 0)
        #expect(try trainee.executor.weights() == own)
        struct Failed: Error {}
        await #expect(throws: Failed.self) { try await trainee.answering { throw Failed() } }
        #expect(try trainee.executor.weights() == own)
    }

    // MARK: - Groups

    /// Scales and shifts of batch norms and biases do not decay; stages learn at rates that differ by the factor.
    @Test func parametersInGroups() throws {
        var how = choices()
        how.weightDecay = 0.01
        how.stageFactor = 0.5
        let stages = [Stage("a", [WeightPath("conv1"), WeightPath("bn1")]), Stage("b", [WeightPath("layer1")])]
        let names = [
            "conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer1.0.conv1.bias", "head.0.weight",
            "head.0.bias",
        ]
        let groups = how.groups(names.reversed(), norms: ["bn1"], stages: stages)
        #expect(
            groups == [
                ParameterGroup(names: ["head.0.bias"], rateFactor: 1, weightDecay: 0),
                ParameterGroup(names: ["head.0.weight"], rateFactor: 1, weightDecay: 0.01),
                ParameterGroup(names: ["layer1.0.conv1.bias"], rateFactor: 0.5, weightDecay: 0),
                ParameterGroup(names: ["layer1.0.conv1.weight"], rateFactor: 0.5, weightDecay: 0.01),
                ParameterGroup(names: ["bn1.bias", "bn1.weight"], rateFactor: 0.25, weightDecay: 0),
                ParameterGroup(names: ["conv1.weight"], rateFactor: 0.25, weightDecay: 0.01),
            ])
    }
}
