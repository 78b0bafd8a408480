import ArgumentParser
import Foundation
import Imaging
import Learning
import Networks
import Ocelot

/// `ocelot train`.
struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a model of your photos.", subcommands: [TrainClassifier.self])
}

/// `ocelot train classifier`: thin; the work is `ImageClassifier.train`.
struct TrainClassifier: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classifier",
        abstract: "Trains a classifier, measures it on photos that it has not seen, and keeps it as a package.",
        discussion: """
            A frozen, pretrained network (the backbone) describes each photo by a vector of numbers; a linear SVM learns to tell \
            your classes apart by them. C, how much a misclassified training photo counts, is chosen on held-out parts of the \
            training photos. Accuracy is measured on photos that took no part in any of this.
            """)

    @Argument(
        help: ArgumentHelp("A folder with one folder of photos a class, or a table 'path,label'.", valueName: "dataset")
    )
    var dataset: String

    @Option(help: "What to call the model; the data set's name by default.")
    var name: String?

    @Option(help: ArgumentHelp("The pretrained network; see 'ocelot weights list'. (default: the best at hand)"))
    var backbone: String?

    @Option(help: ArgumentHelp("A file of weights for the backbone: safetensors, .pth.", valueName: "file"))
    var weights: String?

    @Option(help: "How the model is made. (values: svm; default: svm)")
    var method: String?

    @Option(help: ArgumentHelp("Side of the image that the network sees, in pixels. (default: the backbone's)"))
    var imageSize: Int?

    @Option(help: "How a photo becomes a square: crop, squash or letterbox. (default: crop)")
    var resize: String?

    @Option(help: "Part of each class that is kept for the test, 0.01 to 0.9. (default: 0.25)")
    var test: Double?

    @Option(help: "Seed of every choice by chance; the same seed gives the same model. (default: 42)")
    var seed: Int?

    @Option(
        help: ArgumentHelp("A parameter file, as 'ocelot new' writes it. Options win over it.", valueName: "file.yaml"))
    var config: String?

    @Option(help: ArgumentHelp("Any parameter of the parameter file, such as --set folds=5.", valueName: "key=value"))
    var set: [String] = []

    @Option(help: "Where the network is computed: cpu, cuda or cuda:N. (default: cpu)")
    var device: String?

    @Flag(inversion: .prefixedNo, help: "Keep features of photos for the next run.")
    var cache = true

    @Flag(help: "Say what would be done, and stop.")
    var dryRun = false

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let recipe = try recipe()
        let progress = Progress(quiet: output.quiet)
        let training = ClassifierTraining(
            dataset: URL(filePath: dataset), name: name, recipe: recipe, workspace: workspace.url, usesCache: cache,
            commandLine: CommandLine.arguments.dropFirst().joined(separator: " "))
        if dryRun {
            write(try training.plan())
            return
        }
        let printer = TrainingPrinter(json: output.json, progress: progress)
        let result = try await training.run(report: printer.show)
        if !output.json { write(result.summary) }
    }

    /// The parameter file, then `--set`, then the options that have names of their own.
    private func recipe() throws -> ClassifierRecipe {
        var recipe = ClassifierRecipe()
        if let config { recipe = try ClassifierRecipe(file: URL(filePath: config)) }
        for assignment in set { try recipe.set(assignment: assignment) }
        let named: [(String, String?)] = [
            ("method", method), ("backbone", backbone), ("weights", weights),
            ("image_size", imageSize.map(String.init)),
            ("resize", resize), ("test", test.map { "\($0)" }), ("seed", seed.map(String.init)), ("device", device),
        ]
        for (key, value) in named { if let value { try recipe.set(key, to: value) } }
        return recipe
    }
}

/// Shows the events of training: as JSON lines, or for a person.
final class TrainingPrinter {
    private let json: Bool
    private let progress: Progress

    init(json: Bool, progress: Progress) {
        self.json = json
        self.progress = progress
    }

    func show(_ event: TrainingEvent) {
        if json { try? writeJSON(event) }
        switch event {
        case .started(let started):
            progress.line(
                "Training \(started.method) on \(started.dataset) with \(started.backbone) at \(started.imageSize) pixels."
            )
        case .features(let features):
            let cached = features.fromCache > 0 ? ", \(features.fromCache) from the cache" : ""
            let rate = String(format: "%.0f images/s", features.imagesPerSecond)
            if features.done < features.total {
                let left = Double(features.total - features.done) / max(features.imagesPerSecond, 1e-9)
                progress.live(
                    "Features \(features.done)/\(features.total), \(rate), \(Int(left.rounded(.up))) s left\(cached)")
            } else {
                progress.line("Features of \(features.total) photos, \(rate)\(cached).")
            }
        case .data(let data):
            let classes = data.classes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(
                separator: ", ")
            progress.line("\(data.train) photos for training, \(data.test) for the test: \(classes).")
            for file in data.leftOut.prefix(10) { progress.line("  left out: \(file.path): \(file.reason)") }
            if data.leftOut.count > 10 { progress.line("  and \(data.leftOut.count - 10) more; the report lists all.") }
            for warning in data.warnings { progress.line("Note: \(warning)") }
        case .svm(let trial):
            progress.live(
                String(
                    format: "%@ features, C = %g: %.1f %% right on held-out photos", trial.map as NSString, trial.c,
                    100 * trial.validationAccuracy))
        case .evaluated, .finished:
            break
        }
    }
}
