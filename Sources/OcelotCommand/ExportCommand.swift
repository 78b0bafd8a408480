import ArgumentParser
import Foundation
import Ocelot

/// `ocelot export`.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a model for use elsewhere, and checks it there.",
        discussion: """
            Before the file is put in place, it is loaded again and asked about images; libtorch computes the same from the model's \
            weights. If the two disagree by more than 0.0001, or about any image's class, nothing is written and the command fails. \
            Of a model that 'ocelot quantize' made, which is exported with its 8-bit integers, the features must point the same way \
            instead (cosine 0.9 or more).
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case onnx, safetensors, triton }

    @Argument(
        help: ArgumentHelp("A model: NAME or NAME:VERSION in the workspace, or a package's path.", valueName: "model"))
    var model: String

    @Option(
        help: """
            onnx: the whole network, from bytes to probabilities; safetensors: its weights by name; triton: a model \
            repository for Triton and KServe.
            """)
    var format: Format

    @Option(help: ArgumentHelp("The file to write; for triton, the repository's folder.", valueName: "path"))
    var out: String

    @Option(help: ArgumentHelp("What the model is called in the repository. (default: its name)", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("Photos for the check, a folder or files. (default: drawn pictures)", valueName: "path"))
    var check: [String] = []

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard let name else { return }
        guard format == .triton else { throw ValidationError("--name goes with --format triton.") }
        guard ModelPackage.isModelName(name) else { throw ValidationError("\(ModelPackageError.badName(name))") }
    }

    func run() async throws {
        let name = name ?? ModelPackage.name(in: model)
        let package = try ModelPackage.open(ModelPackage.locate(model, in: workspace.url))
        let photos = try check.isEmpty ? [] : imageFiles(in: check).map { URL(filePath: $0) }
        let test = try await ModelExport(package).write(
            format.export(named: name), to: URL(filePath: out), checkedWith: photos)
        if output.json {
            try writeJSON(test)
        } else {
            write("Wrote \(format == .triton ? "\(out)/\(name)" : out).")
            write(
                String(
                    format: "Self-test: %d images, largest difference of a probability %.1e, %@.", test.images,
                    test.largestDifference,
                    (test.smallestCosine.map { String(format: "cosine of features at least %.4f", $0) }
                        ?? "same class for all") as NSString))
        }
    }
}

extension Export.Format {
    fileprivate func export(named name: String) -> ModelExport.Format {
        switch self {
        case .onnx: .onnx
        case .safetensors: .safetensors
        case .triton: .triton(name: name)
        }
    }
}
