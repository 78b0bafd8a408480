// Bytes of images in, features out: plain numbers at both ends, so that they can cross threads.

public import Networks
public import WeightFiles

/// A frozen network that turns images into feature vectors.
///
/// It belongs to one thread at a time, and keeps that thread busy while it computes.
public final class TorchFeatureExtractor {
    /// Length of the feature vector of an image.
    public let featureCount: Int
    /// Rows and columns of the images, in pixels.
    public let size: (rows: Int, columns: Int)

    private let executor: NetworkExecutor
    private let output: String

    /// Puts `weights` on `device` for `graph`, which takes bytes and gives vectors as `output`.
    public init(_ graph: Graph, weights: Weights, device: Device = .best, output: String = "features") throws {
        guard case .bytes(let rows, let columns) = graph.input else {
            throw TorchError("TorchFeatureExtractor", reason: "The network takes floats; it must take bytes.")
        }
        guard let node = graph.outputs.first(where: { $0.name == output })?.node, graph.nodes[node].shape.count == 1
        else {
            let names = graph.outputs.map(\.name).joined(separator: ", ")
            throw TorchError(
                "TorchFeatureExtractor", reason: "The network gives no vectors called \(output); it gives \(names).")
        }
        size = (rows, columns)
        featureCount = graph.nodes[node].shape[0]
        self.output = output
        executor = try NetworkExecutor(graph, weights: weights, device: device, folding: true)
    }

    /// [count, rows, columns, 3] bytes, RGB → [count, featureCount], row by row.
    public func features(of images: [UInt8], count: Int) throws(TorchError) -> [Float] {
        let batch = try Tensor(images, shape: [count, size.rows, size.columns, 3], on: executor.device)
        guard let features = try executor(batch)[output] else { return [] }
        return try features.array()
    }
}
