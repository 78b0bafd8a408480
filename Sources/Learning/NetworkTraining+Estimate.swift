// What training will take, before it begins; and the search for a learning rate without a training.

public import Datasets
import Foundation
import Imaging
import Networks
import Torch
import WeightFiles
import Workers

/// A network with the photos that it is trained and watched with.
struct NetworkSetup {
    let executor: NetworkExecutor
    let batches: Batches<LabelledBatch<UInt8>>
    let watched: PhotoSource
    let stages: [Stage]
    let targets: Targets
    let group: ProcessGroup?

    /// The network ready to learn.
    func trainee(_ how: Optimisation, _ microBatch: Int? = nil) throws -> Trainee {
        try Trainee(executor, how, targets, stages: stages, microBatch: microBatch, group: group)
    }
}

extension JobRun {
    /// How many images may go through the network at once, so that memory is enough, and what they need.
    ///
    /// Two steps of two and four grey images show what an image takes, and what the rest.
    func microBatch(_ setup: NetworkSetup, _ how: Optimisation) throws -> Int {
        // A GPU's memory is left to its allocator: what is too much fails at once, and is then halved.
        guard choices.device == .cpu else { return how.batchSize }
        let needs = try memoryNeeds(setup, how)
        let free = Double(choices.memoryLimit ?? HostMemory.current.total) * 0.8
        let fitting = Int((free - needs.base) / max(needs.image, 1))
        guard fitting < how.batchSize else { return how.batchSize }
        let size = max(1, fitting)
        report(
            .note(
                """
                \(how.batchSize) images at once would need \(Int(needs.base + needs.image * Double(how.batchSize)) >> 20) MiB for \
                tensors, more than there is: they go through the network \(size == 1 ? "one by one" : "\(size) at a time"). The \
                batch and the learning rate stay as they are; gradients add up.\(normAdvice(setup, size))
                """))
        return size
    }

    /// Batch norms see only what goes through the network together.
    private func normAdvice(_ setup: NetworkSetup, _ size: Int) -> String {
        let trained = setup.executor.normPaths.contains {
            setup.executor.parameters["\($0).weight"]?.requiresGradient ?? false
        }
        guard size < 8, trained else { return "" }
        return
            " So few are a poor measure for the network's batch norms: --set freeze_norms=true leaves those as they are."
    }

    private func memoryNeeds(_ setup: NetworkSetup, _ how: Optimisation) throws -> (base: Double, image: Double) {
        let before = try setup.executor.snapshot()
        defer { try? setup.executor.restore(before) }
        let alone = NetworkSetup(
            executor: setup.executor, batches: setup.batches, watched: setup.watched, stages: setup.stages,
            targets: setup.targets, group: nil)
        let probe = try alone.trainee(how, 4)
        let size = choices.preprocessing.byteCount
        func peak(_ count: Int) throws -> Double {
            HostMemory.forgetPeak()
            let labels = Array(repeating: 0, count: count)
            let batch = LabelledBatch(
                values: [UInt8](repeating: 128, count: count * size), labels: labels, all: labels)
            _ = try probe.step(batch, 0, 0)
            return Double(HostMemory.current.mostInTensors)
        }
        let (two, four) = (try peak(2), try peak(4))
        let image = max((four - two) / 2, Double(size))
        return (max(two - 2 * image, 0), image)
    }

    /// Times a few steps; the weights are as before.
    func estimate(_ setup: NetworkSetup, _ how: Optimisation, _ micro: Int) async throws -> TrainingEvent.Estimate {
        let before = try setup.executor.snapshot()
        let probe = try setup.trainee(how, micro)
        HostMemory.forgetPeak()
        // The first step fetches memory, and does not count.
        var (number, images, start) = (0, 0, ContinuousClock.now)
        // Few photos make one step an epoch: then the next epoch has the one that counts.
        let wanted = max(2, min(4, setup.batches.count))
        for epoch in 1...2 where number < wanted {
            for try await batch in setup.batches.epoch(epoch) {
                _ = try probe.step(batch, number, 0)
                number += 1
                if number == 1 { start = .now } else { images += batch.all.count }
                if number == wanted { break }
            }
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        try setup.executor.restore(before)
        let speed = images > 0 ? Double(images) / max(seconds, 1e-9) : 0
        let total = Double(setup.targets.images * how.epochs)
        let graph = setup.executor.graph
        return .init(
            seconds: speed > 0 ? total / speed : 0, imagesPerSecond: speed,
            memory: (try? choices.device.memory()?.mostInTensors) ?? HostMemory.current.mostInTensors,
            microBatch: micro,
            parameters: graph.parameterCount,
            trainable: graph.requirements.reduce(0) {
                $0 + (setup.executor.parameters[$1.name]?.requiresGradient ?? false ? $1.count : 0)
            })
    }

    // MARK: - Without a training

    /// What the training would take.
    func estimated() async throws -> TrainingEvent.Estimate? {
        guard let how = choices.networkChoices else { return nil }
        let data = try await photos()
        let split = try parts(of: data.dataset)
        let weights = try initialWeights(classes: data.dataset.classes.count)
        let setup = try networkSetup(data.dataset, split, weights, how)
        return try await estimate(setup, how, microBatch(setup, how))
    }

    /// Sweeps the learning rate of the network, after its head was trained, or of the head if only that is.
    func foundRate() async throws -> RateSweep {
        let (data, split, weights) = try await prepared()
        guard let how = choices.networkChoices else {
            let (executor, batches, how, targets) = try await headParts(data, split, weights)
            return try await sweep(executor, batches, steps: 400) {
                let probe = try Trainee(executor, how, targets)
                return { try probe.step($0, $1, $2) }
            }
        }
        let setup = try networkSetup(data.dataset, split, weights, how)
        return try await sweep(setup.executor, setup.batches, steps: 100) {
            let probe = try setup.trainee(how)
            return { try probe.step($0, $1, $2) }
        }
    }

    /// Tries rates from 0.1 down until the loss falls from epoch to epoch.
    func rateTrials(report: (RateTrial) -> Void) async throws -> [RateTrial] {
        let (data, split, weights) = try await prepared()
        func losses<Batch: Sendable>(
            _ executor: NetworkExecutor, _ batches: Batches<Batch>, _ rate: Double, _ epochs: Int,
            _ step: (Batch, Int, Double) throws -> TrainingHistory.Step
        ) async throws -> [Double] {
            let before = try executor.snapshot()
            defer { try? executor.restore(before) }
            do {
                let done = try await train(
                    on: batches, epochs: epochs, schedule: .constant, base: rate, step: step, validation: { nil },
                    report: { _, _ in })
                return done.epochs.map(\.training.loss)
            } catch is TrainingDiverged {
                return []
            }
        }
        guard let how = choices.networkChoices else {
            let (executor, batches, how, targets) = try await headParts(data, split, weights)
            return try await searchLearningRateStepwise(
                losses: { rate, epochs in
                    let probe = try Trainee(executor, how, targets)
                    return try await losses(executor, batches, rate, epochs) { try probe.step($0, $1, $2) }
                }, report: report)
        }
        let setup = try networkSetup(data.dataset, split, weights, how)
        return try await searchLearningRateStepwise(
            losses: { rate, epochs in
                let probe = try setup.trainee(how)
                return try await losses(setup.executor, setup.batches, rate, epochs) { try probe.step($0, $1, $2) }
            }, report: report)
    }

    private func prepared() async throws -> (Photos, Split, Weights) {
        let data = try await photos()
        let split = try parts(of: data.dataset)
        var weights = try initialWeights(classes: data.dataset.classes.count)
        if choices.headChoices != nil, choices.networkChoices != nil { try await trainHead(data, split, &weights) }
        return (data, split, weights)
    }
}

extension NetworkTraining {
    /// What the training would take; nil if the network stays frozen, which takes seconds.
    public func estimate(
        on read: Dataset, report: @escaping (TrainingEvent) -> Void
    ) async throws -> TrainingEvent.Estimate? {
        try await onComputeThread(read, report) { try await $0.estimated() }
    }

    /// Sweeps the learning rate, deterministically; nothing is kept of the weights.
    public func findRate(
        on read: Dataset, report: @escaping (TrainingEvent) -> Void
    ) async throws -> RateSweep {
        try await onComputeThread(read, report) { try await $0.foundRate() }
    }

    /// The founding procedure: rates from 0.1 down, up to five epochs each, until the loss falls from epoch to epoch.
    public func findRateStepwise(
        on read: Dataset, trial: @escaping (RateTrial) -> Void, report: @escaping (TrainingEvent) -> Void
    ) async throws -> [RateTrial] {
        try await onComputeThread(read, report) { try await $0.rateTrials(report: trial) }
    }
}
