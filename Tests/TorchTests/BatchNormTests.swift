// Batch norm with a sum and an activation: against PyTorch, against libtorch's operations on 64-bit floats, and the same
// bytes every time.

import Foundation
import TestSupport
import Testing
import Torch
import WeightFiles

/// Tests/Golden/torch_norm.json, which Tools/golden/torch_norm.py makes with PyTorch.
private struct NormGolden: Decodable {
    struct Group: Decodable {
        let shape: [Int]
        let x, weight, bias, mean, variance, residual, seed: [Float]
        let cases: [Case]
    }

    struct Case: Decodable {
        let activation: String
        let isTraining, addsResidual: Bool
        let y, mean, variance, xGradient, weightGradient, biasGradient: [Double]
        let residualGradient: [Double]?
    }

    let groups: [Group]

    static func read() throws -> NormGolden {
        try JSONDecoder().decode(NormGolden.self, from: Data(contentsOf: Fixtures.golden("torch_norm.json")))
    }
}

extension Activation {
    fileprivate static let named: [String: Activation] = ["none": .none, "relu": .relu, "relu6": .relu6]
}

/// What a batch norm takes, and the gradient that comes back to it.
private struct NormInputs {
    var x, seed: Tensor
    var residual: Tensor?
    var state: BatchNormState
    var isTraining = true
    var activation = Activation.none

    /// What comes out, as arrays in the order of memory: y, running mean and variance, then the gradients of x, weight,
    /// bias and residual.
    func results() throws -> [[Double]] {
        let y = try batchNorm(x, state, isTraining: isTraining, adding: residual, then: activation)
        try y.backward(seed: seed)
        let gradients = try [x, state.weight, state.bias, residual].compactMap { try $0?.gradient }
        return try ([y, state.mean, state.variance] + gradients).map { tensor in
            try (tensor.rank == 4 ? tensor.permuted([0, 2, 3, 1]) : tensor).array()
        }
    }
}

/// [N, H, W, C] in memory → [N, C, H, W], a leaf.
private func images(_ values: [Float], _ shape: [Int], gradient: Bool = true) throws -> Tensor {
    try Tensor(values, shape: [shape[0], shape[2], shape[3], shape[1]]).permuted([0, 3, 1, 2])
        .requiringGradient(gradient)
}

@Suite(.serialized) struct BatchNormTests {
    /// Every set of vector instructions that this processor has, in a process of its own, since the choice is global.
    @Test func agreesWithPyTorchInEveryShape() async throws {
        await #expect(processExitsWith: .success) {
            for widest in 0...2 {
                VectorInstructions.use(widest: widest)
                for group in try NormGolden.read().groups {
                    for golden in group.cases { try Self.check(golden, of: group, "vectors \(widest)") }
                }
            }
        }
    }

    private static func check(_ golden: NormGolden.Case, of group: NormGolden.Group, _ note: String) throws {
        let inputs = try NormInputs(
            x: images(group.x, group.shape), seed: images(group.seed, group.shape, gradient: false),
            residual: golden.addsResidual ? images(group.residual, group.shape) : nil,
            state: BatchNormState(
                weight: Tensor(group.weight).requiringGradient(), bias: Tensor(group.bias).requiringGradient(),
                mean: Tensor(group.mean), variance: Tensor(group.variance)),
            isTraining: golden.isTraining, activation: #require(Activation.named[golden.activation]))
        #expect(inputs.x.isChannelsLast)
        let results = try inputs.results()
        var expected = [
            golden.y, golden.mean, golden.variance, golden.xGradient, golden.weightGradient, golden.biasGradient,
        ]
        if let residual = golden.residualGradient { expected.append(residual) }
        #expect(results.count == expected.count)
        let names = ["y", "mean", "variance", "gradient of x", "of weight", "of bias", "of residual"]
        for ((found, expected), name) in zip(zip(results, expected), names) {
            expectClose(found, expected, "\(name), \(group.shape) \(golden.activation), \(note)")
        }
    }

    /// Random inputs, large enough for several parts, rows past the cache and more than one row of sums.
    private static func random(
        _ shape: [Int], seed: UInt64, activation: Activation, isTraining: Bool, adds: Bool, wide: Bool = false
    ) throws -> NormInputs {
        let generator = try Generator(seed: seed)
        let type: ElementType = wide ? .float64 : .float32
        func leaf(_ tensor: Tensor) throws -> Tensor { try tensor.to(type).requiringGradient() }
        func map() throws -> Tensor { try generator.normal(shape).toChannelsLast() }
        let (channels, x) = (shape[1], try leaf(map() + 2))
        return try NormInputs(
            x: x, seed: map().to(type), residual: adds ? leaf(map()) : nil,
            state: BatchNormState(
                weight: leaf(generator.uniform([channels], in: 1..<3)), bias: leaf(generator.normal([channels])),
                mean: generator.normal([channels]).to(type), variance: generator.uniform([channels], in: 1..<2).to(type)
            ),
            isTraining: isTraining, activation: activation)
    }

    @Test(arguments: [
        (shape: [2, 40, 61, 83], activation: Activation.none, isTraining: true, adds: true),
        ([2, 40, 61, 83], .none, false, false),
        ([8, 16, 190, 190], .none, true, false),
        ([2, 1, 301, 299], .none, true, false),
    ])
    func agreesWithLibtorchIn64Bits(_ shape: [Int], _ activation: Activation, _ isTraining: Bool, _ adds: Bool) throws {
        let found = try Self.random(shape, seed: 7, activation: activation, isTraining: isTraining, adds: adds)
            .results()
        let expected = try Self.random(
            shape, seed: 7, activation: activation, isTraining: isTraining, adds: adds, wide: true
        ).results()
        #expect(found.count == expected.count)
        for (found, expected) in zip(found, expected) { expectClose(found, expected, "\(shape)") }
    }

    /// Numbers within rounding of an activation's kink may fall on either side, so few numbers may differ, and no sums.
    @Test(arguments: [Activation.relu, .relu6], [true, false])
    func activationsAgreeWithLibtorchIn64Bits(_ activation: Activation, _ adds: Bool) throws {
        let shape = [2, 48, 61, 83]
        let narrow = try Self.random(shape, seed: 8, activation: activation, isTraining: true, adds: adds).results()
        let wide = try Self.random(
            shape, seed: 8, activation: activation, isTraining: true, adds: adds, wide: true
        ).results()
        for index in [0, 3] {
            let scale = wide[index].map { abs($0) }.max() ?? 0
            let different = zip(narrow[index], wide[index]).count { abs($0 - $1) > 1e-5 * scale }
            // Of half a million numbers, about one lies within 1e-6 of a kink.
            #expect(different < 10)
        }
        for index in [1, 2, 4, 5] { expectClose(narrow[index], wide[index], relative: 1e-4) }
    }

    @Test(arguments: [[3, 24, 57, 61], [5, 7, 33, 200]])
    func givesTheSameBytesWithAnyNumberOfThreads(_ shape: [Int]) throws {
        let before = ComputeThreads.count
        defer { try? ComputeThreads.set(before) }
        var all: [[[Double]]] = []
        for threads in [1, 2, 3, 2] {
            try ComputeThreads.set(threads)
            all.append(
                try Self.random(shape, seed: 3, activation: .relu6, isTraining: true, adds: true).results())
        }
        #expect(all.allSatisfy { $0 == all[0] })
    }

    @Test func leavesOthersTensorsAlone() throws {
        let inputs = try Self.random([2, 16, 9, 9], seed: 1, activation: .relu, isTraining: true, adds: true)
        let (x, seed, residual) = try (
            inputs.x.array() as [Float], inputs.seed.array() as [Float], #require(inputs.residual)
        )
        let added: [Float] = try residual.array()
        _ = try inputs.results()
        #expect(try inputs.x.array() == x)
        #expect(try inputs.seed.array() == seed)
        #expect(try residual.array() == added)
    }

    @Test func gradientsArriveOnlyWhereTheyAreWanted() throws {
        var inputs = try Self.random([2, 16, 9, 9], seed: 2, activation: .relu, isTraining: false, adds: true)
        let full = try inputs.results()
        inputs = try Self.random([2, 16, 9, 9], seed: 2, activation: .relu, isTraining: false, adds: true)
        inputs.state.weight = try inputs.state.weight.detached()
        inputs.state.bias = try inputs.state.bias.detached()
        let frozen = try inputs.results()
        // y, mean, variance, and the gradients of x and of the residual.
        #expect(frozen == [full[0], full[1], full[2], full[3], full[6]])
        #expect(try inputs.state.weight.gradient == nil)
    }

    @Test func anImageOfOneColourHasVarianceZero() throws {
        let x = try Tensor.full([2, 16, 8, 8], 1e4).toChannelsLast()
        let state = try BatchNormState(
            weight: .ones([16]), bias: .full([16], 0.5), mean: .zeros([16]), variance: .ones([16]))
        let y = try batchNorm(x, state, isTraining: true)
        #expect(try y.array() == Array(repeating: Float(0.5), count: x.count))
        // 0.9 · 1 + 0.1 · 0.
        #expect(try state.variance.array() == Array(repeating: Float(0.9), count: 16))
    }

    @Test func whatIsNoNumberIsSeen() throws {
        var numbers = Array(repeating: Float(1), count: 2 * 3 * 3 * 16)
        numbers[5] = .nan
        let state = try BatchNormState(
            weight: .ones([16]), bias: .zeros([16]), mean: .zeros([16]), variance: .ones([16]))
        for activation in [Activation.none, .relu, .relu6] {
            let y = try batchNorm(images(numbers, [2, 16, 3, 3]), state, isTraining: true, then: activation)
            let values: [Float] = try y.permuted([0, 2, 3, 1]).array()
            // The fifth channel, and no other.
            #expect(values.indices.allSatisfy { values[$0].isNaN == ($0 % 16 == 5) })
        }
    }

    @Test func oneNumberHasNoVariance() throws {
        let state = try BatchNormState(weight: .ones([4]), bias: .zeros([4]), mean: .zeros([4]), variance: .ones([4]))
        let x = try Tensor.ones([1, 4, 1, 1])
        let error = try #require(throws: TorchError.self) { try batchNorm(x, state, isTraining: true) }
        #expect(error.reason.contains("more than one number of each channel"))
    }
}
