// Numbers as bytes: number = step · (byte − zero point).
//
// Jacob and others, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2017,
// https://arxiv.org/abs/1712.05877, equation 1. Zero is always one of the numbers, because convolutions pad with it.

/// How the numbers between two layers are rounded to bytes.
public struct ByteScale: Hashable, Sendable {
    /// The distance from one number to the next, above 0.
    public let step: Float
    /// The byte that means 0.
    public let zeroPoint: UInt8

    /// For the numbers from `lower` to `upper`, and 0; what is outside is cut off.
    ///
    /// Where neither is below 0, the zero point is 0.
    public init(from lower: Float, to upper: Float) {
        let (lower, upper) = (Double(min(lower, 0)), Double(max(upper, 0)))
        let step = (upper - lower) / 255
        // The smallest normal number: engines may take what is below it for 0, and divide by it.
        self.step = upper > lower ? max(Float(step), .leastNormalMagnitude) : 1
        zeroPoint = upper > lower ? UInt8((-lower / step).rounded()) : 0
    }

    /// The smallest and the largest number that there is a byte for.
    public var range: ClosedRange<Float> {
        (-step * Float(zeroPoint))...(step * Float(255 - zeroPoint))
    }
}
