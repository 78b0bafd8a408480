// What `ocelot evaluate --json` prints: the keys that scripts rely on, in snake case.

/// A report as scripts read it.
///
/// Measures that are not defined are written as null, so that every key is always there.
///
/// Encode it with the output formatting `.sortedKeys`, so that the same report makes the same text.
public struct EvaluationDocument: Encodable, Sendable {
    /// The report that is written.
    public let report: ClassificationReport

    /// Makes the document of a report.
    public init(_ report: ClassificationReport) { self.report = report }

    /// Writes the object.
    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: TextKey.self)
        try object.encode(report.accuracy, forKey: "accuracy")
        try object.encode(report.accuracyInterval, forKey: "accuracy_interval")
        try object.encode(report.classAveragedAccuracy, forKey: "class_averaged_accuracy")
        try object.encode(report.chance, forKey: "chance")
        try object.encode(report.majorityShare, forKey: "majority_share")
        try object.encode(report.topFiveAccuracy, forKey: "top_5_accuracy")
        try object.encode(report.meanAUC, forKey: "mean_auc")
        try object.encode(report.images, forKey: "images")

        var classes = object.nestedContainer(keyedBy: TextKey.self, forKey: "per_class")
        for metrics in report.perClass {
            var entry = classes.nestedContainer(keyedBy: TextKey.self, forKey: TextKey(metrics.label))
            try entry.encode(metrics.accuracy, forKey: "accuracy")
            try entry.encode(metrics.accuracyInterval, forKey: "accuracy_interval")
            try entry.encode(metrics.precision, forKey: "precision")
            try entry.encode(metrics.recall, forKey: "recall")
            try entry.encode(metrics.f1, forKey: "f1")
            try entry.encode(metrics.auc, forKey: "auc")
            try entry.encode(metrics.averagePrecision, forKey: "average_precision")
            try entry.encode(metrics.images, forKey: "images")
        }

        try object.encode(report.confusion, forKey: "confusion")

        var calibration = object.nestedContainer(keyedBy: TextKey.self, forKey: "calibration")
        try calibration.encode(report.calibration.expectedCalibrationError, forKey: "expected_calibration_error")
        try calibration.encode(report.calibration.negativeLogLikelihood, forKey: "negative_log_likelihood")
        try calibration.encode(report.calibration.brierScore, forKey: "brier_score")
        try calibration.encode(report.calibration.meanConfidence, forKey: "mean_confidence")

        var mistakes = object.nestedUnkeyedContainer(forKey: "mistakes")
        for index in report.mistakes {
            let outcome = report.outcomes[index]
            var entry = mistakes.nestedContainer(keyedBy: TextKey.self)
            try entry.encode(outcome.path, forKey: "path")
            try entry.encode(report.labels[outcome.truth], forKey: "label")
            try entry.encode(report.labels[outcome.predicted], forKey: "predicted")
            try entry.encode(outcome.confidence, forKey: "probability")
        }
    }
}
