// The chunks of a PNG file. W3C, Portable Network Graphics (third edition), sections 5 and 11.

extension ImageHeader {
    static func png(_ reader: ByteReader) throws(ImagingError) -> ImageHeader {
        if reader.has("CgBI", at: 12) { throw .unsupportedFormat("Apple's own variant of PNG (CgBI)") }
        guard reader.count >= 33 else { throw .truncated("in its header") }
        guard reader.has("IHDR", at: 12) && reader.uint32(8) == 13 else {
            throw .corrupt("it does not begin with an IHDR chunk")
        }
        guard let width = reader.uint32(16), let height = reader.uint32(20), let depth = reader.byte(24),
            let colour = reader.byte(25), let checksum = reader.uint32(29)
        else { throw .truncated("in its header") }
        guard Int(crc32(reader.part(from: 12, count: 17))) == checksum else {
            throw .corrupt("the checksum of its header is wrong")
        }
        let depths = [0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]]
        guard let depths = depths[colour] else { throw .corrupt("its colour type is \(colour)") }
        guard depths.contains(depth) else {
            throw .corrupt("\(depth) bits a channel do not go with colour type \(colour)")
        }
        let exif = PNGChunk.all(in: reader).first { $0.has("eXIf") }
        return ImageHeader(
            format: .png, storedWidth: width, storedHeight: height,
            orientation: exif.map { Orientation(exif: $0.content) } ?? .upright)
    }
}

/// Throws where the image data is missing or cut off.
///
/// libpng says only that it cannot read, whatever the matter is.
func checkPNGIsWhole(_ bytes: UnsafeRawBufferPointer) throws(ImagingError) {
    let data = PNGChunk.all(in: ByteReader(bytes: bytes)).filter { $0.has("IDAT") }
    guard let last = data.last else { throw .corrupt("it has no image data") }
    if last.content.count < last.length { throw .truncated("\(last.content.count) bytes of the last \(last.length)") }
}

struct PNGChunk {
    let container: ByteReader
    let start: Int
    /// What the file says; the contents are shorter where the file is cut off.
    let length: Int
    let content: ByteReader

    func has(_ name: StaticString) -> Bool { container.has(name, at: start + 4) }

    /// The chunks up to the last.
    static func all(in reader: ByteReader) -> [PNGChunk] {
        var chunks: [PNGChunk] = []
        var offset = 8
        while let length = reader.uint32(offset), offset + 8 < reader.count {
            let content = reader.part(from: offset + 8, count: length)
            let chunk = PNGChunk(container: reader, start: offset, length: length, content: content)
            chunks.append(chunk)
            if chunk.has("IEND") { break }
            offset += 12 + length
        }
        return chunks
    }
}

/// The cyclic redundancy check of PNG (annex D), a bit at a time: it is of seventeen bytes.
private func crc32(_ reader: ByteReader) -> UInt32 {
    var crc = UInt32.max
    for byte in reader.bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
}
