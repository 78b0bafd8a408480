// What reading a file as a picture has shown.

import Imaging

/// Why a file is not read as a picture.
public struct PictureRefusal: Hashable, Sendable {
    /// The raw values stand in caches, but for `tooLarge`: limits differ from pass to pass.
    enum Kind: UInt8 { case damaged = 1, unsupported = 2, tooLarge = 3 }

    let kind: Kind
    /// In words that follow the path, such as "is damaged (…)".
    public let reason: String

    init(kind: Kind, reason: String) { (self.kind, self.reason) = (kind, reason) }

    init(_ error: ImagingError) {
        switch error {
        case .notAnImage:
            self.init(kind: .unsupported, reason: "is no picture: its first bytes belong to no known format")
        case .unsupportedFormat(let name): self.init(kind: .unsupported, reason: "is \(name), which is not read")
        case .tooManyPixels(let width, let height, let limit):
            self.init(
                kind: .tooLarge, reason: "has \(width) × \(height) pixels, more than the limit of \(limit)")
        case .truncated(let reason): self.init(kind: .damaged, reason: "is cut off (\(reason))")
        case .corrupt(let reason), .notWritten(let reason):
            self.init(kind: .damaged, reason: "is damaged (\(reason))")
        }
    }

    /// The same for the list of what a data set does not use.
    var leftOutKind: LeftOutFile.Kind { kind == .damaged ? .corrupt : .unsupported }
}

/// What was found in one file.
struct PictureRecord: Hashable, Sendable {
    enum Finding: Hashable, Sendable {
        case measured(PictureMeasures)
        case refused(PictureRefusal)
    }

    let content: ContentHash
    let finding: Finding
    /// How long decoding and measuring took on one processor.
    let seconds: Double

    /// Whether it has more pixels than the limits of this pass allow, which another pass may see differently.
    var isTooLarge: Bool {
        guard case .refused(let refusal) = finding else { return false }
        return refusal.kind == .tooLarge
    }
}
