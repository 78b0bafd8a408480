// The bookkeeping of a model's queue: who waits, what is being read, what the network computes. Pure values, no threads.

package import NIOCore

/// An image on its way to its answer.
package struct EngineJob: Sendable {
    package typealias Outcome = Result<ImageAnswer, EngineFailure>

    var bytes: ByteBuffer
    /// Pixels that came instead of a file's bytes.
    var image: PreparedImage?
    var arrived: ContinuousClock.Instant
    var decodingBegan: ContinuousClock.Instant?
    var decodingEnded: ContinuousClock.Instant?
    /// Whether the network has it.
    var isInBatch = false
    var wish: Wish
    var whenDone: @Sendable (Outcome) -> Void

    /// What is wanted of an image beside its answer.
    package enum Wish: Sendable {
        case nothing
        /// Its pixels as the network saw them.
        case pixels
        /// Its pixels, and the network's last map: by a network that gives it, in a batch of its own.
        case map
    }

    package init(
        bytes: ByteBuffer, image: PreparedImage? = nil, wish: Wish = .nothing, arrived: ContinuousClock.Instant,
        whenDone: @escaping @Sendable (Outcome) -> Void
    ) {
        (self.bytes, self.image, self.wish) = (bytes, image, wish)
        (self.arrived, self.whenDone) = (arrived, whenDone)
    }

    /// How many images it counts as when the queue's room is reckoned: one that is explained holds up several others.
    var places: Int { wish == .map ? 4 : 1 }
}

/// So many images wait already; in so many seconds fewer will.
package struct EngineFull: Hashable, Sendable {
    var limit: Int
    var retryAfter: Int
}

/// Why an image has no answer.
package enum EngineFailure: Error, Sendable {
    case full(EngineFull)
    case decoding(DecodingFailure)
    case cancelled
    /// The network failed, with the engine's reason.
    case network(String)
}

/// What the model says of one image, and what it took.
package struct ImageAnswer: Sendable {
    /// Of the picture as displayed, in pixels.
    var width: Int
    var height: Int
    /// The network's outputs by name: one row each.
    var outputs: [String: [Float]]
    /// What entered the network, where that was asked for.
    var pixels: [UInt8]?
    var timing: Timing

    package struct Timing: Sendable {
        /// Waiting, before and after reading.
        var queue: Duration
        /// Reading and resizing.
        var decode: Duration
        /// In the network, with the batch that it was in.
        var infer: Duration
    }
}

/// The queue of one model.
///
/// First in, first out; an image that nobody waits for any more leaves it at once.
package struct EngineState {
    /// Images that may wait or be read at one time.
    let limit: Int
    /// The largest batch.
    var batchSize: Int
    /// Batches that may be computed side by side.
    package var streams: Int

    private(set) var jobs: [UInt64: EngineJob] = [:]
    private var nextID: UInt64 = 0
    private var waiting: CircularBuffer<UInt64> = []
    private var ready: CircularBuffer<UInt64> = []
    private(set) var decoding = 0
    private(set) var running = 0
    /// Places of the images that are not in the network yet.
    package private(set) var depth = 0

    package init(limit: Int, batchSize: Int, streams: Int) {
        (self.limit, self.batchSize, self.streams) = (limit, batchSize, streams)
    }

    package var isIdle: Bool { jobs.isEmpty && decoding == 0 && running == 0 }

    /// Work that is to be begun.
    package struct Work {
        package var decode: [(id: UInt64, bytes: ByteBuffer)] = []
        package var batches: [Batch] = []
    }

    package struct Batch: Sendable {
        package var ids: [UInt64]
        /// Whether nothing else waits or runs: then all cores may work at it.
        package var isAlone: Bool
        /// Whether the last map is wanted of its only image.
        package var wantsMap = false
    }

    /// Takes an image in; nil if there is no room.
    package mutating func add(_ job: EngineJob) -> UInt64? {
        guard depth + min(job.places, limit) <= limit else { return nil }
        nextID += 1
        jobs[nextID] = job
        depth += places(of: job)
        if job.image == nil { waiting.append(nextID) } else { ready.append(nextID) }
        return nextID
    }

    /// An explanation is not impossible where the whole queue is shorter than what it counts as.
    private func places(of job: EngineJob) -> Int { min(job.places, limit) }

    /// Takes an image out that nobody waits for any more; nil if it is in the network already, or gone.
    package mutating func remove(_ id: UInt64) -> EngineJob? {
        guard let job = jobs[id], !job.isInBatch else { return nil }
        depth -= places(of: job)
        return jobs.removeValue(forKey: id)
    }

    /// An image has been read; nil if nobody waits for it any more.
    package mutating func decoded(_ id: UInt64, _ image: PreparedImage?, at time: ContinuousClock.Instant) -> EngineJob?
    {
        decoding -= 1
        guard let job = jobs[id] else { return nil }
        guard let image else {
            depth -= places(of: job)
            return jobs.removeValue(forKey: id)
        }
        jobs[id]?.image = image
        jobs[id]?.decodingEnded = time
        ready.append(id)
        return jobs[id]
    }

    /// A batch has been computed; the images that were in it.
    package mutating func computed(_ batch: Batch) -> [EngineJob] {
        running -= 1
        return batch.ids.compactMap { jobs.removeValue(forKey: $0) }
    }

    /// What can be begun now.
    ///
    /// Images are read a little ahead of the network, no further, so that one whose client leaves has cost nothing.
    package mutating func next(at time: ContinuousClock.Instant) -> Work {
        var work = Work()
        while decoding + ready.count < streams * batchSize + streams, let id = waiting.popFirst() {
            guard let bytes = jobs[id]?.bytes else { continue }
            jobs[id]?.decodingBegan = time
            decoding += 1
            work.decode.append((id, bytes))
        }
        while running < streams {
            ready.removeAll { jobs[$0] == nil }
            guard !ready.isEmpty else { break }
            // What is ready is shared out over the streams that are free.
            let free = streams - running
            let wantsMap = ready.first.flatMap { jobs[$0]?.wish } == .map
            let plain = ready.prefix { jobs[$0]?.wish != .map }.count
            let count = wantsMap ? 1 : min(batchSize, (ready.count + free - 1) / free, plain)
            let ids = Array(ready.prefix(count))
            ready.removeFirst(count)
            for id in ids {
                jobs[id]?.isInBatch = true
                if let job = jobs[id] { depth -= places(of: job) }
            }
            let isAlone = running == 0 && ready.isEmpty && waiting.isEmpty && decoding == 0 && count == 1
            running += 1
            work.batches.append(Batch(ids: ids, isAlone: isAlone, wantsMap: wantsMap))
        }
        return work
    }
}
