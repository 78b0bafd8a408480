// A classifier for images, from training to its answers.

public import Datasets
public import Evaluation
public import Foundation
import Imaging
public import Inference
public import Labels
public import Learning
public import Models

/// A classifier for images: made by training on a data set, or opened from a model package.
public struct ImageClassifier: Sendable {
    /// The package on the disk that holds it.
    public let package: ModelPackage
    private let predictor: Predictor

    /// Opens a model: a package's path, or `NAME` or `NAME:VERSION` in a workspace.
    ///
    /// Every file is checked against its SHA-256.
    public init(
        _ model: String, in workspace: URL = URL(filePath: "."), precision: InferencePrecision = .float32
    ) throws {
        try self.init(ModelPackage.open(ModelPackage.locate(model, in: workspace)), precision: precision)
    }

    /// Makes a package ready to answer.
    public init(
        _ package: ModelPackage, for purpose: Predictor.Purpose = .throughput, precision: InferencePrecision = .float32
    ) throws {
        self.package = package
        predictor = try Predictor(package, for: purpose, precision: precision)
    }

    /// The names of the classes, sorted.
    public var classes: [String] { package.manifest.classes }

    /// Which classes an image file shows, the likeliest first.
    public func classify(_ photo: URL) async throws -> [ScoredLabel] {
        try await predictor(readImageFile(photo)).ranked(classes)
    }

    /// The classes that an image file shows, the likeliest first: one, or, of a model of several labels, each that is likely
    /// enough.
    ///
    /// `threshold` takes the place of the model's own; there may be none.
    public func labels(of photo: URL, threshold: Double? = nil) async throws -> [String] {
        package.manifest.accepted(try await predictor(readImageFile(photo)).probabilities, threshold: threshold)
    }

    /// Answers for image files, in their order; a file that cannot be read is answered with the reason.
    public func forEach(_ photos: [URL], _ each: (Int, Result<Answer, any Error>) throws -> Void) async throws {
        try await predictor.forEach(photos, each)
    }

    /// Measures the model on a data set, whose classes must be the model's by name.
    ///
    /// A data set with parts is measured on its test images, any other on all.
    public func evaluate(on location: URL) async throws -> Measured {
        let manifest = package.manifest
        let options = Dataset.ReadingOptions(labels: manifest.labelCount)
        let dataset = try Dataset.read(location, options: options).matching(classes: classes)
        if manifest.labelCount == .one { try dataset.requireOneLabel() }
        let tested = dataset.images.contains { $0.part == .test }
        let images = tested ? dataset.images.filter { $0.part == .test } : dataset.images
        guard !images.isEmpty else {
            throw DatasetError.noImages(path: location.relativePath, leftOut: dataset.leftOut)
        }
        var predictions: [LabelledPrediction] = []
        var leftOut = dataset.leftOut
        try await forEach(images.map(\.url)) { index, answer in
            switch answer {
            case .success(let answer):
                predictions.append(
                    LabelledPrediction(
                        path: images[index].path, truths: images[index].labels, scores: answer.scores,
                        probabilities: answer.probabilities))
            case .failure(let error):
                leftOut.append(LeftOutFile(path: images[index].path, kind: .corrupt, reason: "\(error)"))
            }
        }
        guard !predictions.isEmpty else { throw DatasetError.noImages(path: location.relativePath, leftOut: leftOut) }
        let seen = try SeenPhotos(of: package)
        let files = Dictionary(uniqueKeysWithValues: images.map { ($0.path, $0.url) })
        let equal = Set(predictions.map(\.path).filter { path in files[path].map(seen.contains) ?? false })
        let others = Dataset(
            location: dataset.location, root: dataset.root, classes: classes,
            images: images.filter { !equal.contains($0.path) }, labelCount: dataset.labelCount)
        let near = try await seen.nearPaths(
            in: others, threads: ProcessInfo.processInfo.activeProcessorCount
        ).intersection(predictions.map(\.path))
        return Measured(
            isUnseen: predictions.map { !equal.contains($0.path) && !near.contains($0.path) }, nearCount: near.count,
            report: try EvaluationReport(
                labels: classes, predictions: predictions, thresholds: manifest.labelThresholds),
            predictions: predictions, thresholds: manifest.labelThresholds,
            root: dataset.root, leftOut: leftOut, part: tested ? .test : nil, numbers: predictor.numbers)
    }

    /// What came of an evaluation.
    public struct Measured: Sendable {
        /// For each prediction, whether its photo was not among those that the model was trained with, nor almost like one.
        public let isUnseen: [Bool]
        /// How many photos look almost like one that the model was trained with, without being equal to it.
        public let nearCount: Int
        /// The figures.
        public let report: EvaluationReport
        /// What the model says of each image.
        public let predictions: [LabelledPrediction]
        /// The probability from which on each label counts; nil where an image has one label.
        public let thresholds: [Double]?
        /// The folder from which the predictions' paths count.
        public let root: URL
        /// How many photos the model was trained with; their answers say little about new ones.
        public var seenCount: Int { isUnseen.count { !$0 } - nearCount }

        /// The figures on the photos that the model was not trained with; nil if it was trained with none or with all.
        public func unseenReport() throws -> EvaluationReport? {
            let unseen = zip(predictions, isUnseen).filter(\.1).map(\.0)
            guard !unseen.isEmpty, unseen.count < predictions.count else { return nil }
            return try EvaluationReport(labels: report.labels, predictions: unseen, thresholds: thresholds)
        }

        /// A sentence about photos that the model has seen in training, or nil if there are none.
        public var seenWarning: String? {
            guard seenCount + nearCount > 0 else { return nil }
            let near = "\(nearCount) \(seenCount > 0 ? "more" : "of these \(predictions.count) photos")"
            let clauses = [
                seenCount > 0 ? "\(seenCount) of these \(predictions.count) photos were used to train this model" : nil,
                nearCount > 0 ? "\(near) look almost like photos that were used to train it" : nil,
            ]
            let seen = clauses.compactMap(\.self).joined(separator: ", and ") + ", so "
            let isMany = thresholds != nil
            let all = seen + "the \(isMany ? "figures above are" : "accuracy above is") too good."
            switch try? unseenReport() {
            case .one(let unseen):
                return all + String(format: " On the %d others it is %.1f %%.", unseen.images, 100 * unseen.accuracy)
            case .many(let unseen):
                let precision = unseen.meanAveragePrecision.map { String(format: "%.1f %%", 100 * $0) } ?? "not defined"
                return all + " On the \(unseen.images) others mean average precision is \(precision)."
            case nil: return all
            }
        }

        /// Files that are not used, with the reason.
        public let leftOut: [LeftOutFile]
        /// The part of the data set that was measured; nil for all of it.
        public let part: Part?
        /// The numbers that the network was computed with: `float32`, `bfloat16` or `int8`.
        public let numbers: String
    }
}
