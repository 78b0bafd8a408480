import ArgumentParser
import Foundation
import Imaging
import Learning
import Networks
import Ocelot
import Workers

/// `ocelot train`.
struct Train: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a model of your photos.", subcommands: [TrainClassifier.self])
}

/// `ocelot train classifier`: thin; the work is `ClassifierTraining`.
struct TrainClassifier: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classifier",
        abstract: "Trains a classifier, measures it on photos that it has not seen, and keeps it as a package.",
        discussion: """
            A pretrained network (the backbone) describes each photo by a vector of numbers. With the method svm, a linear SVM \
            learns to tell your classes apart by them: seconds to minutes, a strong start. With fine-tune, the network itself \
            learns from your photos as well: minutes to hours, more accurate. Accuracy is measured on photos that took no part \
            in any of this. Ctrl-C once saves the state and stops; --resume goes on. 'ocelot new' writes a file with every \
            parameter explained.
            """)

    @Argument(
        help: ArgumentHelp(
            "A folder with one folder of photos a class, or a table 'path,label'. With --resume it can be left out.",
            valueName: "dataset")
    )
    var dataset: String?

    @Option(help: "What to call the model; the data set's name by default.")
    var name: String?

    @OptionGroup var choices: TrainingChoices

    @Option(help: ArgumentHelp("Go on with a run that was interrupted: its number, or latest.", valueName: "run"))
    var resume: String?

    @Flag(inversion: .prefixedNo, help: "Keep features of photos for the next run.")
    var cache = true

    @Flag(help: "Say what would be done and how long it would take, by a few steps that are timed, and stop.")
    var dryRun = false

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let resume, resume != "latest", Int(resume) == nil {
            throw ValidationError("--resume takes the number of a run or latest, not '\(resume)'.")
        }
        guard dataset != nil || resume != nil else {
            throw ValidationError("Say which photos: ocelot train classifier PHOTOS, a folder with one folder a class.")
        }
        guard resume == nil || !dryRun else {
            throw ValidationError(
                "--dry-run tells of a training that is to begin, and --resume goes on with one. Leave one out.")
        }
    }

    func run() async throws {
        let recipe = resume == nil ? try choices.recipe() : ClassifierRecipe()
        var place = try WorkerPlace(environment: ProcessInfo.processInfo.environment)
        var training = ClassifierTraining(
            dataset: URL(filePath: dataset ?? "."), name: name, recipe: recipe, workspace: workspace.url,
            usesCache: cache,
            commandLine: CommandLine.arguments.dropFirst().joined(separator: " "))
        training.takesDatasetOfRun = dataset == nil
        training.isStopRequested = { StopRequest.isMade }
        if let place, place.rank > 0 {
            training.place = place
            try await follow(training)
            return
        }
        StopRequest.listen()
        let progress = Progress(quiet: output.quiet)
        if dryRun {
            let plan = try await training.plan(report: TrainingPrinter(json: output.json, progress: progress).show)
            if output.json { try writeJSON(plan) } else { write(plan.text) }
            return
        }
        var launcher: WorkerLauncher?
        let workers = choices.workers ?? recipe.refinement.workers
        if place == nil, workers > 1, recipe.method.isSharedAmongWorkers || resume != nil {
            launcher = try WorkerLauncher(workers)
            place = launcher?.place
        }
        training.place = place
        do {
            let result = try await train(training, TrainingPrinter(json: output.json, progress: progress))
            try await launcher?.finish()
            if !output.json { write(result.summary) }
        } catch {
            launcher?.stop()
            // What became of a worker says more than that it was missed.
            throw error is WorkersError ? launcher?.firstFailure ?? error : error
        }
    }

    /// Takes part as a worker other than the first, which says what is to be said.
    private func follow(_ training: ClassifierTraining) async throws {
        ParentWatch.start()
        // A cluster manager asks every worker to stop; Ctrl-C at the first one does not reach the others.
        StopRequest.listen(quietly: true)
        do {
            try await training.follow(resuming: resume.map { Int($0) })
        } catch TrainingError.interrupted {
            throw ExitCode(ExitStatus.interrupted.rawValue)
        } catch is WorkersError where StopRequest.isMade {
            // The first worker stopped before the workers learn together, and had nothing to tell.
            throw ExitCode(ExitStatus.interrupted.rawValue)
        }
    }

    private func train(_ training: ClassifierTraining, _ printer: TrainingPrinter) async throws -> TrainingResult {
        guard let resume else { return try await training.run(report: printer.show) }
        return try await training.resume(Int(resume), changes: choices.assignments(), report: printer.show)
    }
}

/// The choices of a training that have options of their own, beside the parameter file and `--set`.
struct TrainingChoices: ParsableArguments {
    @Option(help: ArgumentHelp("The pretrained network; see 'ocelot weights list'. (default: the best at hand)"))
    var backbone: String?

    @Option(help: ArgumentHelp("A file of weights for the backbone: safetensors, .pth.", valueName: "file"))
    var weights: String?

    @Option(help: "How the model is made: svm, head, fine-tune, svm-refined or scratch. (default: svm)")
    var method: String?

    @Option(
        help: ArgumentHelp(
            "A named set of choices: \(Preset.allCases.map(\.rawValue).joined(separator: ", ")). 'ocelot presets' shows them."
        ))
    var preset: String?

    @Option(help: ArgumentHelp("Side of the image that the network sees, in pixels. (default: the backbone's)"))
    var imageSize: Int?

    @Option(help: "How a photo becomes a square: crop, squash or letterbox. (default: crop)")
    var resize: String?

    @Option(
        help:
            "How many labels a photo may have: one or many, as in a table with 'can|carton'. (default: as the table has)"
    )
    var labels: String?

    @Option(help: "Part of each class that is kept for the test, 0.01 to 0.9. (default: 0.25)")
    var test: Double?

    @Option(help: "Part of the training photos that training is watched with, 0 to 0.9. (default: by their number)")
    var validation: Double?

    @Option(help: "How often all training photos are gone through. (default: 15 for a head, 8 for the network)")
    var epochs: Int?

    @Option(help: "How many photos make one step. (default: 16 to 64, by the number of photos)")
    var batchSize: Int?

    @Option(
        help: ArgumentHelp(
            "How far weights move at each step: a rate, usual, auto (tries), or one rate an epoch: '[0.05]*7+[0.005]*7+[0.0005]'. For steps of the mean loss with the optimizer chosen (adamw by default).",
            valueName: "rate"))
    var learningRate: String?

    @Option(help: "By what rule weights follow the gradient: adamw, adam or sgd. (default: adamw)")
    var optimizer: String?

    @Option(help: "Probability with which a feature is left out in training, against over-fitting. (default: 0.5)")
    var dropout: Double?

    @Option(help: "How much weights are drawn to zero (L2), against over-fitting. (default: 0.0005)")
    var weightDecay: Double?

    @Option(help: "Width of an additional layer before the classes, such as 256. (default: none)")
    var features: Int?

    @Option(
        help: ArgumentHelp(
            "How photos are varied: none, standard, strong, or a list; see 'ocelot augment'.", valueName: "list"))
    var augment: String?

    @Option(help: "End after so many epochs without improvement; 0: never. (default: 5, on a GPU 10)")
    var patience: Int?

    @Option(help: "How many processes learn together on this machine. (default: 1)")
    var workers: Int?

    @Option(help: "Seed of every choice by chance; the same seed gives the same model. (default: 42)")
    var seed: Int?

    @Option(
        help: ArgumentHelp("A parameter file, as 'ocelot new' writes it. Options win over it.", valueName: "file.yaml"))
    var config: String?

    @Option(help: ArgumentHelp("Any parameter of the parameter file, such as --set folds=5.", valueName: "key=value"))
    var set: [String] = []

    @Option(help: "Where the network is computed: cpu, cuda or cuda:N. (default: cpu)")
    var device: String?

    /// The parameter file, then the preset, then `--set`, then the options that have names of their own.
    func recipe() throws -> ClassifierRecipe {
        var recipe = ClassifierRecipe()
        if let config { recipe = try ClassifierRecipe(file: URL(filePath: config)) }
        for (key, value) in try assignments() { try recipe.set(key, to: value) }
        return recipe
    }

    /// What was said on the command line, as parameters; the preset first.
    func assignments() throws -> [(key: String, value: String)] {
        let named: [(String, String?)] = [
            ("method", method), ("backbone", backbone), ("weights", weights),
            ("image_size", imageSize.map(String.init)),
            ("resize", resize), ("labels", labels), ("test", test.map { "\($0)" }),
            ("validation", validation.map { "\($0)" }),
            ("epochs", epochs.map(String.init)), ("batch_size", batchSize.map(String.init)),
            ("learning_rate", learningRate),
            ("optimizer", optimizer), ("dropout", dropout.map { "\($0)" }),
            ("weight_decay", weightDecay.map { "\($0)" }),
            ("features", features.map(String.init)), ("augment", augment), ("patience", patience.map(String.init)),
            ("workers", workers.map(String.init)), ("seed", seed.map(String.init)), ("device", device),
        ]
        let presets = [preset].compactMap(\.self).map { (key: "preset", value: $0) }
        return presets + (try set.map { try ClassifierRecipe.assignment($0) })
            + named.compactMap { key, value in value.map { (key: key, value: $0) } }
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
            let watched = data.validation > 0 ? ", \(data.validation) to watch it with" : ""
            progress.line("\(data.train) photos for training\(watched), \(data.test) for the test: \(classes).")
            for file in data.leftOut.prefix(10) { progress.line("  left out: \(file.path): \(file.reason)") }
            if data.leftOut.count > 10 { progress.line("  and \(data.leftOut.count - 10) more; the report lists all.") }
            for warning in data.warnings { progress.line("Note: \(warning)") }
        case .svm(let trial):
            progress.live(
                String(
                    format: "%@ features, C = %g: %.1f %% %@ on held-out photos", trial.map as NSString, trial.c,
                    100 * (trial.meanAveragePrecision ?? trial.validationAccuracy),
                    (trial.meanAveragePrecision == nil ? "right" : "mean average precision") as NSString))
        case .estimated(let estimate):
            progress.line(
                String(
                    format: "%d of %d numbers are trained. About %@ at %.1f images/s, %d MiB for tensors.",
                    estimate.trainable,
                    estimate.parameters, duration(estimate.seconds) as NSString, estimate.imagesPerSecond,
                    estimate.memory >> 20))
        case .rate(let step):
            progress.live(String(format: "Trying learning rates: %.2g, loss %.4f", step.learningRate, step.loss))
        case .step(let step):
            progress.live(
                String(
                    format: "%@ epoch %d/%d, step %d/%d, loss %.4f, %.1f images/s, %@ left", step.phase as NSString,
                    step.epoch,
                    step.epochs, step.step, step.steps, step.loss, step.imagesPerSecond,
                    duration(step.secondsLeft) as NSString))
        case .epoch(let epoch):
            show(epoch)
        case .note(let note):
            progress.line("Note: \(note.message)")
        case .evaluated, .finished:
            break
        }
    }

    /// A rate of the stepwise search was tried.
    func show(_ trial: RateTrial) {
        let losses = trial.losses.map { String(format: "%.3f", $0) }.joined(separator: ", ")
        let verdict = trial.isFalling ? "falls: this one" : losses.isEmpty ? "diverged" : "does not fall"
        progress.line(String(format: "Rate %g: %@ %@", trial.rate, losses as NSString, verdict as NSString))
    }

    private func show(_ epoch: TrainingEvent.Epoch) {
        let validation =
            epoch.validation.map { String(format: ", validation %.4f (%.1f %% wrong)", $0.loss, 100 * $0.error) } ?? ""
        let best = epoch.bestEpoch == epoch.epoch ? ", best so far" : ""
        progress.line(
            String(
                format: "%@ epoch %d/%d: loss %.4f (%.1f %% wrong)", epoch.phase as NSString, epoch.epoch, epoch.epochs,
                epoch.train.loss, 100 * epoch.train.error) + validation
                + String(
                    format: ", rate %.2g, %.1f images/s, %@ left", epoch.learningRate, epoch.imagesPerSecond,
                    duration(epoch.secondsLeft) as NSString) + best)
        guard epoch.waitingShare > 0.2, epoch.seconds > 5 else { return }
        progress.line(
            String(
                format:
                    "  Decoding is the bottleneck: %.0f %% of the time was spent waiting for pictures. Smaller copies of the photos would help.",
                100 * epoch.waitingShare))
    }

    /// Seconds as a person says them.
    private func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        return whole < 60
            ? "\(whole) s"
            : whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}
