// A report as one HTML file: nothing is loaded from elsewhere, and everything can be read without scripts.

/// What a page says beside the measurements.
///
/// None of it is taken for HTML; in warnings and next steps, `backticks` set code.
public struct ReportDetails: Sendable {
    /// What was evaluated, such as the name of the model and its version.
    public var title: String
    /// On what, such as the name of the data set and the date.
    public var subtitle: String
    /// The run's parameters and circumstances, in the order in which they are shown.
    public var facts: [(name: String, value: String)]
    /// What the reader has to know before believing the numbers, such as images that were left out, and why.
    public var warnings: [String]
    /// What to try next, the most promising first.
    public var nextSteps: [String]
    /// How training went, as charts with a sentence each.
    public var figures: [ReportFigure]

    /// Makes the details of a page.
    public init(
        title: String, subtitle: String = "", facts: [(name: String, value: String)] = [], warnings: [String] = [],
        nextSteps: [String] = [], figures: [ReportFigure] = []
    ) {
        self.title = title
        self.subtitle = subtitle
        self.facts = facts
        self.warnings = warnings
        self.nextSteps = nextSteps
        self.figures = figures
    }
}

/// A chart on a page, with what it says.
public struct ReportFigure: Sendable {
    /// The chart.
    public var chart: Chart
    /// A sentence below it.
    public var caption: String

    /// Makes a figure.
    public init(_ chart: Chart, caption: String) { (self.chart, self.caption) = (chart, caption) }
}

extension ClassificationReport {
    /// The report as one HTML file that needs nothing else.
    ///
    /// `thumbnail` gives an outcome's image as the bytes of a small JPEG file, or nil; it is asked for the mistakes
    /// that are shown, 24 at most.
    public func html(_ details: ReportDetails, thumbnail: (Int) -> [UInt8]? = { _ in nil }) -> String {
        let page = ReportPage(report: self, details: details)
        let sections = [
            page.headline, page.warnings, page.classes, page.confusion, page.gallery(thumbnail), page.curves,
            page.confidence, page.training, page.nextSteps, page.facts,
        ].compactMap { $0 }
        return page.html(sections)
    }
}

/// The sections of the page; each stands in a file of its own subject.
struct ReportPage: EvaluationPage {
    let report: ClassificationReport
    let details: ReportDetails

    /// The name of a class, safe for HTML.
    func name(_ index: Int) -> String { escaped(report.labels[index]) }
}
