// The optimisers that there are, with their numbers.

/// A rule by which parameters follow their gradients.
///
/// With g the gradient and θ the parameter; names and formulas are those of `torch.optim`.
public enum OptimizerKind: Codable, Hashable, Sendable {
    /// Stochastic gradient descent: m ← momentum · m + g, θ ← θ − rate · m.
    ///
    /// Nesterov's variant moves by g + momentum · m instead. Weight decay adds decay · θ to g. Sutskever, Martens, Dahl
    /// and Hinton, "On the importance of initialization and momentum in deep learning", 2013.
    case sgd(momentum: Double, isNesterov: Bool)
    /// Adam: steps of about the rate for each number, however large its gradients are.
    ///
    /// Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2014, https://arxiv.org/abs/1412.6980. Weight decay
    /// adds decay · θ to g.
    case adam(beta1: Double, beta2: Double, epsilon: Double)
    /// Adam whose weight decay leaves the moments alone: θ ← θ − rate · decay · θ before each step.
    ///
    /// Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2017, https://arxiv.org/abs/1711.05101.
    case adamW(beta1: Double, beta2: Double, epsilon: Double)

    /// SGD with a momentum of 0.9, not Nesterov's.
    public static let sgd = OptimizerKind.sgd(momentum: 0.9, isNesterov: false)
    /// Adam with the numbers of its paper.
    public static let adam = OptimizerKind.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    /// AdamW with the numbers of Adam's paper.
    public static let adamW = OptimizerKind.adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
}

extension OptimizerKind {
    /// `sgd`, `adam` or `adamw`.
    public var name: String {
        switch self {
        case .sgd: "sgd"
        case .adam: "adam"
        case .adamW: "adamw"
        }
    }

    /// What is remembered of each parameter from step to step, as PyTorch calls it.
    ///
    /// Each has the parameter's shape but for `step`, which is a single number.
    var memories: [String] {
        switch self {
        case .sgd(momentum: 0, _): []
        case .sgd: ["momentum"]
        case .adam, .adamW: ["exp_avg", "exp_avg_sq", "step"]
        }
    }

    /// An error that names the number with which this rule makes no sense.
    func check() throws(TorchError) {
        func require(_ isRight: Bool, _ reason: String) throws(TorchError) {
            guard isRight else { throw TorchError("Optimizer", reason: reason) }
        }
        switch self {
        case .sgd(let momentum, let isNesterov):
            try require((0..<1).contains(momentum), "The momentum is \(momentum) and must lie in 0..<1.")
            try require(!isNesterov || momentum > 0, "Nesterov's variant needs a momentum above 0.")
        case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
            try require((0..<1).contains(beta1), "beta1 is \(beta1) and must lie in 0..<1.")
            try require((0..<1).contains(beta2), "beta2 is \(beta2) and must lie in 0..<1.")
            try require(epsilon >= 0, "epsilon is \(epsilon) and must not be below 0.")
        }
    }
}

/// Parameters that learn at one rate.
public struct ParameterGroup: Codable, Hashable, Sendable {
    /// The parameters' names.
    public var names: [String]
    /// What the optimiser's learning rate is multiplied by for them.
    public var rateFactor: Double
    /// How strongly they are drawn to zero; 0 for not at all.
    ///
    /// In SGD and Adam this is the L2 penalty: decay ⁄ 2 · ‖θ‖² on top of the loss.
    public var weightDecay: Double

    /// Makes a group.
    public init(names: [String], rateFactor: Double = 1, weightDecay: Double) {
        (self.names, self.rateFactor, self.weightDecay) = (names, rateFactor, weightDecay)
    }
}
