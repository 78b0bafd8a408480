// Problems for the tests of the linear SVM: golden ones, and made-up ones by seed.

import Foundation
import Learning
import TestSupport

/// What `Tools/golden/svm.py` wrote.
struct SVMGolden: Decodable {
    struct Problem: Decodable {
        struct Fit: Decodable {
            var c: Double
            var coefficients: [[Double]]
            var intercepts: [Double]
            var objectives: [Double]
        }
        var classWeights: ClassWeights
        var columns: Int
        var classCount: Int
        var features: [Float]
        var labels: [Int]
        var fits: [Fit]

        var matrix: FeatureMatrix { FeatureMatrix(rows: labels.count, columns: columns, values: features) }
    }
    struct TemperatureFit: Decodable {
        var scores: [[Double]]
        var labels: [Int]
        var temperature: Double
    }
    var problems: [String: Problem]
    var calibrations: [TemperatureFit]

    static func load() throws -> SVMGolden {
        try JSONDecoder().decode(SVMGolden.self, from: Data(contentsOf: Fixtures.golden("svm.json")))
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers for the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: Int) { state = UInt64(seed) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Overlapping classes of positive features of length 1; row r has class r mod `classCount`.
struct MadeUpProblem {
    var features: FeatureMatrix
    var labels: [Int]
    var classCount: Int

    init(rows: Int, columns: Int, classCount: Int, seed: Int) {
        var generator = SeededGenerator(seed: seed)
        let centres = (0..<(classCount * columns)).map { _ in Float.random(in: 0...1, using: &generator) }
        labels = (0..<rows).map { $0 % classCount }
        let values = labels.flatMap { label in
            (0..<columns).map { centres[label * columns + $0] + .random(in: 0...1, using: &generator) }
        }
        features = FeatureMatrix(rows: rows, columns: columns, values: values).scaledToUnitLength()
        self.classCount = classCount
    }

    /// The folds 0, 1, 2 in turn within each class.
    var folds: [Int] { labels.indices.map { $0 / classCount % 3 } }
}

/// The largest difference between two models' numbers, as a part of the largest number.
func largestDifference(_ a: LinearSVM, _ b: LinearSVM) -> Double {
    let (a, b) = (a.weights + a.biases, b.weights + b.biases)
    let largest = a.map(abs).max() ?? 1
    return Double((zip(a, b).map { abs($0 - $1) }.max() ?? 0) / largest)
}

/// The largest relative difference between two lists of numbers other than zero.
func largestRelativeDifference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { abs($0 / $1 - 1) }.max() ?? 0
}
