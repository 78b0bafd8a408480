// Corrections and exclusions beside a data set, which is itself never changed.
//
// `.ocelot/labels.tsv` in the data set's folder has a line for each decision: path, a label or EXCLUDE, who, when. The
// last line about a path counts, so that a decision is written by adding a line, and the history stays. Several labels
// are separated by "|". A first line that reads "path" and "label" names the columns and is passed over.

import Foundation

/// What people decided about images since the data set was made.
public struct Overlay: Hashable, Sendable {
    /// What was decided about an image.
    public enum Decision: Hashable, Sendable {
        /// It shows these classes.
        case labels([String])
        /// It is not used.
        case exclude
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
    }

    /// The decisions in the order in which they were taken.
    public let corrections: [Correction]

    /// Where the corrections of a data set lie, seen from its folder.
    public static let relativePath = ".ocelot/labels.tsv"

    /// The corrections of the data set in `root`, or nil where there are none.
    static func read(root: URL) throws -> Overlay? {
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
            guard !labels.isEmpty, !labels.contains("") else { throw .correction(line: row.line, text) }
            corrections.append(
                Correction(
                    path: row.values[0], decision: labels == ["EXCLUDE"] ? .exclude : .labels(Set(labels).sorted()),
                    who: row.values.count > 2 ? row.values[2] : "", when: row.values.count > 3 ? row.values[3] : ""))
        }
        self.corrections = corrections
    }

    /// Changes labels, moves excluded images to those left out, and reports decisions about images that are not there.
    func apply(to findings: inout Findings) {
        var last: [String: Correction] = [:]
        for correction in corrections { last[correction.path] = correction }
        var excluded: Set<String> = []
        for index in findings.candidates.indices {
            let path = findings.candidates[index].path
            switch last.removeValue(forKey: path) {
            case nil: break
            case .some(let correction):
                switch correction.decision {
                case .labels(let labels): findings.candidates[index].labels = labels
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
