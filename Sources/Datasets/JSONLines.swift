// Tables whose lines are JSON objects: https://jsonlines.org. Keys are columns; lines may have them in any order, and not all.

import Foundation

extension DelimitedTable {
    /// Reads a whole file; a list of strings becomes one value with "|" between them.
    package init(jsonLines bytes: [UInt8]) throws(TableError) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { throw .utf16 }
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        var objects: [(line: Int, values: [String: String])] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            guard String(validating: line, as: UTF8.self) != nil else { throw .notUTF8(line: number + 1) }
            let isBlank = line.allSatisfy { [0x20, 0x09, 0x0D].contains($0) }
            if isBlank { continue }
            objects.append((number + 1, try Self.object(Data(line), line: number + 1)))
        }
        guard !objects.isEmpty else { throw .empty }
        let columns = Set(objects.flatMap(\.values.keys)).sorted()
        self.init(
            columns: columns,
            rows: objects.map { object in
                Row(line: object.line, values: columns.map { object.values[$0] ?? "" })
            })
    }

    private static func object(_ line: Data, line number: Int) throws(TableError) -> [String: String] {
        let fields: [String: JSONField]
        do { fields = try JSONDecoder().decode([String: JSONField].self, from: line) } catch {
            throw .notAnObject(line: number)
        }
        var values: [String: String] = [:]
        for (key, field) in fields.sorted(by: { $0.key < $1.key }) {
            let name = trimmed(key).lowercased()
            guard values.updateValue(field.text, forKey: name) == nil else { throw .repeatedColumn(name) }
        }
        return values
    }
}

/// A value of an object, as the text that a table would have in its place.
private struct JSONField: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self.text = text
        } else if let list = try? container.decode([String].self) {
            text = list.joined(separator: "|")
        } else if let flag = try? container.decode(Bool.self) {
            text = flag ? "true" : "false"
        } else if let number = try? container.decode(Int.self) {
            text = "\(number)"
        } else if let number = try? container.decode(Double.self) {
            text = "\(number)"
        } else {
            // Null, and what other programs keep beside what is read here.
            text = ""
        }
    }
}
