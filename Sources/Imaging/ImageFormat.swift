// Formats, told apart by their first bytes. A file's name is never looked at.

/// A format that is read.
public enum ImageFormat: String, Codable, CaseIterable, Sendable {
    case jpeg, png, webp, gif, bmp, tiff, heic, avif

    /// The format of `bytes`, by their beginning.
    init(of reader: ByteReader) throws(ImagingError) {
        if let format = Self.allowed(reader) {
            self = format
        } else if let name = Self.refused(reader) {
            throw .unsupportedFormat(name)
        } else {
            throw .notAnImage
        }
    }

    private static func allowed(_ reader: ByteReader) -> ImageFormat? {
        if reader.has([0xFF, 0xD8, 0xFF], at: 0) { return .jpeg }
        if reader.has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], at: 0) { return .png }
        if reader.has("GIF87a", at: 0) || reader.has("GIF89a", at: 0) { return .gif }
        if reader.has("RIFF", at: 0) && reader.has("WEBP", at: 8) { return .webp }
        if reader.has([0x49, 0x49, 0x2A, 0x00], at: 0) || reader.has([0x4D, 0x4D, 0x00, 0x2A], at: 0) { return .tiff }
        if reader.has("BM", at: 0) { return .bmp }
        return heifFormat(reader)
    }

    /// By the brands in the `ftyp` box: ISO/IEC 23008-12 (HEIF), and AV1 Image File Format, section 6.
    private static func heifFormat(_ reader: ByteReader) -> ImageFormat? {
        guard reader.has("ftyp", at: 4), let length = reader.uint32(0), length >= 16, length <= 1024 else { return nil }
        let brands = [8] + Array(stride(from: 16, to: length, by: 4))
        for offset in brands where reader.has("avif", at: offset) || reader.has("avis", at: offset) { return .avif }
        for offset in brands {
            for name: StaticString in ["heic", "heix", "heim", "heis", "hevc", "hevx"]
            where reader.has(name, at: offset) {
                return .heic
            }
        }
        return nil
    }

    /// The name of a format that is known and not read.
    private static func refused(_ reader: ByteReader) -> String? {
        let formats: [(name: String, beginning: [UInt8], offset: Int)] = [
            ("PDF", Array("%PDF".utf8), 0),
            ("JPEG 2000", [0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20], 0),
            ("JPEG 2000", [0xFF, 0x4F, 0xFF, 0x51], 0),
            ("JPEG XL", [0xFF, 0x0A], 0),
            ("JPEG XL", [0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20], 0),
            ("Photoshop", Array("8BPS".utf8), 0),
            ("Windows icon", [0, 0, 1, 0], 0),
            ("OpenEXR", [0x76, 0x2F, 0x31, 0x01], 0),
            ("Radiance HDR", Array("#?".utf8), 0),
            ("BigTIFF", [0x49, 0x49, 0x2B, 0x00], 0),
            ("BigTIFF", [0x4D, 0x4D, 0x00, 0x2B], 0),
            ("QOI", Array("qoif".utf8), 0),
            ("FITS", Array("SIMPLE  =".utf8), 0),
            ("DICOM", Array("DICM".utf8), 128),
            ("HEIF of an unknown kind, or a film,", Array("ftyp".utf8), 4),
        ]
        if let known = formats.first(where: { reader.has($0.beginning, at: $0.offset) }) { return known.name }
        return text(reader)
    }

    /// SVG and the Netpbm formats begin with text.
    private static func text(_ reader: ByteReader) -> String? {
        var start = reader.has([0xEF, 0xBB, 0xBF], at: 0) ? 3 : 0
        while let byte = reader.byte(start), [0x09, 0x0A, 0x0D, 0x20].contains(byte) { start += 1 }
        for name: StaticString in ["<svg", "<?xml", "<!DOCTYPE svg", "<!--"] where reader.has(name, at: start) {
            return "SVG, or other text in angle brackets,"
        }
        if start == 0, reader.byte(0) == 0x50, let kind = reader.byte(1), (0x31...0x37).contains(kind),
            let space = reader.byte(2), [0x09, 0x0A, 0x0D, 0x20].contains(space)
        {
            return "Netpbm (PBM, PGM, PPM, PAM)"
        }
        return nil
    }
}
