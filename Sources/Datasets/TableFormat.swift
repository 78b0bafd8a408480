// The files in which a table of images may be kept.

/// How a table is written.
public enum TableFormat: String, CaseIterable, Sendable {
    /// Values separated by commas (RFC 4180).
    case csv
    /// Values separated by tabs.
    case tsv
    /// One JSON object a line (https://jsonlines.org).
    case jsonLines = "jsonl"

    /// The format of files with this ending, or nil where it is none of a table's.
    public init?(fileExtension: String) {
        switch fileExtension.lowercased() {
        case "csv": self = .csv
        case "tsv": self = .tsv
        case "jsonl", "ndjson": self = .jsonLines
        default: return nil
        }
    }
}

extension DelimitedTable {
    /// Reads a whole file.
    init(_ bytes: [UInt8], _ format: TableFormat) throws(TableError) {
        switch format {
        case .csv: try self.init(bytes, separator: UInt8(ascii: ","))
        case .tsv: try self.init(bytes, separator: UInt8(ascii: "\t"))
        case .jsonLines: try self.init(jsonLines: bytes)
        }
    }
}
