// From labelled feature vectors to one hyperplane a class.

/// How much an example of each class counts.
public enum ClassWeights: String, Codable, Hashable, Sendable, CaseIterable {
    /// Examples / (classes × examples of the class): a rare class counts as much as a common one.
    case balanced
    /// 1 for every class.
    case equal

    /// The weight of each class, from the number of its examples.
    package func weights(counts: [Int]) -> [Double] {
        switch self {
        case .balanced:
            let total = Double(counts.reduce(0, +))
            return counts.map { total / (Double(counts.count) * Double($0)) }
        case .equal: return counts.map { _ in 1 }
        }
    }
}

/// The chosen rows of a table of features with their labels, ready for the solver.
struct TrainingExamples: Sendable {
    let features: FeatureMatrix
    let rows: [Int]
    private let targets: SVMTargets
    private let solverRows: SolverRows
    /// The rotation of the rows, where there are fewer of them than features.
    private let factor: TriangularMatrix?

    /// Prepares rows of `features`; `products` are the inner products of *all* its rows, or nil to do without rotation.
    init(
        _ features: FeatureMatrix, rows: [Int], labels: [Int], classCount: Int, classWeights: ClassWeights,
        products: TriangularMatrix?
    ) {
        let own = rows.map { labels[$0] }
        var counts = [Int](repeating: 0, count: classCount)
        for label in own { counts[label] += 1 }
        self.init(
            features, rows: rows, targets: .classes(own, weights: classWeights.weights(counts: counts)),
            products: products)
    }

    /// The same for labels that do not exclude each other: `labels` are those of *all* rows.
    init(
        _ features: FeatureMatrix, rows: [Int], labels: [[Int]], labelCount: Int, classWeights: ClassWeights,
        products: TriangularMatrix?
    ) {
        let own = rows.map { labels[$0] }
        let weights = classWeights.binaryWeights(of: own, labelCount: labelCount)
        self.init(features, rows: rows, targets: .labels(own, weights: weights), products: products)
    }

    private init(_ features: FeatureMatrix, rows: [Int], targets: SVMTargets, products: TriangularMatrix?) {
        (self.features, self.rows, self.targets) = (features, rows, targets)
        let whole = rows.count == features.rows
        factor = products.map { (whole ? $0 : $0.subset(rows)).choleskyFactor() }
        solverRows = factor.map { SolverRows($0) } ?? SolverRows(features, rows: rows)
    }

    /// The number of problems to solve.
    var problemCount: Int { targets.problemCount }

    /// The hyperplanes of one problem for each C, in the order given; each search starts where the last one ended.
    func path(ofProblem problem: Int, cs: [Double], tolerance: Double) throws -> [Hyperplane] {
        let (signs, unitCosts) = targets.examples(ofProblem: problem)
        var w = [Double](repeating: 0, count: solverRows.width)
        return try cs.map { c in
            let problem = SquaredHingeProblem(rows: solverRows, signs: signs, costs: unitCosts.map { c * $0 })
            let minimum = problem.minimum(from: w, tolerance: tolerance)
            // What LinearSVM promises; rounding keeps the solver from it only for C far outside the usual range.
            guard minimum.gap <= max(tolerance, 1e-3) else { throw LinearSVMError.notConverged(c: c, gap: minimum.gap) }
            w = minimum.w
            return hyperplane(w)
        }
    }

    /// A solution in the coordinates of the features.
    private func hyperplane(_ w: [Double]) -> Hyperplane {
        guard let factor else { return Hyperplane(weights: Array(w.dropLast()), bias: w[w.count - 1]) }
        let coefficients = factor.solveTransposed(Array(w.dropLast()))
        let columns = features.columns
        var weights = [Double](repeating: 0, count: columns)
        features.values.withUnsafeBufferPointer { values in
            for (row, coefficient) in zip(rows, coefficients) where coefficient != 0 {
                for column in 0..<columns { weights[column] += coefficient * Double(values[row * columns + column]) }
            }
        }
        return Hyperplane(weights: weights, bias: coefficients.reduce(0, +))
    }
}

/// Where a class ends: x ↦ w·x + b is positive on its side.
struct Hyperplane: Sendable {
    var weights: [Double]
    var bias: Double

    /// The same border seen from the other side.
    var mirrored: Hyperplane { Hyperplane(weights: weights.map { -$0 }, bias: -bias) }
}

/// How much an example of class `label` counts where class `positive` is told from the others.
///
/// As in LIBLINEAR, and so in scikit-learn, the weight of a class counts for its own examples only: all others have weight
/// 1 among three or more classes, and the other class's weight between two.
func costWeight(of label: Int, against positive: Int, _ classWeights: [Double]) -> Double {
    label == positive || classWeights.count == 2 ? classWeights[label] : 1
}

/// Throws unless these are examples that a model of `classCount` classes can be fitted to.
func checkExamples(_ features: FeatureMatrix, labels: [Int], classCount: Int) throws {
    guard classCount >= 2 else { throw LinearSVMError.tooFewClasses(classCount) }
    guard labels.count == features.rows else {
        throw LinearSVMError.labelCount(vectors: features.rows, labels: labels.count)
    }
    if let row = labels.firstIndex(where: { !(0..<classCount).contains($0) }) {
        throw LinearSVMError.label(row: row, label: labels[row], classes: classCount)
    }
    let present = Set(labels)
    if let missing = (0..<classCount).first(where: { !present.contains($0) }) {
        throw LinearSVMError.emptyClass(missing)
    }
    if let (row, column) = features.firstNotFinite { throw LinearSVMError.notFinite(row: row, column: column) }
}

/// Throws unless each is a positive number.
func checkCs(_ cs: [Double]) throws {
    if let c = cs.first(where: { !($0 > 0 && $0.isFinite) }) { throw LinearSVMError.c(c) }
}
