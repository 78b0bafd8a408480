// Which way a model's answers are explained, and what that takes.

package import Foundation
import Imaging
import Networks

/// What explains the answers of one model by its last map; the network runs where the caller likes.
package struct ActivationReader: Sendable {
    /// What the output is called that is the last map.
    package let mapName: String
    private let head: LinearHead
    private let features: Int

    /// Whether the answers of models like this one are explained so; otherwise `Occlusion` does it.
    package static func suits(_ manifest: ModelManifest) -> Bool { LinearHead.exists(in: manifest) }

    /// Takes apart the network of a package, whose bytes are `onnx`.
    ///
    /// - Returns: What reads the last map, and the same network that gives it too; nil if its head is not linear, or is
    ///   another than its description says.
    package static func read(
        _ manifest: ModelManifest, onnx: Data
    ) throws -> (reader: ActivationReader, network: Data)? {
        let file = try ONNXFile(onnx)
        guard let name = file.pooledMap, let head = LinearHead(manifest, file) else { return nil }
        let reader = ActivationReader(mapName: name, head: head, features: manifest.backbone.featureCount)
        return (reader, try file.revealing(name))
    }

    /// What each part of a picture adds to the score of a class; nil if `map` is not the last map of one picture.
    package func explanation(ofClass index: Int, map: [Float]) -> Explanation? {
        let parts = map.count / features
        let side = Int(Double(parts).squareRoot())
        guard parts > 0, side * side == parts, parts * features == map.count else { return nil }
        return Explanation(
            method: .classActivation, classIndex: index, rows: side, columns: side,
            values: head.contributions(map, parts: parts, ofClass: index))
    }
}
