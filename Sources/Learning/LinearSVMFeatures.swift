// Feature vectors as a table of numbers: what a frozen network makes of a list of images.

/// Feature vectors, one row an image.
public struct FeatureMatrix: Hashable, Sendable {
    /// The number of vectors.
    public let rows: Int
    /// How many numbers a vector has.
    public let columns: Int
    /// [rows, columns], one row after another.
    public let values: [Float]

    /// Makes a table of `rows` vectors from their `rows × columns` numbers.
    public init(rows: Int, columns: Int, values: [Float]) {
        precondition(
            rows >= 0 && columns >= 0 && values.count == rows * columns,
            "\(rows) rows of \(columns) numbers need \(rows * columns) values, not \(values.count).")
        (self.rows, self.columns, self.values) = (rows, columns, values)
    }

    /// The vector in `row`.
    public subscript(row: Int) -> ArraySlice<Float> { values[(row * columns)..<((row + 1) * columns)] }

    /// The rows with these numbers, in this order; a row may be taken several times.
    public func subset(rows: [Int]) -> FeatureMatrix {
        var picked: [Float] = []
        picked.reserveCapacity(rows.count * columns)
        for row in rows { picked.append(contentsOf: self[row]) }
        return FeatureMatrix(rows: rows.count, columns: columns, values: picked)
    }

    /// Each row divided by its Euclidean length, so that only directions count; a row of zeros stays one.
    ///
    /// Lengths below 1e-12 count as 1e-12, as they do where a network ends in the same operation.
    public func scaledToUnitLength() -> FeatureMatrix {
        var scaled = values
        for row in 0..<rows {
            let range = (row * columns)..<((row + 1) * columns)
            let squares = values[range].reduce(0.0) { $0 + Double($1) * Double($1) }
            let factor = Float(1 / max(squares.squareRoot(), 1e-12))
            for index in range { scaled[index] *= factor }
        }
        return FeatureMatrix(rows: rows, columns: columns, values: scaled)
    }

    /// The square root of each number; numbers below 0 count as 0.
    public func squareRooted() -> FeatureMatrix {
        FeatureMatrix(rows: rows, columns: columns, values: values.map { max($0, 0).squareRoot() })
    }

    /// The first number that is infinite or not a number.
    var firstNotFinite: (row: Int, column: Int)? {
        values.firstIndex { !$0.isFinite }.map { ($0 / columns, $0 % columns) }
    }
}
