// Steps along the gradient, by libtorch's fused kernels: one pass through memory for each group of parameters.
//
// The formulas, and the order of the operations within them, are those of PyTorch's `torch.optim` with `fused=True`.

internal import CTorch
public import WeightFiles

/// Moves parameters along their gradients, and remembers what its rule needs from step to step.
///
/// It refers to the very tensors it is made with. `NetworkExecutor.setTrainable` puts new ones in their place, so choose
/// first what is trained. It belongs to one thread at a time.
public final class Optimizer {
    /// The rule.
    public let kind: OptimizerKind
    /// The rate of the next step; that of a group is this times its `rateFactor`.
    ///
    /// 0, at which nothing moves, until it is set.
    public var learningRate: Double = 0
    /// SGD's momentum or Adam's beta1 in the next step, above 0 and below 1; nil: that of the rule.
    ///
    /// SGD that was made without momentum keeps no memory of its steps, and goes on without.
    public var momentum: Double?
    /// Which parameters learn, and how.
    public var groups: [ParameterGroup] { states.map(\.group) }

    /// A group with its tensors, in the order of its names.
    private struct GroupState {
        let group: ParameterGroup
        let parameters: [Tensor]
        /// By the names of `OptimizerKind.memories`.
        let memories: [[Tensor]]
    }

    private let states: [GroupState]
    private var parameters: [Tensor] { states.flatMap(\.parameters) }

    /// Makes an optimiser of `groups` of `parameters`, which are those of a `NetworkExecutor`, by name.
    ///
    /// A parameter belongs to one group at most; those in none do not move.
    public init(_ kind: OptimizerKind, groups: [ParameterGroup], parameters: [String: Tensor]) throws {
        try kind.check()
        self.kind = kind
        var seen: Set<String> = []
        states = try groups.map { group in
            guard group.weightDecay >= 0, group.rateFactor >= 0 else {
                throw TorchError(
                    "Optimizer",
                    reason: "The weight decay \(group.weightDecay) and the rate factor \(group.rateFactor) of a group "
                        + "must not be below 0.")
            }
            let tensors = try group.names.map { name in
                guard let tensor = parameters[name] else {
                    throw TorchError("Optimizer", reason: "There is no parameter \(name).")
                }
                guard seen.insert(name).inserted else {
                    throw TorchError("Optimizer", reason: "The parameter \(name) stands twice in the groups.")
                }
                return tensor
            }
            let memories = try kind.memories.map { memory in
                try tensors.map { try memory == "step" ? Tensor.zeros([], on: $0.device) : $0.zerosAlike() }
            }
            return GroupState(group: group, parameters: tensors, memories: memories)
        }
    }

    /// Moves every parameter that has a gradient; the others, and what is remembered of them, stay as they are.
    public func step() throws(TorchError) {
        if let momentum, !(momentum > 0 && momentum < 1) {
            throw TorchError("Optimizer", reason: "The momentum is \(momentum) and must lie between 0 and 1.")
        }
        for state in states {
            let tensors = state.parameters + state.memories.joined()
            let (count, decay) = (state.parameters.count, state.group.weightDecay)
            let rate = learningRate * state.group.rateFactor
            switch kind {
            case .sgd(let own, let isNesterov):
                let momentum = own == 0 ? 0 : momentum ?? own
                try Tensor.run("Optimizer.step", tensors) {
                    ct_sgd_step($0, count, rate, decay, momentum, isNesterov ? 1 : 0)
                }
            case .adam(let own, let beta2, let epsilon):
                let beta1 = momentum ?? own
                try Tensor.run("Optimizer.step", tensors) {
                    ct_adam_step($0, count, rate, decay, beta1, beta2, epsilon, 0)
                }
            case .adamW(let own, let beta2, let epsilon):
                let beta1 = momentum ?? own
                try Tensor.run("Optimizer.step", tensors) {
                    ct_adam_step($0, count, rate, decay, beta1, beta2, epsilon, 1)
                }
            }
        }
    }

    /// Forgets the gradients of all parameters, so that the next `backward` starts from nothing.
    public func clearGradients() {
        for parameter in parameters { parameter.clearGradient() }
    }

    /// The Euclidean length of all gradients as one vector.
    ///
    /// On a GPU, this waits until it has finished.
    public func gradientNorm() throws(TorchError) -> Double {
        let parameters = parameters
        var norm = 0.0
        try Tensor.run("gradientNorm", parameters) { ct_gradient_norm(&norm, $0, parameters.count) }
        return norm
    }

    /// Scales all gradients down together if they are longer than `maximum` as one vector; returns how long they were.
    ///
    /// As `torch.nn.utils.clip_grad_norm_`. If a gradient is not finite, so is what is returned, and all of them become
    /// so. On a GPU, this waits until it has finished.
    @discardableResult
    public func clipGradients(to maximum: Double) throws(TorchError) -> Double {
        let parameters = parameters
        var norm = 0.0
        try Tensor.run("clipGradients", parameters) { ct_clip_gradients(&norm, $0, parameters.count, maximum) }
        return norm
    }
}

@available(*, unavailable)
extension Optimizer: Sendable {}

// MARK: - Going on later

extension Optimizer {
    /// All that a later run needs to go on bit for bit, apart from the learning rate.
    ///
    /// The names are PyTorch's and the parameter's: `exp_avg.layer1.0.conv1.weight`, `exp_avg_sq.…`, `step.…`; for SGD
    /// `momentum.…`.
    public func state() throws -> Weights {
        Weights(try memories().mapValues { try $0.stored() }, metadata: ["optimizer": kind.name])
    }

    /// Takes over what `state` gave, which must be of the same rule and of the same parameters.
    ///
    /// If it throws, nothing has changed.
    public func restore(_ state: Weights) throws {
        // Checkpoints of the first weeks say "adamW".
        if let name = state.metadata["optimizer"]?.lowercased(), name != kind.name {
            throw TorchError(
                "Optimizer.restore", reason: "The state is one of \(name); this optimiser is \(kind.name).")
        }
        try overwrite(memories(), with: state, of: "this optimiser")
    }

    private func memories() -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for state in states {
            for (memory, tensors) in zip(kind.memories, state.memories) {
                for (name, tensor) in zip(state.group.names, tensors) { result["\(memory).\(name)"] = tensor }
            }
        }
        return result
    }
}
