// The main job: a linear SVM on the features of a frozen, pretrained network.
//
// Razavian, Azizpour, Sullivan and Carlsson, "CNN Features off-the-shelf: an Astounding Baseline for Recognition", 2014,
// https://arxiv.org/abs/1403.6382. C is chosen on held-out folds of the training images; test images are looked at once.

public import Datasets
public import Evaluation
public import Foundation
public import Imaging
public import Labels
public import Models
public import Networks
public import Torch
public import WeightFiles

/// The choices of the job.
public struct SVMTraining: Sendable {
    /// The frozen network.
    public var backbone: Backbone
    /// Its weights.
    public var weights: Weights
    /// How its weights expect convolutions to be padded.
    public var padding: PaddingStyle
    /// How photos become its input.
    public var preprocessing: Preprocessing
    /// The part of each class that is kept for the test, 0…1, where the data set does not say it.
    public var testFraction: Double
    /// The parts, where they are known already; validation images are trained with.
    public var split: Split?
    /// What all choices by chance follow from.
    public var seed: UInt64
    /// The values of C to choose from.
    public var cs: [Double]
    /// What may be done to features; chosen together with C.
    public var maps: [FeatureMap]
    /// In how many parts the training images are divided to choose C.
    public var folds: Int
    /// How much an example of each class counts.
    public var classWeights: ClassWeights
    /// Larger pictures are left out.
    public var limits: DecodingLimits
    /// Where the network is computed: OpenVINO on the processor, libtorch elsewhere.
    public var device: Device
    /// Where features are kept; nil computes all.
    public var cache: URL?
    /// Cores to use.
    public var threads: Int

    /// Makes the choices of the job; what is not given has the value that suits most data.
    public init(
        _ backbone: Backbone, weights: Weights, padding: PaddingStyle, preprocessing: Preprocessing,
        testFraction: Double = 0.25, seed: UInt64 = 42, cs: [Double] = CSearch.decades,
        maps: [FeatureMap] = FeatureMap.allCases,
        folds: Int = 3,
        classWeights: ClassWeights = .balanced, limits: DecodingLimits = .default, device: Device = .cpu,
        cache: URL? = nil,
        threads: Int = ProcessInfo.processInfo.activeProcessorCount
    ) {
        self.backbone = backbone
        self.weights = weights
        self.padding = padding
        self.preprocessing = preprocessing
        self.testFraction = testFraction
        self.seed = seed
        self.cs = cs
        self.maps = maps
        self.folds = folds
        self.classWeights = classWeights
        self.limits = limits
        self.device = device
        self.cache = cache
        self.threads = threads
    }
}

extension SVMTraining {
    /// Does the job, and reports its steps.
    ///
    /// `read` has been found trainable (`Dataset.requireTrainable`); after the photos have been decoded, what is left of it
    /// is checked again.
    public func callAsFunction(
        on read: Dataset, isStopRequested: () -> Bool = { false }, report: (TrainingEvent) -> Void
    ) async throws -> TrainedClassifier {
        let start = ContinuousClock.now
        let described = try await describe(read, isStopRequested: isStopRequested, report: report)
        let (dataset, extracted) = (described.dataset, described.extracted)
        let split = try split ?? dataset.split(test: testFraction, seed: seed)
        let warnings = dataset.allProblems().map { "\($0.message) \($0.advice)" }
        report(
            .data(
                .init(
                    classes: Dictionary(uniqueKeysWithValues: zip(dataset.classes, dataset.counts)),
                    train: split.train.count, test: split.test.count,
                    leftOut: dataset.leftOut.map { .init(path: $0.path, reason: $0.reason) }, warnings: warnings)))

        let fitStart = ContinuousClock.now
        let labels = dataset.images.map(\.label)
        let fitted = try fit(extracted.matrix, labels, dataset, split, report)
        let predictions = try predict(fitted.map.carryOut(on: extracted.matrix), labels, dataset, fitted)
        let fresh = extracted.usable.count - extracted.fromCache
        let counts = split.train.reduce(into: [Int](repeating: 0, count: dataset.classes.count)) { $0[labels[$1]] += 1 }
        return TrainedClassifier(
            dataset: dataset, split: split, graph: try graph(fitted.map, classes: dataset.classes.count),
            weights: try packaged(
                fitted.svm, fitted.map, temperature: fitted.temperature, classes: dataset.classes.count),
            temperature: fitted.temperature, training: split.train.map { predictions[$0] },
            test: split.test.map { predictions[$0] },
            svm: .init(
                c: fitted.svm.c, featureMap: fitted.map, classWeights: classWeights.weights(counts: counts),
                trials: fitted.trials),
            warnings: warnings,
            seconds: .init(
                data: 0, features: extracted.seconds, train: seconds(since: fitStart), total: seconds(since: start)),
            imagesPerSecond: Double(fresh > 0 ? fresh : extracted.usable.count) / max(extracted.seconds, 1e-9))
    }

    struct Fitted {
        var svm: LinearSVM
        var map: FeatureMap
        var temperature: Double
        var trials: [CSearch.Trial]
    }

    func fit(
        _ features: FeatureMatrix, _ labels: [Int], _ dataset: Dataset, _ split: Split,
        _ report: (TrainingEvent) -> Void
    ) throws -> Fitted {
        let trainRows = features.subset(rows: split.train)
        let trainLabels = split.train.map { labels[$0] }
        let classes = dataset.classes.count
        var (map, c, temperature, trials) = (maps.first ?? .plain, CSearch.defaultC, 1.0, [CSearch.Trial]())
        if let count = CSearch.foldCount(labels: trainLabels, classCount: classes, preferred: folds) {
            let numbers = foldNumbers(dataset.folds(count, of: split.train, seed: seed), of: split.train)
            var least = Double.infinity
            for candidate in maps {
                let search = try CSearch(
                    candidate.carryOut(on: trainRows), labels: trainLabels, classCount: classes, folds: numbers, cs: cs,
                    classWeights: classWeights, threads: threads)
                for trial in search.trials {
                    report(.svm(.init(c: trial.c, map: candidate.rawValue, validationAccuracy: trial.accuracy)))
                }
                let scaling = try TemperatureScaling.fit(scores: search.heldOutScores, labels: trainLabels)
                // Between maps the log loss of held-out photos decides: their accuracy is often equal, or differs by chance.
                let loss = logLoss(search.heldOutScores.map(scaling.probabilities), trainLabels)
                guard loss < least else { continue }
                (least, map, c, trials) = (loss, candidate, search.bestC, search.trials)
                temperature = scaling.temperature
            }
        }
        let svm = try LinearSVM.fit(
            map.carryOut(on: trainRows), labels: trainLabels, classCount: classes, c: c, classWeights: classWeights,
            threads: threads)
        return Fitted(svm: svm, map: map, temperature: temperature, trials: trials)
    }

    private func predict(
        _ features: FeatureMatrix, _ labels: [Int], _ dataset: Dataset, _ fitted: Fitted
    ) throws -> [LabelledPrediction] {
        let scaling = TemperatureScaling(temperature: fitted.temperature)
        return try fitted.svm.scores(of: features).enumerated().map { index, scores in
            LabelledPrediction(
                path: dataset.images[index].path, truth: labels[index], scores: scores,
                probabilities: scaling.probabilities(scores))
        }
    }

    /// The fold of each training image, in the order of the training images.
    private func foldNumbers(_ folds: [[Int]], of train: [Int]) -> [Int] {
        var numbers: [Int: Int] = [:]
        for (number, fold) in folds.enumerated() { for index in fold { numbers[index] = number } }
        return train.map { numbers[$0] ?? 0 }
    }
}

private func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }

/// The mean of −log of the true class's probability.
private func logLoss(_ probabilities: [[Double]], _ labels: [Int]) -> Double {
    zip(probabilities, labels).reduce(0) { $0 - log(max($1.0[$1.1], 1e-12)) } / Double(max(labels.count, 1))
}

extension FeatureMap {
    /// [n, d] features → the same after the map, each row of length 1.
    func carryOut(on features: FeatureMatrix) -> FeatureMatrix {
        switch self {
        case .plain: features.scaledToUnitLength()
        case .root: features.squareRooted().scaledToUnitLength()
        }
    }
}
