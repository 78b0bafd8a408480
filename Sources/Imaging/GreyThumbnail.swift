// A picture of 32 × 32 greys: small enough to keep for every photo, large enough to tell whether two are the same.

import Foundation

/// A picture's greys, squashed to a square.
public struct GreyThumbnail: Hashable, Sendable {
    /// Pixels in a row, and rows.
    public static let side = 32

    /// From left to right, then from top to bottom: `side`² bytes.
    public let greys: [UInt8]

    init(_ plane: GreyPlane, in workspace: Workspace) {
        greys = plane.resized(width: Self.side, height: Self.side, .triangle, in: workspace)
    }

    /// Takes greys; nil if they are not `side`².
    public init?(_ greys: [UInt8]) {
        guard greys.count == Self.side * Self.side else { return nil }
        self.greys = greys
    }
}

extension GreyThumbnail: Codable {
    /// Reads what `encode` wrote.
    public init(from decoder: any Decoder) throws {
        let data = try Data(from: decoder)
        guard let thumbnail = GreyThumbnail(Array(data)) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "\(data.count) bytes are no picture of \(Self.side) × \(Self.side) greys"))
        }
        self = thumbnail
    }

    /// Writes the bytes: in JSON, in base 64.
    public func encode(to encoder: any Encoder) throws { try Data(greys).encode(to: encoder) }
}
