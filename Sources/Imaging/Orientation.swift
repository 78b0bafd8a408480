// Turning pictures upright: the eight orientations of EXIF.
//
// CIPA DC-008 (EXIF 2.32), tag 274: which edge of the stored picture is seen at the top, and which at the left.

import CPixels

/// How a stored picture is turned to stand upright.
public enum Orientation: Int, Codable, CaseIterable, Sendable {
    /// Nothing to do.
    case upright = 1
    /// Left and right change places.
    case mirrored = 2
    /// Turned by 180°.
    case rotatedHalf = 3
    /// Top and bottom change places.
    case flipped = 4
    /// Mirrored at the diagonal from the top left.
    case transposed = 5
    /// Turned by 90° clockwise.
    case rotatedRight = 6
    /// Mirrored at the diagonal from the top right.
    case transversed = 7
    /// Turned by 90° anticlockwise.
    case rotatedLeft = 8

    /// Whether width and height change places.
    public var swapsSides: Bool { rawValue >= 5 }

    /// From EXIF data, with or without the "Exif" before it; upright where there is nothing of use.
    init(exif reader: ByteReader) {
        let isPrefixed = reader.has([0x45, 0x78, 0x69, 0x66, 0, 0], at: 0)
        let tiff = isPrefixed ? reader.part(from: 6, count: reader.count) : reader
        self = TIFFDirectory(tiff)?.value(of: 274).flatMap(Orientation.init) ?? .upright
    }

    /// Where the pixels of the result lie in a stored picture of `width` × `height`.
    ///
    /// Pixel (x, y) of the result is pixel `start + x · alongX + y · alongY` of the stored one.
    package func places(width w: Int, height h: Int) -> (start: Int, alongX: Int, alongY: Int) {
        switch self {
        case .upright: (0, 1, w)
        case .mirrored: (w - 1, -1, w)
        case .rotatedHalf: (w * h - 1, -1, -w)
        case .flipped: (w * (h - 1), 1, -w)
        case .transposed: (0, w, 1)
        case .rotatedRight: (w * (h - 1), -w, 1)
        case .transversed: (w * h - 1, -w, -1)
        case .rotatedLeft: (w - 1, w, -1)
        }
    }

    /// What leads back from the result to the stored picture.
    package var inverse: Orientation {
        switch self {
        case .rotatedRight: .rotatedLeft
        case .rotatedLeft: .rotatedRight
        default: self
        }
    }

    /// The same with left and right of the result exchanged.
    package var thenMirrored: Orientation {
        switch self {
        case .upright: .mirrored
        case .mirrored: .upright
        case .rotatedHalf: .flipped
        case .flipped: .rotatedHalf
        case .rotatedRight: .transposed
        case .transposed: .rotatedRight
        case .rotatedLeft: .transversed
        case .transversed: .rotatedLeft
        }
    }

    /// Whether the result is a mirror image, turned or not.
    package var isMirrored: Bool { [.mirrored, .flipped, .transposed, .transversed].contains(self) }

    /// Whether the result is turned, by a quarter, a half, or three quarters; a mirror image as it is, is not.
    package var isRotated: Bool { self != .upright && self != .mirrored }

    /// Writes `source` to `destination` as this orientation shows it, and returns the view of what was written.
    ///
    /// `destination` has room for as many bytes as `source` has, and for those that `Raster` may read behind them.
    func turn(_ source: Raster, into destination: UnsafeMutablePointer<UInt8>) -> Raster {
        let (w, h) = (source.width, source.height)
        let (width, height) = swapsSides ? (h, w) : (w, h)
        let (start, alongX, alongY) = places(width: w, height: h)
        cpx_turn(source.base + 3 * start, 3 * alongX, 3 * alongY, destination, Int32(width), Int32(height))
        return Raster(base: UnsafePointer(destination), width: width, height: height, slack: source.slack)
    }
}

/// The first directory of TIFF data, which is also what EXIF data is.
///
/// TIFF 6.0, section 2.
struct TIFFDirectory {
    private let reader: ByteReader
    private let entries: Int
    private let start: Int

    /// Nil where the bytes are not TIFF, or its first directory lies outside them.
    init?(_ bytes: ByteReader) {
        var reader = bytes
        if reader.has([0x49, 0x49, 0x2A, 0x00], at: 0) {
            reader.isBigEndian = false
        } else if reader.has([0x4D, 0x4D, 0x00, 0x2A], at: 0) {
            reader.isBigEndian = true
        } else {
            return nil
        }
        guard let offset = reader.uint32(4) else { return nil }
        self.init(reader, at: offset)
    }

    /// The directory at `offset`, or nil where it lies outside the bytes.
    private init?(_ reader: ByteReader, at offset: Int) {
        guard let entries = reader.uint16(offset) else { return nil }
        (self.reader, self.entries, self.start) = (reader, entries, offset + 2)
    }

    /// When the photo was taken (tag 36867 of the EXIF directory, which tag 34665 names), if the camera's clock was set.
    var timeTaken: String? {
        guard let directory = value(of: 34665).flatMap({ TIFFDirectory(reader, at: $0) }),
            let text = directory.text(of: 36867, count: 19), text.contains(where: { ("1"..."9").contains($0) })
        else { return nil }
        return text
    }

    /// The first `count` characters of a tag that holds more than four ASCII characters; nil where it has fewer.
    private func text(of tag: Int, count: Int) -> String? {
        for index in 0..<entries {
            let entry = start + 12 * index
            guard let name = reader.uint16(entry) else { return nil }
            guard name == tag, reader.uint16(entry + 2) == 2, let length = reader.uint32(entry + 4), length >= count,
                let offset = reader.uint32(entry + 8)
            else { continue }
            let bytes = (offset..<offset + count).compactMap { reader.byte($0) }
            guard bytes.count == count, bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return nil }
            return String(decoding: bytes.map(UInt8.init), as: UTF8.self)
        }
        return nil
    }

    /// The value of a tag that holds one BYTE, SHORT or LONG.
    func value(of tag: Int) -> Int? {
        for index in 0..<entries {
            let entry = start + 12 * index
            guard let name = reader.uint16(entry), let type = reader.uint16(entry + 2) else { return nil }
            guard name == tag, let count = reader.uint32(entry + 4), count >= 1 else { continue }
            switch type {
            case 1: return reader.byte(entry + 8)
            case 3: return reader.uint16(entry + 8)
            case 4: return reader.uint32(entry + 8)
            default: return nil
            }
        }
        return nil
    }
}
