// The golden files of this target, and the formula that their pictures are drawn by.

import Foundation
import Imaging
import TestSupport
import Testing

/// Tests/Golden/imaging.json, made by Tools/golden/imaging.py.
struct Golden: Decodable {
    struct Resized: Decodable {
        let from, to: [Int]
        let rgb: Data
    }
    struct Square: Decodable, CustomStringConvertible {
        let from: [Int]
        let resize: Preprocessing.Resize
        let shorterSide: Int
        /// 1 where Pillow 13 resizes the columns first.
        let tolerance: Int
        let rgb: Data
        var description: String { "\(resize) \(shorterSide) from \(from)" }
    }
    struct File: Decodable, CustomStringConvertible {
        let name, format: String
        let displayed: [Int]
        let bytes, rgb: Data
        /// Levels by which a pixel may differ from Pillow's.
        let tolerance: Int
        var description: String { name }
    }

    let resizes: [Resized]
    let side: Int
    let squares: [Square]
    let files: [File]

    static let shared: Golden = {
        do {
            return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: Fixtures.golden("imaging.json")))
        } catch {
            preconditionFailure("Tests/Golden/imaging.json cannot be read: \(error)")
        }
    }()

    func file(_ name: String) throws -> File { try #require(files.first { $0.name == name }) }
}

/// The same as `formula` in Tools/golden/imaging.py: slopes, a fine texture, and hard edges.
func formulaPicture(_ width: Int, _ height: Int) -> Picture {
    var pixels: [UInt8] = []
    for y in 0..<height {
        for x in 0..<width {
            for c in 0..<3 {
                let slopes = x * (3 + c) + y * (5 - c) + x * y / 7
                let value = slopes + (x * x * 31 + y * 17 + c * 101) % 61
                let isInverted = (x / 9 + y / 5) % 4 == 0
                pixels.append(UInt8((isInverted ? 255 - value : value) & 255))
            }
        }
    }
    return Picture(width: width, height: height, pixels: pixels)
}

/// The largest difference of two bytes at the same place.
func largestDifference(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Int {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) } : .max
}

/// The mean absolute difference of bytes at the same place.
func meanDifference(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Double {
    guard a.count == b.count else { return .infinity }
    return Double(zip(a, b).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }) / Double(a.count)
}

/// A generator whose numbers follow from its seed.
///
/// Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators" (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
