// A data set written as a table, or as a folder of copies: with corrections applied, and the originals untouched.

public import Foundation

extension Dataset {
    /// The bytes of a table of these images, to be kept in `folder`: path, label, split and group, as far as known.
    ///
    /// Paths lead from `folder` to the images, so that the table can be used from anywhere, and moved together with them.
    ///
    /// - Parameters:
    ///   - format: How it is written.
    ///   - folder: Where the table will be.
    ///   - parts: The part of each image, in their order, and nil for images that are not to be listed; without parts, all
    ///     images are listed with the parts that they have.
    ///   - keepsGroups: Whether groups are written.
    /// - Returns: UTF-8, its lines ended by line feeds.
    public func table(
        _ format: TableFormat, in folder: URL, parts: [Part?]? = nil, keepsGroups: Bool = true
    ) -> [UInt8] {
        let listed = images.indices.filter { parts?[$0] != nil || parts == nil }
        func part(_ index: Int) -> String { (parts.map { $0[index] } ?? images[index].part)?.rawValue ?? "" }
        var columns = ["path", "label"]
        if listed.contains(where: { !part($0).isEmpty }) { columns.append("split") }
        if keepsGroups, listed.contains(where: { images[$0].group != nil }) { columns.append("group") }
        if listed.contains(where: { images[$0].time != nil }) { columns.append("time") }
        let base = FileSystem.resolved(folder.path) ?? folder.standardizedFileURL.path
        let rows = listed.map { index -> [String: String] in
            let image = images[index]
            return [
                "path": RelativePath.from(base, to: image.url),
                "label": image.labels.map { classes[$0] }.joined(separator: "|"), "split": part(index),
                "group": image.group ?? "", "time": image.time ?? "",
            ]
        }
        switch format {
        case .csv, .tsv:
            let separator = UInt8(ascii: format == .csv ? "," : "\t")
            let lines = [columns] + rows.map { row in columns.map { row[$0] ?? "" } }
            return lines.flatMap { DelimitedTable.line($0, separator: separator).utf8 }
        case .jsonLines:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return rows.flatMap { row in
                let known = row.filter { columns.contains($0.key) && !$0.value.isEmpty }
                return (try? encoder.encode(known)).map { Array($0) + [UInt8(ascii: "\n")] } ?? []
            }
        }
    }

    /// Writes the table of `table(_:in:)` to `file`, whose ending names its format; it is there whole or not at all.
    public func writeTable(to file: URL, parts: [Part?]? = nil, keepsGroups: Bool = true) throws {
        guard let format = TableFormat(fileExtension: file.pathExtension) else {
            throw DatasetExportError.unknownFormat(path: file.relativePath)
        }
        let folder = file.deletingLastPathComponent()
        do {
            try FileSystem.makeFolders(folder.path)
            try FileSystem.replace(
                file.path, by: table(format, in: folder, parts: parts, keepsGroups: keepsGroups))
        } catch {
            throw DatasetExportError.unwritable(path: file.relativePath, reason: error.description)
        }
    }

    /// Writes a new folder with one folder for each class, inside folders for the parts if the data set has parts.
    ///
    /// Images are copied, or hard links to them made where the disk allows it. Folders below a class's are kept; an image
    /// whose place is taken gets a number behind its name. The folder is there whole or not at all.
    public func export(to folder: URL, linking: Bool = false) throws {
        guard FileSystem.kind(of: folder.path).map({ $0 == .folder && isEmpty(folder) }) ?? true else {
            throw DatasetExportError.exists(path: folder.relativePath)
        }
        let places = try self.places()
        let partial = folder.path + ".\(UInt64.random(in: 0 ... .max)).partial"
        do {
            try FileSystem.makeFolders(partial)
            for (image, place) in zip(images, places) {
                let target = partial + "/" + place
                try FileSystem.makeFolders(
                    target.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"))
                if linking, FileSystem.link(image.url.path, to: target) { continue }
                try FileSystem.write(FileSystem.contents(of: image.url.path), to: target)
            }
            try FileSystem.rename(partial, to: folder.path)
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw DatasetExportError.unwritable(path: folder.relativePath, reason: error.description)
        }
    }

    private func isEmpty(_ folder: URL) -> Bool { (try? FileSystem.entries(of: folder.path).isEmpty) ?? false }

    /// Where each image lies in the exported folder.
    private func places() throws -> [String] {
        for (name, count) in zip(classes, counts) where count > 0 {
            let isPart = classes.allSatisfy { Part(name: $0) != nil }
            guard !name.contains("/"), !name.hasPrefix("."), !name.utf8.contains(0), !isPart else {
                throw DatasetExportError.noFolderName(name)
            }
        }
        var taken: Set<String> = []
        return try images.map { image in
            guard image.labels.count == 1 else {
                throw DatasetExportError.severalLabels(path: image.path, labels: image.labels.map { classes[$0] })
            }
            var names = image.path.hasPrefix("/") ? [] : image.path.split(separator: "/").map(String.init)
            names.removeAll { $0 == ".." }
            let name = names.popLast() ?? image.url.lastPathComponent
            if let first = names.first, image.part != nil, Part(name: first) == image.part { names.removeFirst() }
            // In a folder of classes, the next is the class's, be it that the class is gone by now.
            if let first = names.first, location == root || classes.contains(first) { names.removeFirst() }
            let folder = ([image.part?.rawValue].compactMap(\.self) + [classes[image.label]] + names).joined(
                separator: "/")
            let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
            var place = "\(folder)/\(name)"
            var number = 2
            // Disks that do not tell capitals apart would otherwise write one file over the other.
            while !taken.insert(place.lowercased()).inserted {
                place = "\(folder)/\(name[..<dot])-\(number)\(name[dot...])"
                number += 1
            }
            return place
        }
    }
}

/// Paths that lead from one folder to another.
enum RelativePath {
    /// The path from `folder`, absolute and without links, to a file.
    static func from(_ folder: String, to file: URL) -> String {
        let parent = file.deletingLastPathComponent()
        let resolved = FileSystem.resolved(parent.path) ?? parent.standardizedFileURL.path
        let target = resolved.split(separator: "/").map(String.init) + [file.lastPathComponent]
        let base = folder.split(separator: "/").map(String.init)
        // By bytes: two names that look alike can be two folders.
        let common = zip(base, target).prefix { $0.utf8.elementsEqual($1.utf8) }.count
        return ([String](repeating: "..", count: base.count - common) + target.dropFirst(common)).joined(separator: "/")
    }
}

/// Why a data set cannot be written.
public enum DatasetExportError: Error, Hashable, Sendable {
    /// A file whose ending is none of a table's.
    case unknownFormat(path: String)
    /// Something lies there already.
    case exists(path: String)
    /// No folder can be called like this class.
    case noFolderName(String)
    /// An image belongs into several folders.
    case severalLabels(path: String, labels: [String])
    /// The system refuses; `reason` is its own.
    case unwritable(path: String, reason: String)
}

extension DatasetExportError: CustomStringConvertible {
    /// What is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .unknownFormat(let path):
            "'\(path)' ends as no table does. Let it end in .csv, .tsv or .jsonl."
        case .exists(let path):
            "'\(path)' exists already, and nothing is written over. Name a new folder, or remove that one."
        case .noFolderName(let name):
            "No folder of a data set can be called like the class '\(name)'. Export a table (.csv, .tsv or .jsonl) instead."
        case .severalLabels(let path, let labels):
            "'\(path)' has the labels \(quoted(labels, "and")), and can lie in one folder only. Export a table (.csv, .tsv or "
                + ".jsonl) instead."
        case .unwritable(let path, let reason):
            "'\(path)' cannot be written: \(reason). Free some space, or choose a place that you may write to."
        }
    }
}
