// Bytes read from front to back, never beyond their end.

/// Reads little-endian numbers and runs of bytes; throws where a read would pass the end.
struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    /// What the file is called in an error.
    let format: String
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0, format: String) throws {
        (self.bytes, self.format) = (bytes, format)
        try move(to: position)
    }

    var remaining: Int { bytes.count - position }

    mutating func move(to position: Int) throws {
        guard position >= 0, position <= bytes.count else {
            throw damaged("it refers to byte \(position) of \(bytes.count)")
        }
        self.position = position
    }

    mutating func integer<Value: FixedWidthInteger>(_: Value.Type) throws -> Value {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else { throw endsEarly() }
        defer { position += size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
    }

    /// An unsigned 64-bit number that counts or places bytes.
    mutating func length() throws -> Int {
        guard let value = Int(exactly: try integer(UInt64.self)) else { throw endsEarly() }
        return value
    }

    mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw endsEarly() }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)])
    }

    /// The bytes up to the next line feed, which is passed over.
    mutating func line() throws -> UnsafeRawBufferPointer {
        guard let end = bytes[position...].firstIndex(of: 0x0A) else { throw endsEarly() }
        let result = try take(end - position)
        position += 1
        return result
    }

    func damaged(_ problem: String) -> WeightsError { .damaged(format: format, problem: problem) }

    private func endsEarly() -> WeightsError { damaged("it ends too early, at byte \(bytes.count)") }
}
