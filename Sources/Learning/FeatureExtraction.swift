// From photos to feature vectors: read, decode and compute side by side, so that the network never waits for a picture.

public import Datasets
public import Foundation
public import Imaging

/// A frozen network that turns images into feature vectors.
///
/// OpenVINO's runs on the processor, libtorch's on a GPU.
public protocol FeatureNetwork: Sendable {
    /// What its features depend on: graph, weights, and engine.
    var identity: Data { get }
    /// Images in a full batch.
    var batchSize: Int { get }
    /// How many batches may be under way at once.
    var concurrency: Int { get }
    /// How many numbers describe an image.
    var featureCount: Int { get }
    /// [N, side, side, 3] bytes → [N, featureCount], for N from 1 to `batchSize`, one row after another.
    func features(of images: [UInt8]) async throws -> [Float]
}

/// The feature vectors of photos, and which photos could not be read.
public struct ExtractedFeatures: Sendable {
    /// One row a usable photo, in the photos' order.
    public let matrix: FeatureMatrix
    /// For each row, the photo's index in the list that was given.
    public let usable: [Int]
    /// For each row, what the photo's file holds.
    public let contents: [ContentHash]
    /// The photos that could not be read, with the reason.
    public let failures: [(index: Int, reason: String)]
    /// How many rows were found in the cache.
    public let fromCache: Int
    /// Wall time in seconds.
    public let seconds: Double
}

/// Computes the feature vectors of photos.
///
/// - Parameters:
///   - photos: Image files. A file that cannot be read is listed in the result and does not stop the work.
///   - network: The frozen network; it takes what `preprocessing` makes.
///   - preprocessing: How a file becomes the bytes that the network takes.
///   - variation: How photos are varied before; nil leaves them as they are.
///   - cache: Vectors that were computed before; new ones are added. Nil computes everything.
///   - limits: Larger pictures count as unreadable.
///   - threads: Threads that read and decode, 1 or more.
///   - progress: Called now and then with the number of photos done and of those found in the cache; what it throws ends
///     the work.
/// - Returns: A row for each photo that could be read.
/// - Throws: `InferenceError`, `CacheError`.
public func extractFeatures(
    of photos: [URL],
    by network: any FeatureNetwork,
    preprocessing: Preprocessing,
    variation: PhotoVariation? = nil,
    cache: FeatureCache?,
    limits: DecodingLimits = .default,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    progress: (Int, Int) throws -> Void = { _, _ in }
) async throws -> ExtractedFeatures {
    let start = ContinuousClock.now
    let known = cache?.contents ?? []
    let pipeline = OrderedPipeline(photos, threads: threads, ahead: 2 * network.batchSize + 2 * threads) { photo in
        load(photo, unlessIn: known, preprocessing, variation, limits)
    }
    let width = network.featureCount
    var rows = [Float](repeating: 0, count: photos.count * width)
    var contents = [ContentHash?](repeating: nil, count: photos.count)
    var failures: [(index: Int, reason: String)] = []
    var (done, fromCache, inFlight) = (0, 0, 0)
    var batch = Batch()

    // What was computed is kept, also where something goes wrong, or somebody asks to stop.
    defer { try? cache?.flush() }
    try await withThrowingTaskGroup(of: ([Int], [Float]).self) { group in
        func collect(_ result: ([Int], [Float])?) throws {
            guard let (members, values) = result else { return }
            inFlight -= 1
            for (position, index) in members.enumerated() {
                let row = values[(position * width)..<((position + 1) * width)]
                rows.replaceSubrange((index * width)..<((index + 1) * width), with: row)
                if let content = contents[index] { cache?.insert(row, for: content) }
            }
            done += members.count
            if done < photos.count { try progress(done, fromCache) }
        }
        func send() async throws {
            if inFlight >= network.concurrency { try collect(try await group.next()) }
            let (members, images) = batch.take()
            inFlight += 1
            group.addTask { (members, try await network.features(of: images)) }
        }
        var index = 0
        for await loaded in pipeline {
            switch loaded {
            case .pixels(let content, let pixels):
                contents[index] = content
                batch.add(index, pixels)
                if batch.count == network.batchSize { try await send() }
            case .known(let content):
                contents[index] = content
                if let row = cache?[content] {
                    rows.replaceSubrange((index * width)..<((index + 1) * width), with: row)
                }
                (done, fromCache) = (done + 1, fromCache + 1)
                if done % 256 == 0 { try progress(done, fromCache) }
            case .failed(let reason):
                failures.append((index, reason))
                done += 1
            }
            index += 1
        }
        if batch.count > 0 { try await send() }
        while inFlight > 0 { try collect(try await group.next()) }
    }
    try cache?.flush()
    try progress(done, fromCache)

    let usable = contents.indices.filter { contents[$0] != nil }
    if usable.count < photos.count {
        rows = usable.flatMap { rows[($0 * width)..<(($0 + 1) * width)] }
    }
    return ExtractedFeatures(
        matrix: FeatureMatrix(rows: usable.count, columns: width, values: rows),
        usable: usable, contents: contents.compactMap(\.self), failures: failures, fromCache: fromCache,
        seconds: (ContinuousClock.now - start) / .seconds(1))
}

/// How each photo is varied once: the same way whenever it is asked for.
public struct PhotoVariation: Codable, Hashable, Sendable {
    /// What may be done to it.
    public var augmentation: Augmentation
    /// What chance follows from.
    public var seed: UInt64
    /// Which of several varied copies it is.
    public var copy: Int

    /// What is done to the photo with this content.
    func plan(for content: ContentHash) -> AugmentationPlan {
        let name = content.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        var generator = SeededGenerator(seed: seed &+ UInt64(copy), stream: name)
        return augmentation.plan(using: &generator)
    }
}

/// What features depend on beside the network: a cache's key.
struct VariedPreprocessing: Encodable {
    let preprocessing: Preprocessing
    let variation: PhotoVariation?

    init(_ preprocessing: Preprocessing, _ variation: PhotoVariation?) {
        (self.preprocessing, self.variation) = (preprocessing, variation)
    }

    private enum CodingKeys: CodingKey { case preprocessing, variation }

    func encode(to encoder: any Encoder) throws {
        // Photos as they are have the key that they have for an SVM, so that the features are shared.
        guard let variation else { return try preprocessing.encode(to: encoder) }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(preprocessing, forKey: .preprocessing)
        try container.encode(variation, forKey: .variation)
    }
}

/// What became of one photo on its way to the network.
private enum LoadedPhoto: Sendable {
    case pixels(ContentHash, [UInt8])
    case known(ContentHash)
    case failed(reason: String)
}

private func load(
    _ photo: URL, unlessIn known: Set<ContentHash>, _ preprocessing: Preprocessing, _ variation: PhotoVariation?,
    _ limits: DecodingLimits
) -> LoadedPhoto {
    do {
        let bytes = try readImageFile(photo)
        let content = ContentHash(of: bytes)
        if known.contains(content) { return .known(content) }
        guard let variation else { return .pixels(content, try preprocessing(bytes, limits: limits)) }
        let plan = variation.plan(for: content)
        return .pixels(content, try preprocessing(bytes, augmentation: plan, limits: limits))
    } catch {
        return .failed(reason: "\(error)")
    }
}

/// Images on their way into one batch, with their indices.
private struct Batch {
    private var members: [Int] = []
    private var images: [UInt8] = []

    var count: Int { members.count }

    mutating func add(_ index: Int, _ pixels: [UInt8]) {
        members.append(index)
        images.append(contentsOf: pixels)
    }

    mutating func take() -> ([Int], [UInt8]) {
        defer { self = Batch() }
        return (members, images)
    }
}
