// What `ocelot data split` prints.

import Datasets
import Evaluation

extension SplitOutcome {
    /// How many pairs of like images are listed.
    private static let shownPairs = 10

    /// A table of the parts, what was kept together or left out, and what the audit says.
    public var text: String {
        var lines: [String] = []
        for (number, planned) in splits.enumerated() {
            if splits.count > 1 { lines.append("Fold \(number + 1):") }
            lines.append(table(planned))
        }
        if let plan { lines += notes(plan) }
        for (number, audit) in audits.enumerated() where audits.count == 1 || !audit.pairs.isEmpty || number == 0 {
            lines.append((audits.count > 1 ? "Fold \(number + 1): " : "") + audit.summary.message)
            lines += audit.pairs.prefix(Self.shownPairs).map {
                "  \($0.part.rawValue) \(printable($0.path)) ~ \($0.otherPart.rawValue) \(printable($0.other)) (\($0.kind.rawValue))"
            }
            if audit.pairs.count > Self.shownPairs {
                lines.append("  and \(audit.pairs.count - Self.shownPairs) more; --json lists all.")
            }
        }
        return lines.joined(separator: "\n")
    }

    private func table(_ planned: PlannedSplit) -> String {
        let parts = Part.allCases.filter { !planned.split[$0].isEmpty }
        let counts = parts.map { dataset.counts(of: planned.split[$0]) }
        var rows = dataset.classes.indices.map { label in
            [printable(dataset.classes[label])] + counts.map { "\($0[label])" }
        }
        rows.append(["all"] + parts.map { "\(planned.split[$0].count)" })
        let header = ["class"] + parts.map(\.rawValue)
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        return ([header] + rows).map { row in
            row.enumerated().map { column, value in
                let space = String(repeating: " ", count: widths[column] - value.count)
                return column == 0 ? value + space : space + value
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private func notes(_ plan: SplitPlan) -> [String] {
        var lines: [String] = []
        if let source = splits[0].timeSource { lines.append("Ordered by \(source.noun).") }
        let kept = splits[0].keptSets
        if kept > 0, plan.rule != .time {
            lines.append(
                "\(kept) \(kept == 1 ? "set" : "sets") of photos stayed together: copies, groups or folders.")
        }
        let gaps = splits.map { $0.leftOut.values.count { $0 == .gap } }.reduce(0, +)
        let bound = splits.map(\.leftOut.count).reduce(0, +) - gaps
        if gaps > 0 { lines.append("\(gaps) left out: taken too shortly before or after photos of another part.") }
        if bound > 0 { lines.append("\(bound) left out: like a photo of another part, or of its group.") }
        if likeness == nil { lines.append("Pictures were not compared: only equal files are known to be copies.") }
        return lines
    }
}
