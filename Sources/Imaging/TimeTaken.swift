// When a photo was taken, as its camera wrote it into the file: EXIF's DateTimeOriginal.
//
// CIPA DC-008 (EXIF 2.32), tags 34665 (where the EXIF directory lies) and 36867. JPEG, PNG, WebP and TIFF files are asked.

public import Foundation

extension ImageHeader {
    /// The camera's clock when the photo was taken, such as "2024:05:01 10:00:00"; nil where the file does not say it.
    ///
    /// EXIF tells no time zone here. Nothing is decoded, and no foreign library sees the bytes.
    public static func timeTaken(_ bytes: some ContiguousBytes) -> String? {
        bytes.withUnsafeBytes { bytes in
            guard let exif = exif(ByteReader(bytes: bytes)) else { return nil }
            let isPrefixed = exif.has([0x45, 0x78, 0x69, 0x66, 0, 0], at: 0)
            return TIFFDirectory(isPrefixed ? exif.part(from: 6, count: exif.count) : exif)?.timeTaken
        }
    }

    private static func exif(_ reader: ByteReader) -> ByteReader? {
        switch try? ImageFormat(of: reader) {
        case .jpeg: jpegEXIF(reader)
        case .png: PNGChunk.all(in: reader).first { $0.has("eXIf") }?.content
        case .webp: webpEXIF(reader)
        case .tiff: reader
        default: nil
        }
    }

    /// The first APP1 segment with EXIF data before the first scan (ITU-T T.81, annex B).
    private static func jpegEXIF(_ reader: ByteReader) -> ByteReader? {
        var offset = 2
        while let byte = reader.byte(offset), let marker = reader.byte(offset + 1), marker != 0xDA {
            guard byte == 0xFF, marker > 0x01, marker != 0xFF, !(0xD0...0xD8).contains(marker) else {
                offset += 1
                continue
            }
            guard let length = reader.uint16(offset + 2), length >= 2 else { return nil }
            let segment = reader.part(from: offset + 4, count: length - 2)
            if marker == 0xE1, segment.has([0x45, 0x78, 0x69, 0x66, 0, 0], at: 0) { return segment }
            offset += 2 + length
        }
        return nil
    }

    /// RFC 9649, section 2.7.
    private static func webpEXIF(_ reader: ByteReader) -> ByteReader? {
        let reader = ByteReader(bytes: reader.bytes, isBigEndian: false)
        var offset = 12
        while let length = reader.uint32(offset + 4), offset + 8 < reader.count {
            if reader.has("EXIF", at: offset) { return reader.part(from: offset + 8, count: length) }
            offset += 8 + length + length & 1
        }
        return nil
    }
}
