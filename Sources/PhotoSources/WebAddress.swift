// Addresses of pictures on the web, read strictly: what has more than one reading is refused, so that what is checked is
// what is asked.
//
// RFC 3986, "Uniform Resource Identifier: Generic Syntax", 2005, https://www.rfc-editor.org/rfc/rfc3986. The names of
// hosts that look like numbers, and the ports that are refused: WHATWG, "URL Standard" and "Fetch Standard".

import Datasets

/// An address that begins with http or https.
public struct WebAddress: Hashable, Sendable {
    /// How the server is spoken to.
    public enum Scheme: String, Sendable {
        case http, https

        var port: Int { self == .http ? 80 : 443 }
    }

    /// How the server is spoken to.
    public let scheme: Scheme
    /// The server's name in small letters, without a dot at its end, or its number, without brackets.
    public let host: String
    /// The number, where the address has one instead of a name.
    public let number: IPAddress?
    /// The server's port.
    public let port: Int
    /// What is asked of the server: "/path?query", in ASCII.
    public let target: String

    /// Reads an address; the part after "#" is dropped.
    ///
    /// - Throws: `LinkFailure` of the kind `badAddress`, with the reason.
    public init(_ text: String) throws(LinkFailure) {
        let text = trimmed(text)
        guard text.utf8.count <= 8192 else { throw LinkFailure(.badAddress, "it is longer than 8192 bytes") }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw LinkFailure(.badAddress, "it holds a control character")
        }
        guard let colon = text.firstIndex(of: ":") else { throw LinkFailure(.badAddress, "it is not a web address") }
        let scheme = text[..<colon].lowercased()
        guard let scheme = Scheme(rawValue: scheme) else {
            throw LinkFailure(.badAddress, "it does not begin with http:// or https://")
        }
        guard text[colon...].hasPrefix("://") else {
            throw LinkFailure(.badAddress, "\(scheme.rawValue): is not followed by //")
        }
        let rest = text[text.index(colon, offsetBy: 3)...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = try Authority(rest[..<end])
        self.scheme = scheme
        (host, number) = (authority.host, authority.number)
        port = authority.port ?? scheme.port
        guard Self.isAllowed(port) else {
            throw LinkFailure(.badAddress, "port \(port) is that of another service than the web")
        }
        target = Self.target(String(rest[end...].prefix { $0 != "#" }))
    }

    /// Where a reference leads that was found at this address, as in the header `Location`.
    public func resolving(_ reference: String) throws(LinkFailure) -> WebAddress {
        let reference = trimmed(reference)
        let word = reference.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
        if !word.isEmpty, reference[word.endIndex...].first == ":" { return try WebAddress(reference) }
        if reference.hasPrefix("//") { return try WebAddress("\(scheme.rawValue):\(reference)") }
        let origin = "\(scheme.rawValue)://\(authority)"
        if reference.hasPrefix("/") { return try WebAddress(origin + reference) }
        let path = target.prefix { $0 != "?" }
        if reference.isEmpty || reference.hasPrefix("#") { return self }
        if reference.hasPrefix("?") { return try WebAddress(origin + path + reference) }
        return try WebAddress(origin + path[...(path.lastIndex(of: "/") ?? path.startIndex)] + reference)
    }

    /// The server as it stands in an address: the port is left out where it is the scheme's own.
    public var authority: String { hostText + (port == scheme.port ? "" : ":\(port)") }

    var hostText: String { if case .v6 = number { "[\(host)]" } else { host } }

    /// Ports below 1024 belong to known services; of the others the Fetch Standard names some that a web address may not have.
    private static func isAllowed(_ port: Int) -> Bool {
        let others: Set = [
            1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
            10080,
        ]
        return port == 80 || port == 443 || port >= 1024 && !others.contains(port)
    }

    /// The path without "." and "..", and the query, with what may not stand in an address as %XX.
    private static func target(_ text: String) -> String {
        let mark = text.firstIndex(of: "?") ?? text.endIndex
        var parts: [Substring] = []
        let segments = text[..<mark].split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment.lowercased().replacing("%2e", with: ".") {
            case ".": if isLast { parts.append("") }
            case "..":
                _ = parts.popLast()
                if isLast { parts.append("") }
            default: parts.append(segment)
            }
        }
        return escaped("/" + parts.joined(separator: "/") + text[mark...])
    }

    /// With everything as %XX that may not stand in an address, a % that begins no such thing among it.
    ///
    /// So nobody who reads the address after us has anything left to mend in it, perhaps in another way.
    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        let forbidden = Set("\"<>[]\\^`{|} ".utf8)
        let bytes = Array(text.utf8)
        let isHex = { (index: Int) in index < bytes.count && Character(UnicodeScalar(bytes[index])).isHexDigit }
        let written = bytes.indices.flatMap { index -> [UInt8] in
            let byte = bytes[index]
            let isStray = byte == UInt8(ascii: "%") && !(isHex(index + 1) && isHex(index + 2))
            guard byte >= 0x80 || forbidden.contains(byte) || isStray else { return [byte] }
            return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: written, as: UTF8.self)
    }
}

extension WebAddress: CustomStringConvertible {
    /// The whole address, in one spelling.
    public var description: String { "\(scheme.rawValue)://\(authority)\(target)" }
}

/// The part of an address that names the server.
private struct Authority {
    let host: String
    let number: IPAddress?
    let port: Int?

    init(_ text: Substring) throws(LinkFailure) {
        guard !text.contains("\\") else { throw LinkFailure(.badAddress, "it holds a backslash") }
        guard !text.contains("@") else { throw LinkFailure(.badAddress, "it holds a user's name or a password") }
        let port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"),
                let number = IPAddress(text[text.index(after: text.startIndex)..<end]),
                case .v6 = number
            else { throw LinkFailure(.badAddress, "what stands in brackets is no IPv6 address") }
            (host, self.number) = (number.description, number)
            port = try Self.port(after: text[text.index(after: end)...])
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            (host, number) = try Self.host(text[..<end])
            port = try Self.port(after: text[end...])
        }
        guard let port, !port.isEmpty else {
            self.port = nil
            return
        }
        guard port.utf8.count <= 5, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(port),
            (1...65535).contains(value)
        else { throw LinkFailure(.badAddress, "'\(port)' is no port") }
        self.port = value
    }

    /// The port's digits, or nil where there is none.
    private static func port(after text: Substring) throws(LinkFailure) -> Substring? {
        guard let first = text.first else { return nil }
        guard first == ":" else { throw LinkFailure(.badAddress, "text follows the host's number") }
        return text.dropFirst()
    }

    private static func host(_ text: Substring) throws(LinkFailure) -> (String, IPAddress?) {
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw LinkFailure(.badAddress, "its host has letters outside ASCII; write it in its form with xn--")
        }
        var host = text.lowercased()
        if host.hasSuffix(".") { host.removeLast() }
        guard !host.isEmpty else { throw LinkFailure(.badAddress, "it names no host") }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isLetterOrDigit: (Character) -> Bool = { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
        guard host.utf8.count <= 253,
            labels.allSatisfy({ (1...63).contains($0.count) && $0.allSatisfy(isLetterOrDigit) })
        else { throw LinkFailure(.badAddress, "'\(host)' is no name of a host") }
        // A resolver takes 127.1, 2130706433 and 0x7f.0.0.1 for numbers.
        let last = labels[labels.count - 1]
        guard last.allSatisfy(\.isNumber) || last.hasPrefix("0x") && last.dropFirst(2).allSatisfy(\.isHexDigit) else {
            return (host, nil)
        }
        guard let number = IPAddress(host) else {
            throw LinkFailure(.badAddress, "'\(host)' is an unusual spelling of a number")
        }
        return (host, number)
    }
}
