// Paths and queries of addresses. RFC 3986.

package enum Address {
    /// What stands before the first question mark, and behind it.
    static func split(_ address: String) -> (path: String, query: String) {
        guard let mark = address.firstIndex(of: "?") else { return (address, "") }
        return (String(address[..<mark]), String(address[address.index(after: mark)...]))
    }

    /// The parts of a path between its slashes, decoded; nil if it is not written as paths are.
    ///
    /// `/v1/models/a` → `["v1", "models", "a"]`. A part that is empty, `.` or `..`, or holds a slash, a backslash or a
    /// control character after decoding, is in no address of ours.
    package static func segments(_ path: String) -> [String]? {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count <= 2048 else { return nil }
        if path == "/" { return [] }
        var segments: [String] = []
        for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let text = decoded(part.utf8, plusIsBlank: false), !text.isEmpty, text != ".", text != "..",
                text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0x2F && $0 != 0x5C })
            else { return nil }
            segments.append(text)
        }
        return segments
    }

    /// The names and values of a query; nil if it is not written as queries are, or has a name twice.
    package static func query(_ text: String) -> [String: String]? {
        var values: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decoded(parts[0].utf8, plusIsBlank: true), values.count < 32, values[name] == nil,
                let value = parts.count == 2 ? decoded(parts[1].utf8, plusIsBlank: true) : ""
            else { return nil }
            values[name] = value
        }
        return values
    }

    private static func decoded(_ text: Substring.UTF8View, plusIsBlank: Bool) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = hexadecimal(rest.popFirst()), let low = hexadecimal(rest.popFirst()) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(plusIsBlank && byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8?) -> UInt8? {
        guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
        return UInt8(digit)
    }
}
