// Tokens: who may ask, and for what. Only their digests are kept.

import Crypto
public import Foundation

/// What is kept of a token.
public struct Token: Codable, Hashable, Sendable {
    /// A short name for it, in logs and lists.
    public var id: String
    /// SHA-256 of the token, in hexadecimal.
    public var sha256: String
    /// What its bearer may do.
    public var scopes: [Scope]
    /// From when on it counts no more; nil: never.
    public var expires: Date?
    /// Whose it is, in the words of who made it.
    public var note: String?

    /// What every token begins with, so that it is recognised where it should not stand.
    static let prefix = "ocelot_"

    /// A new token of 256 random bits; the text is to be given to its bearer, and is nowhere else.
    public static func make(scopes: [Scope], expires: Date? = nil, note: String? = nil) -> (text: String, token: Token)
    {
        var generator = SystemRandomNumberGenerator()
        let random = (0..<4).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
        let text =
            prefix
            + Data(random).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
                "=", with: "")
        let name = (0..<4).flatMap { _ in hexadecimal(UInt8.random(in: 0...255, using: &generator)) }
        let token = Token(
            id: String(decoding: name, as: UTF8.self), sha256: digest(of: text), scopes: scopes, expires: expires,
            note: note)
        return (text, token)
    }

    /// Whether its bearer may do what `scope` names.
    func allows(_ scope: Scope) -> Bool {
        // Who may ask a model may see which there are.
        scopes.contains(scope) || scopes.contains(.admin) || (scope == .read && scopes.contains(.predict))
    }

    static func digest(of text: String) -> String {
        String(decoding: SHA256.hash(data: Data(text.utf8)).flatMap(hexadecimal), as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}

/// A file of tokens, which only its owner may read.
public struct TokenFile: Sendable {
    private struct Document: Codable {
        var tokens: [Token]
    }

    /// Where it lies.
    public let url: URL

    /// The file at `url`, which may not exist yet.
    public init(_ url: URL) { self.url = url }

    /// The tokens in it; none if there is no file.
    public func read() throws -> [Token] {
        guard FileManager.default.fileExists(atPath: url.path) else { return [] }
        do {
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .iso8601
            return try decoder.decode(Document.self, from: Data(contentsOf: url)).tokens
        } catch is DecodingError {
            throw ServiceStartError.tokens(url, reason: "it is not a file that 'ocelot token' wrote")
        } catch {
            throw ServiceStartError.tokens(url, reason: "it cannot be read")
        }
    }

    /// Puts `tokens` in its place: whole, and for its owner only.
    public func write(_ tokens: [Token]) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let bytes = try encoder.encode(Document(tokens: tokens))
        let partial = url.deletingLastPathComponent().appending(
            path: ".\(url.lastPathComponent)-\(UUID().uuidString)")
        let file = open(partial.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure() }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: bytes)
            try handle.synchronize()
        } catch {
            unlink(partial.path)
            throw failure()
        }
        guard rename(partial.path, url.path) == 0 else {
            unlink(partial.path)
            throw failure()
        }
    }

    private func failure() -> ServiceStartError {
        .tokens(url, reason: "it cannot be written: \(String(cString: strerror(errno)))")
    }
}
