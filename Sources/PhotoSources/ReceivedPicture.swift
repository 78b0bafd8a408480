// From the bytes that a server sent to a file that can be trained on.

import Datasets
import Foundation
import Imaging

/// A picture as it will be written.
struct ReceivedPicture: Sendable {
    /// The file's bytes: those that were received, unless the picture had to shrink.
    let bytes: [UInt8]
    /// What its name ends with, by its content.
    let fileExtension: String
    let received: ContentHash
    let written: ContentHash

    /// What is to be remembered of it when it is written.
    struct Summary: Sendable {
        let received: ContentHash
        let written: ContentHash
        let count: Int
    }

    var summary: Summary { Summary(received: received, written: written, count: bytes.count) }

    /// Checks that the bytes are a picture that can be read to its end, and shrinks it if a side is longer than `maxSide`.
    ///
    /// A picture that shrinks is turned upright and becomes a JPEG of quality 90; all others stay as they came, to the byte.
    init(_ bytes: [UInt8], maxSide: Int?, limits: DecodingLimits) throws(LinkFailure) {
        received = ContentHash(of: bytes)
        do {
            let header = try ImageHeader.read(bytes)
            let longest = max(header.width, header.height)
            guard let maxSide, longest > maxSide else {
                _ = try Picture.decode(bytes, limits: limits)
                (self.bytes, written) = (bytes, received)
                fileExtension = Self.fileExtension(of: header.format)
                return
            }
            let scale = Double(maxSide) / Double(longest)
            let width = max(1, Int((Double(header.width) * scale).rounded()))
            let height = max(1, Int((Double(header.height) * scale).rounded()))
            let picture = try Picture.decode(bytes, forShorterSide: min(width, height), limits: limits)
            self.bytes = try picture.resized(width: width, height: height).jpeg(quality: 90)
            written = ContentHash(of: self.bytes)
            fileExtension = "jpg"
        } catch let error as ImagingError {
            throw Self.failure(error, bytes)
        } catch {
            throw LinkFailure(.damaged, "\(error)")
        }
    }

    /// Why the first bytes of an answer are not those of a picture, or nil if they are.
    static func reasonAgainst(firstBytes bytes: [UInt8]) -> LinkFailure? {
        let kind = FileKind(firstBytes: bytes)
        if case .image = kind { return nil }
        return LinkFailure(.notAPicture, "the server sends \(kind.noun)")
    }

    private static func failure(_ error: ImagingError, _ bytes: [UInt8]) -> LinkFailure {
        switch error {
        case .notAnImage, .unsupportedFormat:
            LinkFailure(.notAPicture, "the server sends \(FileKind(firstBytes: bytes).noun)")
        case .tooManyPixels(let width, let height, let limit):
            LinkFailure(.tooLarge, "the picture has \(width) × \(height) pixels, more than \(limit)")
        case .truncated(let reason): LinkFailure(.damaged, "the picture is cut off (\(reason))")
        case .corrupt(let reason): LinkFailure(.damaged, "the picture is damaged (\(reason))")
        case .notWritten(let reason): LinkFailure(.damaged, "the picture cannot be written smaller (\(reason))")
        }
    }

    private static func fileExtension(of format: ImageFormat) -> String {
        switch format {
        case .jpeg: "jpg"
        case .tiff: "tif"
        case .png, .webp, .gif, .bmp, .heic, .avif: format.rawValue
        }
    }
}

/// The file's name: what the address ends with, as far as that is harmless, and a hash of the address.
///
/// The same address has the same name on every machine, and no two have one.
package func pictureName(for address: WebAddress, fileExtension: String) -> String {
    let path = address.target.prefix { $0 != "?" }
    let last = path.split(separator: "/").last.map(String.init) ?? ""
    let stem = (last.removingPercentEncoding ?? last).split(separator: ".").first ?? ""
    let harmless = stem.unicodeScalars.map { scalar in
        scalar.isASCII && (Character(scalar).isLetter || Character(scalar).isNumber || scalar == "_")
            ? Character(scalar) : "-"
    }
    let words = String(harmless).split(separator: "-").joined(separator: "-").prefix(40)
    let hash = ContentHash(of: Data(address.description.utf8)).description.prefix(16)
    return "\(words.isEmpty ? "picture" : words)-\(hash).\(fileExtension)"
}

/// A few threads for work that takes processors, so that the many that wait for servers are not held up.
struct Workshop: @unchecked Sendable {
    // Sendable: "You can safely use a single OperationQueue object from multiple threads" (Foundation's documentation).
    private let queue: OperationQueue

    init(threads: Int) {
        queue = OperationQueue()
        queue.maxConcurrentOperationCount = max(1, threads)
    }

    /// What `body` returns; it runs when a thread is free.
    func run<Result: Sendable>(_ body: @Sendable @escaping () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
