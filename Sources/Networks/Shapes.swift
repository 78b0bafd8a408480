// The shape after each operation, and what cannot be.

/// Why a network cannot be made for an input.
public enum NetworkError: Error, Hashable, Sendable {
    /// Nothing is left of the image: a window of `kernel` does not fit into `rows` × `columns` pixels.
    case imageTooSmall(rows: Int, columns: Int, kernel: Int, layer: String)
    /// The image is smaller than the network can make sense of.
    case imageBelowMinimum(rows: Int, columns: Int, minimum: Int, network: String)
    /// The network is one for images, and vectors of this length are to enter.
    case notImages(count: Int, network: String)
    /// An operation does not take inputs of these shapes.
    case shapes(operation: String, shapes: [[Int]], expected: String)
}

extension NetworkError: CustomStringConvertible {
    /// One or two sentences for a person.
    public var description: String {
        switch self {
        case .imageTooSmall(let rows, let columns, let kernel, let layer):
            "The image is too small: only \(rows) × \(columns) of it are left at \(layer), whose window is "
                + "\(kernel) × \(kernel). Use a larger image size."
        case .imageBelowMinimum(let rows, let columns, let minimum, let network):
            "The image is too small: \(rows) × \(columns), and \(network) needs at least \(minimum) × \(minimum). "
                + "Use a larger image size."
        case .notImages(let count, let network):
            "\(network) takes images, not vectors of \(count) numbers."
        case .shapes(let operation, let shapes, let expected):
            "\(operation) takes \(expected), not \(shapes.map(\.description).joined(separator: " and "))."
        }
    }
}

extension Operation {
    /// The shape of one image after this operation, without the batch.
    func shape(after inputs: [[Int]]) throws -> [Int] {
        func require(_ isRight: Bool, _ expected: String) throws {
            guard isRight else { throw NetworkError.shapes(operation: kind, shapes: inputs, expected: expected) }
        }
        let first = inputs.first ?? []
        switch self {
        case .input:
            return first
        case .normalise(let mean, let deviation):
            try require(inputs.count == 1 && first.count == 3 && first[2] == 3, "an image [rows, columns, 3]")
            try require(mean.count == 3 && deviation.count == 3, "a mean and a deviation for each of 3 channels")
            return [first[2], first[0], first[1]]
        case .convolution(let path, let channels, let outputs, let kernel, let stride, let padding, let groups, _):
            try require(inputs.count == 1 && first.count == 3 && first[0] == channels, "\(channels) channels of a map")
            try require(
                groups > 0 && channels % groups == 0 && outputs % groups == 0, "channels that \(groups) groups divide")
            let rows = first[1] + padding.top + padding.bottom
            let columns = first[2] + padding.left + padding.right
            guard rows >= kernel, columns >= kernel else {
                throw NetworkError.imageTooSmall(rows: first[1], columns: first[2], kernel: kernel, layer: path)
            }
            return [outputs, (rows - kernel) / stride + 1, (columns - kernel) / stride + 1]
        case .maxPool(let kernel, let stride, let padding, let ceiling):
            try require(inputs.count == 1 && first.count == 3, "a map [channels, rows, columns]")
            guard first[1] + 2 * padding >= kernel, first[2] + 2 * padding >= kernel else {
                throw NetworkError.imageTooSmall(rows: first[1], columns: first[2], kernel: kernel, layer: "a max pool")
            }
            return [first[0]]
                + first[1...].map { Self.pooled($0, kernel: kernel, stride: stride, padding: padding, ceiling) }
        case .batchNorm(_, let channels, _):
            let isRight = inputs.count == 1 && [1, 3].contains(first.count) && first[0] == channels
            try require(isRight, "\(channels) channels of a map, or \(channels) features")
            return first
        case .relu, .relu6, .dropout:
            try require(inputs.count == 1, "one input")
            return first
        case .globalAveragePool:
            try require(inputs.count == 1 && first.count == 3, "a map [channels, rows, columns]")
            return [first[0]]
        case .add:
            try require(inputs.count == 2 && inputs[0] == inputs[1], "two inputs of one shape")
            return first
        case .concatenate:
            try require(
                !first.isEmpty && inputs.allSatisfy { $0.dropFirst() == first.dropFirst() && $0.count == first.count },
                "inputs that differ in their channels only")
            return [inputs.reduce(0) { $0 + $1[0] }] + first.dropFirst()
        case .subsample(let stride, let before, let after):
            try require(inputs.count == 1 && first.count == 3, "a map [channels, rows, columns]")
            return [before + first[0] + after, (first[1] + stride - 1) / stride, (first[2] + stride - 1) / stride]
        case .linear(_, let features, let outputs):
            try require(inputs.count == 1 && first == [features], "\(features) features")
            return [outputs]
        case .unitLength, .squareRoot, .softmax, .sigmoid:
            try require(inputs.count == 1 && first.count == 1, "features")
            return first
        }
    }

    /// The size of one side after pooling.
    ///
    /// When rounding up, a window must still begin inside the image or its near padding (as in PyTorch).
    private static func pooled(_ size: Int, kernel: Int, stride: Int, padding: Int, _ ceiling: Bool) -> Int {
        let reach = size + 2 * padding - kernel
        guard ceiling else { return reach / stride + 1 }
        let count = (reach + stride - 1) / stride + 1
        return (count - 1) * stride >= size + padding ? count - 1 : count
    }

    /// What it is called in a summary.
    public var kind: String {
        switch self {
        case .input: "input"
        case .normalise: "normalise"
        case .convolution: "convolution"
        case .batchNorm: "batch norm"
        case .relu: "relu"
        case .relu6: "relu6"
        case .maxPool: "max pool"
        case .globalAveragePool: "global average pool"
        case .add: "add"
        case .concatenate: "concatenate"
        case .subsample: "subsample"
        case .linear: "linear"
        case .dropout: "dropout"
        case .unitLength: "unit length"
        case .squareRoot: "square root"
        case .softmax: "softmax"
        case .sigmoid: "sigmoid"
        }
    }
}
