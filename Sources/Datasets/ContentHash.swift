// What a file holds, as one number: SHA-256 (FIPS 180-4, https://doi.org/10.6028/NIST.FIPS.180-4).

import Crypto
public import Foundation

/// The SHA-256 of a file's bytes: equal files have equal hashes, wherever they lie and whatever they are called.
public struct ContentHash: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public let description: String

    /// Hashes bytes.
    public init(of bytes: some DataProtocol) { description = hexadecimal(SHA256.hash(data: bytes)) }

    /// Takes a hash written down before, or nil if these are not 64 hexadecimal digits.
    public init?(_ digits: String) {
        guard digits.utf8.count == 64, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        description = digits.lowercased()
    }

    /// Reads 64 hexadecimal digits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let hash = ContentHash(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not 64 hexadecimal digits")
        }
        self = hash
    }

    /// Writes 64 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Orders by digits.
    public static func < (a: ContentHash, b: ContentHash) -> Bool { a.description < b.description }
}

/// Says of a data set's images whether anything about them changed: the same paths, labels and contents have the same
/// fingerprint.
public struct DataFingerprint: Hashable, Sendable, Codable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public let description: String

    /// The SHA-256 over a line "path, tab, labels separated by |, tab, content" for each image, sorted by their bytes,
    /// each ended by a line feed; paths and labels in Unicode's composed form (NFC).
    ///
    /// All contents must be known.
    public init(_ images: [LabelledImage], classes: [String]) {
        let lines = images.map { image in
            guard let content = image.content else { preconditionFailure("hash the contents before the fingerprint") }
            let labels = image.labels.map { classes[$0] }.sorted().joined(separator: "|")
            return Array("\(image.path)\t\(labels)\t\(content)\n".precomposedStringWithCanonicalMapping.utf8)
        }
        var hash = SHA256()
        for line in lines.sorted(by: { $0.lexicographicallyPrecedes($1) }) { hash.update(data: line) }
        description = hexadecimal(hash.finalize())
    }

    /// Reads what `encode` wrote.
    public init(from decoder: any Decoder) throws { description = try String(from: decoder) }

    /// Writes the digits.
    public func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
