// What a file says about its picture before its pixels: enough to refuse it, or to plan how to read it.
//
// All of it is read here, in Swift and bounds-checked: no library sees a file before its header is found in order.

public import Foundation

/// Format, size and orientation of a picture, from its first bytes.
public struct ImageHeader: Hashable, Sendable {
    /// The format, by content.
    public let format: ImageFormat
    /// Width in pixels as stored, before it is turned upright.
    public let storedWidth: Int
    /// Height in pixels as stored, before it is turned upright.
    public let storedHeight: Int
    /// How the stored picture is turned upright.
    ///
    /// HEIC and AVIF say it in their own way, which their decoder honours; what EXIF says in them does not count, and
    /// only whether width and height change places is told here.
    public let orientation: Orientation

    /// Width in pixels as displayed, upright.
    public var width: Int { orientation.swapsSides ? storedHeight : storedWidth }
    /// Height in pixels as displayed, upright.
    public var height: Int { orientation.swapsSides ? storedWidth : storedHeight }

    /// Reads the header of a file's bytes.
    ///
    /// Nothing is decoded, and nothing allocated for pixels.
    public static func read(_ bytes: some ContiguousBytes) throws -> ImageHeader {
        try bytes.withUnsafeBytes { try read($0) }
    }

    static func read(_ bytes: UnsafeRawBufferPointer) throws(ImagingError) -> ImageHeader {
        let reader = ByteReader(bytes: bytes)
        let header =
            switch try ImageFormat(of: reader) {
            case .jpeg: try jpeg(reader)
            case .png: try png(reader)
            case .webp: try webp(reader)
            case .gif: try gif(reader)
            case .bmp: try bmp(reader)
            case .tiff: try tiff(reader)
            case .heic: try heif(reader, .heic)
            case .avif: try heif(reader, .avif)
            }
        guard header.storedWidth > 0 && header.storedHeight > 0 else {
            throw .corrupt("its header says \(header.storedWidth) × \(header.storedHeight) pixels")
        }
        return header
    }
}

extension ImageHeader {
    /// GIF 89a, section 18: the logical screen.
    private static func gif(_ reader: ByteReader) throws(ImagingError) -> ImageHeader {
        let reader = ByteReader(bytes: reader.bytes, isBigEndian: false)
        guard let width = reader.uint16(6), let height = reader.uint16(8) else { throw .truncated("in its header") }
        return ImageHeader(format: .gif, storedWidth: width, storedHeight: height, orientation: .upright)
    }

    /// RFC 9649, sections 2.5 to 2.7, and the bitstreams that they refer to.
    private static func webp(_ reader: ByteReader) throws(ImagingError) -> ImageHeader {
        let reader = ByteReader(bytes: reader.bytes, isBigEndian: false)
        func header(_ width: Int?, _ height: Int?, _ orientation: Orientation = .upright) throws(ImagingError)
            -> ImageHeader
        {
            guard let width, let height else { throw .truncated("in its header") }
            return ImageHeader(format: .webp, storedWidth: width, storedHeight: height, orientation: orientation)
        }
        if reader.has("VP8 ", at: 12) {
            guard reader.has([0x9D, 0x01, 0x2A], at: 23) else { throw .corrupt("its VP8 frame has no start code") }
            return try header(reader.uint16(26).map { $0 & 0x3FFF }, reader.uint16(28).map { $0 & 0x3FFF })
        }
        if reader.has("VP8L", at: 12) {
            guard reader.byte(20) == 0x2F else { throw .corrupt("its VP8L frame has no signature") }
            let bits = reader.uint32(21)
            return try header(bits.map { $0 & 0x3FFF + 1 }, bits.map { $0 >> 14 & 0x3FFF + 1 })
        }
        guard reader.has("VP8X", at: 12) else { throw .corrupt("it begins with no known chunk") }
        var orientation = Orientation.upright
        var offset = 12
        while let length = reader.uint32(offset + 4), offset + 8 < reader.count {
            if reader.has("EXIF", at: offset) {
                orientation = Orientation(exif: reader.part(from: offset + 8, count: length))
                break
            }
            offset += 8 + length + length & 1
        }
        let width = reader.uint32(24).map { $0 & 0xFFFFFF + 1 }
        let height = reader.uint32(26).map { $0 >> 8 + 1 }
        return try header(width, height, orientation)
    }

    /// TIFF 6.0, section 2; the first picture of the file.
    private static func tiff(_ reader: ByteReader) throws(ImagingError) -> ImageHeader {
        guard let directory = TIFFDirectory(reader) else { throw .truncated("in its header") }
        guard let width = directory.value(of: 256), let height = directory.value(of: 257) else {
            throw .corrupt("its first directory says no width and height")
        }
        let orientation = directory.value(of: 274).flatMap(Orientation.init) ?? .upright
        return ImageHeader(format: .tiff, storedWidth: width, storedHeight: height, orientation: orientation)
    }

    private static func bmp(_ reader: ByteReader) throws(ImagingError) -> ImageHeader {
        let header = try BMPHeader(reader)
        return ImageHeader(format: .bmp, storedWidth: header.width, storedHeight: header.height, orientation: .upright)
    }
}
