import ArgumentParser
import Foundation
import Ocelot

/// `ocelot export`.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a model for use elsewhere, and checks it there.",
        discussion: """
            Before the file is put in place, it is loaded again and asked about images; libtorch computes the same from the model's \
            weights. If the two disagree by more than 0.0001, or about any image's class, nothing is written and the command fails.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case onnx, safetensors }

    @Argument(
        help: ArgumentHelp("A model: NAME or NAME:VERSION in the workspace, or a package's path.", valueName: "model"))
    var model: String

    @Option(help: "onnx: the whole network, from bytes to probabilities; safetensors: its weights by name.")
    var format: Format

    @Option(help: ArgumentHelp("The file to write.", valueName: "path"))
    var out: String

    @Option(help: ArgumentHelp("Photos for the check, a folder or files. (default: drawn pictures)", valueName: "path"))
    var check: [String] = []

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let package = try ModelPackage.open(ModelPackage.locate(model, in: workspace.url))
        let photos = try check.isEmpty ? [] : imageFiles(in: check).map { URL(filePath: $0) }
        let test = try await ModelExport(package).write(
            format == .onnx ? .onnx : .safetensors, to: URL(filePath: out), checkedWith: photos)
        if output.json {
            try writeJSON(test)
        } else {
            write("Wrote \(out).")
            write(
                String(
                    format: "Self-test: %d images, largest difference of a probability %.1e, same class for all.",
                    test.images,
                    test.largestDifference))
        }
    }
}
