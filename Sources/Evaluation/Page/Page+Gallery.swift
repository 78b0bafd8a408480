// The mistakes made with most confidence: often it is the label that is wrong.

internal import Foundation

extension ReportPage {
    /// So many images are embedded at most; each adds its size by 4/3 to the page.
    private static let shownMistakes = 24

    func gallery(_ thumbnail: (Int) -> [UInt8]?) -> Section {
        let shown = report.mistakes.prefix(Self.shownMistakes)
        guard !shown.isEmpty else {
            return Section(
                "mistakes", link: "Mistakes", title: "Where is it wrong?",
                """
                <p class="lead">Nowhere: every test image is answered rightly. Before you celebrate, make sure that no \
                test image is also a training image.</p>
                """)
        }
        let total = report.mistakes.count
        let lead =
            shown.count < total
            ? "The \(shown.count) of \(counted(total, "mistake")) that the model was most sure of."
            : "\(counted(total, "mistake")), the most confident first."
        return Section(
            "mistakes", link: "Mistakes", title: "Where is it wrong?",
            """
            <p class="lead">\(lead) Look at them: a confident mistake is often a wrong label, or two things in one \
            picture.</p>
            <ul class="gallery">
            \(shown.map { card($0, thumbnail($0)) }.joined(separator: "\n"))
            </ul>
            """)
    }

    private func card(_ index: Int, _ jpeg: [UInt8]?) -> String {
        let outcome = report.outcomes[index]
        let (truth, answer) = (report.labels[outcome.truth], report.labels[outcome.predicted])
        let picture =
            if let jpeg, !jpeg.isEmpty {
                "<img src=\"data:image/jpeg;base64,\(Data(jpeg).base64EncodedString())\" "
                    + "alt=\"\(escaped("\(truth), taken for \(answer)"))\">"
            } else { element("div", ["class": "missing"], "no preview") }
        func row(_ kind: String, _ label: String, _ probability: Double, _ style: String) -> String {
            let share = element("span", ["class": "quiet"], percent(probability, digits: 0))
            let cells = element("dt", [:], kind) + element("dd", [:], escaped(label) + " " + share)
            return element("div", ["class": style], cells)
        }
        return """
            <li>\(picture)
            <dl>\(row("Truth", truth, outcome.truthProbability, "truth"))
            \(row("Answer", answer, outcome.confidence, "answer"))</dl>
            \(element("p", ["class": "path", "title": outcome.path], escaped(shortened(outcome.path, to: 40))))</li>
            """
    }
}
