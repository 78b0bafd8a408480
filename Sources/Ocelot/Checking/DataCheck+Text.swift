// What `ocelot data check` prints for a person.

import Evaluation
import RunHistory

extension DataCheck {
    /// So many classes are listed at most, and so many paths of a finding.
    private static let (shownClasses, shownPaths) = (20, 4)

    /// The result as text; `name` is the data set as it was given.
    public func text(name: String) -> String {
        let dataset = result.dataset
        var paragraphs = [summary, classTable]
        if let network {
            let lines = result.partDistances.map { "Parts, as \(network) sees them: \($0.sentence)." }
            paragraphs.append(
                lines.isEmpty
                    ? "The parts are too small, or too few, to be compared by features." : lines.joined(separator: "\n")
            )
        }
        if result.problems.isEmpty {
            paragraphs.append("Nothing was found that needs your attention.")
        } else {
            let findings = result.problems.enumerated().map { "\($0 + 1). " + finding($1) }
            paragraphs.append("What to look at, the most important first:")
            paragraphs += findings
        }
        let excluded = dataset.leftOut.count { $0.kind == .excluded }
        if excluded > 0 { paragraphs.append("\(excluded) photos are excluded by \(Overlay.relativePath).") }
        paragraphs.append(nextSteps(name: name).map { "→ \($0)" }.joined(separator: "\n"))
        return paragraphs.joined(separator: "\n\n")
    }

    /// Why the data set cannot be used for training as it is; nil if it can.
    var hindrance: String? {
        do { try result.dataset.requireTrainable() } catch { return "\(error)" }
        return nil
    }

    /// How many photos, classes and refused files there are.
    var summary: String {
        let dataset = result.dataset
        let refused = dataset.leftOut.count { $0.kind != .excluded }
        let parts = dataset.parts.map { part in "\(dataset.images.count { $0.part == part }) \(part.rawValue)" }
        return "\(dataset.images.count) photos in \(dataset.classes.count) "
            + (dataset.classes.count == 1 ? "class" : "classes")
            + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
            + (refused == 0 ? ", all of which can be read." : "; \(refused) other files are left out.")
    }

    private var classTable: String {
        let dataset = result.dataset
        let parts = dataset.parts.count > 1 ? dataset.parts : []
        let counts = dataset.counts
        let partCounts = parts.map { dataset.counts(in: $0) }
        // Of many classes the smallest are those that a person has to know of.
        let isLong = dataset.classes.count > Self.shownClasses
        let order =
            isLong
            ? dataset.classes.indices.sorted { (counts[$0], $0) < (counts[$1], $1) } : Array(dataset.classes.indices)
        var table = TextTable(
            ["class", "photos"] + parts.map(\.rawValue), [.left, .right] + parts.map { _ in .right })
        for label in order.prefix(Self.shownClasses) {
            table.add([printable(dataset.classes[label]), "\(counts[label])"] + partCounts.map { "\($0[label])" })
        }
        let rest = order.count - min(order.count, Self.shownClasses)
        let text = table.text + (rest > 0 ? "and \(rest) larger classes\n" : "")
        return String(text.dropLast())
    }

    private func finding(_ problem: Problem) -> String {
        var text = "\(problem.kind.title). \(printable(problem.message))\n   \(printable(problem.advice))"
        let lines = lines(of: problem)
        for line in lines.prefix(Self.shownPaths) { text += "\n     " + printable(line) }
        if lines.count > Self.shownPaths { text += "\n     and \(lines.count - Self.shownPaths) more" }
        return text
    }

    /// The files of a finding, or its sets; none where the message has named them all.
    private func lines(of problem: Problem) -> [String] {
        guard let groups = problem.groups else { return problem.paths.count > 1 ? problem.paths : [] }
        guard groups.count > 1 else { return [] }
        return groups.map { group in
            group.prefix(3).joined(separator: " = ") + (group.count > 3 ? " and \(group.count - 3) more" : "")
        }
    }

    /// What to do after reading this.
    func nextSteps(name: String) -> [String] {
        let kinds = Set(result.problems.map(\.kind))
        var steps: [String] = []
        if kinds.contains(.conflictingLabels) || kinds.contains(.corrupt) {
            steps.append(
                "Correct and exclude photos with 'ocelot data labels \(name)'; the files themselves stay as they are.")
        }
        if kinds.contains(.exactDuplicates) || kinds.contains(.nearDuplicates) {
            steps.append(
                "'ocelot data duplicates \(name)' shows which copies to keep; with --exclude it leaves out the others.")
        }
        if kinds.contains(.leak) || kinds.contains(.missingClass) {
            steps.append("'ocelot data split \(name) --out DIR' makes parts that have nothing in common.")
        }
        if hindrance == nil { steps.append("'ocelot train classifier \(name)' makes a model and measures it.") }
        if steps.isEmpty, let hindrance { steps.append(hindrance) }
        return steps
    }
}

extension Problem.Kind {
    /// Two or three words for headings.
    public var title: String {
        switch self {
        case .leak: "The same picture in two parts"
        case .conflictingLabels: "One picture, several labels"
        case .missingClass: "A class is missing in a part"
        case .corrupt: "Files that cannot be read"
        case .staleCorrection: "Corrections of photos that are gone"
        case .noLabels: "Photos without any label"
        case .similarClassNames: "Classes of nearly one name"
        case .fewImages: "Few photos"
        case .imbalance: "Classes of very different sizes"
        case .exactDuplicates: "Equal files"
        case .nearDuplicates: "Nearly equal photos"
        case .drift: "Parts that differ"
        case .lowInformation: "Photos that show next to nothing"
        case .dark: "Dark photos"
        case .light: "Nearly white photos"
        case .blurry: "Blurry photos"
        case .grayscale: "Grey among colour"
        case .oddAspectRatio: "Long and narrow photos"
        case .oddSize: "Unusual sizes"
        case .largeImages: "Large photos"
        case .unsupported: "Files that are no photos"
        case .repeatedRows: "Lines that repeat others"
        }
    }
}
