// Corrections and exclusions beside a data set, which is itself never changed.
//
// `.ocelot/labels.tsv` in the data set's folder has a line for each decision: path, a label or EXCLUDE, who, when. The
// last line about a path counts, so that a decision is written by adding a line, and the history stays. UNDO in place of a
// label takes back the last decision about the path that nobody has taken back yet; what was decided before then counts
// again. Several labels are separated by "|"; where images may have several, nothing at all says that the image shows none
// of the classes. A first line that reads "path" and "label" names the columns and is passed over.

public import Foundation

/// What people decided about images since the data set was made.
public struct Overlay: Hashable, Sendable {
    /// What was decided about an image.
    public enum Decision: Hashable, Sendable {
        /// It shows these classes; none, where images may have several labels.
        case labels([String])
        /// It is not used.
        case exclude
        /// The last decision about it was a mistake.
        case undo

        /// The words for decisions that no class can be called by.
        static let words: [String: Decision] = ["EXCLUDE": .exclude, "UNDO": .undo]

        /// The labels separated by "|", or EXCLUDE or UNDO.
        public var text: String {
            switch self {
            case .labels(let labels): labels.joined(separator: "|")
            case .exclude: "EXCLUDE"
            case .undo: "UNDO"
            }
        }
    }

    /// One decision.
    public struct Correction: Hashable, Sendable {
        /// The image, as the data set names it.
        public let path: String
        /// What was decided.
        public let decision: Decision
        /// Who decided, or nothing.
        public let who: String
        /// When, as written; ISO 8601 where this project wrote it.
        public let when: String

        /// Makes a decision that was taken at `date`.
        public init(path: String, decision: Decision, who: String = "", at date: Date = .now) {
            self.init(path: path, decision: decision, who: who, when: date.formatted(.iso8601))
        }

        init(path: String, decision: Decision, who: String, when: String) {
            (self.path, self.decision, self.who, self.when) = (path, decision, who, when)
        }
    }

    /// All decisions in the order in which they were taken, also those that were changed or taken back.
    public let corrections: [Correction]

    /// Where the corrections of a data set lie, seen from its folder.
    public static let relativePath = ".ocelot/labels.tsv"

    /// The decisions that count, one an image, in the order in which they were taken.
    public var standing: [Correction] {
        let last = notTakenBack.reduce(into: [:]) { $0[corrections[$1].path] = $1 }
        return last.values.sorted().map { corrections[$0] }
    }

    /// Where in `corrections` those decisions stand that nobody has taken back, ascending.
    var notTakenBack: [Int] {
        var indices: [String: [Int]] = [:]
        for (index, correction) in corrections.enumerated() {
            if correction.decision == .undo {
                _ = indices[correction.path]?.popLast()
            } else {
                indices[correction.path, default: []].append(index)
            }
        }
        return indices.values.flatMap(\.self).sorted()
    }

    /// The corrections of the data set in `root`, or nil where there are none.
    public static func read(root: URL) throws -> Overlay? {
        let location = root.appending(path: relativePath)
        // A link could lead anywhere, and hidden files are the last that anybody looks at.
        guard FileSystem.kind(of: location.path) == .file else { return nil }
        let bytes = try shown(location) { () throws(FileSystem.Failure) in try FileSystem.contents(of: location.path) }
        do {
            return try Overlay(bytes)
        } catch {
            throw DatasetError.table(path: location.relativePath, error)
        }
    }

    /// Reads the bytes of a file of corrections.
    package init(_ bytes: [UInt8]) throws(TableError) {
        var rows = try DelimitedTable.rows(bytes, separator: UInt8(ascii: "\t"))
        if let first = rows.first, first.values.prefix(2).map({ trimmed($0).lowercased() }) == ["path", "label"] {
            rows.removeFirst()
        }
        var corrections: [Correction] = []
        for row in rows {
            let text = row.values.joined(separator: " ")
            guard (2...4).contains(row.values.count), !row.values[0].isEmpty else {
                throw .correction(line: row.line, text)
            }
            let labels = row.values[1].precomposedStringWithCanonicalMapping.split(separator: "|").map {
                trimmed(String($0))
            }
            // No label is a decision where it stands between others; a line that ends before the label was left unfinished.
            let isNone = row.values.count > 2 && trimmed(row.values[1]).isEmpty
            guard isNone || !labels.isEmpty && !labels.contains("") else { throw .correction(line: row.line, text) }
            corrections.append(
                Correction(
                    path: row.values[0],
                    decision: (labels.count == 1 ? Decision.words[labels[0]] : nil) ?? .labels(Set(labels).sorted()),
                    who: row.values.count > 2 ? row.values[2] : "", when: row.values.count > 3 ? row.values[3] : ""))
        }
        self.corrections = corrections
    }

    /// Changes labels, moves excluded images to those left out, and reports decisions about images that are not there.
    func apply(to findings: inout Findings) {
        var last = Dictionary(uniqueKeysWithValues: standing.map { ($0.path, $0) })
        var excluded: Set<String> = []
        for index in findings.candidates.indices {
            let path = findings.candidates[index].path
            switch last.removeValue(forKey: path) {
            case nil: break
            case .some(let correction):
                switch correction.decision {
                case .undo: break
                case .labels(let labels):
                    findings.candidates[index].labels = labels
                    if labels.isEmpty { findings.decidedUnlabelled.insert(path) }
                case .exclude:
                    excluded.insert(path)
                    let who = correction.who.isEmpty ? "" : " by \(correction.who)"
                    let when = correction.when.isEmpty ? "" : " on \(correction.when)"
                    findings.leaveOut(path, .excluded, "was excluded\(who)\(when)")
                }
            }
        }
        findings.candidates.removeAll { excluded.contains($0.path) }
        let known = Set(findings.leftOut.map(\.path))
        let stale = last.keys.filter { !known.contains($0) }.sorted(by: isOrdered)
        guard !stale.isEmpty else { return }
        findings.problems.append(
            Problem(
                kind: .staleCorrection, paths: stale,
                message:
                    "\(Overlay.relativePath) speaks of \(plural(stale.count, "image")) that the data set does not have, "
                    + "such as '\(stale[0])'.",
                advice: "If it was renamed or moved, write a correction for its new path."))
    }
}
