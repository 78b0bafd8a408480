// From an image file to an answer, by a model package.

public import Foundation
public import Imaging
public import Inference
public import Labels

/// What a classifier says of one image.
public struct Answer: Hashable, Sendable {
    /// One score a class, in the order of the package's classes; for a linear SVM, its decision values.
    public let scores: [Double]
    /// One probability a class; they add up to 1, unless an image may have several labels.
    public let probabilities: [Double]
    /// The features that the answer rests on, of length 1.
    public let features: [Float]

    /// The classes with their probabilities, the likeliest first; of equal ones, the first by name.
    public func ranked(_ classes: [String]) -> [ScoredLabel] {
        zip(classes, probabilities).map(ScoredLabel.init)
            .sorted { ($1.probability, $0.label) < ($0.probability, $1.label) }
    }
}

/// A model package, ready to answer.
///
/// Any number of tasks may ask at once.
public final class Predictor: Sendable {
    /// What a predictor is tuned for.
    public enum Purpose: Sendable {
        /// One image at a time, as soon as possible.
        case latency
        /// Many images, as many as possible a second.
        case throughput
    }

    /// The package that answers.
    public let package: ModelPackage
    /// The classes, in the order of scores and probabilities.
    public var classes: [String] { package.manifest.classes }
    private let engine: InferenceEngine

    /// Images that are computed together.
    package var batchSize: Int { engine.batchSize }

    /// The numbers that the network is computed with: `float32`, `bfloat16` or `int8`.
    public var numbers: String { package.manifest.numbers(engine.precision) }

    /// Opens a package's network.
    public convenience init(
        _ package: ModelPackage, for purpose: Purpose = .throughput, threads: Int? = nil,
        precision: InferencePrecision = .float32
    ) throws {
        try self.init(
            package, network: package.contents(of: "model.onnx"), for: purpose, threads: threads, precision: precision)
    }

    /// Opens another network, `onnx`, in place of a package's own; the rest as above.
    package init(
        _ package: ModelPackage, network onnx: Data, for purpose: Purpose, threads: Int? = nil,
        precision: InferencePrecision = .float32
    ) throws {
        self.package = package
        switch purpose {
        case .latency:
            engine = try InferenceEngine(
                onnx: onnx, batchSize: 1, threads: threads, streams: 1, precision: precision)
        case .throughput:
            engine = try InferenceEngine(onnx: onnx, batchSize: 8, threads: threads, precision: precision)
        }
    }

    /// Answers for the bytes of one image file.
    public func callAsFunction(_ file: [UInt8], limits: DecodingLimits = .default) async throws -> Answer {
        let answers = try await answer(package.manifest.preprocessing(file, limits: limits))
        return answers[0]
    }

    /// Answers for image files, in their order; what cannot be read is answered with the reason.
    ///
    /// - Parameters:
    ///   - paths: Image files.
    ///   - limits: Larger pictures are refused.
    ///   - each: Called for each file in the order of `paths`, with its index.
    /// - Throws: `InferenceError`, and what `each` throws.
    public func forEach(
        _ paths: [URL], limits: DecodingLimits = .default, _ each: (Int, Result<Answer, any Error>) throws -> Void
    ) async throws {
        let preprocessing = package.manifest.preprocessing
        let threads = ProcessInfo.processInfo.activeProcessorCount
        let pipeline = OrderedPipeline(paths, threads: threads, ahead: 2 * engine.batchSize + 2 * threads) { path in
            Result { try preprocessing(try readImageFile(path), limits: limits) }
        }
        try await withThrowingTaskGroup(of: (Int, [Result<Answer, any Error>]).self) { group in
            var (nextBatch, nextToGive, inFlight, index) = (0, 0, 0, 0)
            var finished: [Int: [Result<Answer, any Error>]] = [:]
            var members: [Result<[UInt8], any Error>] = []

            func collect() async throws {
                guard let (number, answers) = try await group.next() else { return }
                inFlight -= 1
                finished[number] = answers
                while let answers = finished.removeValue(forKey: nextToGive) {
                    for answer in answers {
                        try each(index, answer)
                        index += 1
                    }
                    nextToGive += 1
                }
            }
            func send() async throws {
                while inFlight > engine.requestCount { try await collect() }
                let (number, batch) = (nextBatch, members)
                (nextBatch, members) = (nextBatch + 1, [])
                inFlight += 1
                group.addTask { (number, try await self.answers(for: batch)) }
            }
            for await image in pipeline {
                members.append(image)
                if members.count == engine.batchSize { try await send() }
            }
            if !members.isEmpty { try await send() }
            while inFlight > 0 { try await collect() }
        }
    }

    private func answers(for images: [Result<[UInt8], any Error>]) async throws -> [Result<Answer, any Error>] {
        let pixels = images.compactMap { try? $0.get() }
        var answers = (pixels.isEmpty ? [] : try await answer(Array(pixels.joined()))).makeIterator()
        return images.map { image in
            switch image {
            case .failure(let error): .failure(error)
            case .success:
                answers.next().map { .success($0) } ?? .failure(InferenceError.run(reason: "an answer is missing"))
            }
        }
    }

    /// Answers for up to a batch of preprocessed images, one after another.
    package func answer(_ images: [UInt8]) async throws -> [Answer] {
        let outputs = try await engine(images)
        let (classes, width) = (classes.count, engine.outputs["features"] ?? 0)
        let (scores, probabilities) = (outputs["scores"] ?? [], outputs["probabilities"] ?? [])
        let features = outputs["features"] ?? []
        return (0..<(images.count / engine.imageBytes)).map { row in
            let columns = (row * classes)..<((row + 1) * classes)
            return Answer(
                scores: scores[columns].map(Double.init), probabilities: probabilities[columns].map(Double.init),
                features: Array(features[(row * width)..<((row + 1) * width)]))
        }
    }
}
