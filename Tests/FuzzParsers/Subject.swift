// A parser under attack, and how its inputs are changed.

import Datasets

/// A parser, and inputs that it reads.
struct Subject {
    var name: String
    /// Whole inputs, from which others are made.
    var seeds: [[UInt8]]
    /// What stands in inputs, and is put into others.
    var words: [String] = []
    /// Whether the bytes were read without a complaint.
    var reads: ([UInt8]) -> Bool

    /// Input number `run`: the same in every process.
    func input(_ run: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(run))
        var bytes = seeds[run % seeds.count]
        // Now and then nothing but noise.
        if run % 50 == 49 { bytes = (0..<Int.random(in: 0..<64, using: &generator)).map { _ in generator.next8() } }
        // Mostly one: an input with many faults shows only the first.
        let count = [1, 1, 1, 2, 3, 6].randomElement(using: &generator) ?? 1
        for _ in 0..<count { change(&bytes, &generator) }
        return bytes
    }

    private func change(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return bytes.append(generator.next8()) }
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        let length = min(Int.random(in: 1...24, using: &generator), bytes.count - place)
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<6: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 6..<9: bytes[place] = generator.next8()
        case 9..<11: bytes.removeSubrange(place..<(place + length))
        case 11..<13: bytes.insert(contentsOf: Array(bytes[place..<(place + length)]), at: place)
        case 13..<15:
            // A number at an edge, where a length or an offset may stand.
            let edges: [UInt64] = [0, 1, 0x7F, 0xFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, .max >> 1, .max]
            guard let edge = edges.randomElement(using: &generator) else { return }
            for offset in 0..<min([1, 2, 4, 8].randomElement(using: &generator) ?? 1, bytes.count - place) {
                bytes[place + offset] = UInt8(truncatingIfNeeded: edge >> UInt64(8 * offset))
            }
        case 15..<19: bytes.insert(contentsOf: (words.randomElement(using: &generator) ?? "\0").utf8, at: place)
        default: bytes.removeLast(bytes.count - place)
        }
    }
}

extension SeededGenerator {
    fileprivate mutating func next8() -> UInt8 { UInt8(truncatingIfNeeded: next()) }
}
