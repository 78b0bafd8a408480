// Outputs of all networks for formula weights and images: the golden file of `Tools/golden/networks.py`.

import Foundation

/// What torchvision computes for weights and images that follow from formulas.
public struct NetworkGolden: Decodable, Sendable {
    /// One network.
    public struct Entry: Decodable, Sendable {
        /// Its name on the command line.
        public var backbone: String
        /// `torchvision` or `bottom-right`.
        public var padding: String
        /// Rows and columns of the images.
        public var side: Int
        /// [images, classes].
        public var logits: [Float]
        private var features: Data

        /// [images, features].
        public var featureVectors: [Float] {
            features.withUnsafeBytes { raw in
                stride(from: 0, to: raw.count, by: 4).map { offset in
                    Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
                }
            }
        }
    }

    /// What a network of torchvision is made of.
    public struct Shapes: Decodable, Sendable {
        /// Classes of its classifier.
        public var classes: Int
        /// Numbers that can be learned.
        public var parameters: Int
        /// SHA-256 of a line `name [sizes]` for each array, sorted, without `num_batches_tracked`.
        public var names: String
    }

    /// The beginning and the sum of two images of 5 × 5.
    public struct ImageBytes: Decodable, Sendable {
        /// The first twelve bytes.
        public var first: [UInt8]
        /// The sum of all bytes.
        public var sum: Int
    }

    private enum CodingKeys: String, CodingKey {
        case images, classes, shapes, networks, formula
        case imageBytes = "image bytes"
    }

    /// Formula weights of a few small arrays, by name.
    public var formula: [String: [Float]]
    /// What `images` must give.
    public var imageBytes: ImageBytes
    /// Images in a batch.
    public var images: Int
    /// Classes of the classifiers in `networks`.
    public var classes: Int
    /// By the name of a network, with all classes that it was published with.
    public var shapes: [String: Shapes]
    /// By a name of the network and its circumstances.
    public var networks: [String: Entry]

    /// Reads the golden file.
    public static func read() throws -> NetworkGolden {
        try JSONDecoder().decode(NetworkGolden.self, from: Data(contentsOf: Fixtures.golden("networks.json")))
    }

    /// Slopes of brightness with noise over them: `count` images [side, side, 3] of bytes, one after another.
    public static func images(_ count: Int, side: Int) -> [UInt8] {
        // SplitMix64, seeded by the FNV-1a hash of "images".
        var state = "images".utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        var bytes: [UInt8] = []
        for n in 0..<count {
            for y in 0..<side {
                for x in 0..<side {
                    for c in 0..<3 {
                        state &+= 0x9E37_79B9_7F4A_7C15
                        var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
                        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
                        let noise = Int((z ^ (z >> 31)) >> 58)
                        bytes.append(UInt8((x * (3 + n) + y * (5 + 2 * n) + c * 40 + n * 17 + noise) % 256))
                    }
                }
            }
        }
        return bytes
    }

    /// The largest difference, relative to the largest expected number; infinite if the counts differ.
    public static func relativeDifference(_ found: [Float], _ expected: [Float]) -> Float {
        guard found.count == expected.count else { return .infinity }
        let scale = expected.map(abs).max() ?? 1
        return (zip(found, expected).map { abs($0 - $1) }.max() ?? 0) / scale
    }
}
