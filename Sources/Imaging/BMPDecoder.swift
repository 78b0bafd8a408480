// Windows bitmaps: uncompressed, 1, 4, 8, 16, 24 or 32 bits a pixel, rows from the bottom up or from the top down.
//
// libvips reads them through ImageMagick only, which it does not trust with foreign files; hence this reader.
// "Bitmap Storage" and BITMAPINFOHEADER, BITMAPV4HEADER in Microsoft's documentation of GDI.

/// The header of a bitmap, checked.
struct BMPHeader {
    let width: Int
    let height: Int
    let isTopDown: Bool
    let bits: Int
    /// Where the rows begin in the file.
    let pixels: Int
    /// Where the palette begins, how many colours it has, and how many bytes each of them.
    let palette: (start: Int, count: Int, stride: Int)
    /// Red, green, blue and alpha in a pixel of 16 or 32 bits; alpha may be 0.
    let masks: [UInt32]

    /// Bytes of a row in the file: a multiple of four.
    var rowBytes: Int { (width * bits + 31) / 32 * 4 }

    init(_ bytes: ByteReader) throws(ImagingError) {
        let reader = ByteReader(bytes: bytes.bytes, isBigEndian: false)
        guard let pixels = reader.uint32(10), let headerSize = reader.uint32(14) else {
            throw .truncated("in its header")
        }
        let isCore = headerSize == 12
        guard isCore || (40...256).contains(headerSize) else {
            throw .corrupt("its header says \(headerSize) bytes of itself")
        }
        guard let width = isCore ? reader.uint16(18) : reader.int32(18),
            let height = isCore ? reader.uint16(20) : reader.int32(22),
            let bits = reader.uint16(isCore ? 24 : 28),
            let compression = isCore ? 0 : reader.uint32(30),
            let colours = isCore ? 0 : reader.uint32(46)
        else { throw .truncated("in its header") }
        guard width > 0 && height != 0 else { throw .corrupt("its header says \(width) × \(height) pixels") }
        switch compression {
        case 0: guard [1, 4, 8, 16, 24, 32].contains(bits) else { throw .corrupt("it has \(bits) bits a pixel") }
        case 3, 6: guard [16, 32].contains(bits) else { throw .corrupt("it has masks for \(bits) bits a pixel") }
        case 1, 2: throw .unsupportedFormat("Run-length encoded BMP")
        default: throw .unsupportedFormat("BMP of compression \(compression)")
        }
        (self.width, self.height, self.bits, self.pixels) = (width, abs(height), bits, pixels)
        isTopDown = height < 0
        if compression == 0 {
            masks = bits == 16 ? [0x7C00, 0x03E0, 0x001F, 0] : [0xFF0000, 0x00FF00, 0x0000FF, 0]
        } else {
            // The masks are a part of the longer headers, and stand behind the shortest at the same place. Only the longer
            // ones have an alpha mask.
            let count = headerSize >= 56 || compression == 6 ? 4 : 3
            var masks: [UInt32] = []
            for index in 0..<count {
                guard let mask = reader.uint32(54 + 4 * index) else { throw .truncated("in its header") }
                masks.append(UInt32(mask))
            }
            self.masks = masks + (count == 3 ? [0] : [])
        }
        let most = bits <= 8 ? 1 << bits : 0
        palette = (14 + headerSize, colours == 0 ? most : min(colours, most), isCore ? 3 : 4)
    }
}

/// Decodes into `workspace`, where the result lies until the workspace is used again.
func decodeBMP(_ bytes: UnsafeRawBufferPointer, in workspace: Workspace) throws(ImagingError) -> Raster {
    let reader = ByteReader(bytes: bytes, isBigEndian: false)
    let header = try BMPHeader(reader)
    let (width, height) = (header.width, header.height)
    guard header.pixels + header.rowBytes * height <= bytes.count else {
        throw .truncated("\(bytes.count) bytes of \(header.pixels + header.rowBytes * height)")
    }
    let palette = try colours(header, reader)
    let out = workspace.pixels.room(for: 3 * width * height)
    for y in 0..<height {
        let line = header.isTopDown ? y : height - 1 - y
        let row = UnsafeRawBufferPointer(
            rebasing: bytes[(header.pixels + line * header.rowBytes)...].prefix(header.rowBytes))
        let pixels = out + 3 * y * width
        switch header.bits {
        case 1, 4, 8: try decodeIndexed(row, header.bits, palette, width, into: pixels)
        case 24:
            for x in 0..<width {
                (pixels[3 * x], pixels[3 * x + 1], pixels[3 * x + 2]) = (row[3 * x + 2], row[3 * x + 1], row[3 * x])
            }
        default: decodeMasked(row, header, into: pixels)
        }
    }
    return Raster(base: out, width: width, height: height, slack: Workspace.slack)
}

private func colours(_ header: BMPHeader, _ reader: ByteReader) throws(ImagingError) -> [(UInt8, UInt8, UInt8)] {
    var palette: [(UInt8, UInt8, UInt8)] = []
    for index in 0..<header.palette.count {
        let entry = header.palette.start + index * header.palette.stride
        guard let b = reader.byte(entry), let g = reader.byte(entry + 1), let r = reader.byte(entry + 2) else {
            throw .truncated("in its palette")
        }
        palette.append((UInt8(r), UInt8(g), UInt8(b)))
    }
    return palette
}

private func decodeIndexed(
    _ row: UnsafeRawBufferPointer, _ bits: Int, _ palette: [(UInt8, UInt8, UInt8)], _ width: Int,
    into out: UnsafeMutablePointer<UInt8>
) throws(ImagingError) {
    let perByte = 8 / bits
    for x in 0..<width {
        let shift = 8 - bits * (x % perByte + 1)
        let index = Int(row[x / perByte]) >> shift & (1 << bits - 1)
        guard index < palette.count else {
            throw .corrupt("a pixel has colour \(index) of a palette of \(palette.count)")
        }
        (out[3 * x], out[3 * x + 1], out[3 * x + 2]) = palette[index]
    }
}

private func decodeMasked(_ row: UnsafeRawBufferPointer, _ header: BMPHeader, into out: UnsafeMutablePointer<UInt8>) {
    /// The value under a mask of any width, as 8 bits.
    func channel(_ pixel: UInt32, _ mask: UInt32) -> UInt8 {
        guard mask != 0 else { return 0 }
        let shift = UInt32(mask.trailingZeroBitCount)
        let largest = UInt64(mask >> shift)
        return UInt8(UInt64((pixel & mask) >> shift) * 255 / largest)
    }
    let size = header.bits / 8
    for x in 0..<header.width {
        let pixel =
            size == 2
            ? UInt32(UInt16(littleEndian: row.loadUnaligned(fromByteOffset: 2 * x, as: UInt16.self)))
            : UInt32(littleEndian: row.loadUnaligned(fromByteOffset: 4 * x, as: UInt32.self))
        for index in 0..<3 {
            var value = channel(pixel, header.masks[index])
            if header.masks[3] != 0 { value = ColourRule.overWhite(value, channel(pixel, header.masks[3])) }
            out[3 * x + index] = value
        }
    }
}
