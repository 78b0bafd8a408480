// Which weights a graph needs.

public import WeightFiles

/// An array that a graph needs.
public struct WeightRequirement: Hashable, Sendable {
    /// What becomes of it in training.
    public enum Role: Hashable, Sendable {
        /// Learned from the gradient.
        case parameter
        /// A running mean or variance of a batch norm.
        case statistic
    }

    /// Its name, after torchvision's.
    public let name: String
    /// Its shape in PyTorch's layout: outputs first.
    public let shape: [Int]
    /// What becomes of it in training.
    public let role: Role

    /// Makes a requirement.
    public init(name: String, shape: [Int], role: Role) { (self.name, self.shape, self.role) = (name, shape, role) }

    /// How many numbers it has.
    public var count: Int { shape.reduce(1, *) }
}

extension Operation {
    /// The arrays that this operation needs.
    public var requirements: [WeightRequirement] {
        switch self {
        case .convolution(let path, let inputs, let outputs, let kernel, _, _, let groups, let hasBias):
            let weight = WeightRequirement(
                name: "\(path).weight", shape: [outputs, inputs / groups, kernel, kernel], role: .parameter)
            let bias = WeightRequirement(name: "\(path).bias", shape: [outputs], role: .parameter)
            return hasBias ? [weight, bias] : [weight]
        case .batchNorm(let path, let channels, _):
            return [
                WeightRequirement(name: "\(path).weight", shape: [channels], role: .parameter),
                WeightRequirement(name: "\(path).bias", shape: [channels], role: .parameter),
                WeightRequirement(name: "\(path).running_mean", shape: [channels], role: .statistic),
                WeightRequirement(name: "\(path).running_var", shape: [channels], role: .statistic),
            ]
        case .linear(let path, let inputs, let outputs):
            return [
                WeightRequirement(name: "\(path).weight", shape: [outputs, inputs], role: .parameter),
                WeightRequirement(name: "\(path).bias", shape: [outputs], role: .parameter),
            ]
        case .input, .normalise, .relu, .relu6, .maxPool, .globalAveragePool, .add, .concatenate, .subsample, .dropout,
            .unitLength, .squareRoot, .softmax, .sigmoid:
            return []
        }
    }
}

extension Graph {
    /// The arrays that this graph needs, in the order of its nodes.
    public var requirements: [WeightRequirement] { nodes.flatMap(\.operation.requirements) }

    /// How many numbers training may change.
    public var parameterCount: Int { requirements.reduce(0) { $0 + ($1.role == .parameter ? $1.count : 0) } }

    /// Throws `WeightsError.mismatch` unless `weights` have all arrays of this graph in their shapes.
    public func check(_ weights: Weights) throws {
        let mismatch = WeightsMismatch(of: weights, to: requirements, network: "this network")
        if !mismatch.isEmpty { throw WeightsError.mismatch(mismatch) }
    }
}

extension WeightsMismatch {
    /// Which of `requirements` are missing from `weights`, or have another shape there.
    init(of weights: Weights, to requirements: [WeightRequirement], network: String) {
        self.init(network: network)
        for requirement in requirements {
            guard let tensor = weights[requirement.name] else {
                missing.append(requirement.name)
                continue
            }
            if tensor.shape != requirement.shape {
                shapes.append(Shape(name: requirement.name, expected: requirement.shape, found: tensor.shape))
            }
        }
    }
}
