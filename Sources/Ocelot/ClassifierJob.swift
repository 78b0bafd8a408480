// A recipe as the job that carries it out.

import Datasets
import Foundation
import Imaging
import Learning
import Networks
import Torch
import WeightFiles
import Workers

/// What is to be done, with everything at hand.
struct Job: Sendable {
    let recipe: ClassifierRecipe
    let origin: BackboneWeights
    let preprocessing: Preprocessing
    let device: Device
    let threads: Int
    /// Trains the network; nil where it stays frozen and an SVM learns.
    let network: NetworkTraining?
    /// Trains the SVM, with the weights of the network where that is trained; nil where there is none.
    let svm: SVMTraining?
    /// Sentences that the user should read before the start.
    let notes: [String]

    /// Carries it out.
    ///
    /// - Returns: The classifier; nil to workers other than the first.
    func train(
        on read: Dataset, keeper: CheckpointKeeper, from checkpoint: Checkpoint?,
        report: @escaping (TrainingEvent) -> Void
    ) async throws -> TrainedClassifier? {
        guard let network else {
            guard let svm else { preconditionFailure("A job trains a network, an SVM, or both.") }
            return try await svm(on: read, isStopRequested: keeper.isStopRequested, report: report)
        }
        guard let refined = try await network(on: read, keeper: keeper, from: checkpoint, report: report) else {
            return nil
        }
        guard var svm else { return refined }
        svm.weights = refined.weights
        svm.split = Split(
            train: refined.split.train + refined.split.validation, validation: [], test: refined.split.test)
        // Features of weights that nobody else has are not worth keeping.
        svm.cache = nil
        var result = try await svm(on: refined.dataset, isStopRequested: keeper.isStopRequested, report: report)
        result.phases = refined.phases
        result.seconds.train += refined.seconds.train
        return result
    }

    /// What would be done, in words that stand in lines.
    var plan: String {
        var lines: [String] = []
        for (name, choices) in [("Head", network?.headChoices), ("Network", network?.networkChoices)] {
            guard let choices else { continue }
            let label = name.padding(toLength: 11, withPad: " ", startingAt: 0)
            lines.append(
                "\(label)\(choices.epochs) epochs, batches of \(choices.batchSize), \(choices.optimizer.name), learning rate "
                    + String(format: "%g, weight decay %g", choices.learningRate, choices.weightDecay))
        }
        if let network, network.networkChoices != nil { lines.append("Augment    \(network.augmentation)") }
        if let svm {
            let cs = svm.cs.map { "\($0)" }.joined(separator: ", ")
            lines.append("C          \(cs), chosen by \(svm.folds)-fold cross-validation")
        }
        return lines.joined(separator: "\n")
    }
}

extension ClassifierTraining {
    /// The job for a data set of so many photos.
    func job(photos: Int) throws -> Job {
        let origin = try recipe.backboneWeights()
        let side = recipe.imageSize ?? origin.backbone.defaultImageSize
        let preprocessing = Preprocessing(resize: recipe.resize, side: side)
        let device = try device()
        let isCUDA = device != .cpu
        let threads = place?.threads ?? ProcessInfo.processInfo.activeProcessorCount
        let cache = usesCache ? workspace.appending(path: "cache/features") : nil
        let limits = DecodingLimits(pixels: recipe.maxPixels)
        let trainPhotos = min(Int(Double(photos) * (1 - recipe.test)), recipe.maxTrainPhotos ?? .max)

        var svm: SVMTraining?
        if recipe.method == .svm || recipe.method == .svmRefined {
            svm = SVMTraining(
                origin.backbone, weights: origin.weights, padding: origin.padding, preprocessing: preprocessing,
                testFraction: recipe.test, seed: UInt64(recipe.seed), cs: recipe.cs, maps: recipe.featureMaps,
                folds: recipe.folds, classWeights: recipe.classWeights, limits: limits, device: device, cache: cache,
                threads: threads)
            svm?.thresholds = recipe.thresholds
            svm?.trainLimit = recipe.maxTrainPhotos
        }
        var network: NetworkTraining?
        if recipe.method != .svm {
            var training = NetworkTraining(
                origin.backbone, weights: recipe.method == .scratch ? nil : origin.weights, padding: origin.padding,
                preprocessing: preprocessing, head: recipe.head(),
                headChoices: recipe.headChoices(photos: trainPhotos, isCUDA: isCUDA),
                networkChoices: recipe.networkChoices(photos: trainPhotos, isCUDA: isCUDA), seed: UInt64(recipe.seed))
            training.thresholds = recipe.thresholds
            training.findsRate = recipe.refinement.learningRate == .auto
            training.trainedStages = recipe.refinement.stages
            training.freezesNorms = recipe.refinement.freezeNorms
            training.augmentation = recipe.augmentation
            training.variedCopies = recipe.method == .head ? recipe.refinement.copies : 0
            training.refitsHead = recipe.method == .head && recipe.refinement.refit
            training.testFraction = recipe.test
            training.trainLimit = recipe.maxTrainPhotos
            training.validationFraction = recipe.refinement.validation
            training.limits = limits
            training.device = device
            training.precision = recipe.refinement.precision ?? (isCUDA ? .mixed : .float32)
            training.cache = cache
            training.threads = threads
            training.memoryLimit = recipe.refinement.memory.map { $0 << 20 }
            training.place = place
            network = training
        }
        var notes = recipe.notes
        if let note = recipe.rateNote(photos: trainPhotos) { notes.append(note) }
        if network != nil, let warning = recipe.augmentation.warning { notes.append(warning) }
        return Job(
            recipe: recipe, origin: origin, preprocessing: preprocessing, device: device, threads: threads,
            network: network, svm: svm, notes: notes)
    }

    /// Where the network is computed, if this machine has it.
    private func device() throws -> Device {
        guard let device = Device(recipe.device), device.isAvailable else {
            throw RecipeProblem.noDevice(
                recipe.device, reason: "libtorch finds \(Device.cudaCount) CUDA devices (see Docs/gpu.md)")
        }
        // Each worker has a GPU of its own.
        if case .cuda = device, let place { return .cuda(place.localRank) }
        return device
    }
}

extension ClassifierRecipe {
    /// What may be changed when a run goes on.
    private static let changeable: Set<String> = [
        "learning_rate", "epochs", "patience", "min_delta", "workers", "memory", "save_every",
    ]

    /// Changes a parameter of a run that goes on.
    mutating func change(_ key: String, to value: String) throws {
        let name = try Parameter.named(key).name
        guard Self.changeable.contains(name) else { throw CheckpointError.otherChoice(name) }
        try set(key, to: value)
    }
}
