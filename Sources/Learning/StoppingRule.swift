// When training ends before its last epoch, and which epoch was the best.
//
// Prechelt, "Early Stopping – But When?", 1998. As in Keras, an improvement smaller than the least that counts does not
// reset the patience; unlike there, the weights that are kept are always those of the best epoch.

/// What of an epoch is watched.
public enum MonitoredMetric: String, Codable, CaseIterable, Hashable, Sendable {
    case validationLoss = "validation_loss"
    case validationAccuracy = "validation_accuracy"
    case trainingLoss = "training_loss"
    case trainingAccuracy = "training_accuracy"

    /// Its value, turned so that smaller is better; nil if it was not measured.
    func badness(_ epoch: TrainingHistory.Epoch) -> Double? {
        switch self {
        case .validationLoss: epoch.validation?.loss
        case .validationAccuracy: epoch.validation.map { -$0.accuracy }
        case .trainingLoss: epoch.training.loss
        case .trainingAccuracy: -epoch.training.accuracy
        }
    }
}

/// When training ends before its last epoch.
public struct StoppingRule: Codable, Hashable, Sendable {
    /// What is watched.
    public var metric: MonitoredMetric
    /// After how many epochs without improvement training ends; nil: never.
    public var patience: Int?
    /// By how much a value must be better than the best so far to count as an improvement, at least 0.
    public var minimumDelta: Double
    /// Training ends when a step's smoothed loss is this many times the lowest so far; nil: never.
    ///
    /// For the learning-rate finder.
    public var divergence: Double?
    /// Training ends after so many epochs, although rates follow a plan for more; nil: at the end of the plan.
    public var epochs: Int?

    /// Makes a rule; by default none.
    public init(
        metric: MonitoredMetric = .validationLoss, patience: Int? = nil, minimumDelta: Double = 0,
        divergence: Double? = nil
    ) {
        self.metric = metric
        self.patience = patience
        self.minimumDelta = minimumDelta
        self.divergence = divergence
    }

    /// Trains to the last epoch.
    public static let never = StoppingRule()

    /// Ends when the smoothed loss is `factor` times the lowest.
    public static func divergence(beyond factor: Double) -> StoppingRule { StoppingRule(divergence: factor) }

    /// The number of the best epoch; of equal ones the first.
    ///
    /// Nil if nothing was measured.
    public func bestEpoch(_ history: TrainingHistory) -> Int? {
        var best: (number: Int, value: Double)?
        for epoch in history.epochs {
            guard let value = metric.badness(epoch), value < best?.value ?? .infinity else { continue }
            best = (epoch.number, value)
        }
        return best?.number
    }

    /// Whether training should end now.
    public func isMet(_ history: TrainingHistory) -> Bool {
        history.epochs.count >= epochs ?? .max || hasStalled(history) || hasDiverged(history)
    }

    private func hasStalled(_ history: TrainingHistory) -> Bool {
        guard let patience else { return false }
        var (best, waited) = (Double.infinity, 0)
        for epoch in history.epochs {
            guard let value = metric.badness(epoch) else { continue }
            if value < best - minimumDelta || best == .infinity {
                (best, waited) = (value, 0)
            } else {
                waited += 1
            }
        }
        return waited >= max(patience, 1)
    }

    private func hasDiverged(_ history: TrainingHistory) -> Bool {
        guard let divergence, history.steps.count > 10 else { return false }
        let losses = smoothed(history.steps.map(\.loss))
        return (losses.last ?? 0) > divergence * (losses.min() ?? 0)
    }
}

/// An exponential average of numbers, each weighted by what has come so far (bias-corrected, as in Adam).
func smoothed(_ values: [Double], by momentum: Double = 0.8) -> [Double] {
    var (average, remaining) = (0.0, 1.0)
    return values.map { value in
        average = momentum * average + (1 - momentum) * value
        remaining *= momentum
        return average / (1 - remaining)
    }
}
