// The layers that a network is written with: each takes signals, notes one operation, and returns the signal after it.

/// Where a layer's weights are: `path["layer1", "0"]["conv1"]` is `layer1.0.conv1`, as torchvision names it.
public struct WeightPath: Hashable, Sendable, CustomStringConvertible {
    /// The parts joined by dots; empty at the root.
    public let description: String

    /// The place with this name; the root by default.
    public init(_ name: String = "") { description = name }

    /// The place below this one.
    public subscript(_ parts: String...) -> WeightPath {
        WeightPath(((description.isEmpty ? [] : [description]) + parts).joined(separator: "."))
    }
}

/// [N, H, W, 3] bytes → [N, 3, H, W]: (x / 255 − mean) / deviation, per channel.
public func normalise(_ images: Signal, mean: [Float], deviation: [Float]) throws -> Signal {
    try Signal(.normalise(mean: mean, deviation: deviation), images)
}

/// [N, C, H, W] → [N, outputs, H′, W′], H′ = (H + top + bottom − kernel) / stride + 1, rounded down.
public func convolution(
    _ x: Signal, _ path: WeightPath, outputs: Int, kernel: Int, stride: Int = 1, padding: Padding = .all(0),
    groups: Int = 1, hasBias: Bool = true
) throws -> Signal {
    try Signal(
        .convolution(
            path: path.description, inputs: x.shape[0], outputs: outputs, kernel: kernel, stride: stride,
            padding: padding, groups: groups, hasBias: hasBias),
        x)
}

/// [N, C, H, W] or [N, C] → the same shape, each channel shifted and scaled.
public func batchNorm(_ x: Signal, _ path: WeightPath, epsilon: Float = 1e-5) throws -> Signal {
    try Signal(.batchNorm(path: path.description, channels: x.shape[0], epsilon: epsilon), x)
}

/// max(x, 0).
public func relu(_ x: Signal) throws -> Signal { try Signal(.relu, x) }

/// min(max(x, 0), 6).
public func relu6(_ x: Signal) throws -> Signal { try Signal(.relu6, x) }

/// [N, C, H, W] → [N, C, H′, W′], H′ = (H + 2·padding − kernel) / stride + 1, rounded down, or up if `ceiling`.
public func maxPool(_ x: Signal, kernel: Int, stride: Int, padding: Int = 0, ceiling: Bool = false) throws -> Signal {
    try Signal(.maxPool(kernel: kernel, stride: stride, padding: padding, ceiling: ceiling), x)
}

/// [N, C, H, W] → [N, C], the mean over rows and columns.
public func globalAveragePool(_ x: Signal) throws -> Signal { try Signal(.globalAveragePool, x) }

/// Several signals one after another along the channels.
public func concatenate(_ signals: Signal...) throws -> Signal { try Signal(.concatenate, signals) }

/// Every `stride`-th row and column, and channels of zeros before and behind.
public func subsample(_ x: Signal, stride: Int, before: Int, after: Int) throws -> Signal {
    try Signal(.subsample(stride: stride, before: before, after: after), x)
}

/// [N, C] → [N, outputs].
public func linear(_ x: Signal, _ path: WeightPath, outputs: Int) throws -> Signal {
    try Signal(.linear(path: path.description, inputs: x.shape[0], outputs: outputs), x)
}

/// Sets elements to zero with this probability in training, and scales the others up; nothing otherwise.
public func dropout(_ x: Signal, probability: Float) throws -> Signal {
    try Signal(.dropout(probability: probability), x)
}

/// [N, C] → [N, C], each row divided by its Euclidean length (at least 1e-12).
public func unitLength(_ x: Signal) throws -> Signal { try Signal(.unitLength, x) }

/// [N, C] → [N, C], the square root of each element; elements below 0 count as 0.
public func squareRoot(_ x: Signal) throws -> Signal { try Signal(.squareRoot, x) }

/// [N, C] → [N, C], probabilities of each row.
public func softmax(_ x: Signal) throws -> Signal { try Signal(.softmax, x) }

/// [N, C] → [N, C], 1 / (1 + e⁻ˣ) of each element.
public func sigmoid(_ x: Signal) throws -> Signal { try Signal(.sigmoid, x) }

extension Signal {
    /// The sum of two signals of one shape.
    public static func + (a: Signal, b: Signal) throws -> Signal { try Signal(.add, [a, b]) }

    /// What comes out of `operation`.
    init(_ operation: Operation, _ input: Signal) throws { try self.init(operation, [input]) }

    /// What comes out of `operation`.
    init(_ operation: Operation, _ inputs: [Signal]) throws {
        precondition(!inputs.isEmpty, "An operation takes at least one signal.")
        let recorder = inputs[0].recorder
        precondition(inputs.allSatisfy { $0.recorder === recorder }, "Signals of two graphs cannot meet.")
        let shape = try operation.shape(after: inputs.map(\.shape))
        recorder.nodes.append(Node(operation: operation, inputs: inputs.map(\.index), shape: shape))
        self.init(recorder: recorder, index: recorder.nodes.count - 1)
    }
}
