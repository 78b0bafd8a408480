// What is said in words: warnings, what to do next, and how the run was made.

/// More than so many warnings are folded away.
private let shownWarnings = 5

extension EvaluationPage {
    var warnings: Section? {
        guard !details.warnings.isEmpty else { return nil }
        func list(_ items: some Sequence<String>) -> String {
            "<ul>\(items.map { "<li>\(sentence($0))</li>" }.joined(separator: "\n"))</ul>"
        }
        let rest = details.warnings.dropFirst(shownWarnings)
        let folded =
            rest.isEmpty ? "" : "<details><summary>\(counted(rest.count, "more note"))</summary>\(list(rest))</details>"
        return Section(
            "warnings", link: "Notes", title: "Before you rely on this",
            list(details.warnings.prefix(shownWarnings)) + folded)
    }

    /// A sentence in which what stands between backticks is set as code.
    private func sentence(_ text: String) -> String {
        let pieces = escaped(text).split(separator: "`", omittingEmptySubsequences: false)
        // Without its partner, a backtick is one.
        guard pieces.count % 2 == 1 else { return escaped(text) }
        return pieces.enumerated().map { $0 % 2 == 0 ? String($1) : "<code>\($1)</code>" }.joined()
    }

    var nextSteps: Section? {
        guard !details.nextSteps.isEmpty else { return nil }
        let items = details.nextSteps.map { "<li>\(sentence($0))</li>" }
        return Section(
            "next", link: "Next", title: "What to do next", "<ol class=\"steps\">\(items.joined(separator: "\n"))</ol>")
    }

    var facts: Section? {
        guard !details.facts.isEmpty else { return nil }
        let items = details.facts.map { "<div><dt>\(escaped($0.name))</dt><dd>\(escaped($0.value))</dd></div>" }
        return Section(
            "run", link: "Run", title: "How it was made", "<dl class=\"facts\">\(items.joined(separator: "\n"))</dl>")
    }
}
