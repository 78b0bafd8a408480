// A backbone with its weights, frozen, that gives features: by OpenVINO on the processor, by libtorch on a GPU.

import Dispatch
public import Foundation
package import Imaging
import Inference
public import Networks
public import Torch
public import WeightFiles

/// A frozen backbone on the processor.
public struct FrozenNetwork: FeatureNetwork {
    /// The network as an ONNX file: bytes in, `features` out.
    public let identity: Data
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
        _ backbone: Backbone, weights: Weights, padding: PaddingStyle, side: Int, batchSize: Int = 8,
        threads: Int? = nil
    ) throws {
        let graph = try backbone.graph(.bytes(rows: side, columns: side), padding: padding, outputs: [.features])
        identity = try ONNXModel(graph, weights: weights).data()
        engine = try InferenceEngine(onnx: identity, batchSize: batchSize, threads: threads)
    }

    /// [N, side, side, 3] bytes → [N, featureCount].
    public func features(of images: [UInt8]) async throws -> [Float] {
        try await engine(images)["features"] ?? []
    }
}

/// A frozen backbone on a GPU, by libtorch, on a thread of its own: a forward pass blocks whoever waits for it.
public actor TorchNetwork: FeatureNetwork {
    /// Graph and weights as an ONNX file, and the device: its arithmetic differs in the last digits.
    public let identity: Data
    /// Images in a full batch.
    public nonisolated let batchSize: Int
    /// One batch computes, another waits ready.
    public nonisolated let concurrency = 2
    /// How many numbers describe an image.
    public nonisolated let featureCount: Int

    private let extractor: TorchFeatureExtractor
    private nonisolated let thread = OwnThread(label: "ocelot.torch")

    /// Where the actor's methods run.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Puts the network on `device`.
    public init(
        _ backbone: Backbone, weights: Weights, padding: PaddingStyle, side: Int, device: Device, batchSize: Int = 64
    ) throws {
        let graph = try backbone.graph(.bytes(rows: side, columns: side), padding: padding, outputs: [.features])
        identity = try ONNXModel(graph, weights: weights).data() + Data("\(device)".utf8)
        extractor = try TorchFeatureExtractor(graph, weights: weights, device: device)
        featureCount = extractor.featureCount
        self.batchSize = batchSize
    }

    /// [N, side, side, 3] bytes → [N, featureCount].
    public func features(of images: [UInt8]) async throws -> [Float] {
        try extractor.features(of: images, count: images.count / (extractor.size.rows * extractor.size.columns * 3))
    }
}

/// A frozen backbone where `device` says: by OpenVINO on the processor, by libtorch elsewhere.
func frozenNetwork(
    _ backbone: Backbone, weights: Weights, padding: PaddingStyle, side: Int, device: Device, threads: Int
) throws -> any FeatureNetwork {
    device == .cpu
        ? try FrozenNetwork(backbone, weights: weights, padding: padding, side: side, threads: threads)
        : try TorchNetwork(backbone, weights: weights, padding: padding, side: side, device: device)
}

/// Runs an actor on one dispatch queue.
///
/// On Linux, `DispatchSerialQueue` is no `SerialExecutor`.
private final class OwnThread: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) { queue = DispatchQueue(label: label) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

/// How many photos a second the frozen network describes, by those given; nil if none of them can be read.
///
/// Nothing is kept. They go through once before they are timed.
package func photosPerSecond(
    _ photos: [URL], _ backbone: Backbone, weights: Weights, padding: PaddingStyle, preprocessing: Preprocessing,
    device: Device, threads: Int
) async throws -> Double? {
    let network = try frozenNetwork(
        backbone, weights: weights, padding: padding, side: preprocessing.side, device: device, threads: threads)
    func describe(_ some: [URL]) async throws -> ExtractedFeatures {
        try await extractFeatures(
            of: some, by: network, preprocessing: preprocessing, cache: nil, limits: .default, threads: threads)
    }
    _ = try await describe(Array(photos.prefix(8)))
    let timed = try await describe(photos)
    return timed.usable.isEmpty ? nil : Double(timed.usable.count) / max(timed.seconds, 1e-9)
}
