// Tables of text: values separated by commas or tabs.
//
// RFC 4180, "Common Format and MIME Type for Comma-Separated Values (CSV) Files", https://www.rfc-editor.org/rfc/rfc4180,
// with what people's programs write besides: a byte order mark, lines ended by LF or CR alone, and empty lines, which are
// passed over. Tab-separated files follow the same rules.

/// A table whose first line names its columns.
package struct DelimitedTable {
    /// A line of the table.
    package struct Row: Hashable {
        /// Where it begins; the first line of the file is 1.
        package let line: Int
        /// As many values as there are columns.
        package let values: [String]
    }

    /// The columns' names, in lower case, without spaces around them.
    package let columns: [String]
    /// The lines after the first.
    package let rows: [Row]

    package init(columns: [String], rows: [Row]) { (self.columns, self.rows) = (columns, rows) }

    /// Reads a whole file.
    package init(_ bytes: [UInt8], separator: UInt8) throws(TableError) {
        var rows = try Self.rows(bytes, separator: separator)
        guard !rows.isEmpty else { throw .empty }
        columns = rows.removeFirst().values.map { trimmed($0).lowercased() }
        self.rows = rows
        var seen: Set<String> = []
        for name in columns where !seen.insert(name).inserted { throw .repeatedColumn(name) }
        for row in rows where row.values.count != columns.count {
            throw .fieldCount(line: row.line, expected: columns.count, found: row.values.count)
        }
    }

    /// A line with these values, ended by a line feed; a value that would be misread stands in quotation marks.
    package static func line(_ values: [String], separator: UInt8) -> String {
        let quote = UInt8(ascii: "\"")
        let special = [separator, quote, UInt8(ascii: "\n"), UInt8(ascii: "\r")]
        let written = values.map { value in
            // By bytes: a quotation mark with an accent on it is another character.
            guard value.utf8.contains(where: special.contains) else { return Array(value.utf8) }
            return [quote] + value.utf8.flatMap { $0 == quote ? [quote, quote] : [$0] } + [quote]
        }
        return String(decoding: Array(written.joined(separator: [separator])), as: UTF8.self) + "\n"
    }

    /// All lines that are not empty.
    package static func rows(_ bytes: [UInt8], separator: UInt8) throws(TableError) -> [Row] {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { throw .utf16 }
        var reader = Reader(bytes: bytes, separator: separator)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
        var rows: [Row] = []
        while let row = try reader.nextRow() {
            if row.values != [""] { rows.append(row) }
        }
        return rows
    }
}

/// Reads one value after another.
private struct Reader {
    let bytes: [UInt8]
    let separator: UInt8
    var position = 0
    var line = 1

    private static let quote = UInt8(ascii: "\""), carriageReturn = UInt8(ascii: "\r"), lineFeed = UInt8(ascii: "\n")

    mutating func nextRow() throws(TableError) -> DelimitedTable.Row? {
        guard position < bytes.count else { return nil }
        let first = line
        var values: [String] = []
        while true {
            values.append(try nextValue())
            guard position < bytes.count else { break }
            let end = bytes[position]
            position += 1
            if end == separator { continue }
            if end == Self.carriageReturn && position < bytes.count && bytes[position] == Self.lineFeed {
                position += 1
            }
            line += 1
            break
        }
        return DelimitedTable.Row(line: first, values: values)
    }

    /// One value; stops at the separator, the end of the line or the end of the file.
    private mutating func nextValue() throws(TableError) -> String {
        let start = position
        guard position < bytes.count, bytes[position] == Self.quote else {
            while position < bytes.count, !isEnd(bytes[position]) { position += 1 }
            return try text(bytes[start..<position], line: line)
        }
        let first = line
        var value: [UInt8] = []
        position += 1
        while true {
            guard position < bytes.count else { throw .unclosedQuote(line: first) }
            let byte = bytes[position]
            position += 1
            if byte == Self.quote {
                guard position < bytes.count, bytes[position] == Self.quote else { break }
                position += 1
            } else if byte == Self.lineFeed || byte == Self.carriageReturn && !isLineFeed(position) {
                line += 1
            }
            value.append(byte)
        }
        if position < bytes.count, !isEnd(bytes[position]) { throw .textAfterQuote(line: line) }
        return try text(value[...], line: first)
    }

    private func isEnd(_ byte: UInt8) -> Bool {
        byte == separator || byte == Self.lineFeed || byte == Self.carriageReturn
    }

    private func isLineFeed(_ position: Int) -> Bool { position < bytes.count && bytes[position] == Self.lineFeed }

    private func text(_ bytes: ArraySlice<UInt8>, line: Int) throws(TableError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw .notUTF8(line: line)
        }
        return text
    }
}

/// Without spaces around it.
package func trimmed(_ text: String) -> String {
    let start = text.drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
}
