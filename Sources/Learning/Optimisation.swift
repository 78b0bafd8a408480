// How a network is optimised: every choice that the founding documents name, and what it comes to for the loop.

package import Networks
public import Torch

/// The choices of minimising a loss.
public struct Optimisation: Codable, Hashable, Sendable {
    /// How images of two classes are blended into one.
    public enum Mix: String, Codable, CaseIterable, Hashable, Sendable {
        /// Not at all.
        case none
        /// Both pictures shine through each other, and so do their labels: Zhang and others, "mixup", 2018,
        /// https://arxiv.org/abs/1710.09412.
        case mixup
        /// A rectangle of one picture covers the other, and labels count by area: Yun and others, "CutMix", 2019,
        /// https://arxiv.org/abs/1905.04899.
        case cutmix
    }

    /// How the weights follow the gradient.
    public var optimizer: OptimizerKind = .adamW
    /// The learning rate that the schedule starts from.
    public var learningRate: Double
    /// How the rate goes on from there.
    public var schedule: LearningRateSchedule = .oneCycle(warmUp: 0.3)
    /// Whether momentum goes against the rate, from 0.95 to 0.85 and back, where the schedule is one-cycle.
    public var cyclesMomentum = false
    /// How many epochs at most.
    public var epochs: Int
    /// Images in a step, over all workers.
    public var batchSize: Int
    /// How much weights are drawn to 0 (L2), at least 0; not those of batch norms, and not biases.
    public var weightDecay = 0.0005
    /// The part of each target that is spread over all classes, 0..<1.
    public var labelSmoothing = 0.0
    /// The greatest length of the gradient of all weights together; nil: any.
    public var gradientClip: Double?
    /// How much an image of each class counts in the loss.
    public var classWeights: ClassWeights = .equal
    /// How the images of an epoch are drawn.
    public var sampling: BatchOrder.Sampling = .shuffled
    /// How images are blended.
    public var mix: Mix = .none
    /// How evenly: both parameters of the beta distribution of the shares, above 0.
    public var mixAlpha = 0.2
    /// How much of the average of the weights stays at each step, such as 0.999; nil: no average is kept.
    public var averageDecay: Double?
    /// What a stage's rate is multiplied by for each stage that lies behind it: 1 is the same rate for all.
    public var stageFactor = 1.0
    /// When to stop early, and which epoch is the best.
    public var stopping: StoppingRule = .never
    /// Seed of order, dropout and blending.
    public var seed: UInt64

    /// Makes choices; what is not given has the value that suits most data.
    public init(learningRate: Double, epochs: Int, batchSize: Int, seed: UInt64) {
        self.learningRate = learningRate
        self.epochs = epochs
        self.batchSize = batchSize
        self.seed = seed
    }

    /// The momentum of a step, numbered from 0 through all epochs; nil: always the optimiser's own.
    package func momentum(step: Int, stepsPerEpoch: Int) -> Double? {
        guard cyclesMomentum else { return nil }
        return schedule.momentum(step: step, stepsPerEpoch: stepsPerEpoch, epochs: epochs)
    }

    /// The parameters in groups of one rate and one weight decay.
    ///
    /// - Parameters:
    ///   - names: The parameters that are trained.
    ///   - norms: The paths of batch norms.
    ///   - stages: The stages of the network from the image on; what belongs to none, such as a head, comes after them.
    /// - Returns: The groups, those of the last stages first.
    package func groups(_ names: [String], norms: Set<String>, stages: [Stage]) -> [ParameterGroup] {
        var groups: [GroupKey: [String]] = [:]
        for name in names.sorted() {
            let stage = stages.firstIndex { $0.owns(name) } ?? stages.count
            // Decaying the scales and shifts of batch norms, and biases, does not make a network simpler.
            let decays = name.hasSuffix(".weight") && !norms.contains(String(name.dropLast(7)))
            groups[GroupKey(behind: stages.count - stage, decays: decays), default: []].append(name)
        }
        return groups.sorted { $0.key < $1.key }.map { key, names in
            var factor = 1.0
            for _ in 0..<key.behind { factor *= stageFactor }
            return ParameterGroup(names: names, rateFactor: factor, weightDecay: key.decays ? weightDecay : 0)
        }
    }

    private struct GroupKey: Hashable, Comparable {
        var behind: Int
        var decays: Bool

        static func < (a: GroupKey, b: GroupKey) -> Bool {
            (a.behind, a.decays ? 1 : 0) < (b.behind, b.decays ? 1 : 0)
        }
    }
}
