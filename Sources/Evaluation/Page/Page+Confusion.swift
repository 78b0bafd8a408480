// Which classes are taken for which: the matrix, with rows and columns said in words.

extension ReportPage {
    /// So many classes are shown at most; of more, those with the most frequent mistakes.
    private static let shownClasses = 20
    /// Up to so many, all are shown as a picture without numbers.
    private static let picturedClasses = 200

    var confusion: Section? {
        guard report.labels.count > 1 else { return nil }
        let shown = report.confusion.mostConfused(Self.shownClasses)
        let isPart = shown.count < report.labels.count
        let part = """
            Shown are the \(shown.count) classes of \(grouped(report.labels.count)) with the most frequent mistakes; \
            the last column counts the answers with any other class.
            """
        let totals = "The last column is the share of the row that is right, the last row that of the column."
        return Section(
            "confusion", link: "Confusion", title: "What is taken for what?",
            """
            <div class="split"><div>
            <fieldset class="toggle"><legend class="unseen">Show</legend>\
            <input type="radio" name="cells" id="cells-counts" checked><label for="cells-counts">Images</label>\
            <input type="radio" name="cells" id="cells-shares"><label for="cells-shares">Per cent of the row</label>\
            </fieldset>
            \(scrolling(matrix(shown, isPart: isPart), label: "Confusion matrix"))
            </div><div>
            \(frequentMistakes)
            <p class="note">Each <b>row</b> holds the images that <b>truly are</b> of one class, each <b>column</b> \
            those that <b>were answered</b> with one. Blue fields, on the diagonal, are right; orange ones are \
            mistakes. \(isPart ? part : totals)</p>
            </div></div>
            \(overview)
            """)
    }

    /// The commonest kinds of mistakes, in words.
    private var frequentMistakes: String {
        let confusions = report.confusion.confusions
        guard !confusions.isEmpty else { return "<p class=\"lead\">No image was taken for another class.</p>" }
        let items = confusions.prefix(5).map { mistake in
            let share = Double(mistake.images) / Double(report.perClass[mistake.truth].images)
            return """
                <li><b>\(name(mistake.truth))</b> <span aria-hidden="true">→</span>\
                <span class="unseen">taken for</span> <b>\(name(mistake.predicted))</b> \
                <span class="quiet">\(counted(mistake.images, "image")), \(percent(share, digits: 0)) of the class\
                </span></li>
                """
        }
        return element("p", ["class": "lead"], "The most frequent mistakes, truth → answer:")
            + element("ul", ["class": "pairs"], items.joined(separator: "\n"))
    }

    private func matrix(_ shown: [Int], isPart: Bool) -> String {
        /// The head of a column; the name may stand upright.
        func head(_ name: String, _ style: String = "class") -> String {
            let words = element("span", [:], escaped(name))
            return element("th", ["scope": "col", "class": style, "title": name], words)
        }
        let heads = shown.map { head(report.labels[$0]) } + (isPart ? [head("other classes", "total")] : [])
        let longest = shown.map { columns(of: report.labels[$0]) }.max() ?? 0
        let shape = shown.count > 6 || longest > 16 ? "matrix upright" : "matrix roomy"
        return """
            <table class="\(shape)">
            <caption class="unseen">Confusion matrix: rows are what the images show, columns what was answered</caption>
            <thead>
            <tr><td></td><th scope="colgroup" colspan="\(shown.count)" class="axis">was answered</th>\
            <td colspan="\(isPart ? 2 : 1)"></td></tr>
            <tr><th scope="col" class="axis">truly is</th>\(heads.joined())\(head("right", "total"))</tr>
            </thead>
            <tbody>
            \(shown.map { row(of: $0, shown, isPart: isPart) }.joined(separator: "\n"))
            </tbody>
            \(isPart ? "" : foot(shown))
            </table>
            """
    }

    /// The images of one class.
    private func row(of truth: Int, _ shown: [Int], isPart: Bool) -> String {
        let counts = report.confusion.counts[truth]
        let total = report.perClass[truth].images
        let cells = shown.map { predicted in
            let count = counts[predicted]
            let share = total == 0 ? 0 : Double(count) / Double(total)
            // Small shares of mistakes are what is looked for, so that their steps are of the square root.
            let isRight = truth == predicted
            let strength = isRight ? share : share.squareRoot()
            let level = min(5, max(1, Int((5 * strength).rounded(.up))))
            return element(
                "td", ["class": count == 0 ? "none" : "\(isRight ? "r" : "w")\(level)"],
                element("span", ["class": "count"], grouped(count))
                    + element("span", ["class": "share"], percentNumber(share, digits: 0)))
        }
        let rest = total - shown.reduce(0) { $0 + counts[$1] }
        let label = report.labels[truth]
        return [
            "<tr>", element("th", ["scope": "row", "title": label], escaped(label)), cells.joined(),
            isPart ? element("td", ["class": "total"], grouped(rest)) : "",
            element("td", ["class": "total"], percent(report.perClass[truth].accuracy, digits: 0)), "</tr>",
        ].joined()
    }

    /// The precision of each class, below its column.
    private func foot(_ shown: [Int]) -> String {
        let shares = shown.map { report.perClass[$0].precision } + [report.accuracy]
        let cells = shares.map { element("td", ["class": "total"], percent($0, digits: 0)) }
        return "<tfoot><tr><th scope=\"row\">right</th>\(cells.joined())</tr></tfoot>"
    }

    /// All classes as a picture, where the table shows only some.
    private var overview: String {
        guard report.labels.count > Self.shownClasses, report.labels.count <= Self.picturedClasses else { return "" }
        let map = HeatMap(
            "overview", title: "Confusion matrix of all classes",
            summary:
                "Each row is a true class, each column an answer; the stronger a field, the more of the row is in it. "
                + "Accuracy \(percent(report.accuracy)).",
            rowTitle: "truly is", columnTitle: "was answered", labels: report.labels,
            values: report.confusion.counts.map { row in
                let total = Double(max(row.reduce(0, +), 1))
                return row.map { Double($0) / total }
            })
        return "<h3>All \(report.labels.count) classes</h3>\n<figure class=\"overview\">\(map.svg())</figure>"
    }
}
