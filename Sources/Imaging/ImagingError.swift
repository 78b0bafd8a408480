// What can be wrong with the bytes of a picture.

/// Why bytes could not be read as a picture, or a picture not be written.
public enum ImagingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first bytes belong to no image format that we know.
    case notAnImage
    /// An image in a format, or a variant of one, that is not read.
    case unsupportedFormat(String)
    /// The header promises more pixels than `DecodingLimits` allows.
    case tooManyPixels(width: Int, height: Int, limit: Int)
    /// The bytes end before the picture does.
    case truncated(String)
    /// The bytes contradict the format.
    case corrupt(String)
    /// A picture could not be written.
    case notWritten(String)

    /// A sentence for people; the name of the file, which is not known here, belongs before it.
    public var description: String {
        switch self {
        case .notAnImage:
            "This is not an image: its first bytes belong to no known format."
        case .unsupportedFormat(let name):
            "\(name) is not read. Save the picture as JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF."
        case .tooManyPixels(let width, let height, let limit):
            "The picture has \(width) × \(height) pixels, more than the limit of \(limit). Shrink it, or raise the limit."
        case .truncated(let reason):
            "The picture is cut off (\(reason)). Fetch or copy the file again."
        case .corrupt(let reason):
            "The picture is damaged (\(reason)). Fetch or save the file again."
        case .notWritten(let reason):
            "The picture could not be written (\(reason))."
        }
    }
}

/// What is refused before anything is allocated for it.
public struct DecodingLimits: Hashable, Codable, Sendable {
    /// The most pixels a picture may have, width × height as stored.
    public var pixels: Int

    /// 50 megapixels.
    public static let `default` = DecodingLimits()

    /// Makes limits.
    public init(pixels: Int = 50_000_000) { self.pixels = pixels }

    func check(width: Int, height: Int) throws(ImagingError) {
        guard width > 0 && height > 0 else { throw .corrupt("its header says \(width) × \(height) pixels") }
        let (product, overflow) = width.multipliedReportingOverflow(by: height)
        if overflow || product > pixels { throw .tooManyPixels(width: width, height: height, limit: pixels) }
    }
}
