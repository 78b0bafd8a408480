import ArgumentParser
import Foundation
import Ocelot

/// `ocelot learning-curve`: would more photos help.
struct LearningCurveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learning-curve",
        abstract: "Tells whether more photos would help: trains with growing parts of those that there are.",
        discussion: """
            Each size is measured with several subsets of the training photos, always on the same test photos. A power law \
            through the means tells what more photos would give, with an interval. With the method svm all of it is computed from \
            features that are kept, which takes seconds, and each photo is tested once. Other methods train a network for each \
            subset: --dry-run says how long that takes. No model is made, and the same seed gives the same answer.
            """)

    @Argument(
        help: ArgumentHelp("A folder with one folder of photos a class, or a table 'path,label'.", valueName: "dataset")
    )
    var dataset: String

    @OptionGroup var choices: TrainingChoices

    @Option(help: "How many subsets of each size are trained with, 1 to 50.")
    var repeats = 5

    @Option(
        help: """
            On how many test sets the models are measured, 1 to 20, each with training photos from outside it. (default: 4 with \
            the method svm, otherwise 1)
            """)
    var testSets: Int?

    @Option(
        help: ArgumentHelp(
            "Numbers of training photos, such as 50,100,200. (default: eight, from a tenth to all)", valueName: "list"))
    var sizes: String?

    @Option(help: "An accuracy that you want to reach, 0.01 to 0.999, to know what it would take.")
    var target: Double?

    @Option(
        help: """
            Fit the curve to this part of the training photos only, 0.1 to 1, and compare its forecast with what is measured \
            with all.
            """)
    var until = 1.0

    @Option(help: ArgumentHelp("Write the plot to this file.", valueName: "file.svg"))
    var out: String?

    @Option(help: ArgumentHelp("Write a page with plot and numbers to this file.", valueName: "file.html"))
    var report: String?

    @Flag(inversion: .prefixedNo, help: "Keep features of photos for the next run.")
    var cache = true

    @Flag(
        help: "Say how many models would be trained, and how long that would take, by the smallest of them; then stop.")
    var dryRun = false

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...50).contains(repeats) else {
            throw ValidationError("--repeats is \(repeats); it must be from 1 to 50.")
        }
        if let testSets, !(1...20).contains(testSets) {
            throw ValidationError("--test-sets is \(testSets); it must be from 1 to 20.")
        }
        if let target, !(0.01...0.999).contains(target) {
            throw ValidationError("--target is \(target); it must be from 0.01 to 0.999, such as 0.95 for 95 %.")
        }
        guard (0.1...1).contains(until) else {
            throw ValidationError("--until is \(until); it must be from 0.1 to 1.")
        }
        _ = try wantedSizes()
    }

    func run() async throws {
        let recipe = try choices.recipe()
        guard recipe.method != .svmRefined else {
            throw ValidationError(
                "A learning curve has no method svm-refined; fine-tune is the part of it that takes time.")
        }
        var training = LearningCurveTraining(
            dataset: URL(filePath: dataset), recipe: recipe, workspace: workspace.url)
        (training.repeats, training.sizes) = (repeats, try wantedSizes())
        (training.until, training.usesCache, training.testSets) = (until, cache, testSets)
        let start = ContinuousClock.now
        let progress = Progress(quiet: output.quiet)
        let printer = TrainingPrinter(json: false, progress: progress)
        if dryRun {
            let estimate = try await training.estimate { _ in }
            return output.json ? try writeJSON(Planned(estimate)) : write(estimate.text)
        }
        let curve = try await training.run(
            report: { event in if event.isOfMoment { printer.show(event) } },
            measured: { measurement in
                if output.json { try? writeJSON(Measured(measurement)) }
                show(measurement, progress, isSlow: recipe.method != .svm)
            })
        if let out { try writeWhole(Data(curve.chart(target: target).svg(asFile: true).utf8), to: URL(filePath: out)) }
        if let report {
            let facts = [
                ("Method", recipe.method.rawValue), ("Subsets of each size", "\(repeats)"),
                ("Test photos", "\(curve.testCount)"), ("Seed", "\(recipe.seed)"),
                ("Ocelot", Ocelot.version),
            ]
            let page = curve.html(title: dataset, target: target, facts: facts)
            try writeWhole(Data(page.utf8), to: URL(filePath: report))
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        guard !output.json else { return try writeJSON(Finished(curve, target: target, seconds: seconds)) }
        write(curve.text)
        write(curve.advice)
        if let target { write(curve.advice(forAccuracy: target)) }
        if let comparison = curve.comparison { write(comparison) }
        if let out { write("Plot    \(out)") }
        if let report { write("Page    \(report)") }
    }

    private func wantedSizes() throws -> [Int]? {
        try sizes.map { text in
            try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
                guard let size = Int(word.trimmingCharacters(in: .whitespaces)), size > 0 else {
                    throw ValidationError("--sizes takes numbers of photos such as 50,100,200, not '\(text)'.")
                }
                return size
            }
        }
    }

    private func show(_ measurement: LearningCurveTraining.Measurement, _ progress: Progress, isSlow: Bool) {
        let text = String(
            format: "Model %d of %d: %d training photos, %.1f %%", measurement.done, measurement.total,
            measurement.photos, 100 * measurement.accuracy)
        if isSlow { progress.line(text) } else { progress.live(text) }
    }

    /// What `--dry-run` says in `--json`.
    private struct Planned: Encodable {
        var event = "planned"
        var sizes: [Int]
        var testSets, models: Int
        var seconds: Double?

        init(_ estimate: LearningCurveTraining.Estimate) {
            (sizes, testSets, models) = (estimate.sizes, estimate.testSets, estimate.models)
            seconds = estimate.seconds
        }

        private enum CodingKeys: String, CodingKey {
            case event, sizes, models, seconds
            case testSets = "test_sets"
        }
    }

    /// A model in `--json`.
    private struct Measured: Encodable {
        var event = "measured"
        var photos, subset, testSet: Int
        var accuracy: Double

        init(_ measurement: LearningCurveTraining.Measurement) {
            (photos, subset, accuracy) = (measurement.photos, measurement.subset, measurement.accuracy)
            testSet = measurement.testSet
        }

        private enum CodingKeys: String, CodingKey {
            case event, photos, subset, accuracy
            case testSet = "test_set"
        }
    }

    /// The last line of `--json`.
    private struct Finished: Encodable {
        struct Point: Encodable {
            var photos: Int
            var accuracy: Double
            var accuracies: [Double]
        }

        struct Forecast: Encodable {
            var photos: Int
            var accuracy: Double
            var interval: Interval

            init(_ forecast: LearningCurve.Forecast) {
                (photos, accuracy, interval) = (forecast.photos, forecast.accuracy, forecast.interval)
            }
        }

        /// How many photos more a class, beyond those that there are; null where there is no bound.
        struct Need: Encodable {
            var photosAClass, least, most: Double?

            init(_ need: LearningCurve.Need, _ curve: LearningCurve) {
                func more(_ photos: Double?) -> Double? {
                    photos.map { max($0 - Double(curve.all.photos), 0) / Double(curve.classCount) }
                }
                (photosAClass, least, most) = (more(need.photos), more(need.least), more(need.most))
            }

            private enum CodingKeys: String, CodingKey {
                case least, most
                case photosAClass = "photos_a_class"
            }
        }

        var event = "finished"
        var measure: TestAnswers.Measure
        var testImages: Int
        var points: [Point]
        var law: PowerLaw
        var fittedUpTo: Int
        var forecast: [Forecast]
        var forOnePercent: Need
        var forTarget: Need?
        var sentences: [String]
        var seconds: Double

        init(_ curve: LearningCurve, target: Double?, seconds: Double) {
            points = curve.sizes.map { Point(photos: $0.photos, accuracy: $0.accuracy, accuracies: $0.accuracies) }
            (measure, testImages) = (curve.measure, curve.testCount)
            (law, fittedUpTo, self.seconds) = (curve.law, curve.fittedUpTo, seconds)
            forecast = [1, 2, 4].map { Forecast(curve.forecast(photos: $0 * curve.all.photos)) }
            forOnePercent = Need(curve.photos(forGain: 0.01), curve)
            forTarget = target.map { Need(curve.photos(forAccuracy: $0), curve) }
            sentences =
                [curve.advice] + [target.map { curve.advice(forAccuracy: $0) }, curve.comparison].compactMap(\.self)
        }

        private enum CodingKeys: String, CodingKey {
            case event, measure, points, law, forecast, sentences, seconds
            case testImages = "test_images"
            case fittedUpTo = "fitted_up_to"
            case forOnePercent = "for_one_percent"
            case forTarget = "for_target"
        }
    }
}

extension TrainingEvent {
    /// Whether it tells how far the description of the photos, or the training of a network, has come.
    fileprivate var isOfMoment: Bool {
        switch self {
        case .features, .step: true
        default: false
        }
    }
}

extension LearningCurveTraining.Estimate {
    /// The same in lines.
    fileprivate var text: String {
        let time =
            seconds.map { seconds in
                seconds < 90
                    ? String(format: "about %.0f s", seconds)
                    : String(format: "about %.0f min", seconds / 60)
            } ?? "seconds, once the photos are described"
        return """
            Sizes      \(sizes.map(String.init).joined(separator: ", ")) training photos
            Test sets  \(testSets)
            Models     \(models)
            Time       \(time)
            """
    }
}
