// Training from the first byte to the published model: the job, its package, its report, and its record.

public import Foundation
import Imaging
public import Learning
import Models
import Networks
import RunHistory
import Torch

/// One training of a classifier, as `ocelot train classifier` does it.
public struct ClassifierTraining: Sendable {
    /// The data set.
    public var dataset: URL
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
    /// When the method throws, no model is published, and the run is recorded as failed with the reason.
    public func run(report: (TrainingEvent) -> Void) async throws -> TrainingResult {
        let start = ContinuousClock.now
        let modelName = try modelName()
        let read = try Dataset.read(dataset)
        try read.requireTrainable()
        let dataSeconds = (ContinuousClock.now - start) / .seconds(1)
        let (training, origin) = try choices()
        let store = try RunStore(workspace: workspace)
        let run = try store.begin(
            RunStart(
                kind: "classifier", name: modelName, command: commandLine, data: dataset.path,
                seed: training.seed, recipe: try recipe.yaml(), parameters: try recipe.parameters(),
                software: softwareVersions()))
        do {
            report(
                .started(
                    .init(
                        run: run, dataset: dataset.relativePath, method: "svm", backbone: training.backbone.rawValue,
                        imageSize: training.preprocessing.side, seed: Int(training.seed), device: recipe.device)))
            let trained = try await training(on: read, report: report)
            let published = try publish(trained, training, origin, as: modelName, run: run, in: store, report: report)
            var finished = published.finished
            finished.seconds.data = dataSeconds
            finished.seconds.total = (ContinuousClock.now - start) / .seconds(1)
            try store.finish(run)
            report(.finished(finished))
            return TrainingResult(finished: finished, report: published.report, package: published.package)
        } catch {
            try? store.finish(run, .failed, message: "\(error)")
            throw error
        }
    }

    /// What would be done, in words.
    public func plan() throws -> String {
        let (training, origin) = try choices()
        let read = try Dataset.read(dataset)
        try read.requireTrainable()
        let counts = zip(read.classes, read.counts).map { "\($0) \($1)" }.joined(separator: ", ")
        return """
            Model      \(try modelName())
            Data       \(dataset.relativePath): \(read.images.count) images (\(counts)), \(read.leftOut.count) files left out
            Backbone   \(training.backbone.rawValue), weights \(origin.name) (\(origin.source))
            Image      \(training.preprocessing.side) pixels, \(training.preprocessing.resize.rawValue)
            Test part  \(recipe.test), seed \(training.seed)
            C          \(training.cs.map { "\($0)" }.joined(separator: ", ")), chosen by \(training.folds)-fold cross-validation
            """
    }

    /// The model's name: as given, or the data set's without what a name cannot have.
    private func modelName() throws -> String {
        if let name {
            _ = try ModelPackage.folder(name, version: 1, in: workspace)
            return name
        }
        let base = dataset.deletingPathExtension().standardizedFileURL.lastPathComponent
        let plain = String(base.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" })
        let trimmed = String(plain.drop { "-_.".contains($0) }.prefix(64))
        return ModelPackage.isModelName(trimmed) ? trimmed : "model"
    }

    /// Where the network is computed, if this machine has it.
    private func device() throws -> Device {
        guard let device = Device(recipe.device), device.isAvailable else {
            throw RecipeProblem.noDevice(
                recipe.device, reason: "libtorch finds \(Device.cudaCount) CUDA devices (see Docs/gpu.md)")
        }
        return device
    }

    private func choices() throws -> (SVMTraining, BackboneWeights) {
        let origin = try recipe.backboneWeights()
        let side = recipe.imageSize ?? origin.backbone.defaultImageSize
        let training = SVMTraining(
            origin.backbone, weights: origin.weights, padding: origin.padding,
            preprocessing: Preprocessing(resize: recipe.resize, side: side), testFraction: recipe.test,
            seed: UInt64(recipe.seed), cs: recipe.cs, maps: recipe.featureMaps,
            folds: recipe.folds, classWeights: recipe.classWeights,
            limits: DecodingLimits(pixels: recipe.maxPixels),
            device: try device(),
            cache: usesCache ? workspace.appending(path: "cache/features") : nil)
        return (training, origin)
    }
}

/// What a training leaves behind.
public struct TrainingResult: Sendable {
    /// The last event, with the figures.
    public let finished: TrainingEvent.Finished
    /// The measurement on the test images.
    public let report: ClassificationReport
    /// The model.
    public let package: ModelPackage

    /// A few lines for a person: the figures, where things are, and what to try next.
    public var summary: String {
        let test = finished.test
        let interval = test.accuracyInterval.map { String(format: "%.1f", 100 * $0) }.joined(separator: " to ")
        return """
            \(report.text())
            Accuracy on \(test.images) test photos: \(String(format: "%.1f", 100 * test.accuracy)) % (95 % interval \(interval) %), \
            where guessing gives \(String(format: "%.1f", 100 * test.chance)) %.
            Took \(String(format: "%.1f", finished.seconds.total)) s; C = \(String(format: "%g", finished.bestC)).

            Model   \(package.folder.relativePath)
            Report  \(finished.report ?? "")

            Next:
            \(nextSteps.map { "  " + $0 }.joined(separator: "\n"))
            """
    }

    /// What to try next, the most promising first.
    public var nextSteps: [String] { adviseNext(finished, report, model: package.folder.relativePath) }
}
