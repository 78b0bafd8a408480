// A report of either kind, for those to whom it makes no difference.

public import Labels

/// How good a model is: with one label an image, or with any number of them.
public enum EvaluationReport: Sendable {
    /// Classes that exclude each other.
    case one(ClassificationReport)
    /// Labels that do not.
    case many(MultiLabelReport)

    /// Measures predictions; `thresholds` say from which probability on each label counts, where an image may have several.
    public init(labels: [String], predictions: [LabelledPrediction], thresholds: [Double]?) throws {
        self =
            try thresholds.map { .many(try MultiLabelReport(labels: labels, predictions: predictions, thresholds: $0)) }
            ?? .one(ClassificationReport(labels: labels, predictions: predictions))
    }

    /// The classes or labels, by name.
    public var labels: [String] {
        switch self {
        case .one(let report): report.labels
        case .many(let report): report.labels
        }
    }

    /// Number of test images.
    public var images: Int {
        switch self {
        case .one(let report): report.images
        case .many(let report): report.images
        }
    }

    /// Share of the images that are answered rightly: with their class, or with all of their labels and no other.
    public var accuracy: Double {
        switch self {
        case .one(let report): report.accuracy
        case .many(let report): report.exactMatch
        }
    }

    /// How many images are answered wrongly.
    public var mistakeCount: Int {
        switch self {
        case .one(let report): report.mistakes.count
        case .many(let report): report.mistakes.count
        }
    }

    /// How many images each class or label has, by name.
    public var imageCounts: [(label: String, images: Int)] {
        switch self {
        case .one(let report): report.perClass.map { ($0.label, $0.images) }
        case .many(let report): report.perLabel.map { ($0.label, $0.images) }
        }
    }

    /// The report as tables for a terminal, with a line break at the end.
    public func text() -> String {
        switch self {
        case .one(let report): report.text()
        case .many(let report): report.text()
        }
    }

    /// The report as one HTML file; `thumbnail` gives an outcome's image as a small JPEG file, or nil.
    public func html(_ details: ReportDetails, thumbnail: (Int) -> [UInt8]? = { _ in nil }) -> String {
        switch self {
        case .one(let report): report.html(details, thumbnail: thumbnail)
        case .many(let report): report.html(details, thumbnail: thumbnail)
        }
    }
}

extension EvaluationReport: Encodable {
    /// Writes what `ocelot evaluate --json` prints.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .one(let report): try EvaluationDocument(report).encode(to: encoder)
        case .many(let report): try MultiLabelDocument(report).encode(to: encoder)
        }
    }
}
