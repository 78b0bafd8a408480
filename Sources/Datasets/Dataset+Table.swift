// A table with the columns path and label, and, if wanted, split and group.

import Foundation
import Labels

extension Dataset {
    static func readTable(_ location: URL, separator: UInt8, labels: LabelCount?) throws -> Dataset {
        let bytes = try shown(location) { () throws(FileSystem.Failure) in try FileSystem.contents(of: location.path) }
        let folder = location.deletingLastPathComponent()
        do {
            let rows = try ImageRow.read(DelimitedTable(bytes, separator: separator))
            var findings = Findings()
            let hasParts = rows.contains { $0.part != nil }
            for row in rows { findings.add(row, folder: folder, hasParts: hasParts) }
            findings.problems += repeatedRows(rows)
            if !rows.isEmpty && findings.leftOut.count(where: { $0.kind == .missing }) == rows.count {
                throw DatasetError.noFileExists(
                    path: location.relativePath, count: rows.count, first: rows[0].file(in: folder))
            }
            let dataset = try findings.dataset(
                location: location, root: folder, unlabelled: "has no label in the table", labels: labels,
                keepsUnlabelled: true)
            guard !dataset.images.isEmpty else {
                throw DatasetError.noImages(path: location.relativePath, leftOut: dataset.leftOut)
            }
            return dataset
        } catch let error as TableError {
            throw DatasetError.table(path: location.relativePath, error)
        }
    }

    private static func repeatedRows(_ rows: [ImageRow]) -> [Problem] {
        rows.filter { !$0.repeatedIn.isEmpty }.map { row in
            Problem(
                kind: .repeatedRows, paths: [row.path],
                message: "'\(row.path)' is listed in line \(row.line) and again in "
                    + "\(row.repeatedIn.count == 1 ? "line" : "lines") "
                    + "\(list(row.repeatedIn.map(String.init), "and")), and counts once.",
                advice: "Remove the lines that repeat others.")
        }
    }
}

/// A line of a table of images.
private struct ImageRow {
    let line: Int
    let path: String
    let labels: [String]
    let part: Part?
    let group: String?
    var repeatedIn: [Int] = []

    /// The rows of a table, each path once.
    static func read(_ table: DelimitedTable) throws(TableError) -> [ImageRow] {
        let missing = ["path", "label"].filter { !table.columns.contains($0) }
        guard missing.isEmpty else { throw .missingColumns(missing, found: table.columns) }
        guard !table.rows.isEmpty else { throw .noRows }
        func value(_ name: String, _ row: DelimitedTable.Row) -> String? {
            table.columns.firstIndex(of: name).map { trimmed(row.values[$0]) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        var rows: [ImageRow] = []
        var index: [String: Int] = [:]
        for row in table.rows {
            let split = value("split", row)
            if let split, Part(name: split) == nil { throw .unknownPart(line: row.line, split) }
            let labels = value("label", row)?.precomposedStringWithCanonicalMapping.split(separator: "|") ?? []
            let new = ImageRow(
                line: row.line, path: lexicallyNormalised(value("path", row) ?? ""),
                labels: Set(labels.map { trimmed(String($0)) }).subtracting([""]).sorted(),
                part: split.flatMap { Part(name: $0) }, group: value("group", row))
            guard let known = index[new.path] else {
                index[new.path] = rows.count
                rows.append(new)
                continue
            }
            let old = rows[known]
            let values = [
                ("label", old.labels.joined(separator: "|"), new.labels.joined(separator: "|")),
                ("split", old.part?.rawValue ?? "", new.part?.rawValue ?? ""),
                ("group", old.group ?? "", new.group ?? ""),
            ]
            if let (column, oldValue, newValue) = values.first(where: { $0.1 != $0.2 }) {
                throw .disagreeingRows(
                    path: new.path, column: column, line: old.line, value: oldValue, otherLine: new.line,
                    otherValue: newValue)
            }
            rows[known].repeatedIn.append(new.line)
        }
        return rows
    }

    /// Where its file is, counted from the table's folder.
    func file(in folder: URL) -> String { path.hasPrefix("/") ? path : folder.path + "/" + path }
}

extension Findings {
    /// Takes in the image of a row.
    ///
    /// Whoever wrote the table chose its files, so they may lie anywhere, and links are followed.
    fileprivate mutating func add(_ row: ImageRow, folder: URL, hasParts: Bool) {
        let file = row.file(in: folder)
        classes.formUnion(row.labels)
        if row.path.isEmpty {
            leaveOut("(line \(row.line))", .missing, "has no path in the table")
        } else if hasParts && row.part == nil {
            leaveOut(row.path, .unlabelled, "has no split in the table, and other lines have one")
        } else {
            switch FileSystem.kind(of: file, followingLinks: true) {
            case nil: leaveOut(row.path, .missing, "is listed in line \(row.line) and does not exist")
            case .file: add(Candidate(path: row.path, file: file, labels: row.labels, part: row.part, group: row.group))
            case .folder, .link, .other: leaveOut(row.path, .notAFile, "is not a file")
            }
        }
    }
}

/// The path without "." and empty parts, and without ".." where the part before it is named.
private func lexicallyNormalised(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
        if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
    }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
}
