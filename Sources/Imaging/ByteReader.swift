// Numbers out of foreign bytes, each checked against the end.

/// Reads integers at offsets.
///
/// Past the end there is nil, never a crash.
struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    var isBigEndian = true

    var count: Int { bytes.count }

    func byte(_ offset: Int) -> Int? {
        guard offset >= 0 && offset < bytes.count else { return nil }
        return Int(bytes[offset])
    }

    func uint16(_ offset: Int) -> Int? {
        guard let a = byte(offset), let b = byte(offset + 1) else { return nil }
        return isBigEndian ? a << 8 | b : b << 8 | a
    }

    func uint32(_ offset: Int) -> Int? {
        guard let a = uint16(offset), let b = uint16(offset + 2) else { return nil }
        return isBigEndian ? a << 16 | b : b << 16 | a
    }

    func int32(_ offset: Int) -> Int? {
        uint32(offset).map { Int(Int32(truncatingIfNeeded: $0)) }
    }

    /// Whether the bytes from `offset` are the characters of `text`, which is ASCII.
    func has(_ text: StaticString, at offset: Int) -> Bool {
        has(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount), at: offset)
    }

    /// Whether the bytes from `offset` are `pattern`.
    func has(_ pattern: [UInt8], at offset: Int) -> Bool {
        pattern.withUnsafeBytes { has($0, at: offset) }
    }

    private func has(_ pattern: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        guard offset >= 0 && offset <= count && count - offset >= pattern.count else { return false }
        return bytes[offset..<offset + pattern.count].elementsEqual(pattern)
    }

    /// The bytes from `offset`, cut where the data ends; reads in the same byte order.
    func part(from offset: Int, count length: Int) -> ByteReader {
        let start = min(max(offset, 0), count)
        let end = min(start + max(length, 0), count)
        return ByteReader(bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<end]), isBigEndian: isBigEndian)
    }
}
