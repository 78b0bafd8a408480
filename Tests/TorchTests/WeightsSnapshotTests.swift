// Weights put aside and taken back, averaged, and looked at for numbers that are none.

import Networks
import TestSupport
import Testing
import Torch
import WeightFiles

private func head(_ weights: Weights? = nil) throws -> NetworkExecutor {
    let graph = try Graph(.vectors(count: 4)) { x in
        let y = try linear(batchNorm(x, WeightPath("norm")), WeightPath("fc"), outputs: 3)
        return [("logits", y)]
    }
    return try NetworkExecutor(graph, weights: weights ?? Weights(formulaFor: graph.requirements))
}

private func vectors(_ seed: UInt64) throws -> Tensor { try Generator(seed: seed).normal([5, 4]) }

/// A step that moves all parameters and statistics.
private func step(_ executor: NetworkExecutor, rate: Double = 0.1, seed: UInt64 = 1) throws {
    let group = ParameterGroup(names: executor.parameters.keys.sorted(), weightDecay: 0)
    let optimizer = try Optimizer(.sgd, groups: [group], parameters: executor.parameters)
    optimizer.learningRate = rate
    let outputs = try executor(vectors(seed), phase: .training(using: Generator(seed: 0)))
    try crossEntropy(#require(outputs["logits"]), Tensor([0, 1, 2, 0, 1])).backward()
    try optimizer.step()
    optimizer.clearGradients()
}

struct WeightsSnapshotTests {
    @Test func goesBackInPlace() throws {
        let executor = try head()
        let tensors = executor.parameters.merging(executor.statistics) { parameter, _ in parameter }
        let before = try executor.weights()
        let snapshot = try executor.snapshot()
        try step(executor)
        let after = try executor.weights()
        #expect(before.names.allSatisfy { after[$0] != before[$0] })
        // The copy has memory of its own.
        #expect(try snapshot.weights() == before)
        try executor.restore(snapshot)
        #expect(try executor.weights() == before)
        try executor.load(after)
        #expect(try executor.weights() == after)
        for (name, tensor) in tensors {
            let now = try #require(executor.parameters[name] ?? executor.statistics[name])
            #expect(now.sharesMemory(with: tensor), "\(name)")
        }
        // Gradients still arrive, so the tensors are leaves as before.
        try step(executor)
    }

    @Test func loadsSixteenBitsAndIgnoresMore() throws {
        let executor = try head()
        var weights = try executor.weights().asFloat16()
        weights["more"] = try StoredTensor(floats: [1], shape: [1])
        try executor.load(weights)
        #expect(executor.parameters["fc.weight"]?.elementType == .float32)
        #expect(try executor.weights()["fc.weight"]?.floats() == weights.tensor("fc.weight").floats())
    }

    @Test func whatDoesNotFitChangesNothing() throws {
        let executor = try head()
        let before = try executor.weights()
        var weights = Weights()
        for name in before.names { weights[name] = try StoredTensor(floats: [1, 2, 3, 4], shape: [4]) }
        let error = try #require(throws: WeightsError.self) { try executor.load(weights) }
        #expect(error.description.contains("fc.bias should be [3] and is [4]"))
        weights = before
        weights["fc.bias"] = nil
        #expect { try executor.load(weights) } throws: { "\($0)".contains("Missing: fc.bias") }
        let other = try Graph(.vectors(count: 4)) { [("y", try linear($0, WeightPath("fc"), outputs: 3))] }
        let stranger = try NetworkExecutor(other, weights: before)
        #expect(throws: TorchError.self) { try executor.restore(stranger.snapshot()) }
        #expect(try executor.weights() == before)
    }

    @Test(arguments: ["fc.weight", "norm.bias", "norm.running_var"], [Float.nan, .infinity, -.infinity])
    func seesNumbersThatAreNone(_ name: String, number: Float) throws {
        let executor = try head()
        #expect(try executor.isFinite())
        var weights = try executor.weights()
        let shape = try weights.tensor(name).shape
        var floats = try weights.tensor(name).floats()
        floats[1] = number
        weights[name] = try StoredTensor(floats: floats, shape: shape)
        try executor.load(weights)
        #expect(try !executor.isFinite())
    }

    @Test func aSumTooLargeIsNoFault() throws {
        let executor = try head()
        var weights = try executor.weights()
        // Finite each, but twice 3e38 is more than a 32-bit float can be.
        weights["fc.bias"] = try StoredTensor(floats: [3e38, 3e38, 0], shape: [3])
        try executor.load(weights)
        #expect(try executor.isFinite())
    }
}

struct WeightAverageTests {
    @Test func movesByItsShare() throws {
        let executor = try head()
        let average = try WeightAverage(of: executor, decay: 0.75)
        var expected = try executor.weights()
        for seed in 1...3 {
            try step(executor, seed: UInt64(seed))
            try average.update(from: executor)
            let now = try executor.weights()
            for name in now.names {
                let (old, new) = try (expected.tensor(name).floats(), now.tensor(name).floats())
                let floats = zip(old, new).map { Float(0.75 * Double($0) + 0.25 * Double($1)) }
                expected[name] = try StoredTensor(floats: floats, shape: now.tensor(name).shape)
            }
        }
        let found = try average.weights()
        #expect(found.names == expected.names)
        for name in found.names {
            let numbers = try (found.tensor(name).floats(), expected.tensor(name).floats())
            expectClose(numbers.0.map(Double.init), numbers.1.map(Double.init), relative: 1e-6, name)
        }
        // Its snapshot can be put into the network.
        try executor.restore(average.snapshot)
        #expect(try executor.weights() == found)
    }

    @Test func goesOnFromItsState() throws {
        let executor = try head()
        let average = try WeightAverage(of: executor, decay: 0.9)
        try step(executor)
        try average.update(from: executor)
        let state = try Weights(file: average.state().safetensors())
        let resumed = try WeightAverage(of: head(), decay: 0.9)
        try resumed.restore(state)
        try step(executor, seed: 2)
        try average.update(from: executor)
        try resumed.update(from: executor)
        #expect(try resumed.weights().digest() == average.weights().digest())
        #expect(throws: WeightsError.self) { try resumed.restore(Weights()) }
        #expect(throws: TorchError.self) { try WeightAverage(of: executor, decay: 1.5) }
    }
}
