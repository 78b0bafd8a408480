// The examples of a training problem as the solver reads them, and the products that it needs.
//
// Products of rows are summed in 32-bit floats over short stretches and in 64-bit floats over the stretches, always in the
// same order. Every vector that the solver keeps is in 64-bit floats.

/// The rows z = (x, 1) of the examples, in coordinates in which they are short.
struct SolverRows: Sendable {
    /// Where the numbers of each row begin.
    private let starts: [Int]
    /// How many numbers of each row may be other than zero, before the constant.
    private let lengths: [Int]
    private let values: [Float]
    /// The constant that ends each row.
    private let constant: Double
    /// How many numbers a row has, with the constant.
    let width: Int

    /// The number of rows.
    var count: Int { starts.count }

    /// The rows of `features` with these numbers, as they are; nothing is copied.
    init(_ features: FeatureMatrix, rows: [Int]) {
        starts = rows.map { $0 * features.columns }
        lengths = Array(repeating: features.columns, count: rows.count)
        values = features.values
        constant = 1
        width = features.columns + 1
    }

    /// The rows of a Cholesky factor of the rows' inner products: the same rows after a rotation.
    init(_ factor: TriangularMatrix) {
        starts = (0..<factor.order).map { TriangularMatrix.start(ofRow: $0) }
        lengths = (0..<factor.order).map { $0 + 1 }
        values = factor.values.map { Float($0) }
        constant = 0
        width = factor.order + 1
    }

    /// z·w of every row.
    func products(with w: [Double]) -> [Double] {
        let w = Coordinates(w)
        return values.withUnsafeBufferPointer { values in
            w.values.withUnsafeBufferPointer { w_ in
                starts.indices.map { row in
                    dot(values, starts[row], w_, 0, lengths[row]) + constant * w.last
                }
            }
        }
    }

    /// The sum of the rows, each times its coefficient.
    func combination(_ coefficients: [Double]) -> [Double] {
        sum(over: Array(0..<count)) { _, row in coefficients[row] }
    }

    /// p + Σ scale (z·p) z over the rows in `active`; `scales` has one number for every row, active or not.
    func hessianProduct(_ p: [Double], active: [Int], scales: [Double]) -> [Double] {
        let coordinates = Coordinates(p)
        var product = coordinates.values.withUnsafeBufferPointer { p in
            // The row is still in the nearest cache when `sum` adds it.
            sum(over: active) { values, row in
                scales[row] * (dot(values, starts[row], p, 0, lengths[row]) + constant * coordinates.last)
            }
        }
        for index in product.indices { product[index] += p[index] }
        return product
    }

    /// The sum of the `rows`, each times what `coefficient` says.
    @inline(__always)
    private func sum(
        over rows: [Int], _ coefficient: (_ values: UnsafeBufferPointer<Float>, _ row: Int) -> Double
    ) -> [Double] {
        var total = [Double](repeating: 0, count: width)
        var partial = [Float](repeating: 0, count: width - 1)
        var constantTotal = 0.0
        values.withUnsafeBufferPointer { values in
            partial.withUnsafeMutableBufferPointer { partial in
                for first in stride(from: 0, to: rows.count, by: 64) {
                    for row in rows[first..<min(first + 64, rows.count)] {
                        let factor = coefficient(values, row)
                        constantTotal += factor * constant
                        add(Float(factor), values, starts[row], to: partial, lengths[row])
                    }
                    for index in partial.indices {
                        total[index] += Double(partial[index])
                        partial[index] = 0
                    }
                }
            }
        }
        total[width - 1] = constantTotal
        return total
    }
}

/// A vector of the solver in 32-bit floats, but for its last number, the bias.
private struct Coordinates {
    let values: [Float]
    let last: Double

    init(_ vector: [Double]) {
        values = vector.dropLast().map { Float($0) }
        last = vector[vector.count - 1]
    }
}

/// The inner product of `count` numbers of `a` from `i` on with those of `b` from `j` on.
@inline(__always)
func dot(_ a: UnsafeBufferPointer<Float>, _ i: Int, _ b: UnsafeBufferPointer<Float>, _ j: Int, _ count: Int) -> Double {
    let (a, b) = (UnsafeRawBufferPointer(a), UnsafeRawBufferPointer(b))
    var total = 0.0
    var index = 0
    let vectors = count & ~15
    while index < vectors {
        // 256 products are few enough to keep 32-bit sums exact to about 1e-7 of the largest.
        let end = min(index + 256, vectors)
        var sum = SIMD16<Float>.zero
        while index < end {
            sum +=
                a.loadUnaligned(fromByteOffset: 4 * (i + index), as: SIMD16<Float>.self)
                * b.loadUnaligned(fromByteOffset: 4 * (j + index), as: SIMD16<Float>.self)
            index += 16
        }
        total += Double(sum.sum())
    }
    while index < count {
        total += Double(
            a.loadUnaligned(fromByteOffset: 4 * (i + index), as: Float.self)
                * b.loadUnaligned(fromByteOffset: 4 * (j + index), as: Float.self))
        index += 1
    }
    return total
}

/// Adds `factor` times `count` numbers of `a` from `i` on to `sums`.
@inline(__always)
private func add(
    _ factor: Float, _ a: UnsafeBufferPointer<Float>, _ i: Int, to sums: UnsafeMutableBufferPointer<Float>, _ count: Int
) {
    let a = UnsafeRawBufferPointer(a)
    let sums = UnsafeMutableRawBufferPointer(sums)
    var index = 0
    while index + 16 <= count {
        let sum =
            sums.loadUnaligned(fromByteOffset: 4 * index, as: SIMD16<Float>.self)
            + factor * a.loadUnaligned(fromByteOffset: 4 * (i + index), as: SIMD16<Float>.self)
        sums.storeBytes(of: sum, toByteOffset: 4 * index, as: SIMD16<Float>.self)
        index += 16
    }
    while index < count {
        let sum =
            sums.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
            + factor * a.loadUnaligned(fromByteOffset: 4 * (i + index), as: Float.self)
        sums.storeBytes(of: sum, toByteOffset: 4 * index, as: Float.self)
        index += 1
    }
}
