// The golden file of this target, made by `Tools/golden/weights.py`.

import Foundation
import TestSupport
import WeightFiles

struct WeightsGolden: Decodable {
    struct Tensor: Decodable {
        var type: ElementType
        var shape: [Int]
        var floats: [Float]
    }
    struct Good: Decodable, CustomStringConvertible {
        var name: String
        var file: Data
        var tensors: [String: Tensor]
        var description: String { name }
    }
    struct Hostile: Decodable, CustomStringConvertible {
        var name: String
        var file: Data
        /// Part of what the error must say.
        var error: String
        var description: String { name }
    }
    struct Half: Decodable {
        var float: Float
        var half: UInt16
    }

    var good: [Good]
    var hostile: [Hostile]
    var halves: [Half]

    static func read() throws -> WeightsGolden {
        try JSONDecoder().decode(WeightsGolden.self, from: Data(contentsOf: Fixtures.golden("weights.json")))
    }
}

/// SplitMix64, so that a failure can be repeated from its seed.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
