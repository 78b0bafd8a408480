// Where each picture came from: `sources.tsv` in the folder that pictures are fetched into.
//
// It is also the memory of the run. A line is added, and brought to the disk, for each link as it is done with; the last
// line about a link counts. A line that was cut off by a crash is dropped. So whoever starts again knows what is done.

public import Datasets
import Foundation

/// What became of a link.
public struct Source: Hashable, Sendable {
    /// What became of it, in a word.
    public enum Status: Hashable, Sendable {
        /// Its picture is there.
        case fetched
        /// Another link brought the same bytes.
        case duplicate
        /// It brought no picture.
        case broken(LinkFailure.Kind)

        /// As it stands in `sources.tsv`.
        public var name: String {
            switch self {
            case .fetched: "fetched"
            case .duplicate: "duplicate"
            case .broken(let kind): kind.rawValue
            }
        }
    }

    /// Where the picture lies, from the folder on; empty where there is none.
    public var path = ""
    /// The class, as the list said.
    public var label: String
    /// The link in one spelling, or as it stood in the list.
    public var url: String
    /// Where it led in the end.
    public var finalURL = ""
    /// What became of it.
    public var status: Status
    /// Why it brought no picture, or whose duplicate it is.
    public var reason = ""
    /// Who made it.
    public var credit: Credit
    /// When; ISO 8601, UTC.
    public var time = ""
    /// SHA-256 of what the server sent.
    public var received: ContentHash?
    /// SHA-256 of the file.
    public var written: ContentHash?
    /// The file's length in bytes.
    public var bytes = 0
}

extension Source {
    static let columns = [
        "path", "label", "url", "final_url", "status", "reason", "licence", "licence_url", "creator", "page", "title",
        "fetched", "sha256_received", "sha256", "bytes",
    ]

    /// In the order of `columns`, each without tabs and line breaks.
    var values: [String] {
        [
            path, label, url, finalURL, status.name, reason, credit.licence, credit.licenceURL, credit.creator,
            credit.page,
            credit.title, time, received?.description ?? "", written?.description ?? "", bytes > 0 ? "\(bytes)" : "",
        ].map(oneLine)
    }

    /// Nil where the values are not what `values` writes.
    init?(_ values: [String]) {
        guard values.count == Self.columns.count else { return nil }
        switch values[4] {
        case "fetched": status = .fetched
        case "duplicate": status = .duplicate
        default:
            guard let kind = LinkFailure.Kind(rawValue: values[4]) else { return nil }
            status = .broken(kind)
        }
        (path, label, url, finalURL, reason) = (values[0], values[1], values[2], values[3], values[5])
        credit = Credit()
        (credit.licence, credit.licenceURL, credit.creator) = (values[6], values[7], values[8])
        (credit.page, credit.title) = (values[9], values[10])
        (time, received, written, bytes) = (
            values[11], ContentHash(values[12]), ContentHash(values[13]), Int(values[14]) ?? 0
        )
        // The table may have come with somebody else's folder, and files are written and removed by it.
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let isPlace =
            parts.count == 2 && parts[0] == label && LinkList.reasonAgainst(label) == nil
            && LinkList.reasonAgainst(String(parts[1])) == nil
        guard status == .fetched ? isPlace : path.isEmpty else { return nil }
    }
}

/// The file, open to be added to.
final class SourcesTable {
    /// Its name in the folder; data sets pass over it.
    static let name = Dataset.sourcesName

    let path: String
    private let file: Int32

    /// Opens the table of a folder, or begins one, and returns what it says of each link.
    static func open(_ path: String) throws -> (table: SourcesTable, sources: [String: Source]) {
        var sources: [String: Source] = [:]
        var whole = 0
        switch FileSystem.kind(of: path) {
        case nil: break
        case .file:
            let bytes = try FileSystem.contents(of: path)
            whole = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
            if whole > 0 {
                let table = try DelimitedTable(Array(bytes[..<whole]), separator: UInt8(ascii: "\t"))
                guard table.columns == Source.columns else {
                    throw FetchError.foreignTable(path: path, expected: Source.columns)
                }
                for row in table.rows {
                    guard let source = Source(row.values) else {
                        throw FetchError.foreignLine(path: path, line: row.line)
                    }
                    sources[source.url] = source
                }
            }
        default: throw FetchError.folder(path: path, reason: "it is no plain file")
        }
        let table = try SourcesTable(path, length: whole)
        if whole == 0 { try table.add(Source.columns) }
        return (table, sources)
    }

    private init(_ path: String, length: Int) throws {
        self.path = path
        file = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard file >= 0, ftruncate(file, off_t(length)) == 0 else { throw failure }
    }

    deinit { if file >= 0 { close(file) } }

    /// Adds what became of a link; when the method returns, it is on the disk.
    func add(_ source: Source) throws { try add(source.values) }

    private func add(_ values: [String]) throws {
        let line = Array(DelimitedTable.line(values, separator: UInt8(ascii: "\t")).utf8)
        var written = 0
        while written < line.count {
            let count = line.withUnsafeBytes { write(file, $0.baseAddress?.advanced(by: written), $0.count - written) }
            guard count > 0 else { throw failure }
            written += count
        }
        guard fsync(file) == 0 || errno == EINVAL else { throw failure }
    }

    private var failure: FetchError { .folder(path: path, reason: String(cString: strerror(errno))) }
}
