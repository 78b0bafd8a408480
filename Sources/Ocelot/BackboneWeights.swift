// Which network to start from, and where its weights are.

import CStarter
import Crypto
public import Foundation
public import Networks
public import WeightFiles

/// A backbone's weights and where they came from.
public struct BackboneWeights: Sendable {
    /// The network.
    public let backbone: Backbone
    /// Its weights.
    public let weights: Weights
    /// How its weights expect convolutions to be padded.
    public let padding: PaddingStyle
    /// What they are called.
    public let name: String
    /// Where they came from, in words.
    public let source: String
    /// Under which licence they may be used.
    public let licence: String

    /// The weights that come with the program: a slim ResNet-18 that this project trained on pictures of its own.
    public static func starter() throws -> BackboneWeights {
        let bytes = UnsafeRawBufferPointer(start: ocelot_starter_bytes(), count: ocelot_starter_count())
        return BackboneWeights(
            backbone: .starter, weights: try Weights(file: Data(bytes)), padding: .torchvision, name: "starter",
            source: "embedded; trained by the Ocelot project (Docs/starter-model-card.md)", licence: "Apache-2.0")
    }

    /// No weights: training begins with random ones.
    static func random(_ backbone: Backbone) -> BackboneWeights {
        BackboneWeights(
            backbone: backbone, weights: Weights(), padding: .torchvision, name: "random",
            source: "no pretrained weights",
            licence: "none needed")
    }

    /// The network and the digest of its weights, as a checkpoint remembers what training began with.
    func identity() throws -> String { "\(backbone.rawValue) \(try weights.digest())" }

    /// Reads weights for `backbone` from a file, and checks their names and shapes.
    public static func read(_ file: URL, for backbone: Backbone, padding: PaddingStyle? = nil) throws -> BackboneWeights
    {
        let weights = try Weights.read(file)
        try backbone.check(weights)
        // The digest tells published files apart that do not say how they are padded.
        let digest = backbone.dependsOnPadding && PaddingStyle(recordedIn: weights) == nil ? try fileDigest(file) : nil
        return BackboneWeights(
            backbone: backbone, weights: weights, padding: padding ?? PaddingStyle(of: weights, fileDigest: digest),
            name: file.lastPathComponent, source: weights.metadata["source"] ?? "file \(file.lastPathComponent)",
            licence: weights.metadata["licence"] ?? "not stated")
    }
}

/// The SHA-256 of a file, in hexadecimal.
package func fileDigest(_ file: URL) throws -> String {
    SHA256.hash(data: try Data(contentsOf: file, options: .mappedIfSafe)).map { String(format: "%02x", $0) }.joined()
}
