// `ocelot runs list`, `show` and `compare` as text.
public import Foundation

/// Runs as text for the terminal.
public enum RunTables {
    /// One line a run.
    ///
    /// - Parameters:
    ///   - runs: The runs, in the order in which they are to be listed.
    ///   - timeZone: Where the reader is.
    /// - Returns: A table with a line feed at its end, or a sentence if there are no runs.
    public static func list(_ runs: [RunSummary], in timeZone: TimeZone = .current) -> String {
        guard !runs.isEmpty else { return "No runs.\n" }
        var table = TextTable(
            ["run", "started", "state", "kind", "name", "method", "backbone", "accuracy", "time"],
            [.right, .left, .left, .left, .left, .left, .left, .right, .right])
        for summary in runs {
            let run = summary.run
            table.add([
                "\(run.id)", time(run.started, timeZone), run.state.rawValue, run.kind.printable,
                run.name.printable.cut(to: 24), run.parameters["method"]?.printable ?? "–",
                run.parameters["backbone"]?.printable ?? "–", summary.testAccuracy.map(percent) ?? "–",
                run.seconds.map(duration) ?? "–",
            ])
        }
        return table.text
    }

    /// All of one run.
    public static func show(_ details: RunDetails, in timeZone: TimeZone = .current) -> String {
        let run = details.run
        var text = "Run \(run.id): \(run.name.printable) (\(run.kind.printable)), \(run.state.rawValue)\n"
        if let message = run.message { text += "  \(message.printable)\n" }
        text += "\n"
        var facts = TextTable(["", ""], [.left, .left])
        facts.add(["  started", time(run.started, timeZone)])
        facts.add(["  time", run.seconds.map(duration) ?? "–"])
        facts.add(["  data", run.data.printable])
        facts.add(["  fingerprint", run.dataFingerprint ?? "–"])
        facts.add(["  seed", run.seed.map(String.init) ?? "–"])
        facts.add(["  command", run.command.printable])
        for model in details.models {
            facts.add(["  model", "\(model.path.printable) (SHA-256 \(model.sha256.prefix(12)))"])
        }
        text += facts.text.dropFirst()

        text += section("Parameters", rows(run.parameters))
        text += finals(details.metrics.filter { $0.step == nil })
        text += series(details.metrics.filter { $0.step != nil })
        text += section(
            "Files", details.artefacts.map { ["  \($0.name)", $0.kind.printable, bytes($0.bytes)] },
            [.left, .left, .right])
        text += section("Software", rows(run.software))
        return text
    }

    /// Runs side by side; `changes` images of each kind are listed at most.
    public static func compare(_ comparison: RunComparison, changes: Int = 10) -> String {
        let runs = comparison.runs
        let right = Array(repeating: TextTable.Alignment.right, count: runs.count)
        var table = TextTable(["parameter"] + runs.map { "run \($0.id)" }, [.left] + right)
        table.add(["name"] + runs.map { $0.name.printable.cut(to: 24) })
        table.add(["state"] + runs.map(\.state.rawValue))
        for parameter in comparison.parameters {
            table.add([parameter.name.printable] + parameter.values.map { $0?.printable.cut(to: 32) ?? "–" })
        }
        var text = table.text
        let wholes = comparison.results.filter { $0.label == nil }
        if !wholes.isEmpty {
            var table = TextTable(["result"] + runs.map { "run \($0.id)" }, [.left] + right)
            for result in wholes { table.add([result.name.printable] + result.values.map { value(result.name, $0) }) }
            text += "\n" + table.text
        }
        for name in unique(comparison.results.filter { $0.label != nil }.map(\.name)) {
            var table = TextTable(["\(name.printable) of"] + runs.map { "run \($0.id)" }, [.left] + right)
            for result in comparison.results where result.name == name {
                guard let label = result.label else { continue }
                table.add([label.printable] + result.values.map { value(name, $0) })
            }
            text += "\n" + table.text
        }
        for one in comparison.changes {
            text += """

                From run \(runs[0].id) to run \(one.run), \(one.shared) images that both tested: \
                \(one.fixed.count) fixed, \(one.broken.count) broken. \(verdict(one.probabilityOfChance))

                """
            text += list("fixed", one.fixed, changes) + list("broken", one.broken, changes)
        }
        return text
    }

    private static func verdict(_ p: Double) -> String {
        let number = p < 0.001 ? "under 0.1 %" : percent(p)
        return p < 0.05
            ? "So great a difference is unlikely to be chance (\(number))."
            : "Such a difference may well be chance (\(number))."
    }

    private static func list(_ word: String, _ changes: [RunComparison.Change], _ limit: Int) -> String {
        guard !changes.isEmpty else { return "" }
        var table = TextTable(["  \(word)", "truth", "before", "after"], [.left, .left, .left, .left])
        for change in changes.prefix(limit) {
            table.add([
                "  \(change.path.printable)", change.truth.printable, change.before.printable, change.after.printable,
            ])
        }
        return table.text + (changes.count > limit ? "  … and \(changes.count - limit) more\n" : "")
    }

    /// Final results: one table of those of the whole, one of those of each class.
    private static func finals(_ metrics: [Metric]) -> String {
        var whole: [String: Metric] = [:]
        for metric in metrics where metric.label == nil { whole[metric.name] = metric }
        let names = unique(metrics.filter { $0.label == nil }.map(\.name))
        var text = section(
            "Results", names.map { ["  \($0.printable)", value($0, whole[$0]?.value)] }, [.left, .right])
        let labelled = metrics.filter { $0.label != nil }
        let columns = unique(labelled.map(\.name))
        guard !columns.isEmpty else { return text }
        var table = TextTable(["  class"] + columns.map(\.printable), [.left] + columns.map { _ in .right })
        for label in unique(labelled.compactMap(\.label)) {
            table.add(
                ["  \(label.printable)"]
                    + columns.map { name in
                        value(name, labelled.last { $0.name == name && $0.label == label }?.value)
                    })
        }
        text += "\n" + table.text
        return text
    }

    /// What was measured again and again: the last and the best value, for a run is often best before its end.
    private static func series(_ metrics: [Metric]) -> String {
        let names = unique(metrics.filter { $0.label == nil }.map(\.name))
        guard !names.isEmpty else { return "" }
        var table = TextTable(["  metric", "last", "best", "at"], [.left, .right, .right, .right])
        for name in names {
            let values = metrics.filter { $0.name == name && $0.label == nil }
            let finite = values.filter { $0.value != nil }
            let best = finite.max { a, b in
                let (x, y) = (a.value ?? 0, b.value ?? 0)
                return isBetterWhenSmall(name) ? x > y : x < y
            }
            table.add([
                "  \(name.printable)", value(name, values.last?.value), value(name, best?.value),
                best?.step.map(String.init) ?? "–",
            ])
        }
        return "\n" + table.text
    }

    private static func isBetterWhenSmall(_ name: String) -> Bool {
        ["loss", "error", "seconds"].contains { name.contains($0) }
    }

    private static func rows(_ values: [String: String]) -> [[String]] {
        values.sorted { $0.key < $1.key }.map { ["  \($0.key)", $0.value.printable] }
    }

    private static func section(
        _ heading: String, _ rows: [[String]], _ alignments: [TextTable.Alignment] = [.left, .left]
    ) -> String {
        guard !rows.isEmpty else { return "" }
        var table = TextTable(alignments.map { _ in "" }, alignments)
        for row in rows { table.add(row) }
        return "\n\(heading)\n" + table.text.dropFirst()
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}

// MARK: - Numbers

/// "94.4 %".
package func percent(_ share: Double) -> String { "\(fixed(100 * share, 1)) %" }

/// A share of right answers as a percentage, anything else with four significant digits.
private func value(_ name: String, _ number: Double?) -> String {
    guard let number else { return "–" }
    if name.hasSuffix("accuracy") { return percent(number) }
    if number == number.rounded(), abs(number) < 1e9 { return "\(Int(number))" }
    return abs(number) < 1e-3 || abs(number) >= 1e6 ? String(format: "%.3e", number) : String(format: "%.4g", number)
}

private func fixed(_ number: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", number) }

/// "7.4 s", "3 min 20 s", "2 h 5 min".
private func duration(_ seconds: Double) -> String {
    if seconds < 60 { return "\(fixed(seconds, 1)) s" }
    let whole = Int(seconds.rounded())
    return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
}

/// "312 B", "4.2 KB", "1.3 MB".
package func bytes(_ count: Int) -> String {
    if count < 1000 { return "\(count) B" }
    return count < 1_000_000 ? "\(fixed(Double(count) / 1e3, 1)) KB" : "\(fixed(Double(count) / 1e6, 1)) MB"
}

/// "2025-11-21 08:13" where the reader is; the same in every language.
private func time(_ date: Date, _ timeZone: TimeZone) -> String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = timeZone
    let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
    return String(
        format: "%04d-%02d-%02d %02d:%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0, parts.hour ?? 0,
        parts.minute ?? 0)
}
