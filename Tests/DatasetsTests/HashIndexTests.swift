import Datasets
import Imaging
import Testing

@Suite struct HashIndexTests {
    /// Hashes some of which are near to others: `clusters` centres, and copies with up to 40 bits turned over.
    private func hashes(_ count: Int, size: Int, clusters: Int, _ generator: inout SeededGenerator) throws
        -> [DifferenceHash]
    {
        let words = (size * size + 63) / 64
        var centres: [[UInt64]] = []
        for _ in 0..<clusters { centres.append((0..<words).map { _ in generator.next() }) }
        // One without any bit, as plain pictures have it.
        centres[0] = [UInt64](repeating: 0, count: words)
        return try (0..<count).map { _ in
            var bits = generator.element(of: centres)
            for _ in 0..<generator.index(below: 41) {
                let bit = generator.index(below: size * size)
                bits[bit / 64] ^= 1 << (63 - UInt64(bit % 64))
            }
            if size * size % 64 != 0 { bits[words - 1] &= ~0 << UInt64(words * 64 - size * size) }
            return try #require(DifferenceHash(size: size, words: bits))
        }
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `Pairs are those that comparing all with all finds, in either way`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let size = [4, 8, 12, 16][Int(seed) % 4]
        let count = [2, 63, 64, 65, 300][generator.index(below: 5)]
        let hashes = try hashes(count, size: size, clusters: 1 + generator.index(below: 30), &generator)
        let index = HashIndex(hashes)
        for distance in [0, 1, 2, 5, 10, 16, 30, 31, 60] {
            var expected: [HashPair] = []
            for i in hashes.indices {
                for j in hashes.indices.dropFirst(i + 1) where hashes[i].distance(to: hashes[j]) <= distance {
                    expected.append(HashPair(first: i, second: j, distance: hashes[i].distance(to: hashes[j])))
                }
            }
            #expect(index.pairs(within: distance, threads: 1, by: .scan) == expected, "seed \(seed), \(distance)")
            #expect(index.pairs(within: distance, threads: 2, by: .pieces) == expected, "seed \(seed), \(distance)")
            #expect(index.pairs(within: distance, threads: 2) == expected, "seed \(seed), \(distance)")
            let first = expected.filter { $0.first == 0 }.map { HashNeighbour(index: $0.second, distance: $0.distance) }
            #expect(
                index.neighbours(of: hashes[0], within: distance) == [HashNeighbour(index: 0, distance: 0)] + first)
        }
    }

    @Test func `Many equal hashes are all found`() throws {
        let zero = try #require(DifferenceHash(size: 8, words: [0]))
        let pairs = HashIndex([DifferenceHash](repeating: zero, count: 200)).pairs(within: 0)
        #expect(pairs.count == 200 * 199 / 2)
        #expect(HashIndex([DifferenceHash](repeating: zero, count: 200)).neighbours(of: zero, within: 0).count == 200)
    }

    @Test func `No hash and one hash have no pairs`() throws {
        let zero = try #require(DifferenceHash(size: 8, words: [0]))
        #expect(HashIndex([]).pairs(within: 64).isEmpty)
        #expect(HashIndex([]).neighbours(of: zero, within: 64).isEmpty)
        #expect(HashIndex([zero]).pairs(within: 64).isEmpty)
    }
}
