// The page and the figures of an evaluation, in a folder.

public import Foundation
import Imaging
import Inference
public import Models

/// Writes `report.html` and `report.json` into `folder`.
public func writeReport(
    _ measured: ImageClassifier.Measured, of package: ModelPackage, dataset: String, to folder: URL
) throws {
    let manifest = package.manifest
    let details = ReportDetails(
        title: "\(manifest.method) on \(manifest.backbone.name)",
        facts: [
            ("Model", package.folder.relativePath), ("Data", dataset),
            ("Measured on", measured.part?.rawValue ?? "all photos"), ("Computed with", measured.numbers),
            ("Ocelot", Ocelot.version),
        ],
        warnings: [measured.seenWarning].compactMap(\.self)
            + measured.leftOut.map { "Left out: \($0.path): \($0.reason)" }, nextSteps: [])
    let html = measured.report.html(details) { index in
        let file = measured.root.appending(path: measured.predictions[index].path)
        guard let bytes = try? readImageFile(file) else { return nil }
        return try? Picture.thumbnail(of: bytes, longerSide: 160)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try writeWhole(Data(html.utf8), to: folder.appending(path: "report.html"))
    try writeWhole(try encoder.encode(measured.report), to: folder.appending(path: "report.json"))
}
