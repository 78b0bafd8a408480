// All pairs of hashes that differ in few bits, found without comparing every hash with every other.
//
// Norouzi, Punjani and Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", 2012,
// https://arxiv.org/abs/1307.2982. If two hashes differ in at most d bits and are cut into d + 1 pieces, they agree in one
// piece at least (the pigeonhole principle): so hashes are sorted by each piece in turn, and only those that agree in one
// are compared. Of real photos many agree in some piece, such as where skies are; when comparing all pairs at eight a
// time is quicker, that is done instead.

public import Imaging

/// Two hashes, by their places in the list, and in how many bits they differ.
public struct HashPair: Hashable, Sendable {
    /// The place of the first.
    public let first: Int
    /// The place of the second, behind the first's.
    public let second: Int
    /// Bits in which they differ.
    public let distance: Int

    /// Makes a pair.
    public init(first: Int, second: Int, distance: Int) {
        (self.first, self.second, self.distance) = (first, second, distance)
    }
}

/// A hash near another one.
public struct HashNeighbour: Hashable, Sendable {
    /// Its place in the list.
    public let index: Int
    /// Bits in which it differs.
    public let distance: Int

    /// Makes a neighbour.
    public init(index: Int, distance: Int) { (self.index, self.distance) = (index, distance) }
}

/// Hashes of the same size, and which of them are near to each other.
public struct HashIndex: Sendable {
    private let table: HashTable
    private let bitCount: Int

    /// Takes hashes, all of the same size.
    public init(_ hashes: [DifferenceHash]) {
        table = HashTable(hashes)
        bitCount = hashes.first?.bitCount ?? 1
    }

    /// How many hashes there are.
    public var count: Int { table.count }

    /// How pairs are found.
    package enum Method: Hashable, Sendable { case pieces, scan }

    /// All hashes that differ from `hash` in at most `distance` bits, in the order of the list.
    public func neighbours(of hash: DifferenceHash, within distance: Int) -> [HashNeighbour] {
        var result: [HashNeighbour] = []
        guard count > 0 else { return result }
        precondition(hash.bitCount == bitCount, "All hashes that are compared must have the same size.")
        hash.words.withUnsafeBufferPointer { words in
            guard let words = words.baseAddress else { return }
            table.forEachHash(near: words, within: distance) { result.append(HashNeighbour(index: $0, distance: $1)) }
        }
        return result
    }

    /// All pairs that differ in at most `distance` bits, by their first and then their second hash.
    ///
    /// Where k hashes are equal, these alone are k (k − 1) / 2 pairs: `NearDuplicates` keeps one of each.
    public func pairs(within distance: Int, threads: Int = 1) -> [HashPair] {
        pairs(within: distance, threads: threads, by: nil)
    }

    /// The same pairs, found in a given way; nil chooses the quicker one.
    package func pairs(within distance: Int, threads: Int, by method: Method?) -> [HashPair] {
        precondition(distance >= 0, "Hashes differ in 0 bits or more, not in \(distance).")
        guard count > 1 else { return [] }
        if method != .scan, let pieces = Pieces(table, bitCount: bitCount, distance: distance, threads: threads) {
            // Measured on 100,000 hashes of 256 bits: a scan takes 0.13 ns a pair and word, comparing two hashes that agree
            // in a piece 12 ns, for they lie far apart in memory.
            let scan = 0.065 * Double(count) * Double(count) * Double(table.wordsPerHash)
            if method == .pieces || 12 * Double(pieces.candidateCount) < scan {
                return pieces.pairs(in: table, within: distance, threads: threads)
            }
        }
        return scan(within: distance, threads: threads)
    }

    private func scan(within distance: Int, threads: Int) -> [HashPair] {
        let step = 256
        let blocks = inParallel((count + step - 1) / step, threads: threads) { block -> [HashPair] in
            var pairs: [HashPair] = []
            table.rows.withUnsafeBufferPointer { rows in
                guard let base = rows.baseAddress else { return }
                for first in block * step..<min(count, (block + 1) * step) {
                    table.forEachHash(near: base + first * table.wordsPerHash, within: distance, from: first + 1) {
                        pairs.append(HashPair(first: first, second: $0, distance: $1))
                    }
                }
            }
            return pairs
        }
        return blocks.flatMap(\.self)
    }
}

/// Hashes cut into pieces, and for each piece the hashes sorted by it.
///
/// A piece is every m-th bit, for a sky or a wall makes neighbouring bits equal in many photos, and whole pieces with them.
private struct Pieces: Sendable {
    private struct Piece: Sendable {
        /// The bits of all hashes in their order.
        let keys: [UInt32]
        /// Sets of hashes that agree: at least two, ascending.
        let runs: [[Int32]]
    }

    private let pieces: [Piece]
    /// How many pairs agree in some piece; those that agree in several count several times.
    let candidateCount: Int

    /// Nil where pieces would be so short that too many hashes agree in one.
    init?(_ table: HashTable, bitCount: Int, distance: Int, threads: Int) {
        // Keys of 32 bits at most, so that a key and an index are sorted as one number.
        let count = max(distance + 1, (bitCount + 31) / 32)
        guard bitCount / count >= 8 else { return nil }
        pieces = inParallel(count, threads: threads) { piece in
            let keys = table.rows.withUnsafeBufferPointer { rows in
                (0..<table.count).map { hash in
                    let row = hash * table.wordsPerHash
                    return stride(from: piece, to: bitCount, by: count).reduce(0 as UInt32) { key, bit in
                        key << 1 | UInt32(truncatingIfNeeded: rows[row + bit / 64] >> UInt64(63 - bit % 64) & 1)
                    }
                }
            }
            return Piece(keys: keys, runs: Self.runs(of: keys))
        }
        candidateCount = pieces.reduce(0) { sum, piece in
            piece.runs.reduce(sum) { $0 + $1.count * ($1.count - 1) / 2 }
        }
    }

    private static func runs(of keys: [UInt32]) -> [[Int32]] {
        let order = keys.enumerated().map { UInt64($0.element) << 32 | UInt64($0.offset) }.sorted()
        var runs: [[Int32]] = []
        var begin = 0
        while begin < order.count {
            var end = begin + 1
            while end < order.count && order[end] >> 32 == order[begin] >> 32 { end += 1 }
            if end - begin > 1 { runs.append(order[begin..<end].map { Int32(truncatingIfNeeded: $0) }) }
            begin = end
        }
        return runs
    }

    func pairs(in table: HashTable, within distance: Int, threads: Int) -> [HashPair] {
        let found = inParallel(pieces.count, threads: threads) { piece in
            table.rows.withUnsafeBufferPointer { rows in
                var pairs: [HashPair] = []
                let words = table.wordsPerHash
                for run in pieces[piece].runs {
                    for (place, first) in run.enumerated() {
                        let a = Int(first)
                        for second in run[(place + 1)...] {
                            let b = Int(second)
                            var bits = 0
                            for word in 0..<words {
                                bits += (rows[a * words + word] ^ rows[b * words + word]).nonzeroBitCount
                            }
                            // A pair that agrees in an earlier piece was found there.
                            guard bits <= distance, !pieces[..<piece].contains(where: { $0.keys[a] == $0.keys[b] })
                            else { continue }
                            pairs.append(HashPair(first: a, second: b, distance: bits))
                        }
                    }
                }
                return pairs
            }
        }
        return found.flatMap(\.self).sorted { ($0.first, $0.second) < ($1.first, $1.second) }
    }
}
