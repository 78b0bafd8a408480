import ArgumentParser
import Foundation
import Ocelot

/// `ocelot quantize`.
struct Quantize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a model of 8-bit integers out of a model: smaller, quicker, and measured beside it.",
        discussion: """
            Networks are trained with numbers of 32 bits, and most can be computed with integers of 8, for which newer processors \
            have instructions. Nothing is trained: photos show which numbers occur, and others, which the model has not seen, \
            measure both models. The new one is kept under a name of its own if its accuracy falls by no more than --tolerance; \
            every command takes it like any other, and an exported file runs in ONNX Runtime and Triton too.
            """, aliases: ["quantise"])

    @Argument(
        help: ArgumentHelp("A model: NAME or NAME:VERSION in the workspace, or a package's path.", valueName: "model"))
    var model: String

    @Argument(
        help: ArgumentHelp("The data set that it was trained with, or another with its classes.", valueName: "dataset"))
    var dataset: String

    @Option(help: ArgumentHelp("What to call the new model. (default: the model's name and -int8)", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "How many photos show which numbers occur, at most. A hundred are usually enough.", valueName: "count"))
    var photos = 200

    @Option(
        help: ArgumentHelp(
            "By how much accuracy may fall, 0 to 1: 0.01 is one point of a hundred. With more, nothing is kept.",
            valueName: "share"))
    var tolerance = 0.01

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard photos >= 1 else { throw ValidationError("--photos is \(photos); it must be 1 or more.") }
        guard (0...1).contains(tolerance) else {
            throw ValidationError("--tolerance is \(tolerance); it must be from 0 to 1.")
        }
        if let name, !ModelPackage.isModelName(name) { throw ValidationError("\(ModelPackageError.badName(name))") }
    }

    func run() async throws {
        let package = try ModelPackage.open(ModelPackage.locate(model, in: workspace.url))
        var quantisation = ModelQuantisation(
            package, dataset: URL(filePath: dataset), name: name ?? "\(ModelPackage.name(in: model))-int8",
            workspace: workspace.url)
        (quantisation.photos, quantisation.tolerance) = (photos, tolerance)
        quantisation.commandLine = CommandLine.arguments.dropFirst().joined(separator: " ")
        let progress = Progress(quiet: output.quiet)
        let result = try await quantisation.run { step in
            switch step {
            case .calibrating(let done, let all): progress.live("Looking at photos: \(done)/\(all)")
            case .measuring(let done, let all): progress.live("Measuring: \(done)/\(all)")
            }
        }
        progress.line(
            "Looked at \(result.calibrationImages) photos, measured on \(result.testImages)"
                + (result.areUnseen ? " that the model has not seen." : ". The model has seen some of these before."))
        if output.json { try writeJSON(result) } else { write(result.text) }
    }
}

extension ModelQuantisation.Result {
    /// Both models, and where the new one is.
    fileprivate var text: String {
        func row(_ name: String, _ side: ModelQuantisation.Side) -> String {
            String(
                format: "%@  %6.1f %%  %8.1f ms  %8.1f MB",
                name.padding(toLength: 8, withPad: " ", startingAt: 0) as NSString,
                100 * side.accuracy, side.milliseconds, Double(side.bytes) / 1_000_000)
        }
        let name = model.split(separator: "/")[1]
        return """
                      accuracy   one photo     network
            \(row("float32", float32))
            \(row("int8", int8))
            \(changedAnswers) of \(testImages) answers are others than before: \(fixed) became right, \(broken) wrong.
            Kept as \(model). Next: ocelot serve \(name)
            """
    }
}
