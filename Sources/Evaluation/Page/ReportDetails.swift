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
        return PageShell(kind: "evaluation", title: details.title, subtitle: details.subtitle).html(sections)
    }
}

/// The sections of the page; each stands in a file of its own subject.
struct ReportPage {
    let report: ClassificationReport
    let details: ReportDetails

    /// A part of the page, and the words that lead to it; parts without words have no link.
    struct Section {
        var identifier: String
        var link: String
        var html: String

        init(_ identifier: String, link: String, title: String, _ body: String) {
            self.identifier = identifier
            self.link = link
            html = """
                <section id="\(identifier)" aria-labelledby="\(identifier)-heading">
                <h2 id="\(identifier)-heading">\(title)</h2>
                \(body)
                </section>
                """
        }
    }

    /// The name of a class, safe for HTML.
    func name(_ index: Int) -> String { escaped(report.labels[index]) }

    /// A share in per cent, with a space at which no line is broken.
    func percent(_ share: Double?, digits: Int = 1) -> String { unbroken(Evaluation.percent(share, digits: digits)) }

    /// A range of shares in per cent, likewise.
    func percent(_ interval: Interval?, digits: Int = 1) -> String {
        unbroken(Evaluation.percent(interval, digits: digits))
    }

    private func unbroken(_ text: String) -> String {
        text.replacing(" ", with: "\u{202F}")
    }

    /// A table that scrolls by itself where the page is too narrow for it; a keyboard can reach it.
    func scrolling(_ table: String, label: String, isTall: Bool = false) -> String {
        element(
            "div",
            ["class": isTall ? "scroll tall" : "scroll", "tabindex": "0", "role": "region", "aria-label": label],
            "\n\(table)\n")
    }
}
