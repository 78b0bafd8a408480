// What to ask an image search: each thing with each attribute.

import Datasets
public import Foundation

/// A question for an image search, and the class of what it finds.
public struct SearchQuery: Hashable, Sendable {
    /// What is asked.
    public var text: String
    /// The class of the pictures.
    public var label: String

    /// Makes a question; without a label, the question is also the class.
    public init(_ text: String, label: String? = nil) { (self.text, self.label) = (text, label ?? text) }

    /// Which word comes first.
    public enum Order: String, CaseIterable, Sendable {
        /// "blouse striped".
        case itemFirst = "item-first"
        /// "striped blouse".
        case attributeFirst = "attribute-first"
    }

    /// Each of `items` with each of `attributes`, which are the classes; items change slowest.
    ///
    /// What repeats counts once.
    public static func combining(
        items: [String], attributes: [String], order: Order = .itemFirst
    ) -> [SearchQuery] {
        unique(items).flatMap { item in
            unique(attributes).map { attribute in
                let words = order == .itemFirst ? [item, attribute] : [attribute, item]
                return SearchQuery(words.joined(separator: " "), label: attribute)
            }
        }
    }

    /// Reads a file of questions, one a line, each followed by a tab and its class where that is not the question itself.
    ///
    /// Lines that begin with # are passed over.
    public static func read(_ file: URL) throws -> [SearchQuery] {
        let rows: [DelimitedTable.Row]
        do {
            rows = try DelimitedTable.rows(try FileSystem.contents(of: file.path), separator: UInt8(ascii: "\t"))
        } catch let error as FileSystem.Failure {
            throw QueryFileError(path: file.relativePath, reason: "\(error). Check its name.")
        } catch {
            throw QueryFileError(path: file.relativePath, reason: "\(error)")
        }
        let queries = try rows.filter { !$0.values[0].hasPrefix("#") }.map { row in
            let values = row.values.map(trimmed)
            guard values.count <= 2, !values[0].isEmpty else {
                throw QueryFileError(
                    path: file.relativePath,
                    reason: "line \(row.line) is not a question, or a question, a tab and a label.")
            }
            let label = values.count == 2 && !values[1].isEmpty ? values[1] : values[0]
            if let reason = LinkList.reasonAgainst(label) {
                throw QueryFileError(
                    path: file.relativePath,
                    reason:
                        "the label '\(printable(label))' in line \(row.line) \(reason), and so cannot name a folder.")
            }
            return SearchQuery(values[0], label: label)
        }
        guard !queries.isEmpty else { throw QueryFileError(path: file.relativePath, reason: "it is empty.") }
        return queries
    }

    private static func unique(_ words: [String]) -> [String] {
        var seen: Set<String> = []
        return words.map(trimmed).filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}

/// A file of questions that cannot be used.
public struct QueryFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// What is wrong with it.
    public let reason: String

    /// What is wrong, where, and what to do.
    public var description: String {
        "The questions in '\(path)' cannot be used: \(reason) 'ocelot data queries' writes such a file."
    }
}
