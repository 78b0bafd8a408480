// Training from the first byte to the published model: the job, its package, its report, and its record.

import Datasets
public import Evaluation
public import Foundation
import Imaging
import Labels
public import Learning
import Models
import Networks
import RunHistory
import Torch
public import Workers

/// One training of a classifier, as `ocelot train classifier` does it.
public struct ClassifierTraining: Sendable {
    /// The data set.
    public var dataset: URL
    /// Whether a run that goes on takes the data set that it began with, whatever `dataset` is.
    public var takesDatasetOfRun = false
    /// What the model is to be called; the data set's name if nil.
    public var name: String?
    /// Every choice.
    public var recipe: ClassifierRecipe
    /// The folder of runs, models and caches.
    public var workspace: URL
    /// Whether features of photos are kept for the next run.
    public var usesCache: Bool
    /// What the history shows as the command.
    public var commandLine: String
    /// Where this process stands among several that learn together; nil if it learns alone.
    public var place: WorkerPlace?
    /// Whether somebody asks for training to stop: its state is saved, and `TrainingError.interrupted` thrown.
    ///
    /// It is asked after every step, from the thread of the training.
    public var isStopRequested: @Sendable () -> Bool = { false }

    /// Makes a training.
    public init(
        dataset: URL, name: String? = nil, recipe: ClassifierRecipe = ClassifierRecipe(), workspace: URL,
        usesCache: Bool = true, commandLine: String = ""
    ) {
        self.dataset = dataset
        self.name = name
        self.recipe = recipe
        self.workspace = workspace
        self.usesCache = usesCache
        self.commandLine = commandLine
    }

    /// Trains, measures, and keeps the model with its report and record.
    ///
    /// When the method throws, no model is published, and the run is recorded as failed with the reason. If the network was
    /// being trained, its last state is kept, and `resume` goes on from there.
    public func run(report: @escaping (TrainingEvent) -> Void) async throws -> TrainingResult {
        let modelName = try modelName()
        let read = try readDataset()
        let job = try job(photos: read.images.count)
        let store = try RunStore(workspace: workspace)
        let run = try store.begin(
            RunStart(
                kind: "classifier", name: modelName, command: commandLine, data: dataset.path,
                seed: UInt64(recipe.seed),
                recipe: try recipe.yaml(), parameters: try recipe.parameters(), software: softwareVersions()))
        return try await carryOut(job, on: read, as: modelName, run: run, in: store, from: nil, report: report)
    }

    /// Goes on with a run that was interrupted, as if it had never stopped.
    ///
    /// - Parameters:
    ///   - number: The run; nil takes the newest that has a checkpoint.
    ///   - changes: Parameters that are to be other than when the run began. Only those can change that do not make another
    ///     training of it.
    ///   - report: Is told of every event.
    /// - Returns: What the training leaves behind.
    /// - Throws: `CheckpointError` if there is nothing to go on from or the photos have changed, and what `run` throws.
    public func resume(
        _ number: Int?, changes: [(key: String, value: String)] = [], report: @escaping (TrainingEvent) -> Void
    ) async throws -> TrainingResult {
        let store = try RunStore(workspace: workspace)
        let number = try number ?? newestRunWithCheckpoint(in: store)
        guard !isDone(number, in: store) else {
            throw CheckpointError.none(path: CheckpointStore(run: number, workspace: workspace).folder.relativePath)
        }
        let (checkpoint, warning) = try CheckpointStore(run: number, workspace: workspace).read()
        var training = try goingOn(with: number, checkpoint, in: store)
        for (key, value) in changes { try training.recipe.change(key, to: value) }
        let read = try training.readDataset()
        let job = try training.job(photos: read.images.count)
        guard try checkpoint.state.network == job.origin.identity() else {
            throw CheckpointError.otherNetwork(job.origin.backbone.rawValue)
        }
        try store.resume(number)
        if let warning { report(.note(warning)) }
        if checkpoint.state.libtorch != libtorchVersion() || checkpoint.state.threads != job.threads {
            report(
                .note(
                    "This run began with libtorch \(checkpoint.state.libtorch) and \(checkpoint.state.threads) threads; here it is "
                        + "\(libtorchVersion()) and \(job.threads), so the last digits of its numbers will differ."))
        }
        return try await training.carryOut(
            job, on: read, as: checkpoint.state.name, run: number, in: store, from: checkpoint, report: report)
    }

    /// This training with a run's recipe, and with its data set where that is wanted.
    private func goingOn(with number: Int, _ checkpoint: Checkpoint, in store: RunStore) throws -> ClassifierTraining {
        var training = self
        if takesDatasetOfRun { training.dataset = URL(filePath: try store.details(number).run.data) }
        training.recipe = try ClassifierRecipe(yaml: checkpoint.state.recipe, from: "the checkpoint's recipe")
        return training
    }

    /// Takes part in a training as a worker other than the first: it computes its share, and keeps nothing.
    ///
    /// - Parameter number: The run to go on with, if there is one: the newest, or the one of that number.
    /// - Throws: `WorkersError` if the others are lost, and what reading and networks throw.
    public func follow(resuming number: Int?? = nil) async throws {
        var training = self
        var checkpoint: Checkpoint?
        if let number {
            let store = try RunStore(workspace: workspace)
            let number = try number ?? newestRunWithCheckpoint(in: store)
            let found = try CheckpointStore(run: number, workspace: workspace).read().checkpoint
            training = try goingOn(with: number, found, in: store)
            checkpoint = found
        }
        let read = try training.readDataset()
        guard var network = try training.job(photos: read.images.count).network else { return }
        network.isStopRequested = isStopRequested
        _ = try await network(on: read, from: checkpoint) { _ in }
    }

    /// Reads the data set as the recipe says, and checks that it can be trained with.
    private func readDataset() throws -> Dataset {
        let read = try Dataset.read(dataset, options: recipe.readingOptions)
        try read.requireTrainable()
        try recipe.check(for: read.labelCount)
        try recipe.checkTogether()
        return read
    }

    private func carryOut(
        _ job: Job, on read: Dataset, as name: String, run: Int, in store: RunStore, from checkpoint: Checkpoint?,
        report: @escaping (TrainingEvent) -> Void
    ) async throws -> TrainingResult {
        let start = ContinuousClock.now
        let recorder = EpochRecorder(store, run)
        do {
            report(
                .started(
                    .init(
                        run: run, dataset: dataset.relativePath, method: recipe.method.rawValue,
                        backbone: job.origin.backbone.rawValue, imageSize: job.preprocessing.side, seed: recipe.seed,
                        device: recipe.device)))
            for note in job.notes { report(.note(note)) }
            if read.isMultiLabel {
                report(
                    .note(
                        "A photo may have several labels here: each of the \(read.classes.count) is learnt by itself."))
            }
            let keeper = CheckpointKeeper(
                run: run, store: CheckpointStore(run: run, workspace: workspace), recipe: try recipe.yaml(), name: name,
                network: try job.origin.identity(), interval: .seconds(recipe.refinement.saveEvery),
                threads: job.threads, workers: place?.count ?? 1,
                isStopRequested: isStopRequested)
            let result = try await job.train(on: read, keeper: keeper, from: checkpoint) { event in
                recorder.record(event)
                report(event)
            }
            guard let trained = result else { preconditionFailure("The first worker has the classifier.") }
            let (audit, looks) = try await audit(trained.dataset, trained.split)
            if audit.affected > 0 { report(.note(audit.summary.message)) }
            let published = try publish(trained, job, audit, looks, as: name, run: run, in: store, report: report)
            var finished = published.finished
            finished.seconds.total = (ContinuousClock.now - start) / .seconds(1)
            try store.finish(run)
            CheckpointStore(run: run, workspace: workspace).removeAll()
            report(.finished(finished))
            return TrainingResult(finished: finished, report: published.report, package: published.package)
        } catch {
            let state: Run.State =
                switch error {
                case is TrainingDiverged: .diverged
                case TrainingError.interrupted: .interrupted
                default: .failed
                }
            var reason: any Error = error
            if var diverged = error as? TrainingDiverged {
                diverged.run = run
                reason = diverged
            }
            try? store.finish(run, state, message: "\(reason)")
            throw reason
        }
    }

    /// Sweeps the learning rate of the network, or of the head if only that is trained; nothing is kept.
    public func findRate(report: @escaping (TrainingEvent) -> Void) async throws -> RateSweep {
        let (read, job) = try prepared()
        guard let network = job.network else { throw RecipeProblem.nothingToTrain(method: recipe.method.rawValue) }
        return try await network.findRate(on: read, report: report)
    }

    /// Tries rates from 0.1 down, up to five epochs each, until the loss falls from epoch to epoch.
    public func findRateStepwise(
        trial: @escaping (RateTrial) -> Void, report: @escaping (TrainingEvent) -> Void
    ) async throws -> [RateTrial] {
        let (read, job) = try prepared()
        guard let network = job.network else { throw RecipeProblem.nothingToTrain(method: recipe.method.rawValue) }
        return try await network.findRateStepwise(on: read, trial: trial, report: report)
    }

    func prepared() throws -> (Dataset, Job) {
        let read = try readDataset()
        return (read, try job(photos: read.images.count))
    }

    /// The model's name: as given, or the data set's without what a name cannot have.
    func modelName() throws -> String {
        if let name {
            _ = try ModelPackage.folder(name, version: 1, in: workspace)
            return name
        }
        let base = dataset.deletingPathExtension().standardizedFileURL.lastPathComponent
        let plain = String(base.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" })
        let trimmed = String(plain.drop { "-_.".contains($0) }.prefix(64))
        return ModelPackage.isModelName(trimmed) ? trimmed : "model"
    }

    /// The newest run that can go on.
    private func newestRunWithCheckpoint(in store: RunStore) throws -> Int {
        let folder = workspace.appending(path: "checkpoints")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let runs = names.compactMap { Int($0) }.sorted(by: >)
        let newest = runs.first { run in
            !CheckpointStore(run: run, workspace: workspace).isEmpty && !isDone(run, in: store)
        }
        guard let newest else { throw CheckpointError.none(path: folder.relativePath) }
        return newest
    }

    /// Whether a run has come to its end; its checkpoints are still there if it was killed before it removed them.
    private func isDone(_ run: Int, in store: RunStore) -> Bool { (try? store.details(run))?.run.state == .done }
}

/// Writes what each epoch gave into the history of runs, so that it can be seen while training goes on.
private final class EpochRecorder {
    private let store: RunStore
    private let run: Int
    private var known: Set<String>

    init(_ store: RunStore, _ run: Int) {
        self.store = store
        self.run = run
        // A run that goes on may repeat an epoch that was written down before it was saved.
        let metrics = (try? store.details(run))?.metrics ?? []
        known = Set(metrics.compactMap { metric in metric.step.map { "\(metric.name) \($0)" } })
    }

    func record(_ event: TrainingEvent) {
        guard case .epoch(let epoch) = event else { return }
        let prefix = epoch.phase == "head" ? "head." : ""
        var values = [
            ("train.loss", epoch.train.loss), ("train.error", epoch.train.error), ("learning_rate", epoch.learningRate),
            ("images_per_second", epoch.imagesPerSecond), ("waiting_share", epoch.waitingShare),
        ]
        if let validation = epoch.validation {
            values += [("validation.loss", validation.loss), ("validation.error", validation.error)]
        }
        let metrics = values.map { Metric("epoch.\(prefix)\($0)", step: epoch.epoch, $1) }
            .filter { known.insert("\($0.name) \($0.step ?? 0)").inserted }
        // A history that cannot be written to is said at the end; training does not stop for it.
        try? store.log(metrics, run: run)
    }
}

/// What a training leaves behind.
public struct TrainingResult: Sendable {
    /// The last event, with the figures.
    public let finished: TrainingEvent.Finished
    /// The measurement on the test images.
    public let report: EvaluationReport
    /// The model.
    public let package: ModelPackage

    /// A few lines for a person: the figures, where things are, and what to try next.
    public var summary: String {
        let c = finished.bestC.map { String(format: "; C = %g", $0) } ?? ""
        let epoch = finished.bestEpoch.map { "; weights of epoch \($0) of \(finished.epochs ?? $0)" } ?? ""
        return """
            \(report.text())
            \(headline)\(finished.leaks.map { $0.affected > 0 ? "\n" + $0.message : "" } ?? "")
            Took \(String(format: "%.1f", finished.seconds.total)) s\(c)\(epoch).

            Model   \(package.folder.relativePath)
            Report  \(finished.report ?? "")

            Next:
            \(nextSteps.map { "  " + $0 }.joined(separator: "\n"))
            """
    }

    /// The most important figure, in a sentence.
    private var headline: String {
        let test = finished.test
        func percent(_ share: Double) -> String { String(format: "%.1f", 100 * share) }
        let interval = test.accuracyInterval.map(percent).joined(separator: " to ")
        guard let labels = test.labels, let precision = labels.meanAveragePrecision else {
            return
                "Accuracy on \(test.images) test photos: \(percent(test.accuracy)) % (95 % interval \(interval) %), where guessing "
                + "gives \(percent(test.chance)) %."
        }
        return "Mean average precision on \(test.images) test photos: \(percent(precision)) %, where guessing gives "
            + "\(percent(labels.chanceAveragePrecision ?? 0)) %. All labels are right on \(percent(test.accuracy)) % (95 % interval "
            + "\(interval) %) of them."
    }

    /// What to try next, the most promising first.
    public var nextSteps: [String] { adviseNext(finished, report, model: package.folder.relativePath) }
}
