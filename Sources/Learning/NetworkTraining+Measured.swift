// From trained weights to a classifier with its answers.

import Datasets
import Evaluation
import Foundation
import Imaging
import Inference
import Labels
import Models
import Networks
import Torch
import WeightFiles

extension JobRun {
    /// Calibrates the network, and asks it about the photos of training and test, the way a package does.
    func measured(
        _ dataset: Dataset, _ split: Split, _ trained: Weights, _ warnings: [String], _ featureSeconds: Double,
        _ trainSeconds: Double
    ) async throws -> TrainedClassifier {
        let classes = dataset.classes.count
        let graph = try networkClassifierGraph(
            choices.backbone, padding: choices.padding, side: choices.preprocessing.side, head: choices.head,
            classes: classes, labels: dataset.labelCount)
        var weights = trained
        let plain = ScoreCalibration.identity(dataset.labelCount, labels: classes)
        try weights.calibrate(plain, classes: classes)
        let network = try ScoringNetwork(graph, weights, classes: classes, threads: choices.threads)
        var calibration = self.calibration ?? plain
        if self.calibration == nil, !split.validation.isEmpty {
            calibration = try ScoreCalibration.fit(
                scores: try await scores(dataset, split.validation, network),
                truths: split.validation.map { dataset.images[$0].labels }, dataset.labelCount, choices.thresholds)
        }
        try weights.calibrate(calibration, classes: classes)
        func predictions(_ indices: [Int], _ outputs: FeatureMatrix) -> [LabelledPrediction] {
            indices.enumerated().map { row, index in
                let scores = outputs[row].prefix(classes).map(Double.init)
                return LabelledPrediction(
                    path: dataset.images[index].path, truths: dataset.images[index].labels, scores: scores,
                    probabilities: calibration.probabilities(scores))
            }
        }
        let training = try await outputs(dataset, split.train, network)
        let test = try await outputs(dataset, split.test, network)
        let speeds = phases.last.map { phase in
            Double(phase.history.steps.reduce(0) { $0 + $1.images }) / max(trainSeconds, 1e-9)
        }
        return TrainedClassifier(
            dataset: dataset, split: split, graph: graph, weights: weights, calibration: calibration,
            training: predictions(split.train, training), test: predictions(split.test, test),
            features: FeatureStatistics(count: training.rows) { training[$0].dropFirst(classes) }, phases: phases,
            lastWeights: lastWeights, warnings: warnings,
            seconds: .init(
                data: 0, features: featureSeconds, train: trainSeconds,
                total: (ContinuousClock.now - start) / .seconds(1)),
            imagesPerSecond: speeds ?? 0)
    }

    /// The scores of some photos, in their order.
    private func scores(_ dataset: Dataset, _ indices: [Int], _ network: ScoringNetwork) async throws -> [[Double]] {
        let matrix = try await outputs(dataset, indices, network)
        return (0..<matrix.rows).map { row in matrix[row].prefix(dataset.classes.count).map(Double.init) }
    }

    /// The scores of some photos, each followed by the photo's features, in their order.
    private func outputs(
        _ dataset: Dataset, _ indices: [Int], _ network: ScoringNetwork
    ) async throws -> FeatureMatrix {
        let extracted = try await extractFeatures(
            of: indices.map { dataset.images[$0].url }, by: network, preprocessing: choices.preprocessing, cache: nil,
            limits: choices.limits, threads: choices.threads)
        if let failure = extracted.failures.first {
            let image = dataset.images[indices[failure.index]]
            throw ImageFileError.unreadable(reason: "\(image.path): \(failure.reason)")
        }
        return extracted.matrix
    }
}

extension Weights {
    /// Sets the layer that makes probabilities of scores.
    mutating func calibrate(_ calibration: ScoreCalibration, classes: Int) throws {
        for (name, tensor) in try calibration.weights(labels: classes) { self[name] = tensor }
    }
}

/// A whole classifier; its scores and behind them its features take the place of features.
private struct ScoringNetwork: FeatureNetwork {
    let identity = Data()
    let featureCount: Int
    private let classes: Int
    private let engine: InferenceEngine

    var batchSize: Int { engine.batchSize }
    var concurrency: Int { engine.requestCount + 1 }

    init(_ graph: Graph, _ weights: Weights, classes: Int, threads: Int) throws {
        engine = try InferenceEngine(onnx: ONNXModel(graph, weights: weights).data(), batchSize: 8, threads: threads)
        self.classes = classes
        featureCount = classes + (engine.outputs["features"] ?? 0)
    }

    func features(of images: [UInt8]) async throws -> [Float] {
        let outputs = try await engine(images)
        let (scores, features) = (outputs["scores"] ?? [], outputs["features"] ?? [])
        let width = featureCount - classes
        var rows: [Float] = []
        for row in 0..<(scores.count / classes) {
            rows += scores[(row * classes)..<((row + 1) * classes)]
            rows += features[(row * width)..<((row + 1) * width)]
        }
        return rows
    }
}

/// Describes images by nothing: for passes in which photos are only read and checked.
struct NoNetwork: FeatureNetwork {
    let identity = Data()
    let batchSize: Int
    let concurrency = 1
    let featureCount = 0

    func features(of images: [UInt8]) async throws -> [Float] { [] }
}
