// A model's network, compiled twice: for one image as soon as possible, and for many at once.
//
// A lone image is computed by all cores together; when more wait, each core computes images by itself, which gives more
// images a second. Which batch is best differs between processors and networks, so it is measured (`tune`).

import Foundation
import Inference
import Models
import Synchronization

/// How many images a second each choice computed.
struct TuningResult: Codable, Hashable, Sendable {
    /// Images in a batch, one batch a core.
    var batchSize: Int
    var imagesPerSecond: [String: Double]
}

/// The compiled networks of one model.
final class ModelNetworks: Sendable {
    private let onnx: Data
    private let threads: Int
    /// One image, all cores.
    private let lone: InferenceEngine
    private let many = Mutex<InferenceEngine?>(nil)
    /// Made when the first explanation is asked for.
    private let revealing = Mutex<Task<Revealing?, any Error>?>(nil)
    private let manifest: ModelManifest

    /// Bytes of one image.
    var imageBytes: Int { lone.imageBytes }
    /// The length of each output's row, by name.
    var outputs: [String: Int] { lone.outputs }
    /// Batches side by side.
    let streams: Int

    init(_ package: ModelPackage, threads: Int) throws {
        onnx = try package.contents(of: "model.onnx")
        manifest = package.manifest
        self.threads = threads
        streams = threads
        lone = try InferenceEngine(onnx: onnx, batchSize: 1, threads: threads, streams: 1)
    }

    /// Computes one image, so that the first request does not pay for memory that is taken once.
    func warmUp() async throws { _ = try await lone([UInt8](repeating: 127, count: lone.imageBytes)) }

    /// Computes images that lie one after another.
    func callAsFunction(_ images: [UInt8], isAlone: Bool) async throws -> [String: [Float]] {
        guard !isAlone, let many = many.withLock({ $0 }) else { return try await lone(images) }
        return try await many(images)
    }

    /// A network that gives its last map too, and what reads that.
    struct Revealing: Sendable {
        var reader: ActivationReader
        var engine: InferenceEngine
    }

    /// The network for explanations, compiled the first time; nil if this model's are made otherwise.
    func revealing() async throws -> Revealing? {
        let task = revealing.withLock { revealing in
            if let revealing { return revealing }
            let task = Task { [manifest, onnx, threads] () throws -> Revealing? in
                guard let found = try ActivationReader.read(manifest, onnx: onnx) else { return nil }
                let engine = try InferenceEngine(onnx: found.network, batchSize: 1, threads: threads, streams: 1)
                return Revealing(reader: found.reader, engine: engine)
            }
            revealing = task
            return task
        }
        do {
            return try await task.value
        } catch {
            // What failed for want of memory may succeed another time.
            revealing.withLock { $0 = nil }
            throw error
        }
    }

    /// Compiles the network for many images, with the batch size that is the fastest here.
    ///
    /// Each of `sizes` is compiled, and run for about `time`. The result says how quick each was.
    func tune(sizes: [Int] = [1, 4], time: Duration = .milliseconds(150)) async throws -> TuningResult {
        let engines = try sizes.map { size in
            try InferenceEngine(onnx: onnx, batchSize: size, threads: threads, streams: streams)
        }
        // In turn, and the best of three: what else the machine does in a tenth of a second decides nothing then.
        var rates = [Double](repeating: 0, count: engines.count)
        for _ in 0..<(sizes.count > 1 ? 3 : 0) {
            for (index, engine) in engines.enumerated() {
                rates[index] = max(rates[index], try await Self.measure(engine, time: time / 3))
            }
        }
        // A larger batch makes its first image wait for its last, so it must be worth it.
        var best = 0
        for index in engines.indices.dropFirst() where rates[index] > 1.2 * rates[best] { best = index }
        let chosen = engines[best]
        many.withLock { $0 = chosen }
        let measured = zip(sizes, rates).map { ("\($0)", $1) }
        return TuningResult(
            batchSize: sizes[best], imagesPerSecond: Dictionary(uniqueKeysWithValues: measured))
    }

    private static func measure(_ engine: InferenceEngine, time: Duration) async throws -> Double {
        let images = [UInt8](repeating: 127, count: engine.imageBytes * engine.batchSize)
        func pass(_ rounds: Int) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<engine.requestCount {
                    group.addTask { for _ in 0..<rounds { _ = try await engine(images) } }
                }
                try await group.waitForAll()
            }
        }
        try await pass(1)  // The first batch takes memory.
        let clock = ContinuousClock()
        let once = try await clock.measure { try await pass(1) }
        let rounds = min(max(Int(time / once), 1), 200)
        let took = try await clock.measure { try await pass(rounds) }
        return Double(rounds * engine.requestCount * engine.batchSize) / took.seconds
    }
}
