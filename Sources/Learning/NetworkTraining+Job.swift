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
        group = try choices.place.map { try ProcessGroup($0, device: choices.device, timeout: .seconds(1800)) }
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
        let network = try frozenNetwork()
        let extracted = try await extract(read.images.map(\.url), network)
        let broken = extracted.failures.map { failure in
            LeftOutFile(path: read.images[failure.index].path, kind: .corrupt, reason: failure.reason)
        }
        let dataset = read.leavingOut(broken).with(contents: extracted.contents)
        if !broken.isEmpty { try dataset.requireTrainable() }
        return Photos(dataset: dataset, features: extracted.matrix)
    }

    private func extract(
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

    private func frozenNetwork() throws -> any FeatureNetwork {
        // Other workers than the first get the head from it.
        guard choices.headChoices != nil, isLeader, let weights = choices.weights else {
            return NoNetwork(batchSize: 8)
        }
        let (backbone, padding, side) = (choices.backbone, choices.padding, choices.preprocessing.side)
        guard choices.device == .cpu else {
            return try TorchNetwork(backbone, weights: weights, padding: padding, side: side, device: choices.device)
        }
        return try FrozenNetwork(backbone, weights: weights, padding: padding, side: side, threads: choices.threads)
    }

    func parts(of dataset: Dataset) throws -> Split {
        let plain = try dataset.split(test: choices.testFraction, seed: choices.seed)
        let counts = plain.train.reduce(into: [Int](repeating: 0, count: dataset.classes.count)) { counts, index in
            counts[dataset.images[index].label] += 1
        }
        let fraction =
            choices.validationFraction ?? NetworkTraining.validationFraction(smallestClass: counts.min() ?? 0)
        var split = try dataset.split(test: choices.testFraction, validation: fraction, seed: choices.seed)
        if choices.validationFraction == 0, !split.validation.isEmpty {
            // Told to go without, the photos that the data set keeps for validation are trained with.
            split = Split(train: split.train + split.validation, validation: [], test: split.test)
        }
        return split
    }

    private func warnings(_ dataset: Dataset, _ split: Split) -> [String] {
        var warnings = dataset.allProblems().map { "\($0.message) \($0.advice)" }
        warnings += AugmentationAdvice.advice(on: choices.augmentation, classes: dataset.classes).map { "\($0)" }
        if split.validation.isEmpty {
            warnings.append(
                "No photos are kept for validation: over-fitting will not be seen, and the last epoch's weights are taken.")
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

    // MARK: - Phases

    func trainHead(_ data: Photos, _ split: Split, _ weights: inout Weights) async throws {
        guard var how = choices.headChoices else { return }
        let phase = 0
        if let checkpoint, checkpoint.state.phase > phase {
            phases.append(
                .init(
                    name: "head", history: checkpoint.state.histories[phase], epochs: how.epochs,
                    bestEpoch: bestEpoch(how, checkpoint.state.histories[phase], split)))
            return
        }
        let labels = data.dataset.images.map(\.label)
        let (executor, batches, _, counts) = try await headParts(data, split, weights)
        if choices.findsRate, choices.networkChoices == nil {
            let first = how
            how = try await withFoundRate(first, phase, executor, batches, steps: 400) {
                let probe = try Trainee(executor, first, counts: counts)
                return { try probe.step($0, $1, $2) }
            }
        }
        let trainee = try Trainee(executor, how, counts: counts)
        let held = data.features.subset(rows: split.validation)
        let heldLabels = split.validation.map { labels[$0] }
        let best = try await run(phase, "head", trainee, batches, how, split) {
            try executor.measure(held, heldLabels)
        } step: { try trainee.step($0, $1, $2) }
        for name in best.names { weights[name] = best[name] }
    }

    /// The head with the features that it is trained with.
    func headParts(
        _ data: Photos, _ split: Split, _ weights: Weights
    ) async throws -> (NetworkExecutor, Batches<LabelledBatch<Float>>, Optimisation, [Int]) {
        guard let how = choices.headChoices else { throw TrainingError.noOutput("scores") }
        let labels = data.dataset.images.map(\.label)
        let classes = data.dataset.classes.count
        let executor = try NetworkExecutor(choices.headGraph(classes: classes), weights: weights)
        let variants = try await varied(data.dataset, split.train)
        let rows = data.features.subset(rows: split.train)
        let order = BatchOrder(seed: how.seed, batchSize: how.batchSize, sampling: how.sampling)
        let batches = rows.batches(labels: split.train.map { labels[$0] }, order: order, variants: variants)
        return (executor, batches, how, counts(labels, split.train, classes))
    }

    /// The features of varied copies of some photos.
    func varied(_ dataset: Dataset, _ indices: [Int]) async throws -> [FeatureMatrix] {
        guard choices.variedCopies > 0, choices.augmentation != .none else { return [] }
        let network = try frozenNetwork()
        var variants: [FeatureMatrix] = []
        for copy in 1...choices.variedCopies {
            let variation = PhotoVariation(augmentation: choices.augmentation, seed: choices.seed, copy: copy)
            let extracted = try await extract(indices.map { dataset.images[$0].url }, network, variation)
            // A photo that was readable a moment ago and is not now: without its varied copies.
            guard extracted.failures.isEmpty else { break }
            variants.append(extracted.matrix)
        }
        return variants
    }

    private func trainNetwork(_ dataset: Dataset, _ split: Split, _ weights: inout Weights) async throws {
        guard var how = choices.networkChoices else { return }
        let phase = choices.headChoices == nil ? 0 : 1
        let setup = try networkSetup(dataset, split, weights, how)
        let isFresh = checkpoint?.state.phase != phase
        // What is dropped depends on how many images go through the network at once, so that stays as it was.
        let kept = isFresh ? nil : checkpoint?.state.microBatch
        let micro = try kept ?? microBatch(setup, how)
        if isFresh, group == nil { report(.estimated(try await estimate(setup, how, micro))) }
        if choices.findsRate {
            let first = how
            how = try await withFoundRate(first, phase, setup.executor, setup.batches, steps: 100) {
                let probe = try setup.trainee(first, micro)
                return { try probe.step($0, $1, $2) }
            }
        }
        let trainee = try setup.trainee(how, micro)
        trainee.memoryWasShort = { [report] size in
            report(
                .note(
                    "Memory was too small: \(size) images go through the network at once from here on. The batch and the "
                        + "learning rate stay as they are; gradients add up."))
        }
        try trainee.synchronise()
        let best = try await run(phase, "network", trainee, setup.batches, how, split) { [group] in
            try await setup.executor.measure(setup.watched, batchSize: min(how.batchSize, 32), in: group)
        } step: { try trainee.step($0, $1, $2) }
        for name in best.names { weights[name] = best[name] }
    }

    /// The network with the photos that it is trained and watched with.
    func networkSetup(
        _ dataset: Dataset, _ split: Split, _ weights: Weights, _ how: Optimisation
    ) throws -> NetworkSetup {
        let labels = dataset.images.map(\.label)
        let classes = dataset.classes.count
        let executor = try NetworkExecutor(
            choices.graph(classes: classes), weights: weights, device: choices.device, precision: choices.precision)
        let norms = executor.normPaths
        try executor.setTrainable { choices.trains($0, norms: norms) }
        func source(_ indices: [Int], _ augmentation: Augmentation) -> PhotoSource {
            PhotoSource(
                photos: indices.map { dataset.images[$0].url }, labels: indices.map { labels[$0] },
                preprocessing: choices.preprocessing, augmentation: augmentation, seed: choices.seed, limits: choices.limits,
                threads: choices.threads)
        }
        let order = BatchOrder(
            seed: how.seed, batchSize: how.batchSize, sampling: how.sampling, rank: choices.place?.rank ?? 0,
            workers: choices.place?.count ?? 1)
        return NetworkSetup(
            executor: executor, batches: source(split.train, choices.augmentation).batches(order),
            watched: source(share(split.validation), .none), stages: Array(choices.backbone.stages.dropLast()),
            counts: counts(labels, split.train, classes), group: group)
    }

    /// Lets the learning-rate finder choose, unless a checkpoint knows what it chose; the weights are as before.
    private func withFoundRate<Batch: Sendable>(
        _ choices: Optimisation, _ phase: Int, _ executor: NetworkExecutor, _ batches: Batches<Batch>, steps: Int,
        probe: () throws -> (Batch, Int, Double) throws -> TrainingHistory.Step
    ) async throws -> Optimisation {
        var how = choices
        if let checkpoint, checkpoint.state.phase == phase, let rate = checkpoint.state.foundRate {
            how.learningRate = rate
            return how
        }
        let sweep = try await sweep(executor, batches, steps: steps, probe: probe)
        guard let rate = sweep.suggestion else {
            report(.note("The learning-rate finder saw the loss fall nowhere; \(how.learningRate) is taken."))
            return how
        }
        how.learningRate = rate
        report(.note(String(format: "The learning-rate finder chose %.2g.", rate)))
        return how
    }

    /// Sweeps the learning rate, and leaves the weights as they were.
    func sweep<Batch: Sendable>(
        _ executor: NetworkExecutor, _ batches: Batches<Batch>, steps: Int,
        probe: () throws -> (Batch, Int, Double) throws -> TrainingHistory.Step
    ) async throws -> RateSweep {
        let before = try executor.snapshot()
        let step = try probe()
        let sweep = try await sweepLearningRate(on: batches, steps: steps, step: step) { [report] history in
            guard let last = history.steps.last else { return }
            report(.rate(.init(learningRate: last.learningRate, loss: last.loss)))
        }
        try executor.restore(before)
        return sweep
    }

    /// This worker's part of some indices.
    private func share(_ indices: [Int]) -> [Int] {
        guard let place = choices.place else { return indices }
        return Array(indices[BatchOrder.share(place.rank, of: place.count, in: indices.count)])
    }

    func counts(_ labels: [Int], _ indices: [Int], _ classes: Int) -> [Int] {
        indices.reduce(into: [Int](repeating: 0, count: classes)) { $0[labels[$1]] += 1 }
    }

    private func bestEpoch(_ how: Optimisation, _ history: TrainingHistory, _ split: Split) -> Int? {
        split.validation.isEmpty ? nil : how.stopping.bestEpoch(history)
    }

    /// Runs the loop, saves its state now and then, and returns the weights of the best epoch.
    private func run<Batch: Sendable>(
        _ phase: Int, _ name: String, _ trainee: Trainee, _ batches: Batches<Batch>, _ how: Optimisation, _ split: Split,
        measure: () async throws -> TrainingHistory.Measure,
        step: (Batch, Int, Double) throws -> TrainingHistory.Step
    ) async throws -> Weights {
        var bestWeights: Weights?
        var history = TrainingHistory()
        if let checkpoint, checkpoint.state.phase == phase {
            try trainee.restore(checkpoint.weights)
            history = checkpoint.state.history
            let kept = checkpoint.weights.part("best")
            bestWeights = kept.count > 0 ? kept : nil
        }
        let monitor = PhaseMonitor(name, how, batches.count, choices.device, trained: split.train.count)
        func save(_ history: TrainingHistory) throws {
            guard isLeader, let keeper, try trainee.executor.isFinite() else { return }
            var state = try trainee.state()
            if let bestWeights { state.add(bestWeights, under: "best") }
            try keeper.save(
                phase: phase, histories: phases.map(\.history) + [history],
                foundRate: choices.findsRate ? how.learningRate : nil,
                microBatch: name == "network" ? trainee.microBatch : nil, weights: state)
        }
        if history.steps.isEmpty { try save(history) }
        let done = try await train(
            on: batches, epochs: how.epochs, schedule: how.schedule, base: how.learningRate, stopping: how.stopping,
            from: history, step: step,
            validation: {
                guard !split.validation.isEmpty else { return nil }
                return try await trainee.answering(measure)
            },
            report: { event, history in
                switch event {
                case .step(let timing):
                    report(.step(monitor.step(history, timing)))
                    // If any worker is asked to stop, all stop after the same step.
                    let isAsked = try trainee.someWorker(keeper?.isStopRequested() ?? false)
                    if isAsked || keeper?.isDue ?? false { try save(history) }
                    if isAsked { throw TrainingError.interrupted(run: keeper?.run) }
                case .epoch(let timing):
                    let best = bestEpoch(how, history, split)
                    if best == history.epochs.last?.number { bestWeights = try trainee.weights() }
                    report(.epoch(monitor.epoch(history, timing, best: best)))
                    try save(history)
                }
            })
        let best = bestEpoch(how, done, split)
        phases.append(.init(name: name, history: done, epochs: how.epochs, bestEpoch: best))
        let last = try trainee.weights()
        // Those of an earlier phase are of no use.
        lastWeights = nil
        guard let bestWeights, best != done.epochs.last?.number else { return last }
        lastWeights = last
        return bestWeights
    }
}
