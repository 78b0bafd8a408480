// One version of one model at work: a bounded queue, reading on threads of its own, batches as the network becomes free.
//
// There is no waiting for a batch to fill: a free network takes what is there (Triton's dynamic batching with a delay of
// 0). On a processor a batch is hardly quicker than its images one by one, so waiting would only cost.

import Imaging
import Inference
import Models
import NIOCore
import Synchronization

/// A model that answers.
final class ModelEngine: Sendable {
    let package: ModelPackage
    let name: String
    let version: String
    let networks: ModelNetworks
    private let decoders: DecoderPool
    private let metrics: Metrics
    private let limits: DecodingLimits
    private let state: Mutex<(queue: EngineState, rate: DrainRate, statistics: EngineStatistics)>
    /// Nil where the package does not say what the training photos were like.
    private let drift: Mutex<FeatureDrift?>

    init(
        _ package: ModelPackage, name: String, version: String, threads: Int, precision: InferencePrecision,
        queueLimit: Int, decoders: DecoderPool, limits: DecodingLimits, metrics: Metrics
    ) throws {
        self.package = package
        (self.name, self.version) = (name, version)
        (self.decoders, self.limits, self.metrics) = (decoders, limits, metrics)
        networks = try ModelNetworks(package, threads: threads, precision: precision)
        drift = Mutex(try FeatureStatistics(of: package).map { FeatureDrift(from: $0) })
        // Until the network is tuned for many images there is one that does one at a time.
        let queue = EngineState(limit: queueLimit, batchSize: 1, streams: 1)
        state = Mutex((queue, DrainRate(), EngineStatistics()))
        metrics.set("ocelot_inference_queue_limit", ["model": name], to: Double(queueLimit))
    }

    var labels: Metrics.Labels { ["model": name, "version": version] }
    /// Of the metric that says which versions answer.
    var loadedLabels: Metrics.Labels { ["model": name, "version": version, "precision": numbers] }
    /// The numbers that its networks are computed with.
    var numbers: String { networks.numbers }
    /// Images that wait or are being read.
    var depth: Int { state.withLock { $0.queue.depth } }
    var isIdle: Bool { state.withLock { $0.queue.isIdle } }
    var batchSize: Int { state.withLock { $0.queue.batchSize } }
    /// In how many seconds the queue will have been worked off.
    var secondsToDrain: Int { state.withLock { $0.rate.seconds(for: $0.queue.depth) } }
    var statistics: EngineStatistics { state.withLock { $0.statistics } }
    var queueLimit: Int { state.withLock { $0.queue.limit } }

    /// Uses `batchSize` from then on, or measures which one is best.
    func tune(batchSize: Int?) async throws -> TuningResult {
        let result = try await networks.tune(sizes: batchSize.map { [$0] } ?? [1, 4])
        state.withLock {
            $0.queue.batchSize = result.batchSize
            $0.queue.streams = networks.streams
        }
        goOn()
        ModelNetworks.giveBackMemory()
        return result
    }

    /// Why no further image is taken now; nil if one is.
    var fullness: EngineFull? {
        let full = state.withLock { state in
            state.queue.depth < state.queue.limit
                ? nil
                : EngineFull(limit: state.queue.limit, retryAfter: state.rate.seconds(for: state.queue.depth))
        }
        if full != nil { count("rejected") }
        return full
    }

    // MARK: Asking

    /// Answers for the bytes of an image file.
    ///
    /// When the task is cancelled, the image leaves the queue, and is not computed unless that has begun.
    ///
    /// With a `wish`, the answer has what an explanation of it needs.
    func answer(_ bytes: ByteBuffer, wish: EngineJob.Wish = .nothing) async throws -> ImageAnswer {
        try await noted(answer(bytes, image: nil, wish: wish))
    }

    /// Answers for pixels that are ready for the network.
    func answer(_ image: PreparedImage) async throws -> ImageAnswer {
        try await noted(answer(ByteBuffer(), image: image, wish: .nothing))
    }

    /// As `answer`, for what is no photo of its own: it does not count when photos are watched.
    func answer(altered image: PreparedImage) async throws -> ImageAnswer {
        try await answer(ByteBuffer(), image: image, wish: .nothing)
    }

    private func answer(_ bytes: ByteBuffer, image: PreparedImage?, wish: EngineJob.Wish) async throws -> ImageAnswer {
        let place = Mutex<UInt64?>(nil)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let job = EngineJob(bytes: bytes, image: image, wish: wish, arrived: .now) {
                    continuation.resume(with: $0)
                }
                place.withLock { place in
                    guard !Task.isCancelled else { return job.whenDone(.failure(.cancelled)) }
                    place = add(job)
                }
                goOn()
            }
        } onCancel: {
            if let id = place.withLock({ $0 }) { cancel(id) }
        }
    }

    private func add(_ job: EngineJob) -> UInt64? {
        let (id, depth, retryAfter) = state.withLock { state in
            if state.queue.isIdle { state.rate.restart(at: job.arrived) }
            let id = state.queue.add(job)
            return (id, state.queue.depth, state.rate.seconds(for: state.queue.depth))
        }
        note(depth)
        guard let id else {
            count("rejected")
            job.whenDone(.failure(.full(EngineFull(limit: queueLimit, retryAfter: retryAfter))))
            return nil
        }
        return id
    }

    private func cancel(_ id: UInt64) {
        let (job, depth) = state.withLock { ($0.queue.remove(id), $0.queue.depth) }
        guard let job else { return }
        note(depth)
        count("cancelled")
        metrics.count("ocelot_requests_cancelled_total", ["model": name])
        job.whenDone(.failure(.cancelled))
        goOn()
    }

    // MARK: Working

    /// Begins whatever can be begun.
    private func goOn() {
        let (work, images) = state.withLock { state in
            let work = state.queue.next(at: .now)
            let images = work.batches.map { batch in batch.ids.compactMap { state.queue.jobs[$0]?.image?.pixels } }
            return (work, images)
        }
        for (id, bytes) in work.decode { decode(id, bytes) }
        for (batch, images) in zip(work.batches, images) { compute(batch, images) }
    }

    private func decode(_ id: UInt64, _ bytes: ByteBuffer) {
        let (preprocessing, limits) = (package.manifest.preprocessing, limits)
        decoders.submit { [self] decoder in
            let result: Result<PreparedImage, DecodingFailure>
            do throws(DecodingFailure) {
                result = .success(try decoder.prepare(bytes, by: preprocessing, limits: limits))
            } catch {
                result = .failure(error)
            }
            let job = state.withLock { $0.queue.decoded(id, try? result.get(), at: .now) }
            if case .failure(let error) = result, let job {
                state.withLock { $0.statistics.failure.add(job.arrived.duration(to: .now)) }
                metrics.count("ocelot_image_rejected_total", ["model": name, "reason": error.reason])
                count(error == .worker ? "error" : "invalid")
                job.whenDone(.failure(.decoding(error)))
            }
            goOn()
        }
    }

    private func compute(_ batch: EngineState.Batch, _ images: [[UInt8]]) {
        Task {
            let began = ContinuousClock.now
            let result: Result<[String: [Float]], any Error>
            do {
                let pixels = images.count == 1 ? images[0] : Array(images.joined())
                if batch.wantsMap, let revealing = try await networks.revealing() {
                    result = .success(try await revealing.engine(pixels))
                } else {
                    result = .success(try await networks(pixels, isAlone: batch.isAlone))
                }
            } catch {
                result = .failure(error)
            }
            let ended = ContinuousClock.now
            let (jobs, depth) = state.withLock { state in
                state.rate.add(batch.ids.count, at: ended)
                return (state.queue.computed(batch), state.queue.depth)
            }
            goOn()
            note(depth)
            deliver(result, to: jobs, began: began, ended: ended)
        }
    }

    private func deliver(
        _ result: Result<[String: [Float]], any Error>, to jobs: [EngineJob], began: ContinuousClock.Instant,
        ended: ContinuousClock.Instant
    ) {
        switch result {
        case .failure(let error):
            for job in jobs {
                state.withLock { $0.statistics.failure.add(job.arrived.duration(to: ended)) }
                count("error")
                job.whenDone(.failure(.network("\(error)")))
            }
        case .success(let outputs):
            metrics.count("ocelot_inference_batches_total", labels)
            metrics.count("ocelot_inference_images_total", labels, by: Double(jobs.count))
            metrics.observe(
                "ocelot_inference_batch_size", ["model": name], Double(jobs.count), bounds: Histogram.batch)
            state.withLock { $0.statistics.batches[jobs.count, default: .init()].add(began.duration(to: ended)) }
            for (row, job) in jobs.enumerated() {
                let decodingBegan = job.decodingBegan ?? job.arrived
                let decodingEnded = job.decodingEnded ?? decodingBegan
                let timing = ImageAnswer.Timing(
                    queue: job.arrived.duration(to: decodingBegan) + decodingEnded.duration(to: began),
                    decode: decodingBegan.duration(to: decodingEnded), infer: began.duration(to: ended))
                let rows = outputs.mapValues { values in
                    let length = values.count / jobs.count
                    return Array(values[(row * length)..<((row + 1) * length)])
                }
                note(timing, total: job.arrived.duration(to: ended))
                count("ok")
                job.whenDone(
                    .success(
                        ImageAnswer(
                            width: job.image?.width ?? 0, height: job.image?.height ?? 0, outputs: rows,
                            pixels: job.wish == .nothing ? nil : job.image?.pixels, timing: timing)))
            }
        }
    }

    // MARK: Counting

    /// Counts a photo's features.
    private func noted(_ answer: ImageAnswer) -> ImageAnswer {
        guard let features = answer.outputs["features"] else { return answer }
        let (photos, value) = drift.withLock { drift in
            drift?.add(features)
            return (drift?.photos, drift?.value)
        }
        if let photos { metrics.set("ocelot_feature_drift_photos", labels, to: Double(photos)) }
        if let value { metrics.set("ocelot_feature_drift", labels, to: value) }
        return answer
    }

    /// Takes back what is told of a version while it answers.
    func forgetMetrics() {
        metrics.forget("ocelot_model_loaded", loadedLabels)
        for name in ["ocelot_feature_drift", "ocelot_feature_drift_photos"] { metrics.forget(name, labels) }
    }

    private func count(_ outcome: String) {
        metrics.count(
            "ocelot_inference_requests_total", ["model": name, "version": version, "outcome": outcome])
    }

    private func note(_ depth: Int) { metrics.set("ocelot_inference_queue_depth", ["model": name], to: Double(depth)) }

    private func note(_ timing: ImageAnswer.Timing, total: Duration) {
        state.withLock { state in
            state.statistics.success.add(total)
            state.statistics.queue.add(timing.queue)
            state.statistics.decode.add(timing.decode)
            state.statistics.infer.add(timing.infer)
            state.statistics.last = wallClockMilliseconds()
        }
        for (stage, time) in [("queue", timing.queue), ("decode", timing.decode), ("infer", timing.infer)] {
            metrics.observe(
                "ocelot_inference_stage_duration_seconds", ["model": name, "stage": stage], time.seconds)
        }
    }
}

extension DecodingFailure {
    /// A word for metrics and programs.
    package var reason: String {
        switch self {
        case .worker: "decode_failed"
        case .image(.notAnImage): "not_an_image"
        case .image(.unsupportedFormat): "unsupported_format"
        case .image(.tooManyPixels): "image_too_large"
        case .image(.truncated): "image_truncated"
        case .image(.corrupt), .image(.notWritten): "image_corrupt"
        }
    }
}
