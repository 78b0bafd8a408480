// A page about a data set: what was found in it, with the pictures that it was found in. It needs no scripts.

internal import Foundation

/// What a page about a data set shows.
///
/// None of it is taken for HTML, but that backticks set code in advice.
package struct DatasetPage {
    /// A picture with what is written below it.
    package struct Picture {
        var title: String
        var path: String
        var jpeg: [UInt8]?

        /// `jpeg` is a small JPEG file, or nil where there is none.
        package init(title: String, path: String, jpeg: [UInt8]?) {
            (self.title, self.path, self.jpeg) = (title, path, jpeg)
        }
    }

    /// Something that was found.
    package struct Finding {
        var title: String
        var message: String
        var advice: String
        /// Pictures that belong together; where each stands for itself, all are one set.
        var sets: [[Picture]]
        /// Files that have no picture, and why.
        var files: [(path: String, reason: String)]
        /// Files that are not shown, such as "and 12 more".
        var rest: String

        /// Makes a finding; `sets` of more than one hold copies each.
        package init(
            title: String, message: String, advice: String, sets: [[Picture]] = [],
            files: [(path: String, reason: String)] = [], rest: String = ""
        ) {
            (self.title, self.message, self.advice) = (title, message, advice)
            (self.sets, self.files, self.rest) = (sets, files, rest)
        }
    }

    /// A class and how many images it has, in all and in each part.
    package struct ClassCount {
        var name: String
        var images: Int
        var inParts: [Int]

        /// Makes a row; `inParts` has as many numbers as the page has parts.
        package init(name: String, images: Int, inParts: [Int]) {
            (self.name, self.images, self.inParts) = (name, images, inParts)
        }
    }

    var title: String
    var subtitle: String
    /// What it comes to, in a sentence.
    var verdict: String
    var numbers: [(name: String, value: String, note: String)]
    var classes: [ClassCount]
    var parts: [String]
    var findings: [Finding]
    var nextSteps: [String]
    var facts: [(name: String, value: String)]

    /// Makes a page.
    package init(
        title: String, subtitle: String, verdict: String, numbers: [(name: String, value: String, note: String)],
        classes: [ClassCount], parts: [String], findings: [Finding], nextSteps: [String],
        facts: [(name: String, value: String)]
    ) {
        (self.title, self.subtitle, self.verdict, self.numbers) = (title, subtitle, verdict, numbers)
        (self.classes, self.parts, self.findings) = (classes, parts, findings)
        (self.nextSteps, self.facts) = (nextSteps, facts)
    }

    /// The page as one HTML file that needs nothing else.
    package var html: String {
        let found = findings.enumerated().map { index, finding in
            PageSection(
                "finding-\(index + 1)", link: escaped(finding.title), title: escaped(finding.title), body(of: finding))
        }
        let sections =
            [summary, classTable] + found + [
                PageSection("next", link: "Next", title: "What to do next", steps),
                PageSection("facts", link: "", title: "How it was made", factList),
            ]
        return PageShell(kind: "data check", title: title, subtitle: subtitle, style: Self.style).html(sections)
    }

    /// What the evaluation's style sheet does not have.
    private static let style = """
        .findings{list-style:none;margin:24px 0 0;padding:0;border-top:1px solid var(--edge)}
        .findings li{padding:9px 0;border-bottom:1px solid var(--edge);line-height:1.45}
        .findings a{font-weight:580;text-decoration:none}
        .findings span{display:block;color:var(--quiet);font-size:.92rem}
        .counts td:last-child{width:50%;min-width:120px}
        .counts .bar{display:block;height:10px;border-radius:5px;background:var(--range);min-width:2px}
        .counts{width:100%}
        .advice{max-width:72ch;padding-left:14px;border-left:3px solid var(--accent)}
        .gallery{margin-top:22px}
        .gallery p{margin:6px 0 0;font-size:.9rem;line-height:1.35;font-weight:580;overflow-wrap:anywhere}
        .gallery .path{margin-top:1px;font-size:.76rem;font-weight:400;white-space:normal}
        .gallery img{outline:1px solid var(--edge);outline-offset:-1px}
        .files{font-size:.9rem}
        .files th,.files td{padding:5px 12px;overflow-wrap:anywhere}
        .sets{display:flex;flex-wrap:wrap;gap:18px;margin-top:22px}
        .sets .gallery{display:flex;flex-wrap:wrap;gap:14px;margin:0;padding:14px;border:1px solid var(--edge);border-radius:12px}
        .sets .gallery li{width:132px}
        """

    private var summary: PageSection {
        let tiles = numbers.map { number in
            let value = escaped(number.value) + element("small", [:], escaped(number.note))
            return element("div", [:], element("dt", [:], escaped(number.name)) + element("dd", [:], value))
        }
        let list = findings.enumerated().map { index, finding in
            element(
                "li", [:],
                element("a", ["href": "#finding-\(index + 1)"], escaped(finding.title))
                    + element("span", [:], escaped(finding.message)))
        }
        return PageSection(
            "summary", link: "Summary", title: "What is in it?",
            """
            <p class="meaning">\(escaped(verdict))</p>
            <dl class="tiles">\(tiles.joined(separator: "\n"))</dl>
            \(list.isEmpty ? "" : "<ol class=\"findings\">\(list.joined(separator: "\n"))</ol>")
            """)
    }

    private var classTable: PageSection {
        let largest = max(classes.map(\.images).max() ?? 1, 1)
        let heads = ["Photos"] + (parts.count > 1 ? parts : [])
        let rows = classes.map { row in
            let numbers = [row.images] + (parts.count > 1 ? row.inParts : [])
            let width = (100 * Double(row.images) / Double(largest)).trimmed(1)
            return "<tr>" + element("th", ["scope": "row"], escaped(row.name))
                + numbers.map { element("td", ["class": "n"], grouped($0)) }.joined()
                + element("td", [:], element("i", ["class": "bar", "style": "width:\(width)%"], "")) + "</tr>"
        }
        let isLong = classes.count > 30
        let table = """
            <table class="counts">
            <caption class="unseen">Photos of each class</caption>
            <thead><tr><th scope="col">Class</th>\(heads.map { "<th scope=\"col\" class=\"n\">\(escaped($0))</th>" }.joined())\
            <td></td></tr></thead>
            <tbody>\(rows.joined(separator: "\n"))</tbody>
            </table>
            """
        return PageSection(
            "classes", link: "Classes", title: "How many photos has each class?",
            element(
                "div",
                [
                    "class": isLong ? "scroll tall" : "scroll", "tabindex": "0", "role": "region",
                    "aria-label": "Table of the classes",
                ], table))
    }

    private func body(of finding: Finding) -> String {
        var body = """
            <p class="lead">\(escaped(finding.message))</p>
            <p class="advice">\(code(finding.advice))</p>
            """
        if finding.sets.count > 1 {
            body += "<div class=\"sets\">\(finding.sets.map(gallery).joined(separator: "\n"))</div>"
        } else if let set = finding.sets.first {
            body += gallery(set)
        }
        if !finding.files.isEmpty { body += table(of: finding.files) }
        if !finding.rest.isEmpty { body += "<p class=\"note\">\(escaped(finding.rest))</p>" }
        return body
    }

    private func table(of files: [(path: String, reason: String)]) -> String {
        let rows = files.map { file in
            "<tr>" + element("th", ["scope": "row"], escaped(file.path)) + element("td", [:], escaped(file.reason))
                + "</tr>"
        }
        return """
            <div class="scroll\(files.count > 30 ? " tall" : "")" tabindex="0" role="region" aria-label="Files and reasons">
            <table class="files">
            <thead><tr><th scope="col">File</th><th scope="col">Reason</th></tr></thead>
            <tbody>\(rows.joined(separator: "\n"))</tbody>
            </table>
            </div>
            """
    }

    private func gallery(_ pictures: [Picture]) -> String {
        let items = pictures.map { picture in
            let image =
                if let jpeg = picture.jpeg, !jpeg.isEmpty {
                    "<img src=\"data:image/jpeg;base64,\(Data(jpeg).base64EncodedString())\" alt=\"\(escaped(picture.title))\">"
                } else { element("div", ["class": "missing"], "no preview") }
            return "<li>\(image)" + element("p", [:], escaped(picture.title))
                + element("p", ["class": "path", "title": picture.path], escaped(shortened(picture.path, to: 60)))
                + "</li>"
        }
        return "<ul class=\"gallery\">\(items.joined(separator: "\n"))</ul>"
    }

    private var steps: String {
        "<ol class=\"steps\">\(nextSteps.map { "<li>\(code($0))</li>" }.joined(separator: "\n"))</ol>"
    }

    private var factList: String {
        let items = facts.map { "<div><dt>\(escaped($0.name))</dt><dd>\(escaped($0.value))</dd></div>" }
        return "<dl class=\"facts\">\(items.joined(separator: "\n"))</dl>"
    }

    /// A sentence in which what stands between backticks is set as code.
    private func code(_ text: String) -> String {
        let pieces = escaped(text).split(separator: "`", omittingEmptySubsequences: false)
        guard pieces.count % 2 == 1 else { return escaped(text) }
        return pieces.enumerated().map { $0 % 2 == 0 ? String($1) : "<code>\($1)</code>" }.joined()
    }
}
