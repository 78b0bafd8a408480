// What `ocelot evaluate --json` prints of a model of several labels: the keys that scripts rely on, in snake case.

/// A report as scripts read it.
///
/// Measures that are not defined are written as null, so that every key is always there.
public struct MultiLabelDocument: Encodable, Sendable {
    /// The report that is written.
    public let report: MultiLabelReport

    /// Makes the document of a report.
    public init(_ report: MultiLabelReport) { self.report = report }

    /// Writes the object.
    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: TextKey.self)
        try object.encode("many", forKey: "labels")
        try object.encode(report.images, forKey: "images")
        try object.encode(report.exactMatch, forKey: "exact_match")
        try object.encode(report.exactMatchInterval, forKey: "exact_match_interval")
        try object.encode(report.zeroOneLoss, forKey: "zero_one_loss")
        try object.encode(report.hammingLoss, forKey: "hamming_loss")
        try object.encode(report.meanAveragePrecision, forKey: "mean_average_precision")
        try object.encode(report.logLoss, forKey: "log_loss")
        for (name, averages) in [("micro", report.micro), ("macro", report.macro)] {
            var entry = object.nestedContainer(keyedBy: TextKey.self, forKey: TextKey(name))
            try entry.encode(averages.precision, forKey: "precision")
            try entry.encode(averages.recall, forKey: "recall")
            try entry.encode(averages.f1, forKey: "f1")
        }
        var chance = object.nestedContainer(keyedBy: TextKey.self, forKey: "chance")
        try chance.encode(report.chance.exactMatch, forKey: "exact_match")
        try chance.encode(report.chance.hammingLoss, forKey: "hamming_loss")
        try chance.encode(report.chance.averagePrecision, forKey: "mean_average_precision")
        try chance.encode(report.chance.microF1, forKey: "micro_f1")
        try chance.encode(report.chance.macroF1, forKey: "macro_f1")

        var labels = object.nestedContainer(keyedBy: TextKey.self, forKey: "per_label")
        for metrics in report.perLabel {
            var entry = labels.nestedContainer(keyedBy: TextKey.self, forKey: TextKey(metrics.label))
            try entry.encode(metrics.images, forKey: "images")
            try entry.encode(metrics.answered, forKey: "answered")
            try entry.encode(metrics.threshold, forKey: "threshold")
            try entry.encode(metrics.precision, forKey: "precision")
            try entry.encode(metrics.precisionInterval, forKey: "precision_interval")
            try entry.encode(metrics.recall, forKey: "recall")
            try entry.encode(metrics.recallInterval, forKey: "recall_interval")
            try entry.encode(metrics.f1, forKey: "f1")
            try entry.encode(metrics.auc, forKey: "auc")
            try entry.encode(metrics.averagePrecision, forKey: "average_precision")
            try entry.encode(metrics.prevalence, forKey: "prevalence")
        }

        var mistakes = object.nestedUnkeyedContainer(forKey: "mistakes")
        for index in report.mistakes {
            let outcome = report.outcomes[index]
            var entry = mistakes.nestedContainer(keyedBy: TextKey.self)
            try entry.encode(outcome.path, forKey: "path")
            try entry.encode(outcome.truths.map { report.labels[$0] }, forKey: "labels")
            try entry.encode(outcome.answered.map { report.labels[$0] }, forKey: "predicted")
        }
    }
}

/// Any text is a key: classes are called as their owners like.
struct TextKey: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ text: String) { stringValue = text }
    init(stringLiteral text: String) { stringValue = text }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
