// Copies of a network's weights that stay in memory: the best so far, a state to go back to, an average over steps.

internal import CTorch
public import WeightFiles

/// All parameters and statistics of a network as they were once, on its device.
///
/// Much quicker than `Weights`, which are bytes in main memory.
public struct WeightsSnapshot {
    let parameters: [String: Tensor]
    let statistics: [String: Tensor]
    let metadata: [String: String]

    /// Copies what `executor` has now.
    init(of executor: NetworkExecutor) throws(TorchError) {
        parameters = try Self.copies(executor.parameters)
        statistics = try Self.copies(executor.statistics)
        metadata = executor.metadata
    }

    /// Parameters and statistics together, by name.
    var all: [String: Tensor] { parameters.merging(statistics) { parameter, _ in parameter } }

    /// The weights, for a file.
    public func weights() throws -> Weights {
        Weights(try all.mapValues { try $0.stored() }, metadata: metadata)
    }

    private static func copies(_ tensors: [String: Tensor]) throws(TorchError) -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for (name, tensor) in tensors {
            let copy = try tensor.zerosAlike()
            try copy.copy(from: tensor.detached())
            result[name] = copy
        }
        return result
    }
}

@available(*, unavailable)
extension WeightsSnapshot: Sendable {}

extension NetworkExecutor {
    /// A copy of all parameters and statistics as they are now.
    public func snapshot() throws(TorchError) -> WeightsSnapshot { try WeightsSnapshot(of: self) }

    /// Goes back to a snapshot of this network, or of another with the same graph.
    ///
    /// The tensors stay the same ones, so an optimiser of theirs goes on with the old numbers.
    public func restore(_ snapshot: WeightsSnapshot) throws(TorchError) {
        try copy(snapshot.parameters, into: parameters)
        try copy(snapshot.statistics, into: statistics)
    }

    /// Overwrites all parameters and statistics with `weights`, which may hold more, and as 16-bit floats.
    ///
    /// The tensors stay the same ones, so an optimiser of theirs goes on with the new numbers. If it throws, nothing has
    /// changed.
    public func load(_ weights: Weights) throws {
        guard !isFolded else {
            throw TorchError("load", reason: "Folded weights are not the network's; make a new executor of these.")
        }
        let all = parameters.merging(statistics) { parameter, _ in parameter }
        try overwrite(all, with: weights, of: "this network", allowsMore: true)
    }

    /// Whether every parameter and statistic is a number, and a finite one.
    ///
    /// On a GPU, this waits until it has finished.
    public func isFinite() throws(TorchError) -> Bool {
        let tensors = Array(parameters.values) + statistics.values
        var answer: Int32 = 0
        try Tensor.run("isFinite", tensors) { ct_all_finite(&answer, $0, tensors.count) }
        return answer != 0
    }
}

/// Overwrites tensors with those of the same names.
private func copy(_ sources: [String: Tensor], into targets: [String: Tensor]) throws(TorchError) {
    guard sources.keys == targets.keys else {
        throw TorchError("restore", reason: "The snapshot is one of another network.")
    }
    let pairs = targets.compactMap { name, target in sources[name].map { (source: $0, target: target) } }
    guard pairs.allSatisfy({ $0.source.shape == $0.target.shape }) else {
        throw TorchError("restore", reason: "The snapshot is one of a network with other shapes.")
    }
    try Tensor.copy(pairs.map(\.source), into: pairs.map(\.target))
}

// MARK: - Average

/// An average of a network's parameters over the steps of training, in which older steps count ever less.
///
/// Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992; exponentially weighted as in
/// Szegedy et al., "Rethinking the Inception Architecture", 2015, https://arxiv.org/abs/1512.00567. After `update`, each
/// number is decay · average + (1 − decay) · number, as `torch.optim.swa_utils.get_ema_multi_avg_fn` has it. The statistics
/// of batch norms are averaged too (PyTorch's `use_buffers`): the newest ones do not suit weights of some time ago.
public final class WeightAverage {
    /// What part of the average stays at each update, 0…1.
    public let decay: Double
    /// The average as it is now.
    ///
    /// It shares the memory of this object: `update` changes it.
    public let snapshot: WeightsSnapshot

    /// Starts at the weights that `executor` has now.
    public init(of executor: NetworkExecutor, decay: Double) throws(TorchError) {
        guard (0...1).contains(decay) else {
            throw TorchError("WeightAverage", reason: "The decay is \(decay) and must lie in 0...1.")
        }
        self.decay = decay
        snapshot = try executor.snapshot()
    }

    /// Moves towards the weights that `executor`, the same network, has now.
    public func update(from executor: NetworkExecutor) throws(TorchError) {
        let now = executor.parameters.merging(executor.statistics) { parameter, _ in parameter }
        var averages: [Tensor] = []
        var numbers: [Tensor] = []
        for (name, average) in snapshot.all {
            guard let number = now[name] else {
                throw TorchError("WeightAverage.update", reason: "The network has no parameter \(name).")
            }
            averages.append(average)
            numbers.append(number)
        }
        try Tensor.move(averages, by: 1 - decay, towards: numbers)
    }

    /// The average, for a file.
    public func weights() throws -> Weights { try snapshot.weights() }

    /// All that a later run needs to go on bit for bit: the average itself.
    public func state() throws -> Weights { try weights() }

    /// Takes over what `state` gave, which must be of the same network.
    ///
    /// If it throws, nothing has changed.
    public func restore(_ state: Weights) throws {
        try overwrite(snapshot.all, with: state, of: "this average")
    }
}

@available(*, unavailable)
extension WeightAverage: Sendable {}
