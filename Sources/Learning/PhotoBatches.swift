// Photos on their way into training: in an order that depends on seed and epoch only, decoded and varied ahead of time.

import Datasets
public import Foundation
public import Imaging

/// Images of one step, with their classes, as plain numbers.
public struct LabelledBatch<Element: Sendable>: Sendable {
    /// The images one after another: [count, …] bytes, or [count, features] floats.
    public var values: [Element]
    /// The class of each image.
    public var labels: [Int]
    /// The classes of all images of the step, over all workers.
    public var all: [Int]
    /// Photos that should have been in it and could no longer be read.
    public var missing: [String] = []

    /// Makes a batch of images with their classes, and the classes of all images of the step.
    package init(values: [Element], labels: [Int], all: [Int]) {
        (self.values, self.labels, self.all) = (values, labels, all)
    }

    /// How many images there are.
    public var count: Int { labels.count }
}

/// Which images make up the steps of an epoch.
public struct BatchOrder: Codable, Hashable, Sendable {
    /// How the images of an epoch are drawn.
    public enum Sampling: String, Codable, CaseIterable, Hashable, Sendable {
        /// Each image once.
        case shuffled
        /// As many images as there are, of each class equally many; those of small classes come several times.
        case balanced
    }

    /// What the order follows from.
    public var seed: UInt64
    /// Images in a step, at least 1.
    public var batchSize: Int
    /// How the images of an epoch are drawn.
    public var sampling: Sampling
    /// Which share of each step is this worker's, and of how many.
    public var worker: (rank: Int, count: Int) { (rank, workers) }
    private var rank = 0
    private var workers = 1

    /// Makes an order.
    public init(seed: UInt64, batchSize: Int, sampling: Sampling = .shuffled, rank: Int = 0, workers: Int = 1) {
        self.seed = seed
        self.batchSize = batchSize
        self.sampling = sampling
        self.rank = rank
        self.workers = workers
    }

    /// How many steps an epoch of `images` has: none is larger than `batchSize`, and all are nearly equal, so that no
    /// batch norm has to do with a small rest.
    public func steps(images: Int) -> Int { max(1, (images + batchSize - 1) / batchSize) }

    /// The steps of an epoch, as indices into the images; of each step only this worker's share.
    ///
    /// `labels` are the classes of the images.
    public func epoch(_ number: Int, labels: [Int]) -> [(own: [Int], all: [Int])] {
        var generator = SeededGenerator(seed: seed, stream: UInt64(number))
        var order = Array(labels.indices)
        switch sampling {
        case .shuffled: generator.shuffle(&order)
        case .balanced:
            var members = Dictionary(grouping: labels.indices, by: { labels[$0] }).sorted { $0.key < $1.key }.map(
                \.value)
            // Each class goes round in a new order every time that it has come to its end.
            var places = members.indices.map { members[$0].count }
            order = labels.indices.map { position in
                let kind = position % members.count
                if places[kind] == members[kind].count {
                    generator.shuffle(&members[kind])
                    places[kind] = 0
                }
                places[kind] += 1
                return members[kind][places[kind] - 1]
            }
            generator.shuffle(&order)
        }
        let steps = steps(images: order.count)
        return (0..<steps).map { step in
            let all = order[Self.share(step, of: steps, in: order.count)]
            let own = Self.share(rank, of: workers, in: all.count)
            return (Array(all.dropFirst(own.lowerBound).prefix(own.count)), Array(all))
        }
    }

    /// The part with this number of `count` things divided into nearly equal parts.
    static func share(_ number: Int, of parts: Int, in count: Int) -> Range<Int> {
        (number * count / parts)..<((number + 1) * count / parts)
    }
}

/// Photos with their classes, and how they become input.
public struct PhotoSource: Sendable {
    /// The image files.
    public var photos: [URL]
    /// The class of each.
    public var labels: [Int]
    /// How a photo becomes the bytes that the network takes.
    public var preprocessing: Preprocessing
    /// How photos are varied; nothing at all by default.
    public var augmentation: Augmentation
    /// What the variation follows from.
    public var seed: UInt64
    /// Larger pictures count as unreadable.
    public var limits: DecodingLimits
    /// Threads that read and decode, 1 or more.
    public var threads: Int

    /// Makes a source.
    public init(
        photos: [URL], labels: [Int], preprocessing: Preprocessing, augmentation: Augmentation = .none,
        seed: UInt64 = 0,
        limits: DecodingLimits = .default, threads: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        precondition(photos.count == labels.count, "Each photo has a label.")
        self.photos = photos
        self.labels = labels
        self.preprocessing = preprocessing
        self.augmentation = augmentation
        self.seed = seed
        self.limits = limits
        self.threads = threads
    }

    /// The steps of each epoch in this order: [count, side, side, 3] bytes.
    ///
    /// A photo that can no longer be read is left out of its step, which says so.
    public func batches(_ order: BatchOrder) -> Batches<LabelledBatch<UInt8>> {
        Batches(count: order.steps(images: photos.count)) { epoch, first in
            let steps = Array(order.epoch(epoch, labels: labels).dropFirst(first))
            let pictures = OrderedPipeline(
                steps.flatMap(\.own), threads: threads, ahead: 2 * order.batchSize + 2 * threads
            ) { index in (index, load(index, epoch: epoch)) }
            let iterator = PictureIterator(pictures.makeAsyncIterator(), steps.map { ($0.own.count, $0.all) })
            return AsyncThrowingStream { await iterator.batch(labels) }
        }
    }

    /// All photos in their order, as they are, `size` at a time; for measuring.
    public func plainBatches(of size: Int) -> Batches<LabelledBatch<UInt8>> {
        var plain = self
        plain.augmentation = .none
        let source = plain
        let steps = stride(from: 0, to: photos.count, by: size).map { min(size, photos.count - $0) }
        return Batches(count: steps.count) { _, _ in
            let pictures = OrderedPipeline(
                source.photos.indices, threads: threads, ahead: 2 * size + 2 * threads
            ) { index in (index, source.load(index, epoch: 0)) }
            let iterator = PictureIterator(pictures.makeAsyncIterator(), steps.map { ($0, []) })
            return AsyncThrowingStream { await iterator.batch(source.labels) }
        }
    }

    /// One photo's bytes, varied as the epoch and its place say.
    func load(_ index: Int, epoch: Int) -> Result<[UInt8], any Error> {
        Result {
            let bytes = try readImageFile(photos[index])
            guard augmentation != .none else { return try preprocessing(bytes, limits: limits) }
            let plan = augmentation.plan(seed: seed, epoch: epoch, photo: index)
            return try preprocessing(bytes, augmentation: plan, limits: limits)
        }
    }
}

/// Puts single pictures together to batches.
///
/// `@unchecked Sendable`: a stream asks for one batch at a time, and only it has the iterator.
private final class PictureIterator: @unchecked Sendable {
    private var pictures: OrderedPipeline<Int, (Int, Result<[UInt8], any Error>)>.Iterator
    private var steps: ArraySlice<(own: Int, all: [Int])>

    init(
        _ pictures: OrderedPipeline<Int, (Int, Result<[UInt8], any Error>)>.Iterator, _ steps: [(own: Int, all: [Int])]
    ) {
        self.pictures = pictures
        self.steps = steps[...]
    }

    func batch(_ labels: [Int]) async -> LabelledBatch<UInt8>? {
        guard let step = steps.popFirst() else { return nil }
        var batch = LabelledBatch<UInt8>(values: [], labels: [], all: step.all.map { labels[$0] })
        for _ in 0..<step.own {
            guard let (index, picture) = await pictures.next() else { return nil }
            switch picture {
            case .success(let bytes):
                if batch.values.isEmpty { batch.values.reserveCapacity(bytes.count * step.own) }
                batch.values.append(contentsOf: bytes)
                batch.labels.append(labels[index])
            case .failure(let reason):
                batch.missing.append("\(reason)")
            }
        }
        return batch
    }
}

extension FeatureMatrix {
    /// Steps of cached feature vectors: [count, columns] floats.
    ///
    /// - Parameters:
    ///   - labels: The class of each row.
    ///   - order: Which rows make up the steps.
    ///   - variants: Features of varied copies of the same photos; each epoch takes one of all the tables for each photo.
    /// - Returns: The steps of every epoch.
    package func batches(labels: [Int], order: BatchOrder, variants: [FeatureMatrix]) -> Batches<LabelledBatch<Float>> {
        let tables = [self] + variants
        return Batches(count: order.steps(images: rows)) { epoch, first in
            let steps = order.epoch(epoch, labels: labels).dropFirst(first).map { step in
                var batch = LabelledBatch<Float>(values: [], labels: [], all: step.all.map { labels[$0] })
                for index in step.own {
                    // Every photo goes through its variants in turn, each beginning with another.
                    batch.values.append(contentsOf: tables[(epoch + index) % tables.count][index])
                    batch.labels.append(labels[index])
                }
                return batch
            }
            return AsyncThrowingStream { continuation in
                // Small: the whole epoch may lie ready.
                for batch in steps { continuation.yield(batch) }
                continuation.finish()
            }
        }
    }
}
