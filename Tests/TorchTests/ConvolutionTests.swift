// 3 × 3 convolutions by Winograd's method against libtorch's own in 64 bits, which this method does not touch.

import Networks
import Testing
import Torch
import WeightFiles

/// What a convolution takes, and the gradient that comes back to it.
private struct ConvolutionInputs {
    let x, weight, seed: Tensor
    let bias: Tensor?

    init(_ shape: [Int], outputs: Int, bias: Bool, wide: Bool) throws {
        let generator = try Generator(seed: 11)
        func made(_ shape: [Int]) throws -> Tensor {
            let tensor = try generator.normal(shape)
            return try (shape.count == 4 ? tensor.toChannelsLast() : tensor).to(wide ? .float64 : .float32)
        }
        x = try made(shape).requiringGradient()
        weight = try made([outputs, shape[1], 3, 3]).requiringGradient()
        seed = try made([shape[0], outputs, shape[2], shape[3]])
        self.bias = bias ? try made([outputs]).requiringGradient() : nil
    }

    /// y, then the gradients of x, weight and bias.
    func results() throws -> [[Double]] {
        let y = try conv2d(x, weight, bias: bias, padding: .all(1))
        try y.backward(seed: seed)
        return try ([y] + [x, weight, bias].compactMap { try $0?.gradient }).map { try $0.array() }
    }
}

@Suite(.serialized) struct ConvolutionTests {
    /// Odd sizes, single rows, images by the batch and alone, more outputs than inputs and fewer; sums for each part and
    /// sums for each position (from 128² pairs of channels on).
    private static let shapes: [(shape: [Int], outputs: Int, bias: Bool)] = [
        ([2, 16, 17, 19], 16, true), ([1, 48, 40, 33], 32, false), ([9, 32, 7, 7], 80, true),
        ([150, 16, 1, 1], 16, false), ([5, 144, 13, 12], 160, true), ([40, 16, 2, 9], 96, false),
    ]

    @Test func agreesWithLibtorchIn64Bits() async {
        await #expect(processExitsWith: .success) {
            for widest in 1...2 {
                VectorInstructions.use(widest: widest)
                for (shape, outputs, bias) in Self.shapes {
                    let found = try ConvolutionInputs(shape, outputs: outputs, bias: bias, wide: false).results()
                    let expected = try ConvolutionInputs(shape, outputs: outputs, bias: bias, wide: true).results()
                    #expect(found.count == (bias ? 4 : 3))
                    for (found, expected) in zip(found, expected) {
                        expectClose(found, expected, "\(shape) → \(outputs), vectors \(widest)")
                    }
                }
            }
        }
    }

    @Test(arguments: [([2, 64, 31, 30], 48), ([6, 144, 14, 14], 144)])
    func givesTheSameBytesWithAnyNumberOfThreads(_ shape: [Int], _ outputs: Int) throws {
        let before = ComputeThreads.count
        defer { try? ComputeThreads.set(before) }
        var all: [[[Double]]] = []
        for threads in [1, 2, 3, 2] {
            try ComputeThreads.set(threads)
            // libtorch adds up the gradient of a bias, in an order that depends on the threads.
            all.append(try ConvolutionInputs(shape, outputs: outputs, bias: false, wide: false).results())
        }
        #expect(all.allSatisfy { $0 == all[0] })
    }

    @Test func gradientsArriveOnlyWhereTheyAreWanted() throws {
        let inputs = try ConvolutionInputs([2, 16, 17, 19], outputs: 32, bias: false, wide: false)
        let full = try inputs.results()
        inputs.x.clearGradient()
        try conv2d(inputs.x, inputs.weight.detached(), padding: .all(1)).backward(seed: inputs.seed)
        #expect(try inputs.x.gradient?.array() == full[1])
        inputs.weight.clearGradient()
        try conv2d(inputs.x.detached(), inputs.weight, padding: .all(1)).backward(seed: inputs.seed)
        #expect(try inputs.weight.gradient?.array() == full[2])
        #expect(try !conv2d(inputs.x.detached(), inputs.weight.detached(), padding: .all(1)).requiresGradient)
    }
}
