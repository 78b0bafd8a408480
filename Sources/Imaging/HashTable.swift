// Many hashes side by side, so that one can be compared with all of them eight at a time.

import CPixels

/// Hashes of one size.
package struct HashTable: Sendable {
    /// How many there are.
    package let count: Int
    /// Words of a hash.
    package let wordsPerHash: Int
    /// One hash after another.
    package let rows: [UInt64]
    /// One word of all hashes after another; each column padded to a multiple of 64.
    private let columns: [UInt64]
    private let stride: Int

    /// Takes hashes, all of the same size.
    package init(_ hashes: [DifferenceHash]) {
        precondition(
            hashes.allSatisfy { $0.size == hashes[0].size }, "All hashes that are compared must have the same size.")
        count = hashes.count
        wordsPerHash = hashes.first?.words.count ?? 1
        rows = hashes.flatMap(\.words)
        stride = (count + 63) / 64 * 64
        var columns = [UInt64](repeating: 0, count: stride * wordsPerHash)
        for (index, hash) in hashes.enumerated() {
            for (word, bits) in hash.words.enumerated() { columns[word * stride + index] = bits }
        }
        self.columns = columns
    }

    /// Calls `body` with each hash from `first` on that differs from `words` in at most `limit` bits, in ascending order.
    package func forEachHash(
        near words: UnsafePointer<UInt64>, within limit: Int, from first: Int = 0, _ body: (Int, Int) -> Void
    ) {
        // Nearly always there are few, and then one pass is enough.
        var room = 64
        while true {
            let found = withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * room) { buffer -> Int in
                guard let indices = buffer.baseAddress else { return 0 }
                let found = Int(
                    cpx_hashes_within(
                        columns, stride, Int32(wordsPerHash), words, Int64(first), Int64(count), Int32(limit),
                        Int64(room), indices, indices + room))
                if found <= room {
                    for n in 0..<found { body(Int(indices[n]), Int(indices[room + n])) }
                }
                return found
            }
            if found <= room { return }
            room = found
        }
    }
}

/// The sum of products of the numbers that begin at two places.
package func dotProduct(_ a: UnsafePointer<Int8>, _ b: UnsafePointer<Int8>, count: Int) -> Int {
    Int(cpx_dot(a, b, Int32(count)))
}
