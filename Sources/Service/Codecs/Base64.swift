// Base64, RFC 4648, section 4: what pictures in JSON are written in.

package import NIOCore

/// Why text is not base64.
package struct Base64Error: Error, Hashable, CustomStringConvertible {
    package var description: String { "The text is not base64 (RFC 4648, section 4)." }
}

package enum Base64 {
    /// The bytes that `text` stands for.
    ///
    /// A `data:` address is read too, since browsers make those. Line breaks are skipped; nothing else is.
    package static func decode(_ text: String) throws(Base64Error) -> ByteBuffer {
        var text = text
        text.makeContiguousUTF8()
        var out = ByteBuffer()
        out.reserveCapacity(text.utf8.count / 4 * 3 + 3)
        var source = text.utf8[...]
        if text.hasPrefix("data:"), let comma = source.firstIndex(of: UInt8(ascii: ",")) {
            guard source[..<comma].reversed().starts(with: ";base64".utf8.reversed()) else { throw Base64Error() }
            source = source[source.index(after: comma)...]
        }
        var (bits, count, padding) = (UInt32(0), 0, 0)
        for byte in source {
            if byte == 0x0A || byte == 0x0D { continue }
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            let value = values[Int(byte)]
            guard value < 64, padding == 0 else { throw Base64Error() }
            bits = bits << 6 | UInt32(value)
            count += 1
            if count == 4 {
                out.writeInteger(UInt8(truncatingIfNeeded: bits >> 16))
                out.writeInteger(UInt16(truncatingIfNeeded: bits))
                (bits, count) = (0, 0)
            }
        }
        switch (count, padding) {
        case (0, 0): break
        case (2, 0), (2, 2): out.writeInteger(UInt8(truncatingIfNeeded: bits >> 4))
        case (3, 0), (3, 1): out.writeInteger(UInt16(truncatingIfNeeded: bits >> 2))
        default: throw Base64Error()
        }
        return out
    }

    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xFF, count: 256)
        for (value, byte) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.enumerated() {
            table[Int(byte)] = UInt8(value)
        }
        return table
    }()
}
