// A table with the columns path and label, and, if wanted, split, group and time.
//
// Columns stand in any order, and others are passed over. The tables of the recipes' annotation tool are read too: their
// columns are IM_FILENAME, EXCLUDE (True or False) and LABELS, with commas between labels.

import Foundation
import Labels

extension Dataset {
    static func readTable(_ location: URL, _ format: TableFormat, options: ReadingOptions) throws -> Dataset {
        let bytes = try shown(location) { () throws(FileSystem.Failure) in try FileSystem.contents(of: location.path) }
        let folder = location.deletingLastPathComponent()
        do {
            let rows = try ImageRow.read(DelimitedTable(bytes, format), options: options)
            var findings = Findings()
            let hasParts = rows.contains { $0.part != nil }
            for row in rows { findings.add(row, folder: folder, hasParts: hasParts) }
            findings.problems += repeatedRows(rows)
            if !rows.isEmpty && findings.leftOut.count(where: { $0.kind == .missing }) == rows.count {
                throw DatasetError.noFileExists(
                    path: location.relativePath, count: rows.count, first: rows[0].file(in: folder))
            }
            let dataset = try findings.dataset(
                location: location, root: folder, unlabelled: "has no label in the table", labels: options.labels,
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
    let time: String?
    let isExcluded: Bool
    var repeatedIn: [Int] = []

    /// The rows of a table, each path once.
    static func read(_ table: DelimitedTable, options: Dataset.ReadingOptions) throws(TableError) -> [ImageRow] {
        let columns = try Columns(table, options)
        guard !table.rows.isEmpty else { throw .noRows }
        var rows: [ImageRow] = []
        var index: [String: Int] = [:]
        for row in table.rows {
            let new = try ImageRow(row, columns)
            guard let known = index[new.path] else {
                index[new.path] = rows.count
                rows.append(new)
                continue
            }
            let old = rows[known]
            let values = [
                ("label", old.labels.joined(separator: "|"), new.labels.joined(separator: "|")),
                ("split", old.part?.rawValue ?? "", new.part?.rawValue ?? ""),
                ("group", old.group ?? "", new.group ?? ""), ("time", old.time ?? "", new.time ?? ""),
                ("exclude", "\(old.isExcluded)", "\(new.isExcluded)"),
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

    private init(_ row: DelimitedTable.Row, _ columns: Columns) throws(TableError) {
        func value(_ column: Int?) -> String? {
            column.map { trimmed(row.values[$0]) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        let split = value(columns.split)
        if let split, Part(name: split) == nil { throw .unknownPart(line: row.line, split) }
        let exclude = value(columns.exclude)?.lowercased() ?? "false"
        guard ["true", "1", "yes", "false", "0", "no"].contains(exclude) else {
            throw .unknownFlag(line: row.line, exclude)
        }
        let labels = columns.labels.lazy.compactMap(value).first?.precomposedStringWithCanonicalMapping.split(
            separator: columns.labelSeparator)
        line = row.line
        path = lexicallyNormalised(value(columns.path) ?? "")
        self.labels = Set((labels ?? []).map { trimmed(String($0)) }).subtracting([""]).sorted()
        part = split.flatMap { Part(name: $0) }
        group = value(columns.group)
        time = value(columns.time)
        isExcluded = ["true", "1", "yes"].contains(exclude)
    }

    /// Where its file is, counted from the table's folder.
    func file(in folder: URL) -> String { path.hasPrefix("/") ? path : folder.path + "/" + path }
}

/// Where a table has what.
private struct Columns {
    let path: Int
    /// The first of these that has something.
    let labels: [Int]
    let split, group, time, exclude: Int?
    /// What stands between labels.
    let labelSeparator: Character

    init(_ table: DelimitedTable, _ options: Dataset.ReadingOptions) throws(TableError) {
        func column(_ names: String...) -> Int? { names.lazy.compactMap { table.columns.firstIndex(of: $0) }.first }
        let named = [options.groupColumn, options.timeColumn].compactMap { $0?.lowercased() }
        let path = column("path", "im_filename")
        let labels = ["label", "labels"].compactMap { column($0) }
        guard let path, !labels.isEmpty, named.allSatisfy(table.columns.contains) else {
            let missing = (path == nil ? ["path"] : []) + (labels.isEmpty ? ["label"] : [])
            throw .missingColumns(missing + named.filter { !table.columns.contains($0) }, found: table.columns)
        }
        (self.path, self.labels, split, exclude) = (path, labels, column("split"), column("exclude"))
        group = column(options.groupColumn?.lowercased() ?? "group")
        time = column(options.timeColumn?.lowercased() ?? "time")
        labelSeparator = column("path") == nil ? "," : "|"
    }
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
        } else if row.isExcluded {
            leaveOut(row.path, .excluded, "is excluded in line \(row.line) of the table")
        } else if hasParts && row.part == nil {
            leaveOut(row.path, .unlabelled, "has no split in the table, and other lines have one")
        } else {
            switch FileSystem.kind(of: file, followingLinks: true) {
            case nil: leaveOut(row.path, .missing, "is listed in line \(row.line) and does not exist")
            case .file:
                add(
                    Candidate(
                        path: row.path, file: file, labels: row.labels, part: row.part, group: row.group,
                        time: row.time))
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
