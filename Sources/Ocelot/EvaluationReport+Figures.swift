// The figures of a report of either kind, as they stand in events, manifests and the history of runs.

import Evaluation
import Labels
import Learning
import Models
import RunHistory

extension TrainingEvent.Finished.TestPart {
    /// The figures of a report.
    init(_ report: EvaluationReport) {
        switch report {
        case .one(let report):
            self.init(
                images: report.images, accuracy: report.accuracy, classAveragedAccuracy: report.classAveragedAccuracy,
                chance: report.chance,
                accuracyInterval: [report.accuracyInterval.lower, report.accuracyInterval.upper],
                auc: byLabel(report.perClass.map { ($0.label, $0.auc) }))
        case .many(let report):
            self.init(
                images: report.images, accuracy: report.exactMatch, classAveragedAccuracy: report.macro.recall ?? 0,
                chance: report.chance.exactMatch,
                accuracyInterval: [report.exactMatchInterval.lower, report.exactMatchInterval.upper],
                auc: byLabel(report.perLabel.map { ($0.label, $0.auc) }),
                labels: .init(
                    meanAveragePrecision: report.meanAveragePrecision,
                    chanceAveragePrecision: report.chance.averagePrecision, microF1: report.micro.f1,
                    macroF1: report.macro.f1, hammingLoss: report.hammingLoss))
        }
    }
}

extension ModelManifest.TestResult {
    /// The figures of a report.
    init(_ report: EvaluationReport) {
        switch report {
        case .one(let report):
            self.init(
                images: report.images, accuracy: report.accuracy, classAveragedAccuracy: report.classAveragedAccuracy,
                perClass: byLabel(report.perClass.map { ($0.label, $0.accuracy) }))
        case .many(let report):
            self.init(
                images: report.images, accuracy: report.exactMatch, classAveragedAccuracy: report.macro.recall ?? 0,
                perClass: byLabel(report.perLabel.map { ($0.label, $0.recall) }),
                meanAveragePrecision: report.meanAveragePrecision)
        }
    }
}

extension EvaluationReport {
    /// The figures of each class, and those that only labels have that do not exclude each other.
    var metrics: [Metric] {
        switch self {
        case .one(let report):
            return report.perClass.flatMap { one in
                [
                    one.accuracy.map { Metric(Metric.testAccuracy, label: one.label, $0) },
                    one.auc.map { Metric("test.auc", label: one.label, $0) },
                ].compactMap(\.self)
            }
        case .many(let report):
            let whole = [
                ("test.mean_average_precision", report.meanAveragePrecision), ("test.micro_f1", report.micro.f1),
                ("test.macro_f1", report.macro.f1), ("test.hamming_loss", report.hammingLoss),
            ].compactMap { name, value in value.map { Metric(name, $0) } }
            return whole
                + report.perLabel.flatMap { one in
                    [
                        ("test.average_precision", one.averagePrecision), ("test.f1", one.f1), ("test.auc", one.auc),
                        (Metric.testAccuracy, one.recall),
                    ].compactMap { name, value in value.map { Metric(name, label: one.label, $0) } }
                }
        }
    }
}

extension TrainedClassifier {
    /// The labels that the model answers with: the likeliest, or each that is likely enough.
    func answers(_ prediction: LabelledPrediction) -> [Int] {
        guard let thresholds = calibration.thresholds else { return [prediction.predicted] }
        return thresholds.indices.filter { prediction.probabilities[$0] >= thresholds[$0] }
    }
}

private func byLabel(_ values: [(String, Double?)]) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: values.compactMap { label, value in value.map { (label, $0) } })
}
