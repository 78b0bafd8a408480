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
    /// On how many test sets the models are measured, each with a training set of the photos outside it; nil: 4 where an SVM
    /// learns, which is quick, otherwise 1.
    ///
    /// A data set that says itself what is for testing has one.
    public var testSets: Int?
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
        /// Which test set it was measured on, counted from 1.
        public let testSet: Int
        /// Its accuracy on the test photos, or mean average precision where photos may have several labels, 0…1.
        public let accuracy: Double
        /// How many models have been measured.
        public let done: Int
        /// How many there will be.
        public let total: Int
    }

    /// What a measurement takes.
    public struct Estimate: Sendable {
        /// How many training photos the subsets have, ascending.
        public let sizes: [Int]
        /// How many test sets there are.
        public let testSets: Int
        /// How many models are trained.
        public let models: Int
        /// About how long it takes, in seconds; nil where no network learns, which takes seconds.
        public let seconds: Double?
    }

    /// Measures and fits the curve.
    ///
    /// The test photos are the same for all sizes; the first test set is the one that `ocelot train classifier` takes with this
    /// seed, the others are parts of the rest. The subsets of a repeat lie within each other; each holds the classes in their
    /// shares. Every choice that training makes, such as that of C, is made on the photos of the subset alone, as somebody
    /// would who had no more.
    ///
    /// - Parameters:
    ///   - report: Is told how the photos are described, where a frozen network does that.
    ///   - measured: Is told of every model.
    /// - Returns: The measurements and the law through them.
    /// - Throws: `DatasetError`, `RecipeProblem`, `LearningCurveError`, and what reading and networks throw.
    public func run(
        report: @escaping (TrainingEvent) -> Void, measured: (Measurement) -> Void
    ) async throws -> LearningCurve {
        let read = try readDataset()
        let photos =
            recipe.method == .svm
            ? try await recipe.describe(read, workspace: usesCache ? workspace : nil, report: report) : nil
        let data = photos?.dataset ?? read.hashingContents()
        let plan = try LearningCurvePlan(data, self)
        var answers: [Int: [[TestAnswers]]] = [:]
        var done = 0
        for (number, round) in plan.rounds.enumerated() {
            for size in plan.sizes {
                for (subset, order) in round.orders.prefix(plan.repeats(of: size)).enumerated() {
                    let train = order.prefix(size).sorted()
                    let answer =
                        if let photos {
                            try svmAnswers(photos, train, round.test)
                        } else {
                            try await networkAnswers(data, train, round.test, subset, report)
                        }
                    if number == 0 { answers[size, default: []].append([]) }
                    answers[size]?[subset].append(answer)
                    done += 1
                    measured(
                        Measurement(
                            photos: size, subset: subset + 1, testSet: number + 1, accuracy: answer.value, done: done,
                            total: plan.total))
                }
            }
        }
        var generator = SeededGenerator(seed: UInt64(recipe.seed))
        return try LearningCurve(
            answers.map { size, subsets in
                LearningCurve.Size(photos: size, answers: subsets.map { TestAnswers(joining: $0) })
            }, classCount: data.classes.count, fittedUpTo: plan.limit, using: &generator)
    }

    /// Says what would be measured, and how long it would take, by a few steps that are timed and the smallest training.
    ///
    /// The steps tell what a photo takes, the smallest training what each model takes besides: its head, its photos' features, and
    /// the test.
    public func estimate(report: @escaping (TrainingEvent) -> Void) async throws -> Estimate {
        let data = try readDataset().hashingContents()
        let plan = try LearningCurvePlan(data, self)
        func epochs(_ size: Int) throws -> Double {
            Double(try networkTraining(size).networkChoices?.epochs ?? 0) * Double(size)
        }
        var seconds: Double?
        if recipe.method != .svm {
            let round = plan.rounds[0]
            func part(_ size: Int) -> [Int] { round.orders[0].prefix(size).sorted() }
            let whole = try await networkTraining(plan.all).estimate(
                on: subset(of: data, part(plan.all), round.test), report: report)
            let perPhoto = try (whole?.seconds ?? 0) / max(epochs(plan.all), 1)
            let start = ContinuousClock.now
            _ = try await networkAnswers(data, part(plan.sizes[0]), round.test, 0, report)
            let rest = try (ContinuousClock.now - start) / .seconds(1) - perPhoto * epochs(plan.sizes[0])
            seconds = try plan.sizes.reduce(0.0) { sum, size in
                let models = Double(plan.rounds.count * plan.repeats(of: size))
                return try sum + models * (max(rest, 0) + perPhoto * epochs(size))
            }
        }
        return Estimate(sizes: plan.sizes, testSets: plan.rounds.count, models: plan.total, seconds: seconds)
    }

    /// Reads the data set as the recipe says, and checks that it can be trained with.
    private func readDataset() throws -> Dataset {
        let read = try Dataset.read(dataset, options: recipe.readingOptions)
        try read.requireTrainable()
        try recipe.check(for: read.labelCount)
        return read
    }

    /// The answers about test photos by an SVM on the features of some photos.
    private func svmAnswers(_ photos: PhotoDescriptions, _ train: [Int], _ test: [Int]) throws -> TestAnswers {
        let split = Split(train: train, validation: [], test: test)
        do {
            return try photos.svm.testAnswers(photos.features, of: photos.dataset, split: split)
        } catch LinearSVMError.emptyClassOutsideFold(let label, _) {
            throw LearningCurveError.copies(size: train.count, label: photos.dataset.classes[label])
        }
    }

    /// The same of a network that is trained on some photos.
    private func networkAnswers(
        _ data: Dataset, _ train: [Int], _ test: [Int], _ subset: Int, _ report: @escaping (TrainingEvent) -> Void
    ) async throws -> TestAnswers {
        let network = try networkTraining(train.count, seed: recipe.seed + subset)
        let trained = try await network(on: self.subset(of: data, train, test), report: report)
        guard let answers = trained?.test else { preconditionFailure("A training by one process has a classifier.") }
        return data.isMultiLabel
            ? TestAnswers(scores: answers.map(\.scores), labels: answers.map(\.truths))
            : TestAnswers(isRight: answers.map { $0.predicted == $0.truth })
    }

    /// A data set of some photos to train with and some to test with.
    private func subset(of data: Dataset, _ train: [Int], _ test: [Int]) -> Dataset {
        func images(_ indices: [Int], _ part: Part) -> [LabelledImage] {
            indices.map { index in
                var image = data.images[index]
                image.part = part
                return image
            }
        }
        return Dataset(
            location: data.location, root: data.root, classes: data.classes,
            images: images(train, .train) + images(test, .test), labelCount: data.labelCount)
    }

    /// The training of a network with so many photos.
    private func networkTraining(_ count: Int, seed: Int? = nil) throws -> NetworkTraining {
        var training = ClassifierTraining(
            dataset: dataset, recipe: recipe, workspace: workspace, usesCache: usesCache)
        training.recipe.seed = seed ?? recipe.seed
        // What a job is told are all photos, of which some are for the test.
        let photos = Int(Double(count) / (1 - recipe.test))
        guard let network = try training.job(photos: photos).network else {
            throw RecipeProblem.nothingToTrain(method: recipe.method.rawValue)
        }
        return network
    }
}
