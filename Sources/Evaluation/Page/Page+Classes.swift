// One row per class.

extension ReportPage {
    /// From this many classes on, the table shows the least accurate first and scrolls by itself.
    private static let longTable = 30

    var classes: Section {
        let isLong = report.labels.count > Self.longTable
        let order = isLong ? report.leastAccurateFirst : Array(report.labels.indices)
        let table = """
            <table class="sortable classes">
            <caption class="unseen">Measures of each class</caption>
            <thead><tr><th scope="col">Class</th><th scope="col" class="n">Images</th>\
            <th scope="col" class="n">Accuracy</th><th scope="col">95 % interval</th>\
            <th scope="col" class="n">Precision</th><th scope="col" class="n">F1</th>\
            <th scope="col" class="n">AUC</th>\
            <th scope="col" class="n"><abbr title="Average precision">AP</abbr></th></tr></thead>
            <tbody>
            \(order.map(classRow).joined(separator: "\n"))
            </tbody>
            </table>
            """
        return Section(
            "classes", link: "Classes", title: "Which classes does it know well?",
            """
            <p class="lead">\(escaped(extremes))</p>
            \(scrolling(table, label: "Table of the classes", isTall: isLong))
            <p class="note"><b>Accuracy</b> of a class, also called recall: of its images, how many are recognised. \
            <b>Precision</b>: of the images answered with it, how many are of it. <b>F1</b> is the harmonic mean of \
            both. <b>AUC</b>, the area under the ROC curve: how often an image of the class scores higher than \
            another image. <b>AP</b>, average precision, is the area under the precision-recall curve. A dash: not \
            defined, for want of images.</p>
            """)
    }

    private func classRow(_ index: Int) -> String {
        let metrics = report.perClass[index]
        /// A cell that is sorted by its value and not by its text.
        func cell(_ value: Double?, _ text: String, _ style: String = "n") -> String {
            element("td", ["class": style, "data-value": value.map { $0.trimmed(6) } ?? ""], text)
        }
        return [
            "<tr>", element("th", ["scope": "row"], name(index)),
            cell(Double(metrics.images), grouped(metrics.images)),
            cell(metrics.accuracy, percent(metrics.accuracy)),
            cell(metrics.accuracyInterval?.lower, gauge(metrics), "interval-cell"),
            cell(metrics.precision, percent(metrics.precision)),
            cell(metrics.f1, percent(metrics.f1)),
            cell(metrics.auc, decimal(metrics.auc)),
            cell(metrics.averagePrecision, decimal(metrics.averagePrecision)), "</tr>",
        ].joined()
    }

    /// The interval of a class's accuracy, drawn and written.
    private func gauge(_ metrics: ClassMetrics) -> String {
        guard let accuracy = metrics.accuracy, let interval = metrics.accuracyInterval else { return "–" }
        let marks = [
            element("i", ["class": "range", "style": place(interval)], ""),
            element("i", ["class": "tick", "style": place(report.chance)], ""),
            element("b", ["style": place(accuracy)], ""),
        ]
        return element("span", ["class": "gauge", "aria-hidden": "true"], marks.joined())
            + element("span", ["class": "ends"], percent(interval, digits: 0))
    }

    /// The best and the worst class, in words.
    private var extremes: String {
        let measured = report.perClass.filter { $0.accuracy != nil }
        var sentences: [String] = []
        if let worst = measured.min(by: { ($0.accuracy ?? 0) < ($1.accuracy ?? 0) }),
            let best = measured.max(by: { ($0.accuracy ?? 0) < ($1.accuracy ?? 0) })
        {
            if worst.accuracy == best.accuracy {
                sentences.append(
                    measured.count == 1
                        ? "Only “\(best.label)” has test images."
                        : "All classes are recognised equally well (\(percent(best.accuracy))).")
            } else {
                sentences.append(
                    "Best recognised is “\(best.label)” (\(percent(best.accuracy))), worst “\(worst.label)” "
                        + "(\(percent(worst.accuracy)) of \(counted(worst.images, "image"))).")
            }
        }
        let missing = report.perClass.count { $0.images == 0 }
        if missing > 0 {
            sentences.append(
                "\(counted(missing, "class has", "classes have")) no test images, so nothing is known of "
                    + (missing == 1 ? "it." : "them."))
        }
        let never = report.perClass.count { $0.images > 0 && $0.answered == 0 }
        if never > 0 { sentences.append("\(counted(never, "class is", "classes are")) never answered.") }
        return sentences.joined(separator: " ")
    }
}
