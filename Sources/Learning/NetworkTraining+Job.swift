// The job of training a network, from photos to a classifier.

public import Datasets
import Evaluation
import Foundation
import Imaging
import Inference
import Labels
import Models
import Networks
import Torch
import WeightFiles
import Workers

extension NetworkTraining {
    /// Does the job, and reports its steps.
    ///
    /// `read` has been found trainable (`Dataset.requireTrainable`). With a `keeper`, the state is saved as it says; with a
    /// `checkpoint`, training goes on from there, and comes to the same result as if it had never stopped.
    ///
    /// - Returns: The classifier; nil to workers other than the first, who have nothing left to do.
    /// - Throws: `TrainingDiverged`, `TrainingError.interrupted`, `CheckpointError`, and what reading and networks throw.
    public func callAsFunction(
        on read: Dataset, keeper: CheckpointKeeper? = nil, from checkpoint: Checkpoint? = nil,
        report: @escaping (TrainingEvent) -> Void
    ) async throws -> TrainedClassifier? {
        try await onComputeThread(read, report, keeper: keeper, from: checkpoint) { try await $0.job() }
    }

    /// Does something with a run of the job, on a thread of its own.
    func onComputeThread<Result: Sendable>(
        _ read: Dataset, _ report: @escaping (TrainingEvent) -> Void, keeper: CheckpointKeeper? = nil,
        from checkpoint: Checkpoint? = nil, _ body: @escaping (JobRun) async throws -> Result
    ) async throws -> Result {
        let work = JobStart(
            choices: self, read: read, keeper: keeper, checkpoint: checkpoint, report: report, body: body)
        return try await withTaskExecutorPreference(ComputeThread()) { try await work.run() }
    }
}

/// All that a run of the job needs, on its way to the thread of the job.
///
/// `@unchecked Sendable`: who makes one waits until `run` is over, and touches nothing of it meanwhile.
private struct JobStart<Result: Sendable>: @unchecked Sendable {
    let choices: NetworkTraining
    let read: Dataset
    let keeper: CheckpointKeeper?
    let checkpoint: Checkpoint?
    let report: (TrainingEvent) -> Void
    let body: (JobRun) async throws -> Result

    func run() async throws -> Result {
        try await body(JobRun(choices, read, keeper: keeper, from: checkpoint, report: report))
    }
}

/// What happens in one run of the job; it stays on one thread.
final class JobRun {
    let choices: NetworkTraining
    let read: Dataset
    let keeper: CheckpointKeeper?
    let checkpoint: Checkpoint?
    let report: (TrainingEvent) -> Void
    let group: ProcessGroup?
    let start = ContinuousClock.now
    var phases: [TrainingPhase] = []
    var lastWeights: Weights?
    /// By what probabilities are made of scores, where it is known before the end.
    var calibration: ScoreCalibration?

    init(
        _ choices: NetworkTraining, _ read: Dataset, keeper: CheckpointKeeper?, from checkpoint: Checkpoint?,
        report: @escaping (TrainingEvent) -> Void
    ) throws {
        self.choices = choices
        self.read = read
        self.keeper = keeper
        self.checkpoint = checkpoint
        self.report = report
        try ComputeThreads.set(choices.threads)
        HostMemory.setLimit(choices.memoryLimit)
        group = try choices.place.map { try ProcessGroup($0, device: choices.device, timeout: .seconds(600)) }
    }

    var isLeader: Bool { (choices.place?.rank ?? 0) == 0 }

    func job() async throws -> TrainedClassifier? {
        let data = try await photos()
        let split = try parts(of: data.dataset)
        let fingerprint = data.dataset.fingerprint.description
        try keeper?.begin(fingerprint, from: checkpoint)
        try group?.agree(on: "set of photos", fingerprint)
        let warnings = warnings(data.dataset, split)
        report(
            .data(
                .init(
                    classes: Dictionary(uniqueKeysWithValues: zip(data.dataset.classes, data.dataset.counts)),
                    train: split.train.count, validation: split.validation.count, test: split.test.count,
                    leftOut: data.dataset.leftOut.map { .init(path: $0.path, reason: $0.reason) }, warnings: warnings)))
        let featureSeconds = seconds

        var weights = try initialWeights(classes: data.dataset.classes.count)
        if choices.headChoices != nil, isLeader { try await trainHead(data, split, &weights) }
        if choices.networkChoices != nil { try await trainNetwork(data.dataset, split, &weights) }
        guard isLeader else { return nil }
        let trainSeconds = seconds - featureSeconds
        return try await measured(data.dataset, split, weights, warnings, featureSeconds, trainSeconds)
    }

    var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

    // MARK: - Data

    struct Photos {
        var dataset: Dataset
        /// The features of the frozen network, a row a photo; no columns if there is none.
        var features: FeatureMatrix
    }

    /// Reads every photo once: whether it can be read, what it holds, and how the frozen network describes it.
    func photos() async throws -> Photos {
        let network = try describingNetwork()
        let extracted = try await extract(read.images.map(\.url), network)
        let broken = extracted.failures.map { failure in
            LeftOutFile(path: read.images[failure.index].path, kind: .corrupt, reason: failure.reason)
        }
        let dataset = read.leavingOut(broken).with(contents: extracted.contents)
        if !broken.isEmpty { try dataset.requireTrainable() }
        return Photos(dataset: dataset, features: extracted.matrix)
    }

    func extract(
        _ photos: [URL], _ network: any FeatureNetwork, _ variation: PhotoVariation? = nil
    ) async throws -> ExtractedFeatures {
        let start = ContinuousClock.now
        let isDescribing = network.featureCount > 0
        let cache = try (isDescribing ? choices.cache : nil).map { folder in
            try FeatureCache(
                folder: folder,
                key: FeatureCache.key(
                    network: network.identity, preprocessing: VariedPreprocessing(choices.preprocessing, variation)),
                featureCount: network.featureCount)
        }
        return try await extractFeatures(
            of: photos, by: network, preprocessing: choices.preprocessing, variation: variation, cache: cache,
            limits: choices.limits, threads: choices.threads
        ) { done, fromCache in
            if keeper?.isStopRequested() ?? false { throw TrainingError.interrupted(run: nil) }
            // Without a network, photos are only checked, which is quick.
            guard isDescribing else { return }
            let rate = Double(done) / max((ContinuousClock.now - start) / .seconds(1), 1e-9)
            report(
                .features(.init(done: done, total: photos.count, fromCache: fromCache, imagesPerSecond: rate)))
        }
    }

    /// What describes the photos where a head learns from descriptions; otherwise they are only read.
    func describingNetwork() throws -> any FeatureNetwork {
        // Other workers than the first get the head from it.
        guard choices.headChoices != nil, isLeader, let weights = choices.weights else {
            return NoNetwork(batchSize: 8)
        }
        return try frozenNetwork(
            choices.backbone, weights: weights, padding: choices.padding, side: choices.preprocessing.side,
            device: choices.device, threads: choices.threads)
    }

    func parts(of dataset: Dataset) throws -> Split {
        let plain = try dataset.split(test: choices.testFraction, seed: choices.seed)
        let counts = plain.train.reduce(into: [Int](repeating: 0, count: dataset.classes.count)) { counts, index in
            for label in dataset.images[index].labels { counts[label] += 1 }
        }
        let fraction =
            choices.validationFraction ?? Split.validationFraction(smallestClass: counts.min() ?? 0)
        var split = try dataset.split(test: choices.testFraction, validation: fraction, seed: choices.seed)
        if choices.validationFraction == 0, !split.validation.isEmpty {
            // Told to go without, the photos that the data set keeps for validation are trained with.
            split = Split(train: split.train + split.validation, validation: [], test: split.test)
        }
        split = try dataset.limited(split, to: choices.trainLimit, seed: choices.seed)
        if dataset.isMultiLabel { try dataset.requireExamples(split.train, part: .train, needed: 1) }
        return split
    }

    private func warnings(_ dataset: Dataset, _ split: Split) -> [String] {
        var warnings = dataset.allProblems().map { "\($0.message) \($0.advice)" }
        warnings += AugmentationAdvice.advice(on: choices.augmentation, classes: dataset.classes).map { "\($0)" }
        if split.validation.isEmpty {
            warnings.append(
                "No photos are kept for validation: over-fitting will not be seen, and the last epoch's weights are taken."
            )
        }
        return warnings
    }

    func initialWeights(classes: Int) throws -> Weights {
        let graph = try choices.graph(classes: classes)
        var weights = try Weights(randomFor: graph.requirements, seed: choices.seed)
        if let pretrained = choices.weights {
            for requirement in graph.requirements where !requirement.name.hasPrefix("\(Head.path).") {
                weights[requirement.name] = try pretrained.tensor(requirement.name)
            }
        }
        weights.metadata = [PaddingStyle.metadataKey: choices.padding.rawValue]
        return weights
    }
}
