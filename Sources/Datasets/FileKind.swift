// What a file is by its first bytes; its name is never asked.

/// A kind of file, as far as a person who put it among photos by mistake needs to know.
public enum FileKind: Sendable, Hashable {
    /// A picture that this project reads.
    case image(Format)
    /// Something else, as a noun with its article, such as "a PDF document".
    case other(String)
    /// Nothing at all.
    case empty

    /// The formats that are read.
    public enum Format: String, Sendable, CaseIterable {
        case jpeg = "JPEG", png = "PNG", webp = "WebP", gif = "GIF", bmp = "BMP", tiff = "TIFF", heic = "HEIC",
            avif = "AVIF"
    }

    /// How many bytes `init(firstBytes:)` looks at.
    public static let bytesNeeded = 512

    /// Tells a kind from the first bytes of a file; fewer than `bytesNeeded` where the file is shorter.
    public init(firstBytes bytes: some Collection<UInt8>) {
        let bytes = Array(bytes.prefix(Self.bytesNeeded))
        if bytes.isEmpty {
            self = .empty
        } else if let format = Self.format(bytes) {
            self = .image(format)
        } else {
            self = .other(Self.signatures.first { $0.matches(bytes) }?.name ?? Self.textOrUnknown(bytes))
        }
    }

    /// A noun with its article, such as "a JPEG image" or "text".
    public var noun: String {
        switch self {
        case .image(.avif): "an AVIF image"
        case .image(let format): "a \(format.rawValue) image"
        case .other(let name): name
        case .empty: "an empty file"
        }
    }

    private static func format(_ bytes: [UInt8]) -> Format? {
        func at(_ offset: Int, _ wanted: [UInt8]) -> Bool { Signature(offset, wanted, "").matches(bytes) }
        if at(0, [0xFF, 0xD8, 0xFF]) { return .jpeg }
        if at(0, [0x89] + Array("PNG\r\n".utf8) + [0x1A, 0x0A]) { return .png }
        if at(0, Array("RIFF".utf8)) && at(8, Array("WEBP".utf8)) { return .webp }
        if at(0, Array("GIF87a".utf8)) || at(0, Array("GIF89a".utf8)) { return .gif }
        // "BM" also starts English sentences: a bitmap's header says its own length next.
        if at(0, Array("BM".utf8)), bytes.count > 17, [12, 40, 52, 56, 64, 108, 124].contains(bytes[14]),
            bytes[15...17].allSatisfy({ $0 == 0 })
        {
            return .bmp
        }
        if at(0, [0x49, 0x49, 0x2A, 0]) || at(0, [0x4D, 0x4D, 0, 0x2A]) { return .tiff }
        guard at(4, Array("ftyp".utf8)) else { return nil }
        // A HEIF file's first box lists the brands it can be read as, four letters each; a film has others.
        let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let places = [8] + Array(stride(from: 16, to: min(length, bytes.count), by: 4))
        func has(_ brands: String...) -> Bool {
            brands.contains { brand in places.contains { at($0, Array(brand.utf8)) } }
        }
        if has("avif", "avis") { return .avif }
        return has("heic", "heix", "heim", "heis", "hevc", "hevx") ? .heic : nil
    }

    private static let signatures = [
        Signature(0, "%PDF", "a PDF document"),
        Signature(0, "PK\u{3}\u{4}", "a ZIP archive"),
        Signature(0, "PK\u{5}\u{6}", "an empty ZIP archive"),
        Signature(0, [0x1F, 0x8B], "a gzip archive"),
        Signature(0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7-Zip archive"),
        Signature(0, "Rar!", "a RAR archive"),
        Signature(257, "ustar", "a tar archive"),
        Signature(0, [0x49, 0x49, 0x2B, 0], "a BigTIFF image"),
        Signature(0, [0x4D, 0x4D, 0, 0x2B], "a BigTIFF image"),
        Signature(4, "ftyp", "a video"),
        Signature(0, [0x1A, 0x45, 0xDF, 0xA3], "a video"),
        Signature(0, [0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20], "a JPEG 2000 image"),
        Signature(0, [0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 image"),
        Signature(0, [0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20], "a JPEG XL image"),
        Signature(0, [0xFF, 0x0A], "a JPEG XL image"),
        Signature(0, "8BPS", "a Photoshop document"),
        Signature(0, [0, 0, 1, 0], "an icon"),
        Signature(0, "<svg", "an SVG drawing"),
        Signature(0, "SQLite format 3", "an SQLite database"),
        Signature(0, [0x7F, 0x45, 0x4C, 0x46], "a program"),
        Signature(0, "MZ", "a program"),
    ]

    private static func textOrUnknown(_ bytes: [UInt8]) -> String {
        // Where the file goes on, the last character may be cut in two; up to three bytes of it are forgiven.
        let cut = bytes.count == bytesNeeded ? 3 : 0
        let isText = (0...cut).contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil }
        let hasControls = bytes.contains { $0 < 9 || (14..<32).contains($0) && $0 != 27 }
        guard isText && !hasControls else { return "a file of an unknown kind" }
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        if text.contains("<svg") { return "an SVG drawing" }
        if text.contains("<!doctype html") || text.contains("<html") { return "a web page" }
        return "text"
    }
}

/// Bytes that stand at one place in every file of a kind.
private struct Signature {
    let offset: Int
    let bytes: [UInt8]
    let name: String

    init(_ offset: Int, _ bytes: [UInt8], _ name: String) {
        (self.offset, self.bytes, self.name) = (offset, bytes, name)
    }

    init(_ offset: Int, _ text: String, _ name: String) { self.init(offset, Array(text.utf8), name) }

    func matches(_ file: [UInt8]) -> Bool {
        file.count >= offset + bytes.count && file[offset..<offset + bytes.count].elementsEqual(bytes)
    }
}
