// The markers of a JPEG file up to its first scan. ITU-T T.81, annex B.

extension ImageHeader {
    static func jpeg(_ reader: ByteReader) throws(ImagingError) -> ImageHeader {
        var orientation: Orientation?
        var size: (width: Int, height: Int)?
        var offset = 2
        while true {
            guard let byte = reader.byte(offset), let marker = reader.byte(offset + 1) else {
                throw .truncated("in its header")
            }
            // Between segments there may be fill bytes and, in files of careless writers, anything else.
            guard byte == 0xFF && marker != 0xFF && marker != 0 else {
                offset += 1
                continue
            }
            if marker == 0x01 || (0xD0...0xD8).contains(marker) {
                offset += 2
                continue
            }
            if marker == 0xDA || marker == 0xD9 { break }
            guard let length = reader.uint16(offset + 2) else { throw .truncated("in its header") }
            guard length >= 2 else { throw .corrupt("a segment of its header has the length \(length)") }
            let segment = reader.part(from: offset + 4, count: length - 2)
            switch marker {
            case 0xE1 where orientation == nil && segment.has([0x45, 0x78, 0x69, 0x66, 0, 0], at: 0):
                orientation = Orientation(exif: segment)
            case 0xC0...0xCF where marker != 0xC4 && marker != 0xC8 && marker != 0xCC:
                guard let height = segment.uint16(1), let width = segment.uint16(3) else {
                    throw .truncated("in its header")
                }
                guard size == nil else { throw .corrupt("it has two frame headers") }
                size = (width, height)
            default:
                break
            }
            offset += 2 + length
        }
        guard let size else { throw .corrupt("it has no frame header") }
        guard size.height > 0 else { throw .unsupportedFormat("JPEG that tells its height only at its end") }
        return ImageHeader(
            format: .jpeg, storedWidth: size.width, storedHeight: size.height, orientation: orientation ?? .upright)
    }
}
