import ArgumentParser
import Foundation
import Ocelot

/// `ocelot models`: what there is in a workspace.
struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Lists the models of a workspace, or shows one whole.",
        discussion: """
            Every file is checked against the digests in the package's manifest, as it is before each use. A package that is \
            damaged is listed with what is wrong.
            """)

    @Argument(
        help: ArgumentHelp(
            "The one to show: NAME or NAME:VERSION, or a package's path; a list of all without it.", valueName: "model")
    )
    var model: String?

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        if let model {
            let package = try ModelPackage.open(ModelPackage.locate(model, in: workspace.url))
            if output.json {
                try writeJSON(ModelFacts(package))
            } else {
                write(ModelTables.show(package))
            }
            return
        }
        var (packages, damaged): ([ModelPackage], [String]) = ([], [])
        for name in ModelPackage.names(in: workspace.url) {
            for version in ModelPackage.versions(of: name, in: workspace.url) {
                do {
                    packages.append(
                        try ModelPackage.open(ModelPackage.folder(name, version: version, in: workspace.url)))
                } catch {
                    damaged.append("\(name):\(version): \(error)")
                }
            }
        }
        if output.json {
            for package in packages { try writeJSON(ModelFacts(package)) }
        } else if !packages.isEmpty {
            write(ModelTables.list(packages))
        } else if damaged.isEmpty {
            let isThere = FileManager.default.fileExists(atPath: workspace.url.path)
            write(
                isThere
                    ? "No models in \(workspace.url.path). 'ocelot train classifier PHOTOS' makes one."
                    : "No models: there is no folder \(workspace.url.path). Check --workspace.")
        }
        for line in damaged { FileHandle.standardError.write(Data("Warning: \(line)\n".utf8)) }
    }
}

/// A model as a line of JSON: where it lies, and its manifest.
private struct ModelFacts: Encodable {
    var name: String
    var version: Int
    var path: String
    var digest: String
    var bytes: Int
    var isSigned: Bool
    var manifest: ModelManifest

    enum CodingKeys: String, CodingKey {
        case name, version, path, digest, bytes, manifest
        case isSigned = "is_signed"
    }

    init(_ package: ModelPackage) {
        (name, version) = (ModelPackage.name(in: package.folder.path), ModelPackage.version(of: package.folder))
        (path, digest, bytes) = (package.folder.relativePath, package.digest, package.bytes)
        (isSigned, manifest) = (package.isSigned, package.manifest)
    }
}
