// ROC and precision-recall curves.

/// So many curves are told apart in one chart; of more classes, those with the smallest area are drawn.
private let shownCurves = 8

/// The curves of classes, or of labels that do not exclude each other.
struct CurveSection {
    let labels: [String]
    /// One a label; nil where there are none.
    let curves: [RankingCurves?]

    /// The section; nil if there is no curve.
    var section: PageSection? {
        let measured = labels.indices.filter { curves[$0] != nil }
        guard !measured.isEmpty else { return nil }
        let roc = worst(measured) { curves[$0]?.auc ?? 1 }
        let precisionRecall = worst(measured) { curves[$0]?.averagePrecision ?? 1 }
        let isPart = measured.count > shownCurves
        let part =
            isPart
            ? " Drawn are the \(shownCurves) classes with the smallest area of \(grouped(measured.count))." : ""
        return PageSection(
            "curves", link: "Curves", title: "How well do the scores separate the classes?",
            """
            <div class="pair">
            <figure>
            <figcaption><b>ROC curve</b> Each class against all others. The closer to the upper left corner, the \
            better; the dashed line is guessing.\(part)</figcaption>
            <div>\(rocChart(roc).svg())</div>
            </figure>
            <figure>
            <figcaption><b>Precision and recall</b> How many of the answers are right (precision) while more and \
            more of the class is found (recall). The closer to the upper right corner, the better.\(part)</figcaption>
            <div>\(precisionRecallChart(precisionRecall).svg())</div>
            </figure>
            </div>
            """)
    }

    private func worst(_ classes: [Int], by area: (Int) -> Double) -> [Int] {
        guard classes.count > shownCurves else { return classes }
        return Array(classes.sorted { (area($0), $0) < (area($1), $1) }.prefix(shownCurves))
    }

    private func rocChart(_ shown: [Int]) -> Chart {
        let lines = shown.map { index in
            Mark.line(
                .init(
                    "\(labels[index]) (\(decimal(curves[index]?.auc)))",
                    curves[index]?.roc.map { ChartPoint(x: $0.x, y: $0.y) } ?? []))
        }
        let guess = Mark.reference(from: ChartPoint(x: 0, y: 0), to: ChartPoint(x: 1, y: 1), name: "guessing (0.5)")
        return Chart(
            "roc", title: "ROC curves",
            summary: "Area under the curve: " + listed(shown) { decimal(curves[$0]?.auc) },
            x: .share("False-positive rate: others taken for the class"),
            y: .share("True-positive rate: images of the class found"),
            marks: [guess] + lines, height: 350)
    }

    private func precisionRecallChart(_ shown: [Int]) -> Chart {
        let lines = shown.map { index in
            Mark.line(
                .init(
                    "\(labels[index]) (\(decimal(curves[index]?.averagePrecision)))",
                    curves[index]?.precisionRecall.map { ChartPoint(x: $0.x, y: $0.y) } ?? []))
        }
        return Chart(
            "precision-recall", title: "Precision-recall curves",
            summary: "Average precision: " + listed(shown) { decimal(curves[$0]?.averagePrecision) },
            x: .share("Recall: images of the class found"), y: .share("Precision: answers that are right"),
            marks: lines, height: 350)
    }

    private func listed(_ classes: [Int], _ value: (Int) -> String) -> String {
        classes.map { "\(labels[$0]) \(value($0))" }.joined(separator: ", ") + "."
    }
}

extension ReportPage {
    var curves: Section? { CurveSection(labels: report.labels, curves: report.curves).section }
}

extension EvaluationPage {
    /// How training went, where somebody has charts of it.
    var training: Section? {
        guard !details.figures.isEmpty else { return nil }
        let figures = details.figures.map { figure in
            """
            <figure>
            <figcaption><b>\(escaped(figure.chart.title))</b> \(escaped(figure.caption))</figcaption>
            <div>\(figure.chart.svg())</div>
            </figure>
            """
        }
        // Two side by side, as the sheet of styles has it.
        let rows = stride(from: 0, to: figures.count, by: 2).map { start in
            "<div class=\"pair\">\n\(figures[start..<min(start + 2, figures.count)].joined(separator: "\n"))\n</div>"
        }
        return Section("training", link: "Training", title: "How did training go?", rows.joined(separator: "\n"))
    }
}
