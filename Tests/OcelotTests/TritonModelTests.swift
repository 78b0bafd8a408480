// A model in the form of Triton's repository.

import Foundation
import Imaging
import Models
import Networks
import Ocelot
import TestSupport
import Testing
import WeightFiles

@Suite struct TritonModelTests {
    @Test func writesConfigurationLabelsAndNetwork() async throws {
        try await withTemporaryFolder { folder in
            let package = try writePackage(
                folder.appending(path: "models/tiny/3"), classes: ["x", "it's \"y\"", "a\nb"])
            let network = Data("network".utf8)
            let repository = folder.appending(path: "repository")
            let model = TritonModel(package, name: "tiny")
            try model.write(to: repository.appending(path: "tiny"), onnx: network)
            #expect(try Data(contentsOf: repository.appending(path: "tiny/3/model.onnx")) == network)
            let labels = try String(contentsOf: repository.appending(path: "tiny/labels.txt"), encoding: .utf8)
            #expect(labels == "x\nit's \"y\"\na b\n")
            let text = try String(contentsOf: repository.appending(path: "tiny/config.pbtxt"), encoding: .utf8)
            for line in [
                "name: \"tiny\"", "    dims: [ 32, 32, 3 ]", "    data_type: TYPE_UINT8", "    dims: [ 64 ]",
                "    dims: [ 3 ]", "    label_filename: \"labels.txt\"", "dynamic_batching { }", "max_batch_size: 32",
                "  value { string_value: \"\(package.digest)\" }",
            ] {
                #expect(text.split(separator: "\n").contains { $0 == line }, "\(line) is not in \(text)")
            }
            // Nothing else is left.
            #expect(try FileManager.default.contentsOfDirectory(atPath: repository.path) == ["tiny"])
        }
    }

    @Test func replacesNothing() async throws {
        try await withTemporaryFolder { folder in
            let package = try writePackage(folder.appending(path: "models/tiny/1"), classes: ["x", "y"])
            let model = TritonModel(package, name: "tiny")
            let place = folder.appending(path: "repository/tiny")
            try model.write(to: place, onnx: Data("first".utf8))
            #expect(throws: ModelPackageError.exists(place)) { try model.write(to: place, onnx: Data("second".utf8)) }
            #expect(try Data(contentsOf: place.appending(path: "1/model.onnx")) == Data("first".utf8))
        }
    }

    /// Octal escapes as the protocol buffers' text format has them: three digits for every byte.
    @Test(arguments: [
        ("plain", "\"plain\""), ("a\"b\\c", "\"a\\\"b\\\\c\""), ("\n", "\"\\012\""), ("\u{1}", "\"\\001\""),
        ("é", "\"\\303\\251\""), ("\u{7F}", "\"\\177\""), ("", "\"\""),
    ])
    func quotes(text: String, quoted: String) { #expect(TritonModel.quoted(text) == quoted) }
}

/// A model for pictures of 32 × 32, whose weights follow from a formula; its network is not needed here.
private func writePackage(_ folder: URL, classes: [String]) throws -> ModelPackage {
    let manifest = ModelManifest(
        method: "svm", classes: classes, preprocessing: Preprocessing(resize: .squash, side: 32),
        backbone: .init(
            name: "resnet20-cifar", padding: PaddingStyle.torchvision.rawValue, featureCount: 64,
            weights: .init(name: "formula", source: "FormulaWeights.swift", licence: "none", sha256: "")),
        recipe: [:], data: .init(fingerprint: "", training: [:], test: [:]), software: [:])
    return try ModelPackage.write(manifest, to: folder) { partial in
        for name in ["model.onnx", "weights.safetensors"] {
            try Data(name.utf8).write(to: partial.appending(path: name))
        }
    }
}
