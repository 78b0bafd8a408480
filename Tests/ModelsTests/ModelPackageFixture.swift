// A small package, as the tests of packages share it.
import Foundation
import Imaging
import Models

let network = Data("the network".utf8)
let weights = Data((0..<40).map { UInt8($0) })

func manifest(classes: [String] = ["dotted", "leopard", "striped"]) -> ModelManifest {
    ModelManifest(
        method: "svm",
        classes: classes,
        preprocessing: Preprocessing(),
        backbone: .init(
            name: "mobilenet_v2", padding: "symmetric", featureCount: 1280,
            weights: .init(
                name: "mobilenet_v2-b0353104", source: "https://download.pytorch.org/models", licence: "BSD-3-Clause",
                sha256: String(repeating: "b0353104", count: 8))),
        svm: .init(c: 0.1, classWeights: ["dotted": 1.1, "leopard": 0.9, "striped": 1]),
        temperature: 0.62,
        recipe: ["c_values": "0.01, 0.1, 1", "seed": "42"],
        data: .init(
            fingerprint: String(repeating: "ab", count: 32), training: ["dotted": 90, "leopard": 120, "striped": 110],
            test: ["dotted": 30, "leopard": 40, "striped": 37]),
        test: .init(
            images: 107, accuracy: 0.9439252336448598, classAveragedAccuracy: 0.94,
            perClass: ["dotted": 0.9, "leopard": 0.975, "striped": 1.0 / 3]),
        software: ["ocelot": "0.1.0", "openvino": "2026.4.0"])
}

@discardableResult
func writePackage(_ folder: URL, _ manifest: ModelManifest = manifest()) throws -> ModelPackage {
    try ModelPackage.write(manifest, to: folder) { partial in
        try network.write(to: partial.appending(path: "model.onnx"))
        try weights.write(to: partial.appending(path: "weights.safetensors"))
    }
}

/// The names in a folder, hidden ones too.
func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
}

/// Changes the text of a file.
func edit(_ url: URL, _ change: (String) -> String) throws {
    try change(String(contentsOf: url, encoding: .utf8)).write(to: url, atomically: true, encoding: .utf8)
}
