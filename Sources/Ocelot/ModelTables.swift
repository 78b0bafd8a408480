// `ocelot models` as text.

import Foundation
import Imaging
public import Models
import RunHistory

/// Models as text for the terminal.
public enum ModelTables {
    /// A table, one line a model, in the order in which they come.
    public static func list(_ packages: [ModelPackage]) -> String {
        var table = TextTable(
            ["model", "method", "backbone", "classes", "photos", "accuracy", "size"],
            [.left, .left, .left, .right, .right, .right, .right])
        for package in packages {
            let manifest = package.manifest
            table.add([
                reference(to: package), manifest.method, manifest.backbone.name, "\(manifest.classes.count)",
                "\(manifest.data.training.values.reduce(0, +))", manifest.test.map { percent($0.accuracy) } ?? "–",
                bytes(package.bytes),
            ])
        }
        return String(table.text.dropLast())
    }

    /// All that a person may want to know of one.
    public static func show(_ package: ModelPackage) -> String {
        let manifest = package.manifest
        let weights = manifest.backbone.weights
        var facts = TextTable(["model", reference(to: package)], [.left, .left])
        facts.add(["folder", package.folder.relativePath])
        facts.add(["size", bytes(package.bytes)])
        facts.add(["digest", package.digest])
        facts.add(["signed", package.isSigned ? "yes" : "no"])
        facts.add(["method", manifest.method])
        facts.add(["backbone", manifest.backbone.name])
        facts.add(["weights", "\(weights.name), \(weights.source)"])
        facts.add(["licence", weights.licence])
        facts.add(["image size", "\(manifest.preprocessing.side) pixels (\(manifest.preprocessing.resize.rawValue))"])
        facts.add(["labels", manifest.labels == .many ? "any number an image" : "one an image"])
        if let threshold = manifest.threshold { facts.add(["threshold", "\(threshold)"]) }
        if let test = manifest.test {
            facts.add(["accuracy", "\(percent(test.accuracy)) of \(test.images) photos that it never saw"])
        }
        if let quantization = manifest.quantization {
            facts.add([
                "numbers",
                "8-bit integers; \(percent(quantization.accuracyBefore)) of the same photos before, \(quantization.changedAnswers) answers changed",
            ])
        }
        var classes = TextTable(["class", "photos", "kept back", "right"], [.left, .right, .right, .right])
        for name in manifest.classes {
            classes.add([
                name, "\(manifest.data.training[name] ?? 0)", "\(manifest.data.test[name] ?? 0)",
                manifest.test?.perClass[name].map(percent) ?? "–",
            ])
        }
        return facts.text + "\n" + classes.text.dropLast()
    }

    /// What the commands take: `NAME:VERSION`.
    private static func reference(to package: ModelPackage) -> String {
        "\(ModelPackage.name(in: package.folder.path)):\(ModelPackage.version(of: package.folder))"
    }
}
