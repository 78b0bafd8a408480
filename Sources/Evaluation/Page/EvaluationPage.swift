// What the pages of all evaluations have in common: the document around the sections, and how numbers are written.

/// A page that says how good a model is.
protocol EvaluationPage {
    /// What it says beside the measurements.
    var details: ReportDetails { get }
}

/// A part of a page, and the words that lead to it; parts without words have no link.
struct PageSection {
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

extension EvaluationPage {
    typealias Section = PageSection

    /// The whole page as one HTML file.
    func html(_ sections: [PageSection]) -> String {
        PageShell(kind: "evaluation", title: details.title, subtitle: details.subtitle).html(sections)
    }

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

    /// Where a share lies between 0 and 100 %, as CSS.
    func place(_ share: Double) -> String { "left:\((100 * share).trimmed(2))%" }

    /// From where to where a range of shares lies, as CSS.
    func place(_ interval: Interval) -> String {
        place(interval.lower) + ";width:\((100 * (interval.upper - interval.lower)).trimmed(2))%"
    }

    /// A measure with its name and a few words.
    func tile(_ name: String, _ value: String, _ note: String) -> String {
        let small = element("small", [:], note)
        return element("div", [:], element("dt", [:], name) + element("dd", [:], value + small))
    }

    /// The share that counts most in large figures, what it means beside it, and the other measures below.
    func hero(
        _ share: Double?, caption: String, _ beside: String, meaning: String,
        _ tiles: [(name: String, value: String, note: String)]
    ) -> String {
        """
        <div class="hero">
        <div>
        <p class="big">\(share.map { percentNumber($0) } ?? "–")<span> %</span></p>
        <p class="caption">\(caption)</p>
        </div>
        <div>
        \(beside)
        <p class="meaning">\(escaped(meaning))</p>
        </div>
        </div>
        <dl class="tiles">
        \(tiles.map(tile).joined(separator: "\n"))
        </dl>
        """
    }

    /// A share, its interval and chance on a line from 0 to 100 %.
    func scale(_ name: String, _ share: Double, _ interval: Interval, chance: Double) -> String {
        let (range, level) = (percent(interval), percent(chance))
        let words = "\(name) \(percent(share)), 95 % interval \(range), chance level \(level)."
        return """
            <div class="scale" role="img" aria-label="\(words)">
            <div class="track"><i class="range" style="\(place(interval))"></i>\
            <i class="tick" style="\(place(chance))"></i><b style="\(place(share))"></b></div>
            <div class="legend"><span class="interval">95\u{202F}% interval: \(range)</span>\
            <span class="chance">chance level: \(level)</span></div>
            </div>
            """
    }
}
