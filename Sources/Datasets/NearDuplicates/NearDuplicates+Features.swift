// The same photo, by what a network makes of it: finds more than crops and mirrors, such as the next frame of a film.

public import Imaging

extension NearDuplicates {
    /// Images whose feature vectors point into nearly the same direction.
    ///
    /// Every image is compared with every other, in blocks that fit the cache: about n² · columns / 10¹⁰ seconds a thread.
    ///
    /// - Parameters:
    ///   - features: One row of `columns` numbers an image, in the order of `images`.
    ///   - columns: Length of a row.
    ///   - images: Their paths, and measures where there are any: these decide which is the best of a group.
    ///   - cosine: The least cosine of two vectors, up to 1.
    ///   - threads: How many threads compute.
    /// - Returns: The groups, in the order of their first image.
    public static func byFeatures(
        _ features: [Float], columns: Int, among images: [DuplicateCandidate], cosine: Double, threads: Int = 1
    ) -> [DuplicateGroup] {
        precondition(
            columns > 0 && features.count == images.count * columns,
            "\(features.count) numbers are no \(images.count) rows of \(columns).")
        let rows = UnitRows(features, columns: columns)
        let step = 64
        let blocks = (images.count + step - 1) / step
        let found = inParallel(blocks, threads: threads) { block -> [(Int, Int)] in
            var pairs: [(Int, Int)] = []
            let own = block * step..<min(images.count, (block + 1) * step)
            for start in stride(from: own.lowerBound, to: images.count, by: step) {
                for b in start..<min(images.count, start + step) {
                    for a in own where a < b && rows.product(a, b) >= Float(cosine) { pairs.append((a, b)) }
                }
            }
            return pairs
        }
        return DuplicateGroup.groups(of: found.flatMap(\.self), among: images) { best, other in
            DuplicateGroup.Member(
                index: other, distance: nil, similarity: Double(rows.product(best, other)), changes: [])
        }
    }
}

/// Vectors of length 1; such as had the length 0 keep it, and are like nothing.
private struct UnitRows: Sendable {
    private let blocks: [SIMD8<Float>]
    private let blocksPerRow: Int

    init(_ features: [Float], columns: Int) {
        blocksPerRow = (columns + 7) / 8
        var blocks = [SIMD8<Float>](repeating: .zero, count: features.count / columns * blocksPerRow)
        for row in 0..<features.count / columns {
            let values = features[row * columns..<(row + 1) * columns]
            let length = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            guard length > 0 else { continue }
            for (column, value) in values.enumerated() {
                blocks[row * blocksPerRow + column / 8][column % 8] = Float(Double(value) / length)
            }
        }
        self.blocks = blocks
    }

    func product(_ a: Int, _ b: Int) -> Float {
        blocks.withUnsafeBufferPointer { blocks in
            var sum = SIMD8<Float>.zero
            for n in 0..<blocksPerRow { sum += blocks[a * blocksPerRow + n] * blocks[b * blocksPerRow + n] }
            return sum.sum()
        }
    }
}
