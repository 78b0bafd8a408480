// Trainings on growing parts of a data set, to know whether more photos would help.

import Datasets
public import Evaluation
public import Foundation
import Labels
public import Learning

/// The measurement of a learning curve, as `ocelot learning-curve` does it.
public struct LearningCurveTraining: Sendable {
    /// The data set.
    public var dataset: URL
    /// How a model is made at each size.
    public var recipe: ClassifierRecipe
    /// The folder of caches.
    public var workspace: URL
    /// How many subsets are drawn of each size.
    public var repeats = 5
    /// How many training photos the subsets have; nil: eight sizes, from a tenth to all.
    public var sizes: [Int]?
    /// Up to which part of the training photos the curve is fitted, 0…1; below 1, its forecast for all is compared with the
    /// measurement.
    public var until = 1.0
    /// Whether features of photos are kept for the next time.
    public var usesCache = true

    /// Makes a measurement.
    public init(dataset: URL, recipe: ClassifierRecipe = ClassifierRecipe(), workspace: URL) {
        self.dataset = dataset
        self.recipe = recipe
        self.workspace = workspace
    }

    /// One model that was trained and measured.
    public struct Measurement: Sendable {
        /// How many photos it was trained with.
        public let photos: Int
        /// Which subset of that size, counted from 1.
        public let subset: Int
        /// Its accuracy on the test photos, 0…1.
        public let accuracy: Double
        /// How many models have been measured.
        public let done: Int
        /// How many there will be.
        public let total: Int
    }

    /// Measures and fits the curve.
    ///
    /// The test photos are the same for all sizes, and the same that `ocelot train classifier` takes with this seed. The
    /// subsets of a repeat lie within each other; each holds the classes in their shares. Every choice that training makes,
    /// such as that of C, is made on the photos of the subset alone, as somebody would who had no more.
    ///
    /// - Parameters:
    ///   - report: Is told how the photos are described, where a frozen network does that.
    ///   - measured: Is told of every model.
    /// - Returns: The measurements and the law through them.
    /// - Throws: `DatasetError`, `RecipeProblem`, `LearningCurveError`, and what reading and networks throw.
    public func run(
        report: @escaping (TrainingEvent) -> Void, measured: (Measurement) -> Void
    ) async throws -> LearningCurve {
        let read = try Dataset.read(dataset)
        guard read.labelCount == .one else { throw LearningCurveError.severalLabels(path: dataset.relativePath) }
        try read.requireTrainable()
        var data = read
        var matrix: FeatureMatrix?
        if recipe.method == .svm {
            let photos = try await svm(photos: read.images.count).describe(read, report: report)
            (data, matrix) = (photos.dataset, photos.extracted.matrix)
        } else {
            data = read.hashingContents()
        }
        let split = try data.split(test: recipe.test, seed: UInt64(recipe.seed))
        let pool = split.train + split.validation
        let (sizes, limit) = try plannedSizes(pool.count, least: 2 * data.classes.count)
        let isSameWithAll = recipe.method == .svm
        let total = sizes.reduce(0) { $0 + ($1 == pool.count && isSameWithAll ? 1 : repeats) }

        var answers: [Int: [[Bool]]] = [:]
        var done = 0
        for subset in 0..<repeats {
            let order = data.nestedOrder(of: pool, seed: UInt64(recipe.seed) &* 1000 &+ UInt64(subset))
            // The SVM of all photos is the same in every repeat.
            for size in sizes where subset == 0 || size < pool.count || !isSameWithAll {
                let train = order.prefix(size).sorted()
                let right =
                    if let matrix {
                        try svmAnswers(matrix, data, train, split.test)
                    } else {
                        try await networkAnswers(data, train, split.test, subset, report)
                    }
                answers[size, default: []].append(right)
                done += 1
                measured(
                    Measurement(
                        photos: size, subset: subset + 1,
                        accuracy: Double(right.count { $0 }) / Double(max(right.count, 1)), done: done, total: total))
            }
        }
        var generator = SeededGenerator(seed: UInt64(recipe.seed))
        return try LearningCurve(
            answers.map { LearningCurve.Size(photos: $0.key, isRight: $0.value) }, classCount: data.classes.count,
            fittedUpTo: limit, using: &generator)
    }

    private var training: ClassifierTraining {
        ClassifierTraining(dataset: dataset, recipe: recipe, workspace: workspace, usesCache: usesCache)
    }

    private func svm(photos: Int) throws -> SVMTraining {
        guard let svm = try training.job(photos: photos).svm else {
            preconditionFailure("The method svm trains one.")
        }
        return svm
    }

    /// The sizes to measure, ascending, and the largest that the curve is fitted to.
    private func plannedSizes(_ all: Int, least: Int) throws -> (sizes: [Int], limit: Int) {
        let limit = until < 1 ? Int((until * Double(all)).rounded()) : all
        if let sizes {
            for size in sizes where !(least...all).contains(size) {
                throw LearningCurveError.size(size, least: least, most: all)
            }
            return (Set(sizes + [all]).sorted(), limit)
        }
        let (count, first) = (8, Double(max(least, limit / 10)))
        let steps = (0..<count).map { step in
            Int((first * pow(Double(limit) / first, Double(step) / Double(count - 1))).rounded())
        }
        return (Set(steps.filter { (least...all).contains($0) } + [all]).sorted(), limit)
    }

    /// Whether each test photo is answered rightly by an SVM on the features of some photos.
    private func svmAnswers(
        _ features: FeatureMatrix, _ data: Dataset, _ train: [Int], _ test: [Int]
    ) throws -> [Bool] {
        let svm = try svm(photos: data.images.count)
        let split = Split(train: train, validation: [], test: test)
        do {
            return try svm.testAnswers(features, of: data, split: split)
        } catch LinearSVMError.emptyClassOutsideFold(let label, _) {
            throw LearningCurveError.copies(size: train.count, label: data.classes[label])
        }
    }

    /// The same of a network that is trained on some photos.
    private func networkAnswers(
        _ data: Dataset, _ train: [Int], _ test: [Int], _ subset: Int, _ report: @escaping (TrainingEvent) -> Void
    ) async throws -> [Bool] {
        func images(_ indices: [Int], _ part: Part) -> [LabelledImage] {
            indices.map { index in
                var image = data.images[index]
                image.part = part
                return image
            }
        }
        let part = Dataset(
            location: data.location, root: data.root, classes: data.classes,
            images: images(train, .train) + images(test, .test))
        var training = training
        training.recipe.seed += subset
        let photos = Int(Double(train.count) / (1 - recipe.test))
        guard let network = try training.job(photos: photos).network else {
            throw RecipeProblem.nothingToTrain(method: recipe.method.rawValue)
        }
        let trained = try await network(on: part, report: report)
        return trained?.test.map { $0.predicted == $0.truth } ?? []
    }
}
