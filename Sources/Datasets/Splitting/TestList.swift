// A list of the images that are for testing, made by somebody who knows: one path a line, or class, tab and file name.

public import Foundation

extension Dataset {
    /// The images, as indices, that the file `list` names.
    ///
    /// A table (.csv, .tsv, .jsonl) with a column path is read as one; in any other file, each line is an image: its path below
    /// the data set's folder, or the name of its class, a tab, and the file's name. Capitals count only where the name is
    /// not unique without them. Images that are left out of the data set are passed over.
    public func testImages(listedIn list: URL) throws -> Set<Int> {
        let bytes = try shown(list) { () throws(FileSystem.Failure) in try FileSystem.contents(of: list.path) }
        let exact = Dictionary(images.enumerated().map { ($1.path, $0) }, uniquingKeysWith: { first, _ in first })
        let lower = Dictionary(grouping: images.indices) { images[$0].path.lowercased() }.filter { $0.value.count == 1 }
        let files = Dictionary(
            images.enumerated().map { ($1.url.standardizedFileURL.path, $0) }, uniquingKeysWith: { first, _ in first })
        let unused = Set(leftOut.map(\.path))
        var chosen: Set<Int> = []
        for (line, name) in try Self.lines(of: bytes, list) {
            let file = list.deletingLastPathComponent().appending(path: name).standardizedFileURL.path
            if let index = exact[name] ?? lower[name.lowercased()]?.first ?? files[file] {
                chosen.insert(index)
            } else if !unused.contains(name) {
                throw SplitError.unknownTestImage(
                    name, line: line, list: list.relativePath,
                    suggestion: NearMiss.suggestion(for: name, among: images.map(\.path)))
            }
        }
        return chosen
    }

    private static func lines(of bytes: [UInt8], _ list: URL) throws -> [(line: Int, name: String)] {
        do throws(TableError) {
            if let format = TableFormat(fileExtension: list.pathExtension),
                let table = try? DelimitedTable(bytes, format),
                let column = ["path", "im_filename"].compactMap({ table.columns.firstIndex(of: $0) }).first
            {
                return table.rows.map { ($0.line, trimmed($0.values[column])) }
            }
            return try DelimitedTable.rows(bytes, separator: UInt8(ascii: "\t")).map { row in
                (row.line, row.values.map(trimmed).filter { !$0.isEmpty }.joined(separator: "/"))
            }.filter { !$0.1.isEmpty }
        } catch {
            throw DatasetError.table(path: list.relativePath, error)
        }
    }
}
