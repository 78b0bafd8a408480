// What a network makes of photos: a vector of numbers each, to be compared by their directions.

/// The feature vectors of a data set's images, in their order.
public struct PhotoFeatures: Hashable, Sendable {
    /// One row after another.
    public let values: [Float]
    /// How many numbers a row has.
    public let columns: Int

    /// The number of rows.
    public var count: Int { values.count / columns }

    /// Takes rows of `columns` numbers; a row of zeros is of an image of which nothing is known, and like no other.
    public init(_ values: [Float], columns: Int) {
        precondition(
            columns > 0 && values.count.isMultiple(of: columns), "\(values.count) numbers are no rows of \(columns).")
        (self.values, self.columns) = (values, columns)
    }
}

/// Vectors of length 1; such as had the length 0 keep it, and are like nothing.
struct UnitRows: Sendable {
    private let blocks: [SIMD8<Float>]
    private let blocksPerRow: Int

    init(_ features: PhotoFeatures) {
        let columns = features.columns
        blocksPerRow = (columns + 7) / 8
        var blocks = [SIMD8<Float>](repeating: .zero, count: features.count * blocksPerRow)
        for row in 0..<features.count {
            let values = features.values[row * columns..<(row + 1) * columns]
            let length = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            guard length > 0 else { continue }
            for (column, value) in values.enumerated() {
                blocks[row * blocksPerRow + column / 8][column % 8] = Float(Double(value) / length)
            }
        }
        self.blocks = blocks
    }

    /// The cosine of the angle between two of them.
    func product(_ a: Int, _ b: Int) -> Float {
        blocks.withUnsafeBufferPointer { blocks in
            var sum = SIMD8<Float>.zero
            for n in 0..<blocksPerRow { sum += blocks[a * blocksPerRow + n] * blocks[b * blocksPerRow + n] }
            return sum.sum()
        }
    }
}
