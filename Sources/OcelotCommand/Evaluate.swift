import ArgumentParser
import Evaluation
import Foundation
import Ocelot

/// `ocelot evaluate`.
struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures a model on photos whose classes are known.",
        discussion: "A data set with a test part is measured on that part, any other on all its photos.")

    @Argument(
        help: ArgumentHelp("A model: NAME or NAME:VERSION in the workspace, or a package's path.", valueName: "model"))
    var model: String

    @Argument(help: ArgumentHelp("A data set with the model's classes.", valueName: "dataset"))
    var dataset: String

    @Option(help: ArgumentHelp("Write report.html and report.json here.", valueName: "dir"))
    var report: String?

    @OptionGroup var computation: PrecisionOptions
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    /// The report's figures, and what they were computed with.
    private struct Line: Encodable {
        var report: EvaluationReport
        var precision: String

        private enum Key: CodingKey { case precision }

        func encode(to encoder: any Encoder) throws {
            try report.encode(to: encoder)
            var object = encoder.container(keyedBy: Key.self)
            try object.encode(precision, forKey: .precision)
        }
    }

    func run() async throws {
        let classifier = try ImageClassifier(model, in: workspace.url, precision: computation.precision)
        let measured = try await classifier.evaluate(on: URL(filePath: dataset))
        let progress = Progress(quiet: output.quiet)
        for file in measured.leftOut { progress.line("left out: \(file.path): \(file.reason)") }
        if let report {
            let folder = URL(filePath: report)
            try writeReport(measured, of: classifier.package, dataset: dataset, to: folder)
            progress.line("Report: \(folder.appending(path: "report.html").path)")
        }
        if output.json {
            try writeJSON(Line(report: measured.report, precision: measured.numbers))
        } else {
            write(measured.report.text())
            if measured.numbers != "float32" { write("Computed with \(measured.numbers).") }
        }
        if let warning = measured.seenWarning { progress.line("Note: \(warning)") }
    }
}
