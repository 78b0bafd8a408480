// One image of a data set, and a file that is not one.

public import Foundation

/// What an image is used for.
public enum Part: String, Codable, CaseIterable, Sendable {
    case train, validation, test

    /// Takes the names that people give to folders and write into tables: `val` and `valid` mean validation; capitals do not
    /// count.
    public init?(name: String) {
        switch name.lowercased() {
        case "train": self = .train
        case "val", "valid", "validation": self = .validation
        case "test": self = .test
        default: return nil
        }
    }
}

/// An image whose label is known.
public struct LabelledImage: Hashable, Sendable {
    /// Where it lies below the data set's folder, or as its table says; names it everywhere.
    public let path: String
    /// Where its file is.
    public let url: URL
    /// Its labels, as ascending indices into the data set's classes; exactly one, unless images may have several.
    public var labels: [Int]
    /// What the data set says that it is for, if it says so.
    public var part: Part?
    /// What it must stay together with when images are split: a person, a scene, a day.
    public var group: String?
    /// When it was taken, as its table says it.
    public var time: String?
    /// What its file holds; nil until somebody has read it.
    public var content: ContentHash?

    /// Its label, where each image has one; otherwise the first, and −1 where it has none.
    public var label: Int { labels.first ?? -1 }

    /// Makes an image; without a label only where images may have several.
    public init(
        path: String, url: URL, labels: [Int], part: Part? = nil, group: String? = nil, time: String? = nil,
        content: ContentHash? = nil
    ) {
        self.path = path
        self.url = url
        self.labels = labels.sorted()
        self.part = part
        self.group = group
        self.time = time
        self.content = content
    }
}

/// A file that is not used, and why.
public struct LeftOutFile: Codable, Hashable, Sendable {
    /// Why a file is not used.
    public enum Kind: String, Codable, Sendable {
        /// Its first bytes are not those of an image that is read.
        case unsupported
        /// It looked like an image, and could not be read.
        case corrupt
        /// The system did not let it be opened.
        case unreadable
        /// It is a symbolic link, a pipe, or something else that is not a plain file.
        case notAFile = "not_a_file"
        /// A table names it, and it is not there.
        case missing
        /// Nothing says what it shows, or what it is for.
        case unlabelled
        /// Somebody excluded it.
        case excluded
    }

    /// Where it lies below the data set's folder, or as its table says.
    public let path: String
    /// Why it is not used.
    public let kind: Kind
    /// The same in words that follow the path, such as "is text, not an image".
    public let reason: String

    /// Makes a record of a file that is not used.
    public init(path: String, kind: Kind, reason: String) {
        (self.path, self.kind, self.reason) = (path, kind, reason)
    }
}
