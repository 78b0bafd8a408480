// A model in 8-bit integers: a third of the computing, a quarter of the memory, and an accuracy that is measured, not assumed.

public import Datasets
public import Evaluation
public import Foundation
import Imaging
import Inference
import Labels
public import Models
import Networks
import RunHistory
import WeightFiles

/// Makes a model's network compute with 8-bit integers, and keeps it as a model of its own if it is still good enough.
///
/// Nothing is trained: photos only show which numbers occur ("post-training quantisation"). Photos that the model was trained
/// with serve for that; the others measure both models.
public struct ModelQuantisation: Sendable {
    /// The model whose network is to be rounded.
    public let package: ModelPackage
    /// A data set with the model's classes.
    public var dataset: URL
    /// What the new model is called.
    public var name: String
    /// The folder of runs and models.
    public var workspace: URL
    /// How many photos the ranges are found with, at most; 1 or more.
    public var photos = 200
    /// By how much accuracy may fall, 0…1.
    public var tolerance = 0.01
    /// What the user typed, for the run's record.
    public var commandLine = ""

    /// Rounds `package`, with the photos of `dataset`.
    public init(_ package: ModelPackage, dataset: URL, name: String, workspace: URL) {
        (self.package, self.dataset, self.name, self.workspace) = (package, dataset, name, workspace)
    }

    /// One of the two models that are compared.
    public struct Side: Codable, Hashable, Sendable {
        /// The share of right answers on the test photos, 0…1.
        public let accuracy: Double
        /// The length of the network's file.
        public let bytes: Int
        /// The time that one photo takes on all cores, in milliseconds, without decoding; the median of several.
        public let milliseconds: Double
    }

    /// What came of it.
    public struct Result: Codable, Hashable, Sendable {
        /// Where the new model lies in the workspace, such as `models/fridge-int8/1`.
        public let model: String
        /// How many photos the ranges were found with.
        public let calibrationImages: Int
        /// How many photos both models were measured on.
        public let testImages: Int
        /// Whether the model had not seen the test photos before.
        public let areUnseen: Bool
        /// The model as it was, and with integers.
        public let float32, int8: Side
        /// Test photos that are answered otherwise than before.
        public let changedAnswers: Int
        /// Of these: wrong before and right now, and the other way around.
        public let fixed, broken: Int

        private enum CodingKeys: String, CodingKey {
            case model, float32, int8, fixed, broken
            case calibrationImages = "calibration_images"
            case testImages = "test_images"
            case areUnseen = "unseen"
            case changedAnswers = "changed_answers"
        }
    }

    /// What is being done, and how much of how much of it is done.
    public enum Step: Hashable, Sendable {
        /// Finding the ranges.
        case calibrating(Int, of: Int)
        /// Asking both models.
        case measuring(Int, of: Int)
    }

    /// Rounds the network, measures it, and keeps it.
    ///
    /// When the method throws, there is no new model.
    ///
    /// - Parameter report: Is told of each step.
    /// - Returns: Where the new model is, and how both do.
    /// - Throws: `QuantisationError` if the model is rounded already, photos are missing, or accuracy falls by more than
    ///   `tolerance`; and what reading and computing throw.
    public func run(report: (Step) -> Void = { _ in }) async throws -> Result {
        guard ModelPackage.isModelName(name) else { throw ModelPackageError.badName(name) }
        let manifest = package.manifest
        guard manifest.quantization == nil else { throw QuantisationError.alreadyRounded(package.folder.relativePath) }
        guard let graph = try manifest.graph() else { throw ExportError.unknownBackbone(manifest.backbone.name) }
        let weights = try Weights(file: package.contents(of: "weights.safetensors"))
        let division = try divide()
        let store = try RunStore(workspace: workspace)
        let run = try store.begin(
            RunStart(
                kind: "quantize", name: name, command: commandLine, data: dataset.path,
                parameters: ["photos": "\(photos)", "tolerance": "\(tolerance)", "model": package.digest],
                software: softwareVersions()))
        do {
            let result = try await round(graph, weights, division, run, in: store, report)
            try store.finish(run)
            return result
        } catch {
            try? store.finish(run, .failed, message: "\(error)")
            throw error
        }
    }

    private func round(
        _ graph: Graph, _ weights: Weights, _ division: Division, _ run: Int, in store: RunStore,
        _ report: (Step) -> Void
    ) async throws -> Result {
        let manifest = package.manifest
        var images: [[UInt8]] = []
        for image in division.calibration {
            // What cannot be read shows no numbers; the others do.
            guard let pixels = try? manifest.preprocessing(readImageFile(image.url)) else { continue }
            images.append(pixels)
        }
        guard !images.isEmpty else { throw QuantisationError.tooFewPhotos(dataset.relativePath) }
        let quantisation = try await Quantisation.calibrated(graph, weights: weights, images: images) {
            report(.calibrating($0, of: $1))
        }
        let onnx = try ONNXModel(
            graph, weights: weights, metadata: manifest.onnxMetadata(), quantisation: quantisation
        ).data()
        let rounded = try Predictor(package, network: onnx, for: .throughput)
        let compared = try await compare(Predictor(package), rounded, on: division.test, report)
        guard compared.before.accuracy - compared.after.accuracy <= tolerance + 1e-9 else {
            throw QuantisationError.worse(
                before: compared.before.accuracy, after: compared.after.accuracy, images: compared.after.images,
                tolerance: tolerance)
        }

        let times = try await times(of: [package.contents(of: "model.onnx"), onnx], images)
        var new = manifest
        new.quantization = .init(
            source: package.digest, photos: images.count, accuracyBefore: compared.before.accuracy,
            changedAnswers: compared.changed)
        new.test = .init(compared.after)
        new.software = softwareVersions()
        let features = try await statistics(rounded, images)
        let model = try publish(new, onnx: onnx, features, compared, run, in: store)
        return Result(
            model: model, calibrationImages: images.count, testImages: compared.after.images,
            areUnseen: division.areUnseen,
            float32: Side(
                accuracy: compared.before.accuracy, bytes: package.files["model.onnx"]?.bytes ?? 0,
                milliseconds: times[0]),
            int8: Side(accuracy: compared.after.accuracy, bytes: onnx.count, milliseconds: times[1]),
            changedAnswers: compared.changed, fixed: compared.fixed, broken: compared.broken)
    }
}

// MARK: - Photos

extension ModelQuantisation {
    private struct Division {
        var calibration: [LabelledImage]
        var test: [LabelledImage]
        var areUnseen: Bool
    }

    /// Which photos the ranges are found with, and which measure: never the same ones.
    ///
    /// The test part measures, where the data set has one, otherwise what the model was not trained with. Where that is
    /// everything, as with new photos, a part of it is taken for the ranges.
    private func divide() throws -> Division {
        let manifest = package.manifest
        let options = Dataset.ReadingOptions(labels: manifest.labelCount)
        let read = try Dataset.read(dataset, options: options).matching(classes: manifest.classes)
        if manifest.labelCount == .one { try read.requireOneLabel() }
        let seen = try SeenPhotos(of: package)
        let isSeen = Dictionary(uniqueKeysWithValues: read.images.map { ($0.path, seen.contains($0.url)) })
        func wasSeen(_ image: LabelledImage) -> Bool { isSeen[image.path] ?? false }
        let hasParts = read.images.contains { $0.part == .test }
        var test = read.images.filter { hasParts ? $0.part == .test : !wasSeen($0) }
        var others = read.images.filter { hasParts ? $0.part != .test : wasSeen($0) }
        if others.isEmpty {
            let chosen = Set(spread(test, count: min(photos, test.count / 2)).map(\.path))
            others = test.filter { chosen.contains($0.path) }
            test.removeAll { chosen.contains($0.path) }
        }
        guard !others.isEmpty else { throw QuantisationError.tooFewPhotos(dataset.relativePath) }
        guard !test.isEmpty else { throw QuantisationError.nothingToMeasure(dataset.relativePath) }
        return Division(
            calibration: spread(others, count: photos), test: test, areUnseen: !test.contains(where: wasSeen))
    }

    /// `count` of the images, or all, evenly over their order and so over the classes.
    private func spread(_ images: [LabelledImage], count: Int) -> [LabelledImage] {
        guard count < images.count else { return images }
        return (0..<count).map { images[(2 * $0 + 1) * images.count / (2 * count)] }
    }
}

// MARK: - Measuring

extension ModelQuantisation {
    private struct Compared {
        var before: EvaluationReport
        var after: EvaluationReport
        var changed = 0
        var fixed = 0
        var broken = 0
    }

    private func compare(
        _ before: Predictor, _ after: Predictor, on images: [LabelledImage], _ report: (Step) -> Void
    ) async throws -> Compared {
        let (count, urls) = (2 * images.count, images.map(\.url))
        var answers: [[Answer?]] = []
        for predictor in [before, after] {
            let done = answers.count * images.count
            var answered: [Answer?] = []
            try await predictor.forEach(urls) { index, answer in
                answered.append(try? answer.get())
                report(.measuring(done + index + 1, of: count))
            }
            answers.append(answered)
        }
        let manifest = package.manifest
        let readable = images.indices.filter { answers[0][$0] != nil && answers[1][$0] != nil }
        guard !readable.isEmpty else { throw QuantisationError.nothingToMeasure(dataset.relativePath) }
        let reports = try answers.map { answers in
            try EvaluationReport(
                labels: manifest.classes,
                predictions: readable.compactMap { index in
                    answers[index].map {
                        LabelledPrediction(
                            path: images[index].path, truths: images[index].labels, scores: $0.scores,
                            probabilities: $0.probabilities)
                    }
                }, thresholds: manifest.labelThresholds)
        }
        var compared = Compared(before: reports[0], after: reports[1])
        for index in readable {
            // Of one label the likeliest is the answer, whether or not it reaches the model's threshold, as in the reports.
            let given = answers.map { answers in
                Set(
                    answers[index].map {
                        manifest.accepted($0.probabilities, threshold: manifest.labelCount == .one ? 0 : nil)
                    } ?? [])
            }
            guard given[0] != given[1] else { continue }
            let truth = Set(images[index].labels.map { manifest.classes[$0] })
            compared.changed += 1
            if given[1] == truth { compared.fixed += 1 }
            if given[0] == truth { compared.broken += 1 }
        }
        return compared
    }

    /// The median time of each network for one photo on all cores, in milliseconds; taken in turns, for a machine's pace
    /// changes by more than networks differ.
    private func times(of networks: [Data], _ images: [[UInt8]]) async throws -> [Double] {
        let engines = try networks.map { try InferenceEngine(onnx: $0, batchSize: 1, streams: 1) }
        var times = engines.map { _ in [Double]() }
        for round in 0..<30 {
            for (place, engine) in engines.enumerated() {
                let start = ContinuousClock.now
                _ = try await engine(images[round % images.count])
                // The first is slower: memory is taken.
                if round > 0 { times[place].append((ContinuousClock.now - start) / .milliseconds(1)) }
            }
        }
        return times.map { $0.sorted()[$0.count / 2] }
    }
}

// MARK: - Keeping

extension ModelQuantisation {
    /// What the features of these photos are like now, where the package has statistics of the features before.
    private func statistics(_ predictor: Predictor, _ images: [[UInt8]]) async throws -> FeatureStatistics? {
        guard package.files[FeatureStatistics.fileName] != nil else { return nil }
        var features: [[Float]] = []
        for start in stride(from: 0, to: images.count, by: predictor.batchSize) {
            let batch = images[start..<min(start + predictor.batchSize, images.count)]
            features += try await predictor.answer(Array(batch.joined())).map(\.features)
        }
        return FeatureStatistics(count: features.count) { features[$0][...] }
    }

    private func publish(
        _ manifest: ModelManifest, onnx: Data, _ features: FeatureStatistics?, _ compared: Compared, _ run: Int,
        in store: RunStore
    ) throws -> String {
        let version = try store.nextVersion(of: name, run: run)
        let path = "models/\(name)/\(version)"
        let written = try ModelPackage.write(
            manifest, to: ModelPackage.folder(name, version: version, in: workspace)
        ) { partial in
            try onnx.write(to: partial.appending(path: "model.onnx"))
            for file in ["weights.safetensors", SeenPhotos.fileName] where package.files[file] != nil {
                try package.contents(of: file).write(to: partial.appending(path: file))
            }
            try features?.write(into: partial)
        }
        try store.publish(name, version: version, path: path, sha256: written.digest, run: run)
        try store.log(
            [
                Metric(Metric.testAccuracy, compared.after.accuracy),
                Metric("test.accuracy_before", compared.before.accuracy),
                Metric("test.changed_answers", Double(compared.changed)),
            ] + compared.after.metrics, run: run)
        return path
    }
}

/// Why a model was not rounded.
public enum QuantisationError: Error, Hashable, CustomStringConvertible {
    /// It computes with integers already.
    case alreadyRounded(String)
    /// There are no photos to find ranges with.
    case tooFewPhotos(String)
    /// There are no photos to measure with that are not needed to find ranges.
    case nothingToMeasure(String)
    /// It answers worse than is allowed.
    case worse(before: Double, after: Double, images: Int, tolerance: Double)

    /// What went wrong, and what to do.
    public var description: String {
        switch self {
        case .alreadyRounded(let model):
            "\(model) computes with 8-bit integers already. Name the model that it was made of."
        case .tooFewPhotos(let path):
            "\(path) has too few photos: at least one must show which numbers occur, and another must measure. Add photos."
        case .nothingToMeasure(let path):
            "All photos of \(path) that can be read were used to train this model, so none is left to measure it with. Name a data set that has others too."
        case .worse(let before, let after, let images, let tolerance):
            String(
                format:
                    "With 8-bit integers the model is right for %.1f %% of %d photos, and for %.1f %% without, which is more than %.1f points less. Nothing was kept. "
                    + "Serve it with --precision bfloat16 instead, try more photos with --photos, or allow more with --tolerance.",
                100 * after, images, 100 * before, 100 * tolerance)
        }
    }
}
