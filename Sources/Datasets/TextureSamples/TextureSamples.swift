// The demo set: drawn pictures of dotted, striped and leopard clothing, in the proportions of the tutorial that this
// project grew from (428 photos: striped 191, dotted 125, leopard 112).

import Foundation
import Imaging

/// How many pictures are drawn, and by which lot.
public struct TextureSamples: Hashable, Sendable, Codable {
    /// Changes when the pictures of one seed change.
    public static let version = 1

    /// How many pictures, of all classes.
    public let count: Int
    /// Which pictures; the first of a class are the same for any count.
    public let seed: UInt64

    /// Makes a description of a set.
    public init(count: Int = 428, seed: UInt64 = 1) {
        precondition(count >= 0)
        (self.count, self.seed) = (count, seed)
    }

    /// How many pictures of each class.
    public var counts: [Texture: Int] {
        let shares: [(Texture, Double)] = [(.striped, 191), (.dotted, 125), (.leopard, 112)]
        var counts: [Texture: Int] = [:]
        var left = count
        for (texture, share) in shares.dropLast() {
            counts[texture] = Int((Double(count) * share / 428).rounded())
            left -= counts[texture] ?? 0
        }
        counts[.leopard] = left
        return counts
    }

    /// The bytes of one picture's JPEG file.
    public func jpeg(_ texture: Texture, number: Int) throws -> [UInt8] {
        var photograph = Photograph(texture, number: number, seed: seed)
        return try photograph.jpeg()
    }
}
