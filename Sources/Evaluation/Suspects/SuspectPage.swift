// The suspects as one HTML file, with their pictures: what to look at, and what to do about it.

internal import Foundation

extension SuspectReport {
    /// The page of the `count` most suspect images.
    ///
    /// - Parameters:
    ///   - count: How many images are shown, each with its picture.
    ///   - dataset: The data set, as commands name it.
    ///   - facts: How the probabilities were found, in the order in which it is shown.
    ///   - thumbnail: An image as the bytes of a small JPEG file, by its index; nil if there is none.
    /// - Returns: A page that needs nothing else.
    public func html(
        top count: Int, dataset: String, facts: [(name: String, value: String)], thumbnail: (Int) -> [UInt8]?
    ) -> String {
        let shown = Array(ranked.prefix(count))
        let shell = PageShell(
            kind: "suspect labels", title: dataset,
            style: """
                .gallery .command{margin:4px 0 0}.gallery code{font-size:.72rem;user-select:all}
                pre{overflow-x:auto;padding:12px;border-radius:8px;background:var(--track);font-size:.8rem}
                """)
        return shell.html([
            headline, byClass, gallery(shown, dataset, thumbnail), next(shown, dataset),
            ReportPage.Section(
                "run", link: "Method", title: "How they were found",
                """
                <p class="lead">\(Self.method)\(isMultiLabel ? " " + Self.methodOfSeveral : "")</p>
                <dl class="facts">\(facts.map {
                    "<div><dt>\(escaped($0.name))</dt><dd>\(escaped($0.value))</dd></div>"
                }.joined(separator: "\n"))</dl>
                """),
        ])
    }

    private static let method = """
        Each image is judged by models that were trained without it. A label is suspect if the models give it a low \
        probability; how many of a class are estimated to be wrong follows from the images of which the models are as sure \
        as they usually are of a class (confident learning: Northcutt, Jiang and Chuang, 2021). A suspect label can be right: \
        rare views of a class, and whatever the models find hard, are suspect as well.
        """

    private static let methodOfSeveral = """
        Each label is a question by itself, and images come in the order of their least probable answers (Thyagarajan, \
        Snorrason, Northcutt and Mueller, 2022).
        """

    private var headline: ReportPage.Section {
        let tiles = [
            (
                "Images", "\(labels.count)",
                isMultiLabel
                    ? "with any of \(counted(classes.count, "label"))"
                    : "in \(counted(classes.count, "class", "classes"))"
            ),
            (
                "Probably wrong", "\(wrong)",
                isMultiLabel ? "of \(grouped(answers)) answers, one a label" : "estimated over all classes"
            ),
            ("Named below", "\(flagged.count)", "the most suspect of each \(isMultiLabel ? "label" : "class")"),
            ("Recognised as labelled", percent(accuracy), "by models that had not seen the image"),
        ]
        return ReportPage.Section(
            "summary", link: "Summary", title: "How many labels are wrong?",
            """
            <p class="big">\(percentNumber(Double(wrong) / Double(answers)))<span> %</span></p>
            <p class="meaning">\(escaped(summary))</p>
            <dl class="tiles">
            \(tiles.map { name, value, note in
                element("div", [:], element("dt", [:], name) + element("dd", [:], value + element("small", [:], note)))
            }.joined(separator: "\n"))
            </dl>
            """)
    }

    private var byClass: ReportPage.Section {
        let rows = estimates.map { estimate in
            [
                "<tr>", element("th", ["scope": "row"], escaped(estimate.label)),
                cell(Double(estimate.images), grouped(estimate.images)),
                cell(Double(estimate.wrong), "\(estimate.wrong)"),
                cell(estimate.share, estimate.judged == 0 ? "–" : percent(estimate.share)),
                element("td", [:], escaped(estimate.mostly ?? "–")), "</tr>",
            ].joined()
        }
        return ReportPage.Section(
            "classes", link: "Classes", title: "Which labels are wrong most often?",
            """
            <div class="scroll" tabindex="0" role="region" aria-label="Estimates by label">
            <table class="sortable classes">
            <caption class="unseen">Estimated errors by label</caption>
            <thead><tr><th scope="col">Label</th><th scope="col" class="n">Images</th>\
            <th scope="col" class="n">Probably wrong</th><th scope="col" class="n">Share</th>\
            <th scope="col">\(isMultiLabel ? "Mostly" : "Most of those rather are")</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            </div>
            """)
    }

    /// A cell that is sorted by its value and not by its text.
    private func cell(_ value: Double, _ text: String) -> String {
        element("td", ["class": "n", "data-value": value.trimmed(6)], text)
    }

    private func gallery(
        _ shown: [Suspect], _ dataset: String, _ thumbnail: (Int) -> [UInt8]?
    ) -> ReportPage.Section {
        ReportPage.Section(
            "suspects", link: "Suspects", title: "Which images should you look at?",
            """
            <p class="lead">The \(shown.count) most suspect of \(grouped(labels.count)), the most suspect first, each with the \
            command that mends it. Where the label is right, do nothing.</p>
            <ul class="gallery">
            \(shown.map { card($0, dataset, thumbnail($0.image)) }.joined(separator: "\n"))
            </ul>
            """)
    }

    private func card(_ suspect: Suspect, _ dataset: String, _ jpeg: [UInt8]?) -> String {
        let words = "labelled \(Self.shown(suspect.label)), rather \(Self.shown(suspect.suggestion))"
        let picture =
            if let jpeg, !jpeg.isEmpty {
                "<img src=\"data:image/jpeg;base64,\(Data(jpeg).base64EncodedString())\" "
                    + "alt=\"\(escaped(words))\">"
            } else { element("div", ["class": "missing"], "no preview") }
        func row(_ kind: String, _ label: String, _ probability: Double, _ style: String) -> String {
            let share = element("span", ["class": "quiet"], percent(probability, digits: 0))
            return element(
                "div", ["class": style],
                element("dt", [:], kind) + element("dd", [:], escaped(Self.shown(label)) + " " + share))
        }
        return """
            <li>\(picture)
            <dl>\(row("Label", suspect.label, suspect.probability, "truth"))
            \(row("Rather", suspect.suggestion, suspect.suggestionProbability, "answer"))</dl>
            \(element("p", ["class": "path", "title": suspect.path], "\(suspect.rank). " + escaped(shortened(suspect.path, to: 40))))
            \(suspect.option.map { element("p", ["class": "command"], element("code", [:], escaped($0))) } ?? "")</li>
            """
    }

    private func next(_ shown: [Suspect], _ dataset: String) -> ReportPage.Section {
        let options = shown.filter(\.isFlagged).compactMap(\.option).map { "  " + $0 }
        let all =
            options.isEmpty
            ? ""
            : """
            <details><summary>All of them as one command, to be thinned out first</summary>
            <pre>\(escaped((["ocelot data labels \(shellQuoted(dataset))"] + options).joined(separator: " \\\n")))</pre>
            </details>
            """
        return ReportPage.Section(
            "next", link: "Next", title: "What to do next",
            """
            <ol class="steps">
            <li>Look at the pictures above. Where the other class is right, mend the label: <code>ocelot data labels \
            \(escaped(shellQuoted(dataset))) --set PATH=LABEL</code>. Files stay as they are; the correction is written beside \
            them.</li>
            <li>Leave out what shows both classes or neither: <code>ocelot data labels \(escaped(shellQuoted(dataset))) \
            --exclude PATH</code>. Ambiguous images cost more than they give.</li>
            <li>Run this again: with the worst labels mended, the next ones show.</li>
            </ol>
            \(all)
            """)
    }
}
