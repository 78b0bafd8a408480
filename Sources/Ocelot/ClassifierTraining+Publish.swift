// From a trained classifier to the package, the report and the record.

import Datasets
import Evaluation
package import Foundation
import Imaging
import Inference
import Labels
import Learning
import Models
import Networks
import RunHistory
import Torch
import WeightFiles

extension ClassifierTraining {
    struct Published {
        var finished: TrainingEvent.Finished
        var report: EvaluationReport
        var package: ModelPackage
    }

    func publish(
        _ trained: TrainedClassifier, _ job: Job, _ audit: SplitAudit, _ looks: [ContentHash: DifferenceHash],
        as name: String, run: Int, in store: RunStore, report: (TrainingEvent) -> Void
    ) throws -> Published {
        let classes = trained.dataset.classes
        let testReport = try EvaluationReport(
            labels: classes, predictions: trained.test, thresholds: trained.calibration.thresholds)
        let trainAccuracy =
            Double(trained.training.count { trained.answers($0) == $0.truths }) / Double(max(trained.training.count, 1))
        report(.evaluated(.init(part: "train", images: trained.training.count, accuracy: trainAccuracy)))
        report(.evaluated(.init(part: "test", images: testReport.images, accuracy: testReport.accuracy)))

        let version = try store.nextVersion(of: name, run: run)
        let folder = try ModelPackage.folder(name, version: version, in: workspace)
        let (graph, weights) = (trained.graph, trained.weights)
        let manifest = try manifest(trained, job, testReport)
        let package = try ModelPackage.write(manifest, to: folder) { partial in
            try weights.write(to: partial.appending(path: "weights.safetensors"))
            let onnx = try ONNXModel(graph, weights: weights, metadata: manifest.onnxMetadata()).data()
            try onnx.write(to: partial.appending(path: "model.onnx"))
            let contents = trained.split.train.compactMap { trained.dataset.images[$0].content }
            let seen = SeenPhotos(contents, looks: looks)
            try seen.file.write(to: partial.appending(path: SeenPhotos.fileName))
            try trained.features?.write(into: partial)
            // Where the best epoch was not the last one, its weights are the model, and the last ones are kept too.
            try trained.lastWeights?.write(to: partial.appending(path: "last-weights.safetensors"))
        }
        let path = "models/\(name)/\(version)"
        try store.publish(name, version: version, path: path, sha256: package.digest, run: run)

        var finished = finishedEvent(trained, job, testReport, trainAccuracy, run: run, model: path)
        let reportFile = workspace.appending(path: "reports/\(name)-\(version).html")
        finished.report = reportFile.relativePath
        finished.leaks = audit.summary
        try store.log([Metric("test.leaked_share", audit.share)], run: run)
        if !audit.pairs.isEmpty {
            let pairs = try JSONEncoder().encode(audit)
            try store.add("leaks.json", kind: "leaks", mediaType: "application/json", pairs, run: run)
        }
        try record(trained, testReport, finished, run: run, in: store, page: reportFile)
        return Published(finished: finished, report: testReport, package: package)
    }

    private func finishedEvent(
        _ trained: TrainedClassifier, _ job: Job, _ report: EvaluationReport, _ trainAccuracy: Double, run: Int,
        model: String
    ) -> TrainingEvent.Finished {
        TrainingEvent.Finished(
            run: run, model: model, method: recipe.method.rawValue, backbone: job.origin.backbone.rawValue,
            classes: trained.dataset.classes,
            train: .init(images: trained.training.count, accuracy: trainAccuracy),
            test: .init(report),
            bestC: trained.svm?.c,
            bestEpoch: trained.phases.last.flatMap { $0.bestEpoch ?? $0.history.epochs.last?.number },
            epochs: trained.phases.last.map { $0.history.epochs.count }, seconds: trained.seconds,
            imagesPerSecond: trained.imagesPerSecond)
    }

    private func manifest(
        _ trained: TrainedClassifier, _ job: Job, _ report: EvaluationReport
    ) throws -> ModelManifest {
        let (dataset, split) = (trained.dataset, trained.split)
        func counts(_ indices: [Int]) -> [String: Int] {
            indices.flatMap { dataset.images[$0].labels }.reduce(into: [:]) { $0[dataset.classes[$1], default: 0] += 1 }
        }
        let train = counts(split.train)
        let origin = job.origin
        return ModelManifest(
            labels: dataset.isMultiLabel ? .many : nil, method: recipe.method.rawValue, classes: dataset.classes,
            preprocessing: job.preprocessing,
            backbone: .init(
                name: origin.backbone.rawValue, padding: origin.padding.rawValue,
                featureCount: origin.backbone.featureCount,
                weights: .init(
                    name: origin.name, source: origin.source, licence: origin.licence,
                    sha256: try origin.weights.digest())),
            svm: trained.svm.map { svm in
                .init(
                    c: svm.c, featureMap: svm.featureMap,
                    classWeights: Dictionary(uniqueKeysWithValues: zip(dataset.classes, svm.classWeights)))
            },
            head: trained.svm == nil ? recipe.head().description : nil, temperature: trained.calibration.temperature,
            thresholds: trained.calibration.thresholds.map { thresholds in
                Dictionary(uniqueKeysWithValues: zip(dataset.classes, thresholds))
            },
            recipe: try recipe.parameters().filter { $0.key != "save_every" },
            data: .init(fingerprint: dataset.fingerprint.description, training: train, test: counts(split.test)),
            test: .init(report),
            software: softwareVersions())
    }

    private func record(
        _ trained: TrainedClassifier, _ report: EvaluationReport, _ finished: TrainingEvent.Finished, run: Int,
        in store: RunStore, page: URL
    ) throws {
        var metrics = [
            Metric(Metric.testAccuracy, report.accuracy), Metric("train.accuracy", finished.train.accuracy),
            Metric("test.chance", finished.test.chance),
            Metric("temperature", trained.calibration.temperature),
            Metric("images_per_second", finished.imagesPerSecond),
            Metric("seconds.features", finished.seconds.features), Metric("seconds.train", finished.seconds.train),
        ]
        if let c = finished.bestC { metrics.append(Metric("best_c", c)) }
        if let epoch = finished.bestEpoch { metrics.append(Metric("best_epoch", Double(epoch))) }
        metrics.append(Metric("test.class_averaged_accuracy", finished.test.classAveragedAccuracy))
        metrics += report.metrics
        for (step, trial) in (trained.svm?.trials ?? []).enumerated() {
            metrics.append(Metric("validation.accuracy", label: "C=\(trial.c)", step: step, trial.accuracy))
            if let value = trial.meanAveragePrecision {
                metrics.append(Metric("validation.mean_average_precision", label: "C=\(trial.c)", step: step, value))
            }
        }
        try store.log(metrics, run: run)
        try store.log(
            parameters: ["backbone": finished.backbone, "data_fingerprint": trained.dataset.fingerprint.description],
            run: run)
        func names(_ labels: [Int]) -> String { labels.map { trained.dataset.classes[$0] }.joined(separator: "|") }
        try store.log(
            predictions: trained.test.map {
                StoredPrediction(
                    path: $0.path, truth: names($0.truths), predicted: names(trained.answers($0)),
                    probability: $0.probabilities[$0.predicted])
            }, run: run)
        let html = reportPage(trained, report, finished)
        try store.add("report.html", kind: "report", mediaType: "text/html", Data(html.utf8), run: run)
        try writeWhole(Data(html.utf8), to: page)
    }

    private func reportPage(
        _ trained: TrainedClassifier, _ report: EvaluationReport, _ finished: TrainingEvent.Finished
    ) -> String {
        let dataset = trained.dataset
        let leftOut = dataset.leftOut.map { "Left out: \($0.path): \($0.reason)" }
        let details = ReportDetails(
            title: "\(finished.model)",
            facts: [
                ("Data", dataset.location.relativePath), ("Training photos", "\(finished.train.images)"),
                ("Accuracy on training photos", String(format: "%.1f %%", 100 * finished.train.accuracy)),
                ("Method", methodText(trained, finished)),
            ] + svmFacts(trained) + phaseFacts(trained) + [
                ("Run", finished.run.map { "\($0)" } ?? ""), ("Ocelot", Ocelot.version),
            ],
            warnings: (finished.leaks.map { $0.affected > 0 ? [$0.message] : [] } ?? []) + trained.warnings + leftOut,
            nextSteps: adviseNext(finished, report, model: finished.model),
            figures: curves(of: trained.phases))
        let files = Dictionary(uniqueKeysWithValues: dataset.images.map { ($0.path, $0.url) })
        return report.html(details) { index in
            guard let url = files[trained.test[index].path], let bytes = try? readImageFile(url) else { return nil }
            return try? Picture.thumbnail(of: bytes, longerSide: 160)
        }
    }
}

extension ModelManifest {
    /// What a program that has only the ONNX file needs to know.
    func onnxMetadata() throws -> [String: String] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var metadata = [
            "classes": String(decoding: try encoder.encode(classes), as: UTF8.self),
            "preprocessing": String(decoding: try encoder.encode(preprocessing), as: UTF8.self),
            "input": "images: [N, side, side, 3] bytes, RGB, upright, resized as 'preprocessing' says; not normalised",
        ]
        if labelCount == .many {
            metadata["labels"] = "many"
            metadata["thresholds"] = String(decoding: try encoder.encode(thresholds), as: UTF8.self)
        }
        return metadata
    }
}

/// How a model was made, in a few words.
private func methodText(_ trained: TrainedClassifier, _ finished: TrainingEvent.Finished) -> String {
    switch finished.method {
    case "svm": "linear SVM on features of \(finished.backbone)"
    case "svm-refined": "linear SVM on features of \(finished.backbone), which was trained before"
    case "head": "head on features of \(finished.backbone)"
    case "scratch": "\(finished.backbone), trained from random weights"
    default: "\(finished.backbone), fine-tuned"
    }
}

private func svmFacts(_ trained: TrainedClassifier) -> [(name: String, value: String)] {
    guard let svm = trained.svm else { return [] }
    let hasLabels = svm.trials.contains { $0.meanAveragePrecision != nil }
    let trials = svm.trials.map { String(format: "%g: %.1f %%", $0.c, 100 * ($0.meanAveragePrecision ?? $0.accuracy)) }
    return [
        ("C", String(format: "%g", svm.c)), ("Features", svm.featureMap.rawValue),
        (
            hasLabels ? "Mean average precision on held-out photos, by C" : "Right on held-out photos, by C",
            trials.joined(separator: ", ")
        ),
    ]
}

private func phaseFacts(_ trained: TrainedClassifier) -> [(name: String, value: String)] {
    trained.phases.map { phase in
        let last = phase.history.epochs.last
        let best = phase.bestEpoch.map { ", weights of epoch \($0)" } ?? ""
        let error = last.map { String(format: ", training error %.1f %%", 100 * $0.training.error) } ?? ""
        return (
            phase.name == "head" ? "Training of the head" : "Training of the network",
            "\(phase.history.epochs.count) of \(phase.epochs) epochs\(best)\(error)"
        )
    }
}

/// The curves of all phases.
private func curves(of phases: [TrainingPhase]) -> [ReportFigure] {
    phases.reversed().enumerated().flatMap { $1.figures(numbered: $0 + 1) }
}

/// What made a model: the versions of the parts that its numbers depend on.
func softwareVersions() -> [String: String] {
    [
        "ocelot": Ocelot.version, "openvino": (try? InferenceEngine.version()) ?? "unknown",
        "libtorch": libtorchVersion(),
    ]
}

/// Writes a file so that it is there whole or not at all.
package func writeWhole(_ data: Data, to url: URL) throws {
    do {
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url, options: .atomic)
    } catch {
        throw FileNotWritten(path: url.path, reason: error.localizedDescription)
    }
}

/// A file that could not be written.
public struct FileNotWritten: Error, CustomStringConvertible {
    /// Where it should have been.
    public let path: String
    /// What the system says.
    public let reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// One sentence: what went wrong, and what to do.
    public var description: String {
        "\(path) cannot be written: \(reason) Free some space, or choose a place that you may write to."
    }
}
