// The phases of the job: the head on cached features, then the network.

import Datasets
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

extension JobRun {
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
        let labels = LabelNumbers(data.dataset)
        let (executor, batches, _, targets) = try await headParts(data, split, weights)
        try ComputeThreads.set(headThreads(executor, how))
        defer { try? ComputeThreads.set(choices.threads) }
        if choices.findsRate, choices.networkChoices == nil {
            let first = how
            how = try await withFoundRate(first, phase, executor, batches, steps: 400) {
                let probe = try Trainee(executor, first, targets)
                return { try probe.step($0, $1, $2) }
            }
        }
        let trainee = try Trainee(executor, how, targets)
        let held = data.features.subset(rows: split.validation)
        let heldLabels = split.validation.map { labels.numbers[$0] }
        let best = try await run(phase, "head", trainee, batches, how, split) {
            try executor.measure(held, heldLabels, targets)
        } step: {
            try trainee.step($0, $1, $2, momentum: how.momentum(step: $1, stepsPerEpoch: batches.count))
        }
        let initial = weights
        for name in best.names { weights[name] = best[name] }
        guard choices.refitsHead, choices.networkChoices == nil, let epochs = phases.last?.bestEpoch else { return }
        let refitted = try await refitHead(data, split, from: initial, best: best, epochs: epochs, how)
        for name in refitted.names { weights[name] = refitted[name] }
        lastWeights = nil
    }

    /// How many threads a step of a head is divided among.
    ///
    /// A small head's step takes microseconds, in which threads would only wait for each other: on a busy machine, two of
    /// them took two hundred times as long as one.
    private func headThreads(_ executor: NetworkExecutor, _ how: Optimisation) -> Int {
        how.batchSize * executor.graph.parameterCount < 50_000_000 ? 1 : choices.threads
    }

    /// The head with the features that it is trained with.
    func headParts(
        _ data: Photos, _ split: Split, _ weights: Weights
    ) async throws -> (NetworkExecutor, Batches<LabelledBatch<Float>>, Optimisation, Targets) {
        guard let how = choices.headChoices else { throw TrainingError.noOutput("scores") }
        let labels = LabelNumbers(data.dataset)
        let classes = data.dataset.classes.count
        let executor = try NetworkExecutor(choices.headGraph(classes: classes), weights: weights)
        let variants = try await varied(data.dataset, split.train)
        let rows = data.features.subset(rows: split.train)
        let order = BatchOrder(seed: how.seed, batchSize: how.batchSize, sampling: how.sampling)
        let batches = rows.batches(labels: split.train.map { labels.numbers[$0] }, order: order, variants: variants)
        return (executor, batches, how, labels.targets(split.train))
    }

    /// The features of varied copies of some photos.
    func varied(_ dataset: Dataset, _ indices: [Int]) async throws -> [FeatureMatrix] {
        guard choices.variedCopies > 0, choices.augmentation != .none else { return [] }
        let network = try describingNetwork()
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

    func trainNetwork(_ dataset: Dataset, _ split: Split, _ weights: inout Weights) async throws {
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
                    "Memory was too small: from here on, images go through the network \(size == 1 ? "one by one" : "\(size) at a time"). The batch and the "
                        + "learning rate stay as they are; gradients add up."))
        }
        try trainee.synchronise()
        let best = try await run(phase, "network", trainee, setup.batches, how, split) { [group] in
            try await setup.executor.measure(
                setup.watched, batchSize: min(how.batchSize, 32), setup.targets, in: group)
        } step: {
            try trainee.step($0, $1, $2, momentum: how.momentum(step: $1, stepsPerEpoch: setup.batches.count))
        }
        for name in best.names { weights[name] = best[name] }
        noteIfTheHeadWasBetter()
    }

    /// Says so if all epochs of the network were worse than the head alone, by what is watched.
    private func noteIfTheHeadWasBetter() {
        guard phases.count == 2, let head = phases[0].bestEpoch, let network = phases[1].bestEpoch,
            let before = phases[0].history.epochs.first(where: { $0.number == head })?.validation,
            let after = phases[1].history.epochs.first(where: { $0.number == network })?.validation,
            before.loss < after.loss
        else { return }
        report(
            .note(
                String(
                    format:
                        "Training the network did not help: the validation loss was %.4f with the head alone, and is %.4f in "
                        + "the best epoch. Try fewer stages (--set stages=1), a smaller --learning-rate, or --method head.",
                    before.loss, after.loss)))
    }

    /// The network with the photos that it is trained and watched with.
    func networkSetup(
        _ dataset: Dataset, _ split: Split, _ weights: Weights, _ how: Optimisation
    ) throws -> NetworkSetup {
        let labels = LabelNumbers(dataset)
        let classes = dataset.classes.count
        let executor = try NetworkExecutor(
            choices.graph(classes: classes), weights: weights, device: choices.device, precision: choices.precision)
        let norms = executor.normPaths
        try executor.setTrainable { choices.trains($0, norms: norms) }
        func source(_ indices: [Int], _ augmentation: Augmentation) -> PhotoSource {
            PhotoSource(
                photos: indices.map { dataset.images[$0].url }, labels: indices.map { labels.numbers[$0] },
                preprocessing: choices.preprocessing, augmentation: augmentation, seed: choices.seed,
                limits: choices.limits,
                threads: choices.threads)
        }
        let order = BatchOrder(
            seed: how.seed, batchSize: how.batchSize, sampling: how.sampling, rank: choices.place?.rank ?? 0,
            workers: choices.place?.count ?? 1)
        return NetworkSetup(
            executor: executor, batches: source(split.train, choices.augmentation).batches(order),
            watched: source(share(split.validation), .none), stages: Array(choices.backbone.stages.dropLast()),
            targets: labels.targets(split.train), group: group)
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

    private func bestEpoch(_ how: Optimisation, _ history: TrainingHistory, _ split: Split) -> Int? {
        split.validation.isEmpty ? nil : how.stopping.bestEpoch(history)
    }

    /// Runs the loop, saves its state now and then, and returns the weights of the best epoch.
    private func run<Batch: Sendable>(
        _ phase: Int, _ name: String, _ trainee: Trainee, _ batches: Batches<Batch>, _ how: Optimisation,
        _ split: Split,
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
                    let isAsked = try trainee.someWorker((keeper?.isStopRequested ?? choices.isStopRequested)())
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
