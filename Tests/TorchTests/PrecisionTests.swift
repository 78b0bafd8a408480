// Mixed precision, tried on the processor, where libtorch has it too; and vectors as the input of a network.

import Networks
import TestSupport
import Testing
import Torch
import WeightFiles

struct PrecisionTests {
    private func executor(_ precision: Precision = .float32) throws -> NetworkExecutor {
        let graph = try Backbone.resNet20CIFAR.graph(
            .bytes(rows: 32, columns: 32), outputs: [.features, .logits(classes: 10)])
        return try NetworkExecutor(graph, weights: Weights(formulaFor: graph.requirements), precision: precision)
    }

    @Test func mixedIsNearAndNotTheSame() throws {
        let executor = try executor()
        let batch = try Tensor(NetworkGolden.images(2, side: 32), shape: [2, 32, 32, 3])
        func logits() throws -> [Float] {
            let tensor = try #require(executor(batch)["logits"])
            #expect(tensor.elementType == .float32)
            return try tensor.array()
        }
        let full = try logits()
        executor.precision = .mixed
        let mixed = try logits()
        // A bfloat16 has 8 bits, so each of about 40 roundings is off by up to 2⁻⁹: √40 · 2⁻⁹ ≈ 0.012.
        let difference = NetworkGolden.relativeDifference(mixed, full)
        #expect(difference > 1e-5)
        #expect(difference < 0.05)
        executor.precision = .float32
        #expect(try logits() == full)
    }

    @Test func gradientsHaveTheParametersType() throws {
        let executor = try executor(.mixed)
        let batch = try Tensor(NetworkGolden.images(4, side: 32), shape: [4, 32, 32, 3])
        let outputs = try executor(batch, phase: .training(using: Generator(seed: 0)))
        try crossEntropy(#require(outputs["logits"]), Tensor([0, 1, 2, 3])).backward()
        for (name, parameter) in executor.parameters {
            let gradient = try #require(try parameter.gradient, "\(name)")
            #expect(gradient.elementType == .float32)
            #expect(gradient.shape == parameter.shape)
        }
        // What follows on this thread has its own type again.
        let product = try matmul(Tensor.ones([2, 2]), Tensor.ones([2, 2]))
        #expect(product.elementType == .float32)
    }

    @Test func anErrorLeavesTheThreadAsItWas() throws {
        let graph = try Graph(.vectors(count: 2)) { [("y", try batchNorm($0, WeightPath("norm")))] }
        let executor = try NetworkExecutor(graph, weights: Weights(formulaFor: graph.requirements))
        executor.precision = .mixed
        #expect(throws: TorchError.self) {
            try executor(Tensor.ones([1, 2]), phase: .training(using: Generator(seed: 0)))
        }
        #expect(try matmul(Tensor.ones([2, 2]), Tensor.ones([2, 2])).elementType == .float32)
    }

    @Test func sendingToWhereItIsDoesNothing() throws {
        let x = try Tensor([1.0, 2])
        #expect(try x.sent(to: .cpu).sharesMemory(with: x))
        #expect(throws: TorchError.self) { try x.sent(to: .cuda(Device.cudaCount)) }
    }
}

struct VectorInputTests {
    @Test func takesVectorsOfItsLength() throws {
        let graph = try Graph(.vectors(count: 4)) { [("y", try linear($0, WeightPath("fc"), outputs: 2))] }
        let executor = try NetworkExecutor(graph, weights: Weights(formulaFor: graph.requirements))
        #expect(try executor(Tensor.ones([3, 4]))["y"]?.shape == [3, 2])
        let error = try #require(throws: TorchError.self) { try executor(Tensor.ones([3, 5])) }
        #expect(error.description.contains("of [3, 5] failed: The network takes batches [N, 4] of float32"))
        #expect(throws: TorchError.self) { try executor(Tensor.ones([3, 4], .uint8)) }
    }

    /// Its variance would be 0 ⁄ 0, and the running one lost.
    @Test func aBatchNormRefusesToLearnFromOneNumber() throws {
        let graph = try Graph(.vectors(count: 4)) { [("y", try batchNorm($0, WeightPath("norm")))] }
        let executor = try NetworkExecutor(graph, weights: Weights(formulaFor: graph.requirements))
        let before = try executor.weights()
        let phase = try Phase.training(using: Generator(seed: 0))
        let error = try #require(throws: TorchError.self) { try executor(Tensor.ones([1, 4]), phase: phase) }
        #expect(error.reason.contains("use a larger batch"))
        #expect(try executor.weights() == before)
        #expect(try executor(Tensor.ones([1, 4]))["y"]?.shape == [1, 4])
        // Where its statistics are fixed, one is enough.
        try executor.setTrainable { _ in false }
        #expect(try executor(Tensor.ones([1, 4]), phase: phase)["y"]?.shape == [1, 4])
    }
}
