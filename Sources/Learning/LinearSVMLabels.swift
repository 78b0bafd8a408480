// Linear SVMs for labels that do not exclude each other, and the choice of C for them.

import Evaluation
public import Foundation

extension LinearSVM {
    /// Fits a hyperplane for each label, the examples with it against those without.
    ///
    /// The result does not depend on the number of threads, to the last bit.
    ///
    /// - Parameters:
    ///   - features: One row an example, scaled to length 1.
    ///   - labels: The labels of each row, 0 ..< labelCount; some rows have each, and some have not.
    ///   - labelCount: The number of labels, 1 or more.
    ///   - c: The strength of the loss against the regularisation, positive.
    ///   - classWeights: How much examples with and without a label count.
    ///   - tolerance: The largest relative error of each objective.
    ///   - threads: The most threads to use.
    /// - Returns: The fitted model; a score is positive where it says yes to the label.
    /// - Throws: `LinearSVMError`, if the examples do not fit together or hold a number that is not finite.
    public static func fit(
        _ features: FeatureMatrix, labels: [[Int]], labelCount: Int, c: Double, classWeights: ClassWeights = .balanced,
        tolerance: Double = 1e-6, threads: Int = ProcessInfo.processInfo.activeProcessorCount
    ) throws -> LinearSVM {
        try checkExamples(features, labels: labels, labelCount: labelCount)
        try checkCs([c])
        let examples = TrainingExamples(
            features, rows: Array(0..<features.rows), labels: labels, labelCount: labelCount,
            classWeights: classWeights,
            products: try innerProducts(of: features, threads: threads))
        let planes = try concurrentMap(labelCount, threads: threads) {
            try examples.path(ofProblem: $0, cs: [c], tolerance: tolerance)[0]
        }
        return LinearSVM(labels: planes, featureCount: features.columns, c: c)
    }
}

extension CSearch {
    /// How many folds the training images allow where labels do not exclude each other; nil if nothing can be held out.
    public static func foldCount(labels: [[Int]], labelCount: Int, preferred: Int = 3) -> Int? {
        let counts = labels.reduce(into: [Int](repeating: 0, count: labelCount)) { counts, own in
            for label in own { counts[label] += 1 }
        }
        let most = min(preferred, counts.map { min($0, labels.count - $0) }.min() ?? 0)
        return most >= 2 ? most : nil
    }

    /// Tries every C on every fold, where labels do not exclude each other.
    ///
    /// The best C has the highest mean average precision over all held-out images: what does not depend on where a score
    /// becomes a yes. Of several, it is the smallest. The parameters are those of the other search.
    public init(
        _ features: FeatureMatrix, labels: [[Int]], labelCount: Int, folds: [Int], cs: [Double] = decades,
        classWeights: ClassWeights = .balanced, tolerance: Double = 1e-6,
        threads: Int = ProcessInfo.processInfo.activeProcessorCount
    ) throws {
        let cs = cs.sorted()
        try checkExamples(features, labels: labels, labelCount: labelCount)
        try checkCs(cs)
        let foldCount = (folds.max() ?? -1) + 1
        guard folds.count == labels.count && foldCount >= 2 && folds.allSatisfy({ $0 >= 0 }) else {
            throw LinearSVMError.folds(vectors: labels.count, numbers: folds.count, folds: foldCount)
        }
        let products = try LinearSVM.innerProducts(of: features, threads: threads)
        let training = try concurrentMap(foldCount, threads: threads) { fold in
            let rows = folds.indices.filter { folds[$0] != fold }
            try checkBothSides(rows.map { labels[$0] }, labelCount: labelCount) {
                .emptyClassOutsideFold(class: $0, fold: fold)
            }
            return TrainingExamples(
                features, rows: rows, labels: labels, labelCount: labelCount, classWeights: classWeights,
                products: products)
        }
        let scores = try Self.heldOutScores(features, training, folds: folds, cs: cs, tolerance, threads) {
            LinearSVM(labels: $0, featureCount: features.columns, c: $1)
        }
        let trials = cs.indices.map { Trial(c: cs[$0], scores: scores[$0], labels: labels, labelCount: labelCount) }
        let merits = trials.map { $0.meanAveragePrecision ?? 0 }
        let best = trials.indices.reduce(0) { merits[$1] > merits[$0] ? $1 : $0 }
        (self.trials, bestC, heldOutScores) = (trials, trials[best].c, scores[best])
    }
}

extension CSearch.Trial {
    fileprivate init(c: Double, scores: [[Double]], labels: [[Int]], labelCount: Int) {
        self.c = c
        let answers = scores.map { scores in scores.indices.filter { scores[$0] > 0 } }
        accuracy = Double(zip(answers, labels).count { $0 == $1 }) / Double(labels.count)
        let recalls = (0..<labelCount).map { label in
            let own = labels.indices.filter { labels[$0].contains(label) }
            return Double(own.count { answers[$0].contains(label) }) / Double(max(own.count, 1))
        }
        classAveragedAccuracy = recalls.reduce(0, +) / Double(labelCount)
        meanAveragePrecision = Ranking.meanAveragePrecision(scores: scores, labels: labels)
    }
}

/// Throws unless these are examples of which some have each label and some have not.
private func checkExamples(_ features: FeatureMatrix, labels: [[Int]], labelCount: Int) throws {
    guard labels.count == features.rows else {
        throw LinearSVMError.labelCount(vectors: features.rows, labels: labels.count)
    }
    for (row, own) in labels.enumerated() {
        if let label = own.first(where: { !(0..<labelCount).contains($0) }) {
            throw LinearSVMError.label(row: row, label: label, classes: labelCount)
        }
    }
    try checkBothSides(labels, labelCount: labelCount) { .oneSided($0) }
    if let (row, column) = features.firstNotFinite { throw LinearSVMError.notFinite(row: row, column: column) }
}

/// Throws unless some have each label and some have not.
private func checkBothSides(_ labels: [[Int]], labelCount: Int, _ error: (Int) -> LinearSVMError) throws {
    let counts = labels.reduce(into: [Int](repeating: 0, count: labelCount)) { counts, own in
        for label in own { counts[label] += 1 }
    }
    if let label = counts.firstIndex(where: { $0 == 0 || $0 == labels.count }) { throw error(label) }
}
