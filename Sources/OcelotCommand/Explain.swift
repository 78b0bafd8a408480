import ArgumentParser
import Foundation
import Imaging
import Ocelot

/// `ocelot explain`.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draws where in a photo an answer comes from.",
        discussion: """
            The picture is the square that the network sees, in grey; over it lies in colour what speaks for the class, from \
            dark (nothing) to yellow (the most). Where the network ends in a mean and a linear layer or SVM, the class's score \
            is taken apart exactly (class activation mapping, which there is what Grad-CAM gives); otherwise each part is \
            covered in turn and the network asked again (occlusion).
            """)

    @Argument(
        help: ArgumentHelp("A model: NAME or NAME:VERSION in the workspace, or a package's path.", valueName: "model"))
    var model: String

    @Argument(help: ArgumentHelp("An image file.", valueName: "image"))
    var image: String

    @Option(help: ArgumentHelp("Write the picture here, as PNG.", valueName: "png"))
    var out: String

    @Option(
        name: .customLong("class"), help: ArgumentHelp("The class. (default: the likeliest)", valueName: "name"))
    var className: String?

    @Flag(help: "Cover each part in turn, whatever the network ends in.")
    var occlusion = false

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    private struct Line: Encodable {
        var path: String
        var explanation: String
        var label: String
        var probability: Double
        var method: String
        var grid: [[Float]]
    }

    func run() async throws {
        let package = try ModelPackage.open(ModelPackage.locate(model, in: workspace.url))
        let classes = package.manifest.classes
        let index = try className.map { name in
            guard let index = classes.firstIndex(of: name) else {
                let near = NearMiss.suggestion(for: name, among: classes)
                throw UnknownClass(name: name, near: near)
            }
            return index
        }
        let photo = Array(try readPhoto(image))
        let explainer = try PhotoExplainer(package, by: occlusion ? .occlusion : nil)
        let result = try await naming(image) { try await explainer(photo, ofClass: index) }
        let explanation = result.explanation
        try writeWhole(Data(explanation.overlay(on: result.seen).png()), to: URL(filePath: out))
        let (label, probability) = (
            classes[explanation.classIndex], result.answer.probabilities[explanation.classIndex]
        )
        if output.json {
            try writeJSON(
                Line(
                    path: image, explanation: out, label: label, probability: probability,
                    method: explanation.method.rawValue, grid: explanation.grid))
        } else {
            write(
                String(
                    format: "Where '%@' (%.1f %%) comes from: %@ (%@)", label as NSString, 100 * probability,
                    out as NSString, explanation.method.rawValue as NSString))
        }
    }
}

/// A class that the model does not have.
struct UnknownClass: Error, CustomStringConvertible {
    var name: String
    var near: String?

    var description: String { "The model has no class '\(name)'." + (near.map { " Did you mean '\($0)'?" } ?? "") }
}
