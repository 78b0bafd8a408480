// A linear support vector machine for feature vectors of a frozen network.
//
// L2-regularised, with the squared hinge loss, one class against the rest: the problem of Hsieh, Chang, Lin, Keerthi and
// Sundararajan, "A Dual Coordinate Descent Method for Large-scale Linear SVM", 2008, as LIBLINEAR and scikit-learn's
// LinearSVC pose it. Each class k has the w and b that minimise
//
//     ½(‖w‖² + b²) + C Σᵢ gᵢ max(0, 1 − yᵢ(w·xᵢ + b))²
//
// with yᵢ = 1 for its own examples and −1 for all others, and gᵢ the weight of an example. The bias is regularised like
// every other weight. How the minimum is found stands in `LinearSVMSolver.swift`.

public import Foundation

/// One linear function of the features a class; the class with the highest score wins.
public struct LinearSVM: Codable, Hashable, Sendable {
    /// [classCount, featureCount], one class after another.
    public let weights: [Float]
    /// One a class, added to its score.
    public let biases: [Float]
    /// How many numbers a feature vector has.
    public let featureCount: Int
    /// The strength of the loss against the regularisation that the model was fitted with.
    public let c: Double

    /// The number of classes.
    public var classCount: Int { biases.count }

    /// Makes a model from its numbers: [classCount, featureCount] weights and a bias a class.
    public init(weights: [Float], biases: [Float], featureCount: Int, c: Double) {
        precondition(
            weights.count == biases.count * featureCount,
            "\(biases.count) classes of \(featureCount) features need \(biases.count * featureCount) weights.")
        (self.weights, self.biases, self.featureCount, self.c) = (weights, biases, featureCount, c)
    }

    /// Puts classes together that exclude each other.
    init(_ hyperplanes: [Hyperplane], featureCount: Int, c: Double) {
        // Of two classes only the second was fitted.
        let all = hyperplanes.count == 1 ? [hyperplanes[0].mirrored, hyperplanes[0]] : hyperplanes
        self.init(labels: all, featureCount: featureCount, c: c)
    }

    /// Puts labels together that do not exclude each other.
    init(labels all: [Hyperplane], featureCount: Int, c: Double) {
        self.init(
            weights: all.flatMap { $0.weights.map { Float($0) } }, biases: all.map { Float($0.bias) },
            featureCount: featureCount, c: c)
    }
}

extension LinearSVM {
    /// Fits a model.
    ///
    /// The result does not depend on the number of threads, to the last bit.
    ///
    /// - Parameters:
    ///   - features: One row an example. Rows are taken as they are: scale them to length 1 before
    ///     (`FeatureMatrix.scaledToUnitLength`), as the usual values of C suppose.
    ///   - labels: The class of each row, 0 ..< classCount; every class occurs.
    ///   - classCount: The number of classes, 2 or more.
    ///   - c: The strength of the loss against the regularisation, positive.
    ///   - classWeights: How much an example of each class counts.
    ///   - tolerance: The largest relative error of each objective; that of the weights is at most its square root.
    ///   - threads: The most threads to use.
    /// - Returns: The fitted model.
    /// - Throws: `LinearSVMError`, if the examples do not fit together or hold a number that is not finite.
    public static func fit(
        _ features: FeatureMatrix, labels: [Int], classCount: Int, c: Double, classWeights: ClassWeights = .balanced,
        tolerance: Double = 1e-6, threads: Int = ProcessInfo.processInfo.activeProcessorCount
    ) throws -> LinearSVM {
        try path(
            features, labels: labels, classCount: classCount, cs: [c], classWeights: classWeights, tolerance: tolerance,
            threads: threads)[0]
    }

    /// Fits a model for each of several values of C, in the order given, each starting from the one before.
    ///
    /// From small to large is the quick order. The parameters are those of `fit`.
    public static func path(
        _ features: FeatureMatrix, labels: [Int], classCount: Int, cs: [Double], classWeights: ClassWeights = .balanced,
        tolerance: Double = 1e-6, threads: Int = ProcessInfo.processInfo.activeProcessorCount
    ) throws -> [LinearSVM] {
        try checkExamples(features, labels: labels, classCount: classCount)
        try checkCs(cs)
        let products = try innerProducts(of: features, threads: threads)
        let examples = TrainingExamples(
            features, rows: Array(0..<features.rows), labels: labels, classCount: classCount,
            classWeights: classWeights,
            products: products)
        let paths = try concurrentMap(examples.problemCount, threads: threads) {
            try examples.path(ofProblem: $0, cs: cs, tolerance: tolerance)
        }
        return cs.indices.map { index in
            LinearSVM(paths.map { $0[index] }, featureCount: features.columns, c: cs[index])
        }
    }

    /// The inner products of all rows, where they make the cheaper coordinates: with fewer images than features.
    static func innerProducts(of features: FeatureMatrix, threads: Int) throws -> TriangularMatrix? {
        guard features.rows <= features.columns else { return nil }
        return try TriangularMatrix.innerProducts(of: features, threads: threads)
    }

    /// One score a class for each row: w·x + b, positive on the class's side.
    public func scores(of features: FeatureMatrix) throws -> [[Double]] {
        try scores(of: features, rows: Array(0..<features.rows))
    }

    func scores(of features: FeatureMatrix, rows: [Int]) throws -> [[Double]] {
        guard features.columns == featureCount else {
            throw LinearSVMError.featureCount(expected: featureCount, found: features.columns)
        }
        return features.values.withUnsafeBufferPointer { values in
            weights.withUnsafeBufferPointer { weights in
                rows.map { row in
                    biases.indices.map { index in
                        dot(values, row * featureCount, weights, index * featureCount, featureCount)
                            + Double(biases[index])
                    }
                }
            }
        }
    }

    /// What the fit minimised, for each class, on these examples; two classes have the same value.
    ///
    /// The parameters are those of `fit`.
    public func objectives(
        on features: FeatureMatrix, labels: [Int], classWeights: ClassWeights = .balanced
    ) throws -> [Double] {
        try checkExamples(features, labels: labels, classCount: classCount)
        let scores = try scores(of: features)
        let counts = (0..<classCount).map { index in labels.count { $0 == index } }
        let classWeights = classWeights.weights(counts: counts)
        return (0..<classCount).map { positive in
            let own = weights[(positive * featureCount)..<((positive + 1) * featureCount)]
            var objective =
                0.5
                * own.reduce(Double(biases[positive]) * Double(biases[positive])) {
                    $0 + Double($1) * Double($1)
                }
            for (row, label) in labels.enumerated() {
                let margin = label == positive ? scores[row][positive] : -scores[row][positive]
                let weight = costWeight(of: label, against: positive, classWeights)
                objective += c * weight * max(0, 1 - margin) * max(0, 1 - margin)
            }
            return objective
        }
    }
}
