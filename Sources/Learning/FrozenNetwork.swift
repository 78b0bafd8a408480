// A backbone with its weights, frozen, that gives features: by OpenVINO on the processor, by libtorch on a GPU.

public import Foundation
import Inference
public import Networks
import Torch
public import WeightFiles

/// A frozen backbone on the processor.
public struct FrozenNetwork: FeatureNetwork {
    /// The network as an ONNX file: bytes in, `features` out. Its digest tells features of different networks apart.
    public let onnx: Data
    private let engine: InferenceEngine

    /// Images in a full batch: large enough that the weights are read once for many images, small enough that the
    /// activations of a batch stay near the processor.
    public var batchSize: Int { engine.batchSize }
    /// One batch more than is computed at once, so that the next one waits ready.
    public var concurrency: Int { engine.requestCount + 1 }
    /// How many numbers describe an image.
    public var featureCount: Int { engine.outputs["features"] ?? 0 }

    /// Compiles the network for images of `side` × `side` pixels.
    public init(
        _ backbone: Backbone, weights: Weights, padding: PaddingStyle, side: Int, batchSize: Int = 8, threads: Int? = nil
    ) throws {
        let graph = try backbone.graph(.bytes(rows: side, columns: side), padding: padding, outputs: [.features])
        onnx = try ONNXModel(graph, weights: weights).data()
        engine = try InferenceEngine(onnx: onnx, batchSize: batchSize, threads: threads)
    }

    /// [N, side, side, 3] bytes → [N, featureCount].
    public func features(of images: [UInt8]) async throws -> [Float] {
        try await engine(images)["features"] ?? []
    }
}
