// Carries out a network's description on tensors, in answering and in training.
//
// Memory is in the order [N, H, W, C] throughout ("channels last"), in which libtorch's convolutions are fastest on the
// processor and on GPUs. A tensor is let go as soon as the last operation that reads it is done.

public import Networks
public import WeightFiles

/// A network on a device: its graph, and its weights as tensors.
///
/// It belongs to one thread at a time, and keeps that thread busy while it computes.
public final class NetworkExecutor {
    /// What is carried out.
    public let graph: Graph
    /// Where it is carried out.
    public let device: Device
    /// What training may change, by torchvision's names.
    ///
    /// All want gradients, until `setTrainable` says otherwise.
    public private(set) var parameters: [String: Tensor] = [:]
    /// Running means and variances of batch norms, by torchvision's names.
    ///
    /// Training changes them in place.
    public private(set) var statistics: [String: Tensor] = [:]
    /// The width of the numbers between the layers; what comes out has 32 bits in either case.
    public var precision: Precision = .float32
    /// Whether batch norms have become part of the convolutions before them, for which there is no way back.
    public let isFolded: Bool

    private let steps: [ExecutionPlan.Step]
    private let elementType: ElementType
    /// The batch norms that keep their running statistics in training, by path.
    private var fixedNorms: Set<String> = []
    let metadata: [String: String]
    /// For each byte of a row of an image, what it is multiplied by, and what is then added: each [3 · columns].
    private var normalisation: (scale: Tensor, shift: Tensor)?

    /// Puts `weights` on `device` for `graph`; they may hold more than it needs, and as 16-bit floats.
    ///
    /// `folding` makes batch norms part of the convolutions before them: less work, the same answers but for rounding,
    /// and no training.
    public convenience init(
        _ graph: Graph, weights: Weights, device: Device = .cpu, folding: Bool = false, precision: Precision = .float32
    ) throws {
        try self.init(graph, weights: weights, device: device, folding: folding, elementType: .float32)
        self.precision = precision
    }

    /// The same with numbers of another type: tests compare whole trainings in 64 bits, where rounding stays small.
    package init(
        _ graph: Graph, weights: Weights, device: Device = .cpu, folding: Bool = false, elementType: ElementType
    ) throws {
        self.elementType = elementType
        self.graph = graph
        self.device = device
        self.isFolded = folding
        metadata = weights.metadata
        let plan = ExecutionPlan(graph, folding: folding)
        steps = plan.steps
        var mismatch = WeightsMismatch(network: "this graph")
        for requirement in graph.requirements {
            let stored = try weights.tensor(requirement.name)
            guard stored.shape == requirement.shape else {
                let (expected, found) = (requirement.shape, stored.shape)
                mismatch.shapes.append(.init(name: requirement.name, expected: expected, found: found))
                continue
            }
            let tensor = try Tensor(stored).to(elementType)
            switch requirement.role {
            case .parameter: parameters[requirement.name] = tensor
            case .statistic: statistics[requirement.name] = tensor
            }
        }
        guard mismatch.isEmpty else { throw WeightsError.mismatch(mismatch) }
        for fold in plan.folds { try apply(fold) }
        try parameters = parameters.mapValues { parameter in
            let placed = try parameter.to(device)
            return try (placed.rank == 4 ? placed.toChannelsLast() : placed).requiringGradient(!folding)
        }
        try statistics = statistics.mapValues { try $0.to(device) }
        for case .normalise(let mean, let deviation) in graph.nodes.map(\.operation) {
            // For a whole row, because libtorch is slow where what it repeats is as short as three channels.
            guard case .bytes(_, let columns) = graph.input else { continue }
            func row(_ channels: [Float]) throws(TorchError) -> Tensor {
                try Tensor((0..<columns).flatMap { _ in channels }, shape: [3 * columns], on: device).to(elementType)
            }
            let scale = deviation.map { 1 / (255 * $0) }
            normalisation = try (row(scale), row(zip(mean, deviation).map { -$0 / $1 }))
        }
    }

    /// Chooses by name which parameters want gradients.
    ///
    /// Those that do not are not changed by training; the tensors in `parameters` are new ones, without gradients, that
    /// share the memory of the old. A batch norm whose weight is not trained uses its running statistics in training too,
    /// and does not move them: a frozen network gives the same features in training as in answering.
    public func setTrainable(_ isTrainable: (String) -> Bool) throws(TorchError) {
        for (name, parameter) in parameters {
            parameters[name] = try parameter.requiringGradient(!isFolded && isTrainable(name))
        }
        fixedNorms = []
        for case .batchNorm(let path, _, _) in graph.nodes.map(\.operation) where !isTrainable("\(path).weight") {
            fixedNorms.insert(path)
        }
    }

    /// The weights as they are now, for a file, with the notes of those that the executor was made of.
    public func weights() throws -> Weights {
        guard !isFolded else {
            throw TorchError("weights", reason: "Folded weights are not the network's; keep those it was made of.")
        }
        let all = parameters.merging(statistics) { parameter, _ in parameter }
        return Weights(try all.mapValues { try $0.stored() }, metadata: metadata)
    }

    /// Carries out the graph: [N, …] as `graph.input` says → the outputs by name, on the executor's device.
    public func callAsFunction(_ batch: Tensor, phase: Phase = .evaluation) throws(TorchError) -> [String: Tensor] {
        try check(batch)
        switch phase {
        case .evaluation:
            return try withoutGradients { () throws(TorchError) in try precisely(batch, phase) }
        case .training:
            guard !isFolded else {
                throw TorchError("NetworkExecutor", reason: "Folded batch norms cannot be trained; make it unfolded.")
            }
            return try precisely(batch, phase)
        }
    }

    private func precisely(_ batch: Tensor, _ phase: Phase) throws(TorchError) -> [String: Tensor] {
        let outputs = try precision.applied(on: device) { () throws(TorchError) in try run(batch, phase) }
        guard precision == .mixed else { return outputs }
        var widened: [String: Tensor] = [:]
        for (name, output) in outputs { widened[name] = try output.to(elementType) }
        return widened
    }

    private func run(_ batch: Tensor, _ phase: Phase) throws(TorchError) -> [String: Tensor] {
        var values: [Tensor?] = Array(repeating: nil, count: graph.nodes.count)
        values[0] = try batch.sent(to: device)
        if case .floats = graph.input { values[0] = try values[0]?.toChannelsLast() }
        for (index, step) in steps.enumerated() where index > 0 {
            values[index] = try output(of: step, values, phase)
            for done in step.releases { values[done] = nil }
        }
        var outputs: [String: Tensor] = [:]
        for (name, node) in graph.outputs { outputs[name] = values[node] }
        return outputs
    }

    private func output(of step: ExecutionPlan.Step, _ values: [Tensor?], _ phase: Phase) throws(TorchError) -> Tensor {
        let inputs = step.inputs.compactMap { values[$0] }
        let x = inputs[0]
        if phase.isTraining, step.isFused, let done = values[step.inputs.max() ?? 0] { return done }
        switch step.operation {
        case nil, .input:
            return x
        case .normalise:
            return try normalised(x)
        case .convolution(let path, _, _, _, let stride, let padding, let groups, _):
            return try conv2d(
                x, parameter("\(path).weight"), bias: parameters["\(path).bias"], stride: stride, padding: padding,
                groups: groups)
        case .batchNorm(let path, _, let epsilon):
            let state = try BatchNormState(
                weight: parameter("\(path).weight"), bias: parameter("\(path).bias"),
                mean: statistic("\(path).running_mean"), variance: statistic("\(path).running_var"))
            let fusion = phase.isTraining ? step.fusion : .init()
            return try batchNorm(
                x, state, isTraining: phase.isTraining && !fixedNorms.contains(path), epsilon: Double(epsilon),
                adding: fusion.residual.flatMap { values[$0] }, then: fusion.activation)
        case .relu:
            return try step.isInPlace ? x.becomingRelu() : relu(x)
        case .relu6:
            return try step.isInPlace ? x.becomingRelu6() : relu6(x)
        case .maxPool(let kernel, let stride, let padding, let ceiling):
            return try maxPool2d(x, kernel: kernel, stride: stride, padding: padding, ceiling: ceiling)
        case .globalAveragePool:
            return try globalAveragePool2d(x)
        case .add:
            return try step.isInPlace ? x.becomingSum(with: inputs[1]) : x + inputs[1]
        case .concatenate:
            return try concatenate(inputs, along: 1)
        case .subsample(let stride, let before, let after):
            let shape = x.shape
            let rows = try x.sliced(0..<shape[2], along: 2, step: stride)
            let kept = try rows.sliced(0..<shape[3], along: 3, step: stride)
            return try pad(kept, [(before, after), (0, 0), (0, 0)])
        case .linear(let path, _, _):
            return try linear(x, parameter("\(path).weight"), bias: parameter("\(path).bias"))
        case .dropout(let probability):
            guard case .training(let generator) = phase else { return x }
            return try dropout(x, probability: Double(probability), using: generator)
        case .unitLength:
            return try unitLength(x)
        case .squareRoot:
            return try relu(x).squareRoot()
        case .softmax:
            return try softmax(x)
        case .sigmoid:
            return try sigmoid(x)
        }
    }

    /// [N, H, W, 3] bytes → [N, 3, H, W].
    ///
    /// The bytes' order in memory is the one wanted, so nothing moves.
    private func normalised(_ bytes: Tensor) throws(TorchError) -> Tensor {
        guard let (scale, shift) = normalisation else { return bytes }
        let rows = try bytes.flattened(from: 2).to(elementType)
        return try (rows * scale).becomingSum(with: shift).reshaped(bytes.shape).permuted([0, 3, 1, 2])
    }

    private func check(_ batch: Tensor) throws(TorchError) {
        let size: [Int]
        let type: ElementType
        switch graph.input {
        case .bytes(let rows, let columns): (size, type) = ([rows, columns, 3], .uint8)
        case .floats(let rows, let columns): (size, type) = ([3, rows, columns], elementType)
        case .vectors(let count): (size, type) = ([count], elementType)
        }
        guard batch.rank == size.count + 1, Array(batch.shape.dropFirst()) == size, batch.elementType == type else {
            let sizes = size.map(\.description).joined(separator: ", ")
            throw TorchError(
                "NetworkExecutor", shapes: [batch.shape],
                reason: "The network takes batches [N, \(sizes)] of \(type), not of \(batch.elementType).")
        }
    }

    private func parameter(_ name: String) throws(TorchError) -> Tensor { try named(name, in: parameters) }

    private func statistic(_ name: String) throws(TorchError) -> Tensor { try named(name, in: statistics) }

    private func named(_ name: String, in tensors: [String: Tensor]) throws(TorchError) -> Tensor {
        guard let tensor = tensors[name] else { throw TorchError("NetworkExecutor", reason: "It has no \(name).") }
        return tensor
    }
}

// MARK: - Folding

extension NetworkExecutor {
    /// Makes a batch norm part of the convolution before it: with s = γ ⁄ √(variance + ε), the filters become s · W and
    /// the bias β + s · (bias − mean).
    private func apply(_ fold: ExecutionPlan.Fold) throws(TorchError) {
        let (conv, norm) = (fold.convolution, fold.batchNorm)
        func wide(_ tensor: Tensor) throws(TorchError) -> Tensor { try tensor.to(.float64) }
        let variance = try wide(statistic("\(norm).running_var")) + Double(fold.epsilon)
        let scale = try wide(parameter("\(norm).weight")) / variance.squareRoot()
        let filters = try wide(parameter("\(conv).weight")) * scale.reshaped([-1, 1, 1, 1])
        var shift = try -wide(statistic("\(norm).running_mean"))
        if let bias = parameters["\(conv).bias"] { shift = try shift + wide(bias) }
        let bias = try wide(parameter("\(norm).bias")) + scale * shift
        parameters["\(conv).weight"] = try filters.to(elementType)
        parameters["\(conv).bias"] = try bias.to(elementType)
        for name in ["weight", "bias"] { parameters["\(norm).\(name)"] = nil }
        for name in ["running_mean", "running_var"] { statistics["\(norm).\(name)"] = nil }
    }
}

extension Phase {
    var isTraining: Bool {
        switch self {
        case .evaluation: false
        case .training: true
        }
    }
}
