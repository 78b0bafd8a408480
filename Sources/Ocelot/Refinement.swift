// The choices of training the network itself, and what they come to.

public import Imaging
public import Learning
public import Networks
public import Torch

/// The choices of training a network; those of `ClassifierRecipe` that an SVM on frozen features does not have.
public struct Refinement: Codable, Hashable, Sendable {
    /// How the learning rate is found.
    public enum Rate: Codable, Hashable, Sendable {
        /// What suits method and optimiser.
        case usual
        /// The learning-rate finder chooses.
        case auto
        /// This rate.
        case fixed(Double)
        /// A rate for each epoch.
        case list([Double])
    }

    /// How weights follow the gradient.
    public enum OptimizerName: String, Codable, CaseIterable, Sendable { case sgd, adam, adamw }

    /// How the rate changes.
    public enum ScheduleName: String, Codable, CaseIterable, Sendable {
        case constant, step, cosine
        case oneCycle = "one-cycle"
    }

    /// Epochs of the network, or of the head if only that is trained; nil: what suits the method.
    public var epochs: Int?
    /// Epochs of the head before the network is trained.
    public var headEpochs = 15
    /// Images in a step; nil: by the number of photos.
    public var batchSize: Int?
    /// The learning rate of the network, or of the head if only that is trained.
    public var learningRate = Rate.usual
    /// The learning rate of the head before the network is trained; nil: what suits the optimiser.
    public var headLearningRate: Double?
    /// How weights follow the gradient.
    public var optimizer = OptimizerName.adamw
    /// How much of the last step SGD adds to the next.
    public var momentum = 0.9
    /// Whether SGD looks ahead.
    public var nesterov = false
    /// How the rate changes.
    public var schedule = ScheduleName.oneCycle
    /// The part of all steps in which the rate rises.
    public var warmUp = 0.3
    /// Whether momentum goes against the rate of one-cycle.
    public var cycleMomentum = false
    /// After how many epochs `step` lowers the rate.
    public var stepEpochs = 7
    /// What `step` multiplies the rate by.
    public var stepFactor = 0.1
    /// How much weights are drawn to zero.
    public var weightDecay = 0.0005
    /// The probability with which a feature is left out in training.
    public var dropout = 0.5
    /// Width of an additional layer before the classes; nil: none.
    public var features: Int?
    /// All layers of the head; nil: dropout and the classes.
    public var head: Head?
    /// The part of each label that is spread over all classes.
    public var labelSmoothing = 0.0
    /// The greatest length of the gradient; nil: any.
    public var gradientClip: Double?
    /// How the images of an epoch are drawn.
    public var sampling = BatchOrder.Sampling.shuffled
    /// How images are blended.
    public var mix = Optimisation.Mix.none
    /// How evenly they are blended.
    public var mixAlpha = 0.2
    /// How much of the average of the weights stays at each step; nil: no average.
    public var weightAverage: Double?
    /// How photos are varied; nil: what suits the method.
    public var augmentation: Augmentation?
    /// How many varied copies of a photo the head is trained with.
    public var copies = 4
    /// Whether a head that is all that learns does so once more at the end, with the photos of validation.
    public var refit = true
    /// The part of the training photos that training is watched with; nil: by the founding rule.
    public var validation: Double?
    /// Epochs without improvement after which training ends; nil: by the device; 0: never.
    public var patience: Int?
    /// The least improvement that counts.
    public var minimumDelta = 0.0
    /// What is watched.
    public var monitor = MonitoredMetric.validationLoss
    /// How many of the network's last stages are trained; nil: all.
    public var stages: Int?
    /// What the rate is multiplied by from a stage to the one before it.
    public var stageFactor = 1.0
    /// Whether batch norms stay as they are.
    public var freezeNorms = false
    /// In which precision the network computes while it learns; nil: by the device.
    public var precision: Precision?
    /// How many processes learn together.
    public var workers = 1
    /// Memory for tensors in MiB; nil: what the machine has.
    public var memory: Int?
    /// After how many seconds the state is saved within an epoch; 0: after each step.
    public var saveEvery = 300.0

    /// Makes the choices of all defaults.
    public init() {}
}

extension ClassifierRecipe {
    /// How many images make a step: the founding rule, by the number of photos for training.
    package static func usualBatchSize(photos: Int) -> Int { photos < 300 ? 16 : photos < 3000 ? 32 : 64 }

    /// The head of the network.
    func head() -> Head { refinement.head ?? Head(dropout: refinement.dropout, width: refinement.features) }

    /// How the head is trained on the features of the frozen network; nil if the network learns from nothing.
    package func headChoices(photos: Int, isCUDA: Bool) -> Optimisation? {
        guard method != .scratch, method != .svm else { return nil }
        let isAlone = method == .head || refinement.stages == 0
        let batch = refinement.batchSize ?? Self.usualBatchSize(photos: photos)
        let scale = scale(batch: batch, photos: photos)
        var choices = Optimisation(
            learningRate: isAlone ? rate(usual: usualHeadRate * scale, scale) : headRate(scale),
            epochs: isAlone ? (refinement.epochs ?? refinement.headEpochs) : refinement.headEpochs, batchSize: batch,
            seed: UInt64(seed) &* 2 &+ 1)
        fill(&choices, isMain: isAlone, isCUDA: isCUDA)
        // Stages, blending and averages are matters of the whole network.
        choices.mix = isAlone ? choices.mix : .none
        choices.averageDecay = isAlone ? choices.averageDecay : nil
        return choices
    }

    /// How the network is trained; nil if it stays frozen.
    package func networkChoices(photos: Int, isCUDA: Bool) -> Optimisation? {
        guard method == .fineTune || method == .svmRefined || method == .scratch, refinement.stages != 0 else {
            return nil
        }
        let batch = refinement.batchSize ?? Self.usualBatchSize(photos: photos)
        let isScratch = method == .scratch
        let scale = scale(batch: batch, photos: photos)
        let usual = isScratch ? (refinement.optimizer == .sgd ? 0.1 : 0.002) * scale : headRate(scale) / 10
        var choices = Optimisation(
            learningRate: rate(usual: usual, scale), epochs: refinement.epochs ?? (isScratch ? 45 : 8),
            batchSize: batch, seed: UInt64(seed) &* 2)
        fill(&choices, isMain: true, isCUDA: isCUDA)
        choices.stageFactor = refinement.stageFactor
        return choices
    }

    /// How photos are varied in training.
    var augmentation: Augmentation {
        refinement.augmentation
            ?? (method == .fineTune || method == .svmRefined || method == .scratch ? .standard : .none)
    }

    /// The sentence about a rate that was changed with the size of a step, or nil if none was.
    package func rateNote(photos: Int) -> String? {
        let reference = referenceBatch(photos: photos)
        guard let batch = refinement.batchSize, batch != reference, isRateOurs else { return nil }
        return """
            With \(batch) images in a step instead of \(reference), the learning rate is multiplied by \
            \(Double(batch) / Double(reference)). Give --learning-rate to set it yourself.
            """
    }

    private var usualHeadRate: Double { refinement.optimizer == .sgd ? 0.01 : 0.003 }

    /// Whether the rate follows the size of a step: it is the usual one, or the preset's; one that is given stays.
    private var isRateOurs: Bool {
        switch refinement.learningRate {
        case .usual: true
        case .auto: false
        case .fixed(let rate): rate == preset?.scheduledRates?.network
        case .list(let rates): rates == preset?.rates
        }
    }

    /// How many times the reference a step is, and so the rates that follow its size.
    private func scale(batch: Int, photos: Int) -> Double { Double(batch) / Double(referenceBatch(photos: photos)) }

    /// The rate of the head before the network is trained.
    private func headRate(_ scale: Double) -> Double {
        guard let rate = refinement.headLearningRate else { return usualHeadRate * scale }
        return rate == preset?.scheduledRates?.head ? rate * scale : rate
    }

    private func referenceBatch(photos: Int) -> Int { preset?.batchSize ?? Self.usualBatchSize(photos: photos) }

    private func rate(usual: Double, _ scale: Double) -> Double {
        switch refinement.learningRate {
        case .fixed(let rate): isRateOurs ? rate * scale : rate
        case .list(let rates): rates.first ?? usual
        case .usual, .auto: usual
        }
    }

    private func fill(_ choices: inout Optimisation, isMain: Bool, isCUDA: Bool) {
        choices.optimizer =
            switch refinement.optimizer {
            case .sgd: .sgd(momentum: refinement.momentum, isNesterov: refinement.nesterov)
            case .adam: .adam
            case .adamw: .adamW
            }
        choices.schedule =
            switch refinement.schedule {
            case .constant: .constant
            case .step: .step(epochs: refinement.stepEpochs, factor: refinement.stepFactor)
            case .cosine: .cosine(warmUp: refinement.warmUp)
            case .oneCycle: .oneCycle(warmUp: refinement.warmUp)
            }
        if isMain, case .list(let rates) = refinement.learningRate {
            choices.schedule = .perEpoch(scaled(rates))
            choices.epochs = refinement.epochs ?? rates.count
        }
        choices.cyclesMomentum = refinement.cycleMomentum
        choices.weightDecay = refinement.weightDecay
        choices.labelSmoothing = refinement.labelSmoothing
        choices.gradientClip = refinement.gradientClip
        choices.classWeights = classWeights
        choices.sampling = refinement.sampling
        choices.mix = refinement.mix
        choices.mixAlpha = refinement.mixAlpha
        choices.averageDecay = refinement.weightAverage
        let patience = refinement.patience ?? (isCUDA ? 10 : 5)
        choices.stopping = StoppingRule(
            metric: refinement.monitor, patience: patience == 0 ? nil : patience, minimumDelta: refinement.minimumDelta)
    }

    /// A preset's rates for another size of steps than the preset's.
    private func scaled(_ rates: [Double]) -> [Double] {
        guard let preset, let batch = refinement.batchSize, isRateOurs else { return rates }
        return rates.map { $0 * Double(batch) / Double(preset.batchSize) }
    }
}
