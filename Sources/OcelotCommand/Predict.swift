import ArgumentParser
import Foundation
import Labels
import Ocelot

/// `ocelot predict`.
struct Predict: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Asks a model what photos show.",
        discussion: """
            Of a model with one label a photo, the likeliest class is the answer; of one with several, each label whose probability \
            reaches its threshold, so that there may be none. Folders are searched for images. After a file that cannot be read the command goes on, and ends with status 4.
            """)

    @Argument(
        help: ArgumentHelp("A model: NAME or NAME:VERSION in the workspace, or a package's path.", valueName: "model"))
    var model: String

    @Argument(help: ArgumentHelp("Image files, or folders of them.", valueName: "path"))
    var paths: [String]

    @Option(help: "How many classes to show for each photo.")
    var top = 5

    @Option(
        help:
            "Answers below this probability count as not accepted, 0 to 1; the same for all labels. (default: the model's own)"
    )
    var threshold: Double?

    @Option(
        help: ArgumentHelp(
            "Write a table here: path, label (several with '|'), probability, accepted, error, and a column a class.",
            valueName: "file"))
    var csv: String?

    @OptionGroup var computation: PrecisionOptions
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard top >= 1 else { throw ValidationError("--top is \(top); it must be 1 or more.") }
        if let threshold, !(0...1).contains(threshold) {
            throw ValidationError("--threshold is \(threshold); it must be from 0 to 1.")
        }
    }

    private struct Line: Encodable {
        var path: String
        var labels: [String]?
        var top: [ScoredLabel]?
        var accepted: Bool?
        var error: String?
    }

    func run() async throws {
        let package = try ModelPackage.open(ModelPackage.locate(model, in: workspace.url))
        let photos = try imageFiles(in: paths)
        let classifier = try ImageClassifier(
            package, for: photos.count == 1 ? .latency : .throughput, precision: computation.precision)
        let isMany = package.manifest.labelCount == .many
        let table = try csv.map { try PredictionTable(URL(filePath: $0), classes: classifier.classes) }
        let progress = Progress(quiet: output.quiet)
        let width = classifier.classes.map(\.count).max() ?? 0
        var failed = 0
        try await classifier.forEach(photos.map { URL(filePath: $0) }) { index, answer in
            let path = photos[index]
            progress.live("\(index + 1)/\(photos.count)")
            switch answer {
            case .success(let answer):
                let ranked = answer.ranked(classifier.classes)
                let names = package.manifest.accepted(answer.probabilities, threshold: threshold)
                let accepted = !names.isEmpty
                try table?.add(
                    path, answer.probabilities, isMany ? names : ranked.prefix(1).map(\.label), ranked.first,
                    accepted: accepted)
                if output.json {
                    try writeJSON(
                        Line(
                            path: path, labels: isMany ? names : nil, top: Array(ranked.prefix(top)), accepted: accepted
                        ))
                } else if csv == nil {
                    let labels = isMany ? ": " + (accepted ? names.joined(separator: ", ") : "none of its labels") : ""
                    write(path + (isMany ? labels : accepted ? "" : "  (not accepted)"))
                    for one in ranked.prefix(top) {
                        let name = one.label.padding(toLength: max(width, one.label.count), withPad: " ", startingAt: 0)
                        write(String(format: "  %@  %5.1f %%", name as NSString, 100 * one.probability))
                    }
                }
            case .failure(let error):
                failed += 1
                try table?.add(path, error: "\(error)")
                if output.json {
                    try writeJSON(Line(path: path, error: "\(error)"))
                } else {
                    progress.line("\(path): \(error)")
                }
            }
        }
        try table?.finish()
        if let csv { progress.line("Wrote \(csv).") }
        guard failed == 0 else { throw SomeImagesFailed(count: failed, total: photos.count) }
    }
}
