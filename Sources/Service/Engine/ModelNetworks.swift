// A model's network, compiled twice: for one image as soon as possible, and for many at once.
//
// A lone image is computed by all cores together; when more wait, each core computes images by itself, which gives more
// images a second. Which batch is best differs between processors and networks, so it is measured (`tune`).

import CConfinement
import Inference
import Models
import Synchronization

/// The compiled networks of one model.
final class ModelNetworks: Sendable {
    private let package: ModelPackage
    /// What all are compiled from, so that they share its weights.
    private let source: NetworkSource
    private let threads: Int
    /// One image, all cores.
    private let lone: InferenceEngine
    private let many = Mutex<InferenceEngine?>(nil)
    /// Made when the first explanation is asked for.
    private let revealing = Mutex<Task<Revealing?, any Error>?>(nil)

    /// Bytes of one image.
    var imageBytes: Int { lone.imageBytes }
    /// The length of each output's row, by name.
    var outputs: [String: Int] { lone.outputs }
    /// The numbers that they compute with.
    var numbers: String { package.manifest.numbers(lone.precision) }
    /// What the engine is told to compute with.
    private var precision: InferencePrecision { lone.precision }
    /// Batches side by side.
    let streams: Int

    init(_ package: ModelPackage, threads: Int, precision: InferencePrecision) throws {
        self.package = package
        self.threads = threads
        streams = threads
        // The file's bytes are not kept: they are as many as the weights'.
        source = try NetworkSource(onnx: package.contents(of: "model.onnx"))
        lone = try InferenceEngine(source, batchSize: 1, threads: threads, streams: 1, precision: precision)
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
    ///
    /// A model whose package is no longer on the disk, or has been replaced there, is explained otherwise as well.
    func revealing() async throws -> Revealing? {
        let task = revealing.withLock { revealing in
            if let revealing { return revealing }
            let task = Task { [package, threads, precision] () throws -> Revealing? in
                guard let onnx = try? package.contents(of: "model.onnx"),
                    let found = try ActivationReader.read(package.manifest, onnx: onnx)
                else { return nil }
                let engine = try InferenceEngine(
                    onnx: found.network, batchSize: 1, threads: threads, streams: 1, precision: precision)
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
    /// Each of `sizes` is compiled and measured. The result says how quick each was.
    func tune(sizes: [Int]) async throws -> TuningResult {
        let engines = try sizes.map { size in
            try InferenceEngine(source, batchSize: size, threads: threads, streams: streams, precision: precision)
        }
        let tuning = try await Tuning.measured(engines)
        many.withLock { $0 = engines[tuning.best] }
        return TuningResult(tuning)
    }

    /// Gives back to the system what compiling took and does not need any more.
    static func giveBackMemory() { cc_give_back_memory() }
}
