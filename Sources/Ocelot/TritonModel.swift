// A model as an entry of a model repository, so that a fleet that runs Triton or KServe can serve it.
//
// NAME/config.pbtxt, NAME/labels.txt, NAME/VERSION/model.onnx: NVIDIA, "Model Repository" and "Model Configuration",
// https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/model_repository.html.
// The configuration is a text of the protocol buffer `inference.ModelConfig`.

package import Foundation
import Imaging
package import Models

/// A model in the form of Triton's model repository.
///
/// Pictures are decoded and resized by who asks: a network takes pixels, [N, side, side, 3] bytes. How, stands in the
/// configuration's parameter `ocelot_preprocessing`.
package struct TritonModel {
    /// The largest batch that Triton may put together.
    static let maximumBatch = 32
    private static let labelFile = "labels.txt"

    private let package: ModelPackage
    private let name: String

    /// `package` as the model `name`.
    package init(_ package: ModelPackage, name: String) { (self.package, self.name) = (package, name) }

    /// Makes the model's folder, which must not exist yet, whole or not at all.
    package func write(to folder: URL, onnx: Data) throws {
        let version = "\(ModelPackage.version(of: package.folder))"
        let configuration = try configuration()
        try ModelPackage.writeFolder(folder) { partial in
            let inner = partial.appending(path: version)
            try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
            let files = [
                (inner.appending(path: "model.onnx"), onnx),
                (partial.appending(path: Self.labelFile), Data(labels.utf8)),
                (partial.appending(path: "config.pbtxt"), Data(configuration.utf8)),
            ]
            for (url, data) in files {
                try data.write(to: url)
                try bringToDisk(url)
            }
            try bringToDisk(inner)
        }
    }

    /// The classes, one a line; what would break a line becomes a blank.
    package var labels: String {
        package.manifest.classes.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n" }.joined()
    }

    /// The text of `config.pbtxt`.
    package func configuration() throws -> String {
        let manifest = package.manifest
        let (side, classes) = (manifest.preprocessing.side, manifest.classes.count)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let preprocessing = String(decoding: try encoder.encode(manifest.preprocessing), as: UTF8.self)
        let outputs = [
            output("probabilities", classes, labels: Self.labelFile), output("scores", classes, labels: Self.labelFile),
            output("features", manifest.backbone.featureCount, labels: nil),
        ]
        return """
            # Written by 'ocelot export --format triton'.
            name: \(Self.quoted(name))
            platform: "onnxruntime_onnx"
            max_batch_size: \(Self.maximumBatch)
            input [
              {
                # Rows of pixels of red, green, blue: decoded, upright, and resized as 'ocelot_preprocessing' says.
                name: "images"
                data_type: TYPE_UINT8
                dims: [ \(side), \(side), 3 ]
              }
            ]
            output [
            \(outputs.joined(separator: ",\n"))
            ]
            # What waits is computed together as soon as an instance is free; nothing waits for a batch to fill.
            dynamic_batching { }
            parameters {
              key: "ocelot_preprocessing"
              value { string_value: \(Self.quoted(preprocessing)) }
            }
            parameters {
              key: "ocelot_digest"
              value { string_value: \(Self.quoted(package.digest)) }
            }

            """
    }

    private func output(_ name: String, _ length: Int, labels: String?) -> String {
        let file = labels.map { "\n    label_filename: \(Self.quoted($0))" } ?? ""
        return """
              {
                name: \(Self.quoted(name))
                data_type: TYPE_FP32
                dims: [ \(length) ]\(file)
              }
            """
    }

    /// A string of the protocol buffers' text format: bytes that are no plain ASCII in octal.
    package static func quoted(_ text: String) -> String {
        let escaped = text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
            case 0x20..<0x7F: String(UnicodeScalar(byte))
            default: "\\" + String(repeating: "0", count: byte < 8 ? 2 : byte < 64 ? 1 : 0) + String(byte, radix: 8)
            }
        }
        return "\"\(escaped.joined())\""
    }
}
