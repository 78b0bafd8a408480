// What `ocelot data check --report` writes: the findings with their pictures, as one HTML file.

import Evaluation
import Foundation
import Imaging

extension DataCheck {
    /// So many pictures of a finding are shown, and so many on the whole page: each adds about 8 kB.
    private static let (shownPictures, shownInAll) = (24, 240)

    /// The page; `name` is the data set as it was given.
    ///
    /// Reads the pictures that it shows.
    public func html(name: String) -> String {
        let dataset = result.dataset
        let counts = dataset.counts
        let parts = dataset.parts
        let partCounts = parts.map { dataset.counts(in: $0) }
        var gallery = Gallery(dataset: dataset, left: Self.shownInAll)
        let findings = result.problems.map { problem in
            let (sets, rest) = gallery.sets(of: problem, limit: Self.shownPictures)
            let isLeftOut = [.corrupt, .unsupported].contains(problem.kind)
            return DatasetPage.Finding(
                title: problem.kind.title, message: problem.message, advice: problem.advice, sets: sets,
                files: isLeftOut ? leftOut(problem.paths) : [], rest: isLeftOut ? "" : rest)
        }
        let page = DatasetPage(
            title: URL(filePath: name).lastPathComponent, subtitle: summary, verdict: verdict, numbers: numbers,
            classes: dataset.classes.indices.map { label in
                .init(name: dataset.classes[label], images: counts[label], inParts: partCounts.map { $0[label] })
            },
            parts: parts.map(\.rawValue), findings: findings, nextSteps: nextSteps(name: name).map(Self.asCode),
            facts: [
                ("Data set", name), ("Checked", Date.now.formatted(.iso8601)), ("Ocelot", Ocelot.version),
                ("Pictures decoded", "\(survey.decodedCount) of \(dataset.images.count)"),
                ("Time", survey.seconds.fixed(1) + " s"),
            ] + result.partDistances.map { ("Parts compared by \(network ?? "features")", $0.sentence) })
        return page.html
    }

    /// So many files that are left out are listed.
    private static let listedFiles = 200

    /// Why files are left out.
    private func leftOut(_ paths: [String]) -> [(path: String, reason: String)] {
        let reasons = Dictionary(result.dataset.leftOut.map { ($0.path, $0.reason) }) { first, _ in first }
        let files = paths.prefix(Self.listedFiles).map { ($0, reasons[$0] ?? "") }
        return paths.count > files.count
            ? files + [("and \(paths.count - files.count) more", "see --quarantine")] : files
    }

    /// What it comes to.
    private var verdict: String {
        if let hindrance { return hindrance }
        let kinds = Set(result.problems.map(\.kind))
        if !kinds.isDisjoint(with: [.leak, .conflictingLabels, .missingClass]) {
            return "Something here makes measured accuracy wrong: see to the first findings before you train."
        }
        if kinds.isEmpty { return "Nothing was found that needs your attention." }
        return "Nothing stands in the way of training. The findings say what would make the model better."
    }

    private var numbers: [(name: String, value: String, note: String)] {
        let dataset = result.dataset
        let sides = result.measures.map { max($0.width, $0.height) }.sorted()
        let leftOut = dataset.leftOut.count { $0.kind != .excluded }
        let excluded = dataset.leftOut.count - leftOut
        var numbers = [
            ("Photos", "\(dataset.images.count)", "that can be read"),
            (
                "Classes", "\(dataset.classes.count)",
                dataset.parts.isEmpty ? "not split yet" : "in \(dataset.parts.count) parts"
            ),
            ("Left out", "\(leftOut)", excluded == 0 ? "files that cannot be used" : "and \(excluded) excluded by you"),
        ]
        if let smallest = sides.first, let largest = sides.last {
            numbers.append(("Longer side", "\(sides[sides.count / 2])", "pixels as a rule, \(smallest) to \(largest)"))
        }
        return numbers
    }

    /// Commands between quotation marks, set as code.
    private static func asCode(_ step: String) -> String { step.replacing("'", with: "`") }
}

/// Makes the small pictures of a page, as long as there is room.
private struct Gallery {
    let labels: [String: (url: URL, label: String, part: Part?)]
    var left: Int
    var made: [String: [UInt8]] = [:]

    init(dataset: Dataset, left: Int) {
        self.left = left
        labels = Dictionary(
            dataset.images.map { image in
                (image.path, (image.url, image.labels.map { dataset.classes[$0] }.joined(separator: ", "), image.part))
            }
        ) { first, _ in first }
    }

    /// The sets of a problem's pictures, and what is said of those that are not shown.
    mutating func sets(of problem: Problem, limit: Int) -> ([[DatasetPage.Picture]], String) {
        // Files that cannot be read have no picture.
        let all = (problem.groups ?? [problem.paths]).map { $0.filter { labels[$0] != nil } }.filter { !$0.isEmpty }
        guard !all.isEmpty else {
            return ([], problem.paths.isEmpty ? "" : named(problem.paths))
        }
        var sets: [[DatasetPage.Picture]] = []
        var room = min(limit, left)
        for set in all where room > 0 {
            let shown = set.prefix(room).map { picture(at: $0) }
            sets.append(shown)
            room -= shown.count
            left -= shown.count
        }
        let hidden = all.reduce(0) { $0 + $1.count } - sets.reduce(0) { $0 + $1.count }
        return (sets, hidden == 0 ? "" : "\(hidden) more are not shown; --json lists all.")
    }

    private mutating func picture(at path: String) -> DatasetPage.Picture {
        guard let image = labels[path] else { return .init(title: path, path: path, jpeg: nil) }
        if made[path] == nil {
            made[path] =
                (try? readImageFile(image.url)).flatMap { try? Picture.thumbnail(of: $0, longerSide: 160) } ?? []
        }
        return .init(
            title: image.label + (image.part.map { " · \($0.rawValue)" } ?? ""), path: path, jpeg: made[path])
    }

    private func named(_ paths: [String]) -> String {
        paths.prefix(40).joined(separator: " · ") + (paths.count > 40 ? " · and \(paths.count - 40) more" : "")
    }
}
