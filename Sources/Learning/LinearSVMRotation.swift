// Fewer images than features: the same problem in as many coordinates as there are images.
//
// The optimum of a linear SVM is a sum of its examples, w = Σ aᵢ zᵢ, so only their inner products K = Z Zᵀ matter
// (Schölkopf, Herbrich and Smola, "A Generalized Representer Theorem", 2001). With K = L Lᵀ, the rows of L are the rows of
// Z in rotated coordinates, and half of them is zeros.

/// The lower triangle of a square matrix with its diagonal, row after row.
struct TriangularMatrix: Sendable {
    let order: Int
    var values: [Double]

    /// Where a row begins in `values`; it has one number more than its index.
    static func start(ofRow row: Int) -> Int { row * (row + 1) / 2 }

    /// The rows and columns with these numbers.
    func subset(_ rows: [Int]) -> TriangularMatrix {
        var picked: [Double] = []
        picked.reserveCapacity(Self.start(ofRow: rows.count))
        for (position, row) in rows.enumerated() {
            for column in rows[...position] {
                picked.append(values[Self.start(ofRow: max(row, column)) + min(row, column)])
            }
        }
        return TriangularMatrix(order: rows.count, values: picked)
    }
}

extension TriangularMatrix {
    /// The inner products of the rows (x, 1) of `features`, in full 64-bit accuracy: nearly equal images differ in the
    /// last digits.
    static func innerProducts(of features: FeatureMatrix, threads: Int) throws -> TriangularMatrix {
        let blockSize = 32
        let (rows, columns) = (features.rows, features.columns)
        let values = features.values.map { Double($0) }
        let blocks = try concurrentMap((rows + blockSize - 1) / blockSize, threads: threads) { block in
            // A block of rows stays in the second cache while all earlier rows pass by.
            let block = (block * blockSize)..<min((block + 1) * blockSize, rows)
            let origin = start(ofRow: block.lowerBound)
            var products = [Double](repeating: 0, count: start(ofRow: block.upperBound) - origin)
            values.withUnsafeBufferPointer { values in
                for other in 0..<block.upperBound {
                    for row in max(other, block.lowerBound)..<block.upperBound {
                        products[start(ofRow: row) - origin + other] =
                            1 + dot(values, row * columns, other * columns, columns)
                    }
                }
            }
            return products
        }
        return TriangularMatrix(order: rows, values: Array(blocks.joined()))
    }

    /// The Cholesky factor L of this matrix K = L Lᵀ, row by row.
    ///
    /// K need not have full rank: a row that is a sum of earlier ones, up to rounding, gets a zero on the diagonal, and its
    /// column stays empty.
    func choleskyFactor() -> TriangularMatrix {
        var factor = values
        factor.withUnsafeMutableBufferPointer { factor in
            for row in 0..<order {
                let start = Self.start(ofRow: row)
                for column in 0..<row {
                    let other = Self.start(ofRow: column)
                    let diagonal = factor[other + column]
                    let rest = factor[start + column] - dot(UnsafeBufferPointer(factor), start, other, column)
                    factor[start + column] = diagonal > 0 ? rest / diagonal : 0
                }
                let square = factor[start + row]
                let rest = square - dot(UnsafeBufferPointer(factor), start, start, row)
                factor[start + row] = rest > 1e-11 * square ? rest.squareRoot() : 0
            }
        }
        return TriangularMatrix(order: order, values: factor)
    }

    /// The a with Lᵀ a = w, for this matrix L; where the diagonal is zero, so is a.
    func solveTransposed(_ w: [Double]) -> [Double] {
        var a = w
        for row in (0..<order).reversed() {
            let start = Self.start(ofRow: row)
            let diagonal = values[start + row]
            a[row] = diagonal > 0 ? a[row] / diagonal : 0
            for column in 0..<row { a[column] -= a[row] * values[start + column] }
        }
        return a
    }
}

/// The inner product of `count` numbers from `i` on with those from `j` on.
@inline(__always)
private func dot(_ values: UnsafeBufferPointer<Double>, _ i: Int, _ j: Int, _ count: Int) -> Double {
    let bytes = UnsafeRawBufferPointer(values)
    var sum = SIMD8<Double>.zero
    var index = 0
    while index + 8 <= count {
        sum +=
            bytes.loadUnaligned(fromByteOffset: 8 * (i + index), as: SIMD8<Double>.self)
            * bytes.loadUnaligned(fromByteOffset: 8 * (j + index), as: SIMD8<Double>.self)
        index += 8
    }
    var total = sum.sum()
    while index < count {
        total += values[i + index] * values[j + index]
        index += 1
    }
    return total
}
