import ArgumentParser
import Foundation
import Ocelot

/// `ocelot data suspects`: labels that are probably wrong.
struct DataSuspects: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspects",
        abstract: "Finds labels that are probably wrong, the most suspect first.",
        discussion: """
            A pretrained network describes each photo. Every photo is judged by models that were trained without it; where they \
            give its label a low probability, you should look. Confident learning (Northcutt 2021) estimates how many labels of \
            each class are wrong. Nothing is changed: each suspect comes with the command that mends it, or that leaves it out \
            where it shows both classes or neither. Photos that are copies of one another, or of one group, are judged without \
            each other. Where photos may have several labels, each label is judged by itself.
            """)

    @Argument(
        help: ArgumentHelp("A folder with one folder of photos a class, or a table 'path,label'.", valueName: "dataset")
    )
    var dataset: String

    @OptionGroup var choices: BackboneChoices

    @Option(help: "How many suspects to show; by default those that are estimated to be wrong, at most 100.")
    var top: Int?

    @Option(help: "In how many parts the photos are divided: each is judged by models fitted to the others, 2 to 20.")
    var folds = 5

    @Option(help: ArgumentHelp("Write a page with the pictures to this file.", valueName: "file.html"))
    var report: String?

    @Option(help: ArgumentHelp("Write the suspects to this table, separated by tabs.", valueName: "file.tsv"))
    var out: String?

    @Option(
        help: ArgumentHelp(
            "Write what the models say of every photo to this table: path, label, a probability a class.",
            valueName: "file.csv"))
    var probabilities: String?

    @Flag(inversion: .prefixedNo, help: "Keep features of photos for the next run.")
    var cache = true

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let top, top < 1 { throw ValidationError("--top is \(top); it must be 1 or more.") }
        guard (2...20).contains(folds) else {
            throw ValidationError("--folds is \(folds); it must be from 2 to 20.")
        }
    }

    func run() async throws {
        var search = SuspectSearch(
            dataset: URL(filePath: dataset), recipe: try choices.recipe(), workspace: workspace.url)
        (search.folds, search.usesCache) = (folds, cache)
        let progress = Progress(quiet: output.quiet)
        let printer = TrainingPrinter(json: false, progress: progress)
        let found = try await search.run(report: printer.show)
        let shown = min(top ?? min(found.report.flagged.count, 100), found.report.ranked.count)
        for file in found.dataset.leftOut { progress.line("left out: \(file.path): \(file.reason)") }
        if let probabilities {
            try writeWhole(Data(found.report.probabilityTable.utf8), to: URL(filePath: probabilities))
        }
        if let out { try writeWhole(Data(found.report.table(top: shown).utf8), to: URL(filePath: out)) }
        if let report { try writeWhole(Data(found.html(top: shown).utf8), to: URL(filePath: report)) }
        if output.json {
            for suspect in found.report.ranked.prefix(shown) {
                try writeJSON(Line(suspect, command: found.report.command(for: suspect, dataset: dataset)))
            }
            try writeJSON(Finished(found))
        } else {
            write(found.report.text(top: shown, dataset: dataset))
            if let report { write("Page    \(report)") }
            if let out { write("Table   \(out)") }
        }
    }

    /// A suspect in `--json`.
    private struct Line: Encodable {
        var event = "suspect"
        var rank: Int
        var path, label, suggestion: String
        var probability, suggestionProbability: Double
        var flagged: Bool
        var action: SuspectReport.Action
        var command: String?

        init(_ suspect: SuspectReport.Suspect, command: String?) {
            (rank, path, label, suggestion) = (suspect.rank, suspect.path, suspect.label, suspect.suggestion)
            (probability, suggestionProbability) = (suspect.probability, suspect.suggestionProbability)
            (flagged, action) = (suspect.isFlagged, suspect.action)
            self.command = command
        }

        private enum CodingKeys: String, CodingKey {
            case event, rank, path, label, suggestion, probability, flagged, action, command
            case suggestionProbability = "suggestion_probability"
        }
    }

    /// The last line of `--json`.
    private struct Finished: Encodable {
        struct Estimate: Encodable {
            var images, wrong: Int
            var share: Double
            var mostly: String?
        }

        var event = "finished"
        var images, wrong, flagged, folds: Int
        var accuracy: Double
        var backbone: String
        var classes: [String: Estimate]
        var summary: String
        var seconds: Double

        init(_ found: Suspects) {
            let report = found.report
            (images, wrong, flagged) = (report.labels.count, report.wrong, report.flagged.count)
            (folds, accuracy, backbone) = (found.folds, report.accuracy, found.backbone)
            classes = Dictionary(
                uniqueKeysWithValues: report.estimates.map {
                    ($0.label, Estimate(images: $0.images, wrong: $0.wrong, share: $0.share, mostly: $0.mostly))
                })
            (summary, seconds) = (report.summary, found.seconds)
        }
    }
}
