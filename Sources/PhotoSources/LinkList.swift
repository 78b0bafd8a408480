// A list of links: url<TAB>label, or label<TAB>url as in the list that this project grew from.

import Datasets
public import Foundation

/// Who made a picture, and what may be done with it, as far as the list or the search knew.
public struct Credit: Hashable, Sendable {
    /// Such as "CC BY 4.0".
    public var licence = ""
    /// Where the licence can be read.
    public var licenceURL = ""
    /// Whose picture it is.
    public var creator = ""
    /// The web page that shows it.
    public var page = ""
    /// What it is called there.
    public var title = ""

    /// Nothing is known.
    public init() {}
}

/// One line of a list.
public struct Link: Hashable, Sendable {
    /// As it stands in the list.
    public var text: String
    /// The class that the picture is to belong to.
    public var label: String
    /// The line, from 1.
    public var line: Int
    /// What the list says about the picture's maker.
    public var credit = Credit()

    /// Makes a link.
    public init(_ text: String, label: String, line: Int) { (self.text, self.label, self.line) = (text, label, line) }

    /// The same address in one spelling; nil where it is none.
    var address: Result<WebAddress, LinkFailure> { Result { () throws(LinkFailure) in try WebAddress(text) } }

    /// What tells it from other links.
    var key: String { (try? address.get().description) ?? text }
}

/// Links and the classes of their pictures.
public struct LinkList: Hashable, Sendable {
    /// The links in the order of the lines.
    public let links: [Link]

    /// The most links of a list.
    public static let limit = 1_000_000

    /// Makes a list of links that are known already; throws `LinkListError` for a label that is no name of a folder.
    public init(_ links: [Link]) throws(LinkListError) {
        guard links.count <= Self.limit else { throw .tooLong(links.count) }
        for link in links {
            if let reason = Self.reasonAgainst(link.label) {
                throw .label(line: link.line, printable(link.label), reason: reason)
            }
        }
        self.links = links
    }

    /// Reads a file of values that are separated by tabs, or by commas where its name ends in .csv.
    ///
    /// Which of two columns holds the links is seen by their beginnings; more columns need a first line with their names,
    /// of which url and label are needed, and licence, licence_url, creator, page and title are kept. Lines that begin
    /// with # are passed over.
    public init(contentsOf file: URL) throws {
        let bytes: [UInt8]
        do {
            bytes = try FileSystem.contents(of: file.path)
        } catch {
            throw LinkListFileError(path: file.relativePath, reason: "\(error). Check its name.")
        }
        do {
            let separator = UInt8(ascii: file.pathExtension.lowercased() == "csv" ? "," : "\t")
            try self.init(bytes, separator: separator)
        } catch {
            throw LinkListFileError(path: file.relativePath, reason: "\(error)")
        }
    }

    /// Reads the bytes of such a file.
    public init(_ bytes: [UInt8], separator: UInt8 = UInt8(ascii: "\t")) throws {
        var rows = try DelimitedTable.rows(bytes, separator: separator).filter { !$0.values[0].hasPrefix("#") }
        guard let first = rows.first else { throw LinkListError.empty }
        let columns: Columns
        if let named = try Columns(header: first.values) {
            columns = named
            rows.removeFirst()
            guard !rows.isEmpty else { throw LinkListError.empty }
        } else {
            columns = try Columns(guessedFrom: rows)
        }
        var links: [Link] = []
        for row in rows {
            guard row.values.count == columns.count else {
                throw LinkListError.values(line: row.line, expected: columns.count, found: row.values.count)
            }
            links.append(columns.link(row))
        }
        try self.init(links)
    }

    /// Why a label cannot name a folder inside another, or nil if it can.
    static func reasonAgainst(_ label: String) -> String? {
        if label.isEmpty { return "is empty" }
        if label.hasPrefix(".") { return "begins with a dot" }
        if label.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "holds a control character"
        }
        if let character = label.first(where: { "/\\|:".contains($0) }) { return "holds '\(character)'" }
        if label.utf8.count > 100 { return "is longer than 100 bytes" }
        return nil
    }
}

/// Where in a line which value stands.
private struct Columns {
    var count: Int
    var url: Int
    var label: Int
    var credit: [(WritableKeyPath<Credit, String>, Int)] = []

    private static var names: [(WritableKeyPath<Credit, String>, [String])] {
        [
            (\.licence, ["licence", "license"]), (\.licenceURL, ["licence_url", "license_url"]),
            (\.creator, ["creator", "author"]), (\.page, ["page", "foreign_landing_url"]), (\.title, ["title"]),
        ]
    }

    /// Nil if the line names no column of links, and so is no header.
    init?(header: [String]) throws(LinkListError) {
        let names = header.map { trimmed($0).lowercased() }
        func column(_ wanted: [String]) -> Int? { names.firstIndex { wanted.contains($0) } }
        guard let url = column(["url", "link", "image_url"]) else { return nil }
        guard let label = column(["label", "class", "attribute"]) else { throw .noLabels(names) }
        (count, self.url, self.label) = (header.count, url, label)
        credit = Self.names.compactMap { path, wanted in column(wanted).map { (path, $0) } }
    }

    init(guessedFrom rows: [DelimitedTable.Row]) throws(LinkListError) {
        guard rows[0].values.count == 2 else {
            throw rows[0].values.count == 1 ? .oneColumn(line: rows[0].line) : .unnamed(rows[0].values.count)
        }
        func links(_ column: Int) -> Int { rows.count { $0.values.count == 2 && $0.values[column].contains("://") } }
        let (left, right) = (links(0), links(1))
        guard left + right > 0 else { throw .noLinks }
        (count, url, label) = (2, left >= right ? 0 : 1, left >= right ? 1 : 0)
    }

    func link(_ row: DelimitedTable.Row) -> Link {
        var link = Link(
            trimmed(row.values[url]), label: trimmed(row.values[label]).precomposedStringWithCanonicalMapping,
            line: row.line)
        for (path, column) in credit { link.credit[keyPath: path] = trimmed(row.values[column]) }
        return link
    }
}

/// What is wrong with a list; a clause that follows the name of its file.
public enum LinkListError: Error, Hashable, Sendable {
    case empty
    case oneColumn(line: Int)
    case unnamed(Int)
    case noLabels([String])
    case noLinks
    case values(line: Int, expected: Int, found: Int)
    case label(line: Int, String, reason: String)
    case tooLong(Int)
}

extension LinkListError: CustomStringConvertible {
    /// What is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .empty: "it has no line with a link. Each line is a link and a label with a tab between them."
        case .oneColumn(let line):
            "line \(line) has one value. Each line is a link and a label with a tab between them; for a file with commas, let "
                + "its name end in .csv."
        case .unnamed(let count):
            "its lines have \(count) values, and its first line does not name them. Let it name at least url and label."
        case .noLabels(let names):
            "its first line names the columns \(names.joined(separator: ", ")), and none of them is label. Name one so."
        case .noLinks: "neither column holds links. A link begins with http:// or https://."
        case .values(let line, let expected, let found):
            "line \(line) has \(found) value\(found == 1 ? "" : "s") where the first has \(expected). Put a tab between the values, and none into them."
        case .label(let line, let label, let reason):
            "the label '\(label)' in line \(line) \(reason), and so cannot name a folder. Choose another."
        case .tooLong(let count): "it has \(count) links, more than \(LinkList.limit). Divide it."
        }
    }
}

/// A list that cannot be used.
public struct LinkListFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The list.
    public let path: String
    /// What is wrong with it.
    public let reason: String

    /// What is wrong, where, and what to do.
    public var description: String { "The list '\(path)' cannot be used: \(reason)" }
}
