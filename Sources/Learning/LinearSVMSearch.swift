// The choice of C, on images that the model has not seen.
//
// Each fold of the training images is scored in turn by models that were fitted to the others. Test images take no part:
// a C that is chosen on them makes their accuracy too good to be true.

public import Foundation

/// How well each value of C did on held-out parts of the training images.
public struct CSearch: Codable, Hashable, Sendable {
    /// One value of C.
    public struct Trial: Codable, Hashable, Sendable {
        /// The strength of the loss against the regularisation.
        public let c: Double
        /// The part of all held-out images that is put into the right class, 0…1.
        public let accuracy: Double
        /// The same for each class, averaged over the classes, 0…1.
        public let classAveragedAccuracy: Double
        /// The mean over the labels of their average precision, 0…1; nil where each image has one label.
        ///
        /// Where images may have several, `accuracy` is the part of them with all labels right and no other.
        public let meanAveragePrecision: Double?
    }

    /// Every value of C that was tried, from small to large.
    public let trials: [Trial]
    /// The C of the highest accuracy, or mean average precision where there is one; of several, the smallest.
    public let bestC: Double
    /// The scores of each training image by a model of the best C that had not seen it: [images, classes].
    public let heldOutScores: [[Double]]

    /// 10⁻⁴, 10⁻³, …, 10².
    public static let decades: [Double] = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100]

    /// The C for training images among which a class has only one, so that nothing can be held out.
    ///
    /// Of the decades it is the one that is chosen most often for features of length 1.
    public static let defaultC = 1.0

    /// How many folds the training images allow: `preferred`, or fewer if the smallest class has fewer images; nil if a
    /// class has only one, or none.
    public static func foldCount(labels: [Int], classCount: Int, preferred: Int = 3) -> Int? {
        var counts = [Int](repeating: 0, count: classCount)
        for label in labels { counts[label] += 1 }
        let most = min(preferred, counts.min() ?? 0)
        return most >= 2 ? most : nil
    }

    /// Tries every C on every fold.
    ///
    /// The result does not depend on the number of threads, to the last bit.
    ///
    /// - Parameters:
    ///   - features: One row a training image, scaled to length 1.
    ///   - labels: The class of each row, 0 ..< classCount.
    ///   - classCount: The number of classes, 2 or more.
    ///   - folds: The fold of each row, counted from 0: two or more, each without all of a class's images.
    ///   - cs: The values of C to try, positive.
    ///   - classWeights: How much an example of each class counts.
    ///   - tolerance: The largest relative error of each objective; that of the weights is at most its square root.
    ///   - threads: The most threads to use.
    /// - Throws: `LinearSVMError`, if the examples do not fit together or a fold holds all of a class.
    public init(
        _ features: FeatureMatrix, labels: [Int], classCount: Int, folds: [Int], cs: [Double] = decades,
        classWeights: ClassWeights = .balanced, tolerance: Double = 1e-6,
        threads: Int = ProcessInfo.processInfo.activeProcessorCount
    ) throws {
        let cs = cs.sorted()
        try checkExamples(features, labels: labels, classCount: classCount)
        try checkCs(cs)
        let foldCount = try Self.checkedFoldCount(folds, labels: labels, classCount: classCount)

        let products = try LinearSVM.innerProducts(of: features, threads: threads)
        let training = try concurrentMap(foldCount, threads: threads) { fold in
            TrainingExamples(
                features, rows: folds.indices.filter { folds[$0] != fold }, labels: labels, classCount: classCount,
                classWeights: classWeights, products: products)
        }
        let scores = try Self.heldOutScores(features, training, folds: folds, cs: cs, tolerance, threads) {
            LinearSVM($0, featureCount: features.columns, c: $1)
        }
        let trials = cs.indices.map { Trial(c: cs[$0], scores: scores[$0], labels: labels, classCount: classCount) }
        let best = trials.indices.reduce(0) { trials[$1].accuracy > trials[$0].accuracy ? $1 : $0 }
        (self.trials, bestC, heldOutScores) = (trials, trials[best].c, scores[best])
    }

    /// For each C, the scores of each row by a model that was fitted to the other folds.
    static func heldOutScores(
        _ features: FeatureMatrix, _ training: [TrainingExamples], folds: [Int], cs: [Double], _ tolerance: Double,
        _ threads: Int, model: ([Hyperplane], Double) -> LinearSVM
    ) throws -> [[[Double]]] {
        let problemCount = training[0].problemCount
        let paths = try concurrentMap(training.count * problemCount, threads: threads) { task in
            try training[task / problemCount].path(ofProblem: task % problemCount, cs: cs, tolerance: tolerance)
        }
        return try cs.indices.map { index in
            var scores = [[Double]](repeating: [], count: features.rows)
            for fold in training.indices {
                let hyperplanes = paths[(fold * problemCount)..<((fold + 1) * problemCount)].map { $0[index] }
                let rows = folds.indices.filter { folds[$0] == fold }
                let own = try model(hyperplanes, cs[index]).scores(of: features, rows: rows)
                for (row, rowScores) in zip(rows, own) { scores[row] = rowScores }
            }
            return scores
        }
    }

    private static func checkedFoldCount(_ folds: [Int], labels: [Int], classCount: Int) throws -> Int {
        let foldCount = (folds.max() ?? -1) + 1
        guard folds.count == labels.count && foldCount >= 2 && folds.allSatisfy({ $0 >= 0 }) else {
            throw LinearSVMError.folds(vectors: labels.count, numbers: folds.count, folds: foldCount)
        }
        for index in 0..<classCount {
            let used = Set(labels.indices.filter { labels[$0] == index }.map { folds[$0] })
            if used.count == 1, let fold = used.first {
                throw LinearSVMError.emptyClassOutsideFold(class: index, fold: fold)
            }
        }
        return foldCount
    }
}

extension CSearch.Trial {
    fileprivate init(c: Double, scores: [[Double]], labels: [Int], classCount: Int) {
        var (right, counts) = ([Int](repeating: 0, count: classCount), [Int](repeating: 0, count: classCount))
        for (scores, label) in zip(scores, labels) {
            let predicted = scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
            counts[label] += 1
            if predicted == label { right[label] += 1 }
        }
        self.c = c
        accuracy = Double(right.reduce(0, +)) / Double(labels.count)
        meanAveragePrecision = nil
        classAveragedAccuracy = zip(right, counts).reduce(0) { $0 + Double($1.0) / Double($1.1) } / Double(classCount)
    }
}
