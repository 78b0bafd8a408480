// Where random numbers come from.

internal import CTorch

/// A source of random numbers on a device; the same seed gives the same numbers on the same device.
///
/// There is no generator of the whole process: whatever needs chance is given its generator.
public final class Generator {
    private let pointer: CTGenerator
    /// Where its numbers arise.
    public let device: Device

    /// Makes a generator that starts at `seed`.
    public init(seed: UInt64, on device: Device = .cpu) throws(TorchError) {
        try device.requireAvailable("Generator")
        var result: CTGenerator?
        guard ct_generator(&result, seed, device.torchNumber) == 0, let result else { throw .last("Generator") }
        self.pointer = result
        self.device = device
    }

    deinit { ct_generator_release(pointer) }

    /// Numbers evenly spread over `range`, as 32-bit floats.
    public func uniform(_ shape: [Int], in range: Range<Double> = 0..<1) throws(TorchError) -> Tensor {
        try made("uniform") { ct_uniform($0, shape, shape.count, range.lowerBound, range.upperBound, $1) }
    }

    /// Normally distributed numbers, as 32-bit floats.
    public func normal(_ shape: [Int], mean: Double = 0, deviation: Double = 1) throws(TorchError) -> Tensor {
        try made("normal") { ct_normal($0, shape, shape.count, mean, deviation, $1) }
    }

    /// 0 … count − 1 in random order, as 64-bit integers.
    public func permutation(_ count: Int) throws(TorchError) -> Tensor {
        try made("permutation") { ct_permutation($0, count, $1) }
    }

    private func made(_ operation: String, _ body: (TensorResult, CTGenerator) -> Int32) throws(TorchError) -> Tensor {
        try .made(operation) { result in withExtendedLifetime(self) { body(result, pointer) } }
    }

    /// The tensor that C makes from one and from chance.
    func made(
        _ operation: String, _ x: Tensor, _ body: (TensorResult, CTTensor, CTGenerator) -> Int32
    ) throws(TorchError) -> Tensor {
        try .made(operation, x) { result, x in withExtendedLifetime(self) { body(result, x, pointer) } }
    }
}

@available(*, unavailable)
extension Generator: Sendable {}
