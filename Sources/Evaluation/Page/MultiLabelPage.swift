// A report about labels that do not exclude each other, as one HTML file.

internal import Foundation

extension MultiLabelReport {
    /// The report as one HTML file that needs nothing else.
    ///
    /// `thumbnail` gives an outcome's image as the bytes of a small JPEG file, or nil; it is asked for the mistakes
    /// that are shown, 24 at most.
    public func html(_ details: ReportDetails, thumbnail: (Int) -> [UInt8]? = { _ in nil }) -> String {
        let page = MultiLabelPage(report: self, details: details)
        let sections = [
            page.headline, page.warnings, page.labels, page.gallery(thumbnail),
            CurveSection(labels: labels, curves: curves).section, page.training, page.nextSteps, page.facts,
        ].compactMap { $0 }
        return page.html(sections)
    }
}

/// The sections of the page that are about labels.
struct MultiLabelPage: EvaluationPage {
    let report: MultiLabelReport
    let details: ReportDetails

    /// So many images are embedded at most; each adds its size by 4/3 to the page.
    private static let shownMistakes = 24
    /// From this many labels on, the table shows the worst first and scrolls by itself.
    private static let longTable = 30

    /// How good it is, and what guessing reaches.
    var headline: Section {
        let chance = report.chance
        let tiles = [
            ("F1, micro", percent(report.micro.f1), "of all answers; always yes to all: \(percent(chance.microF1))"),
            (
                "F1, macro", percent(report.macro.f1),
                "each label counts the same; always yes: \(percent(chance.macroF1))"
            ),
            (
                "Hamming loss", percent(report.hammingLoss),
                "of all answers are wrong; always the more frequent one: \(percent(chance.hammingLoss))"
            ),
            ("Precision, micro", percent(report.micro.precision), "of the labels answered are right"),
            ("Recall, micro", percent(report.micro.recall), "of the true labels are answered"),
            ("Log loss", decimal(report.logLoss), "0 is best, 0.693 is knowing nothing"),
            ("Test images", grouped(report.images), counted(report.labels.count, "label")),
        ]
        return Section(
            "summary", link: "Summary", title: "How good is it?",
            hero(
                report.meanAveragePrecision,
                caption: "mean average precision, where guessing reaches \(percent(chance.averagePrecision))",
                """
                <p class="quiet">Exact match: \(grouped(report.images - report.mistakes.count)) of \
                \(counted(report.images, "test image")) have every label right, and no other.</p>
                \(scale("Exact match", report.exactMatch, report.exactMatchInterval, chance: chance.exactMatch))
                """, meaning: meaning, tiles))
    }

    /// What the exact match means, in words.
    private var meaning: String {
        let interval = report.exactMatchInterval
        let (low, high) = ((100 * interval.lower).fixed(0), (100 * interval.upper).fixed(0))
        let range = low == high ? "about \(low)" : "between \(low) and \(high)"
        var sentence = "Of 100 new photos like these, expect \(range) with every label right (95\u{202F}% confidence); "
        sentence += "always giving the most frequent labels would get \((100 * report.chance.exactMatch).trimmed(0))."
        if interval.lower <= report.chance.exactMatch {
            sentence += " The model is not clearly better than that."
        } else if report.images < 100 {
            sentence += " More test images would narrow this down."
        }
        return sentence
    }

    /// A row for each label.
    var labels: Section {
        let isLong = report.labels.count > Self.longTable
        let order = isLong ? report.leastPreciseFirst : Array(report.labels.indices)
        let table = """
            <table class="sortable classes">
            <caption class="unseen">Measures of each label</caption>
            <thead><tr><th scope="col">Label</th><th scope="col" class="n">Images</th>\
            <th scope="col" class="n"><abbr title="Average precision">AP</abbr></th>\
            <th scope="col" class="n">Chance</th><th scope="col" class="n">Answered from</th>\
            <th scope="col" class="n">Precision</th><th scope="col" class="n">Recall</th>\
            <th scope="col">95 % interval of recall</th><th scope="col" class="n">F1</th>\
            <th scope="col" class="n">AUC</th></tr></thead>
            <tbody>
            \(order.map(row).joined(separator: "\n"))
            </tbody>
            </table>
            """
        return Section(
            "classes", link: "Labels", title: "Which labels does it know well?",
            """
            <p class="lead">\(escaped(extremes))</p>
            \(scrolling(table, label: "Table of the labels", isTall: isLong))
            <p class="note"><b>AP</b>, average precision, is the area under the precision-recall curve: how well the images \
            with a label come before those without; <b>chance</b> is its value for guessing, the share of the images that \
            have the label. The label is answered from the probability in the column <b>answered from</b> on. \
            <b>Precision</b>: of the images answered with it, how many have it. <b>Recall</b>: of the images that have it, \
            how many are answered with it. <b>F1</b> is the harmonic mean of both. A dash: not defined, for want of \
            images.</p>
            """)
    }

    private func row(_ index: Int) -> String {
        let metrics = report.perLabel[index]
        /// A cell that is sorted by its value and not by its text.
        func cell(_ value: Double?, _ text: String, _ style: String = "n") -> String {
            element("td", ["class": style, "data-value": value.map { $0.trimmed(6) } ?? ""], text)
        }
        return [
            "<tr>", element("th", ["scope": "row"], escaped(report.labels[index])),
            cell(Double(metrics.images), grouped(metrics.images)),
            cell(metrics.averagePrecision, percent(metrics.averagePrecision)),
            cell(metrics.prevalence, percent(metrics.prevalence)),
            cell(metrics.threshold, percent(metrics.threshold, digits: 0)),
            cell(metrics.precision, percent(metrics.precision)), cell(metrics.recall, percent(metrics.recall)),
            cell(metrics.recallInterval?.lower, gauge(metrics), "interval-cell"), cell(metrics.f1, percent(metrics.f1)),
            cell(metrics.auc, decimal(metrics.auc)), "</tr>",
        ].joined()
    }

    /// The interval of a label's recall, drawn and written.
    private func gauge(_ metrics: LabelMetrics) -> String {
        guard let recall = metrics.recall, let interval = metrics.recallInterval else { return "–" }
        let marks = [
            element("i", ["class": "range", "style": place(interval)], ""), element("b", ["style": place(recall)], ""),
        ]
        return element("span", ["class": "gauge", "aria-hidden": "true"], marks.joined())
            + element("span", ["class": "ends"], percent(interval, digits: 0))
    }

    /// The best and the worst label, in words.
    private var extremes: String {
        let order = report.leastPreciseFirst.filter { report.perLabel[$0].averagePrecision != nil }
        guard let first = order.first, let last = order.last else {
            return "No test image has a label, so nothing is known of any."
        }
        let (worst, best) = (report.perLabel[first], report.perLabel[last])
        var sentence =
            worst.averagePrecision == best.averagePrecision
            ? "All labels are told equally well (average precision \(percent(best.averagePrecision)))."
            : "Best told is “\(best.label)” (average precision \(percent(best.averagePrecision))), worst “\(worst.label)” "
                + "(\(percent(worst.averagePrecision)) with \(counted(worst.images, "image")))."
        let missing = report.labels.count - order.count
        if missing > 0 {
            sentence +=
                " \(counted(missing, "label has", "labels have")) no test images, so nothing is known of "
                + (missing == 1 ? "it." : "them.")
        }
        return sentence
    }

    /// The images with a wrong label, the one furthest from the truth first.
    func gallery(_ thumbnail: (Int) -> [UInt8]?) -> Section {
        let shown = report.mistakes.prefix(Self.shownMistakes)
        let total = report.mistakes.count
        let lead =
            shown.isEmpty
            ? "Nowhere: every test image has all labels right. Before you celebrate, make sure that no test image is also a "
                + "training image."
            : (shown.count < total
                ? "The \(shown.count) of \(counted(total, "image")) with a wrong label that are furthest from the truth."
                : "\(counted(total, "image")) with a wrong label, the furthest from the truth first.")
                + " Look at them: a confident mistake is often a label that somebody forgot."
        let cards = shown.map { card($0, thumbnail($0)) }.joined(separator: "\n")
        return Section(
            "mistakes", link: "Mistakes", title: "Where is it wrong?",
            "<p class=\"lead\">\(lead)</p>" + (shown.isEmpty ? "" : "\n<ul class=\"gallery\">\n\(cards)\n</ul>"))
    }

    private func card(_ index: Int, _ jpeg: [UInt8]?) -> String {
        let outcome = report.outcomes[index]
        func names(_ labels: [Int]) -> String {
            labels.isEmpty ? "none" : labels.map { report.labels[$0] }.joined(separator: ", ")
        }
        let picture =
            if let jpeg, !jpeg.isEmpty {
                "<img src=\"data:image/jpeg;base64,\(Data(jpeg).base64EncodedString())\" "
                    + "alt=\"\(escaped("\(names(outcome.truths)), taken for \(names(outcome.answered))"))\">"
            } else { element("div", ["class": "missing"], "no preview") }
        func row(_ kind: String, _ style: String, _ belongs: (_ isTrue: Bool, _ isAnswered: Bool) -> Bool) -> String {
            let items = report.labels.indices
                .filter { belongs(outcome.truths.contains($0), outcome.answered.contains($0)) }
                .map { label in
                    escaped(report.labels[label]) + " "
                        + element("span", ["class": "quiet"], percent(outcome.probabilities[label], digits: 0))
                }
            guard !items.isEmpty else { return "" }
            return element(
                "div", ["class": style], element("dt", [:], kind) + element("dd", [:], items.joined(separator: ", ")))
        }
        return """
            <li>\(picture)
            <dl>\(row("Right", "truth") { $0 && $1 })\(row("Missed", "answer") { $0 && !$1 })\
            \(row("Not there", "answer") { !$0 && $1 })</dl>
            \(element("p", ["class": "path", "title": outcome.path], escaped(shortened(outcome.path, to: 40))))</li>
            """
    }
}
