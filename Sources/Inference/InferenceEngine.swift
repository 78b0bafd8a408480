// Runs an ONNX network on the CPU by OpenVINO.
//
// OpenVINO works through *requests*: each has its own input and outputs, several run at once on so many *streams* of
// threads. With as many streams as cores, each core computes whole batches by itself, which is up to a fifth faster than
// all cores on one batch. A request is used by one caller at a time; the engine hands them out and queues who must wait.

import COpenVINO
public import Foundation

/// A network, compiled for this machine's processor.
///
/// Any number of tasks may call it at once.
public final class InferenceEngine: Sendable {
    /// Images in each batch.
    ///
    /// Fewer may be given: the rest of the batch is computed for nothing.
    public let batchSize: Int
    /// Bytes of one image: rows × columns × 3.
    public let imageBytes: Int
    /// The lengths of what is computed for each image, by the output's name.
    public let outputs: [String: Int]
    /// How many batches are computed side by side.
    public let requestCount: Int
    /// The numbers that it computes with.
    public let precision: InferencePrecision

    private let pool: RequestPool

    /// Compiles a network.
    ///
    /// - Parameters:
    ///   - onnx: The network as an ONNX file; it takes [N, rows, columns, 3] bytes.
    ///   - batchSize: Images in each batch, 1 or more.
    ///   - threads: Cores to use; all by default.
    ///   - streams: Batches computed side by side; as many as cores by default. 1 answers a single image soonest.
    ///   - precision: The numbers to compute with.
    /// - Throws: `InferenceError` if the engine is missing or cannot run the network, or the processor has no instructions
    ///   for such numbers.
    public convenience init(
        onnx: Data, batchSize: Int, threads: Int? = nil, streams: Int? = nil, precision: InferencePrecision = .float32
    ) throws(InferenceError) {
        try self.init(
            NetworkSource(onnx: onnx), batchSize: batchSize, threads: threads, streams: streams, precision: precision)
    }

    /// Compiles a network that has been read; the parameters as above.
    public init(
        _ source: NetworkSource, batchSize: Int, threads: Int? = nil, streams: Int? = nil,
        precision: InferencePrecision = .float32
    ) throws(InferenceError) {
        precondition(batchSize > 0, "A batch holds at least one image.")
        try precision.check()
        let threads = max(1, threads ?? ProcessInfo.processInfo.activeProcessorCount)
        let streams = max(1, min(streams ?? threads, threads))
        let compiled = try CompiledNetwork(
            source, batchSize: batchSize, threads: threads, streams: streams, precision: precision)
        self.batchSize = batchSize
        self.precision = precision
        imageBytes = compiled.inputShape.dropFirst().reduce(1, *)
        outputs = compiled.outputs
        requestCount = streams
        var requests: [Request] = []
        for _ in 0..<requestCount { requests.append(try Request(compiled)) }
        pool = RequestPool(requests)
    }

    /// Computes the outputs for up to `batchSize` images.
    ///
    /// - Parameter images: The images one after another, each `imageBytes` long: rows of pixels of red, green, blue.
    /// - Returns: For each output, one row of numbers an image, one row after another.
    /// - Throws: `InferenceError` if the bytes are no such images, or the engine stops.
    public func callAsFunction(_ images: [UInt8]) async throws -> [String: [Float]] {
        let count = images.count / max(imageBytes, 1)
        guard count * imageBytes == images.count, (1...batchSize).contains(count) else {
            throw InferenceError.batch(bytes: images.count, images: count, expected: batchSize * imageBytes)
        }
        let request = await pool.take()
        do {
            let result = try await request.run(images, count: count)
            await pool.give(request)
            return result
        } catch {
            await pool.give(request)
            throw error
        }
    }

    /// The version of OpenVINO that the program runs with.
    public static func version() throws(InferenceError) -> String {
        var version = ov_version_t()
        let status = ov_get_openvino_version(&version)
        guard status == OK else { throw .engine(reason: reason(status)) }
        defer { ov_version_free(&version) }
        return version.buildNumber.map { String(cString: $0) } ?? "unknown"
    }
}

/// Hands out requests, each to one caller at a time, in the order of asking.
private actor RequestPool {
    private var free: [Request]
    private var waiting: [CheckedContinuation<Request, Never>] = []

    init(_ requests: [Request]) { free = requests }

    func take() async -> Request {
        if let request = free.popLast() { return request }
        return await withCheckedContinuation { waiting.append($0) }
    }

    func give(_ request: Request) {
        if waiting.isEmpty { free.append(request) } else { waiting.removeFirst().resume(returning: request) }
    }
}
