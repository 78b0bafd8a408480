import ArgumentParser
import Foundation
import Ocelot

/// `ocelot data check`.
struct DataCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Looks at every photo of a data set, and says what would spoil or improve a model.",
        discussion: """
            Nothing is changed. Found are: files that cannot be read; copies, in two parts or under two labels; classes that are \
            small, missing in a part, or of very different sizes; photos that are dark, light, blurry, nearly empty, grey, \
            long and narrow, odd in size or needlessly large; parts that differ. With --features a network compares the parts too: \
            whether the test photos show the same kind of things as those trained with. What was measured is kept in the workspace, \
            so that the next check takes a moment. Status 4 only where the data set cannot be used for training.
            """)

    @Argument(
        help: ArgumentHelp("A folder with one folder of photos a class, or a table 'path,label'.", valueName: "dataset")
    )
    var dataset: String

    @Option(help: ArgumentHelp("Write a page with the photos here.", valueName: "file.html"))
    var report: String?

    @Option(
        help: ArgumentHelp(
            "Write the files that cannot be read here: path, kind and reason.", valueName: "file.tsv"))
    var quarantine: String?

    @Flag(help: "Compare train, validation and test part by what a network makes of the photos, too.")
    var features = false

    @OptionGroup(title: "Network, with --features") var network: BackboneChoices

    @OptionGroup var survey: SurveyOptions
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let progress = Progress(quiet: output.quiet)
        let printer = TrainingPrinter(json: false, progress: progress)
        let recipe = features ? try network.recipe() : nil
        let check = try await survey.watched(progress) { report in
            try await DataCheck.run(
                on: URL(filePath: dataset), features: recipe, workspace: survey.cache ? workspace.url : nil,
                threads: survey.threadCount, progress: report, isStopRequested: { StopRequest.isMade },
                described: printer.show)
        }
        if output.json { try writeJSON(check.document) } else { write(check.text(name: dataset)) }
        if let quarantine {
            try writeWhole(Data(check.result.dataset.quarantine.utf8), to: URL(filePath: quarantine))
            progress.line("Files that cannot be read: \(quarantine)")
        }
        if let report {
            try writeWhole(Data(check.html(name: dataset).utf8), to: URL(filePath: report))
            progress.line("Page with the photos: \(report)")
        }
        try check.result.dataset.requireTrainable()
    }
}

/// How a pass over all pictures is made.
struct SurveyOptions: ParsableArguments {
    @Option(help: "Photos that are decoded at once, 1 to 256. (default: one a processor)")
    var threads: Int?

    @Flag(inversion: .prefixedNo, help: "Keep what was measured for the next time.")
    var cache = true

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads is 1 to 256, not \(threads).") }
    }

    var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

    /// Runs a pass, shows where it is, and ends it with status 130 where somebody asks for that.
    func watched<Result>(
        _ progress: Progress, _ body: ((PictureSurvey.Progress) throws -> Void) async throws -> Result
    ) async throws -> Result {
        StopRequest.listen()
        let start = ContinuousClock.now
        var decoded = 0
        let result = try await body { step in
            if StopRequest.isMade { throw ExitCode(130) }
            decoded = step.decoded
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let rate = Double(step.done) / max(seconds, 1e-9)
            let left = Int((Double(step.total - step.done) / max(rate, 1e-9)).rounded(.up))
            progress.live(
                "Looked at \(step.done) of \(step.total) photos, \(Int(rate)) a second, \(left) s left")
        }
        if decoded > 0 {
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            progress.line(String(format: "Looked at %d new photos in %.1f s.", decoded, seconds))
        }
        return result
    }
}
