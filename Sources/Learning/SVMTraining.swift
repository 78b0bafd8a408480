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
    /// At most so many photos are trained with; nil: all that are not for the test.
    public var trainLimit: Int?
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
    /// From which probability on a label counts, where an image may have several.
    public var thresholds = ThresholdRule.half
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
        let split =
            try split
            ?? dataset.limited(dataset.split(test: testFraction, seed: seed), to: trainLimit, seed: seed)
        let warnings = dataset.allProblems().map { "\($0.message) \($0.advice)" }
        report(
            .data(
                .init(
                    classes: Dictionary(uniqueKeysWithValues: zip(dataset.classes, dataset.counts)),
                    train: split.train.count, test: split.test.count,
                    leftOut: dataset.leftOut.map { .init(path: $0.path, reason: $0.reason) }, warnings: warnings)))

        let fitStart = ContinuousClock.now
        let fitted = try fit(extracted.matrix, dataset, split, report)
        let features = fitted.map.carryOut(on: extracted.matrix)
        let predictions = try predict(features, dataset, fitted)
        let fresh = extracted.usable.count - extracted.fromCache
        return TrainedClassifier(
            dataset: dataset, split: split,
            graph: try graph(fitted.map, classes: dataset.classes.count, labels: dataset.labelCount),
            weights: try packaged(
                fitted.svm, fitted.map, calibration: fitted.calibration, classes: dataset.classes.count),
            calibration: fitted.calibration, training: split.train.map { predictions[$0] },
            test: split.test.map { predictions[$0] },
            features: FeatureStatistics(count: split.train.count) { features[split.train[$0]] },
            svm: .init(
                c: fitted.svm.c, featureMap: fitted.map, classWeights: weights(of: dataset, split),
                trials: fitted.trials),
            warnings: warnings,
            seconds: .init(
                data: 0, features: extracted.seconds, train: seconds(since: fitStart), total: seconds(since: start)),
            imagesPerSecond: Double(fresh > 0 ? fresh : extracted.usable.count) / max(extracted.seconds, 1e-9))
    }

    struct Fitted {
        var svm: LinearSVM
        var map: FeatureMap
        var calibration: ScoreCalibration
        var trials: [CSearch.Trial]
    }

    func fit(
        _ features: FeatureMatrix, _ dataset: Dataset, _ split: Split, _ report: (TrainingEvent) -> Void
    ) throws -> Fitted {
        let problem = SVMProblem(dataset, split.train, classWeights: classWeights, threads: threads)
        let trainRows = features.subset(rows: split.train)
        if dataset.isMultiLabel { try dataset.requireExamples(split.train, part: .train, needed: 1) }
        var (map, c, trials) = (maps.first ?? .plain, CSearch.defaultC, [CSearch.Trial]())
        var calibration = ScoreCalibration.identity(dataset.labelCount, labels: dataset.classes.count)
        if let count = problem.foldCount(preferred: folds) {
            let numbers = foldNumbers(dataset.folds(count, of: split.train, seed: seed), of: split.train)
            var least = Double.infinity
            for candidate in maps where problem.canBeHeldOut(numbers, count) {
                let search = try problem.search(candidate.carryOut(on: trainRows), folds: numbers, cs: cs)
                for trial in search.trials {
                    report(
                        .svm(
                            .init(
                                c: trial.c, map: candidate.rawValue, validationAccuracy: trial.accuracy,
                                meanAveragePrecision: trial.meanAveragePrecision)))
                }
                let fitted = try ScoreCalibration.fit(
                    scores: search.heldOutScores, truths: problem.truths, dataset.labelCount, thresholds)
                // Between maps the log loss of held-out photos decides: their accuracy is often equal, or differs by chance.
                let loss = fitted.logLoss(search.heldOutScores, problem.truths)
                guard loss < least else { continue }
                (least, map, c, trials) = (loss, candidate, search.bestC, search.trials)
                calibration = fitted
            }
        }
        let svm = try problem.fit(map.carryOut(on: trainRows), c: c)
        return Fitted(svm: svm, map: map, calibration: calibration, trials: trials)
    }

    private func predict(_ features: FeatureMatrix, _ dataset: Dataset, _ fitted: Fitted) throws -> [LabelledPrediction]
    {
        try fitted.svm.scores(of: features).enumerated().map { index, scores in
            LabelledPrediction(
                path: dataset.images[index].path, truths: dataset.images[index].labels, scores: scores,
                probabilities: fitted.calibration.probabilities(scores))
        }
    }

    /// How much an image of each class counts, or one with each label where images may have several.
    private func weights(of dataset: Dataset, _ split: Split) -> [Double] {
        let labels = split.train.map { dataset.images[$0].labels }
        guard dataset.labelCount == .one else {
            return classWeights.binaryWeights(of: labels, labelCount: dataset.classes.count).map(\.with)
        }
        return classWeights.weights(
            counts: labels.reduce(into: [Int](repeating: 0, count: dataset.classes.count)) { $0[$1[0]] += 1 })
    }

    /// The fold of each training image, in the order of the training images.
    private func foldNumbers(_ folds: [[Int]], of train: [Int]) -> [Int] {
        var numbers: [Int: Int] = [:]
        for (number, fold) in folds.enumerated() { for index in fold { numbers[index] = number } }
        return train.map { numbers[$0] ?? 0 }
    }
}

private func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }

/// The training images as an SVM learns them: by class, or by each label where images may have several.
private struct SVMProblem {
    /// The labels of each training image.
    let truths: [[Int]]
    private let count: LabelCount
    private let classes: Int
    private let classWeights: ClassWeights
    private let threads: Int

    init(_ dataset: Dataset, _ train: [Int], classWeights: ClassWeights, threads: Int) {
        truths = train.map { dataset.images[$0].labels }
        (count, classes) = (dataset.labelCount, dataset.classes.count)
        (self.classWeights, self.threads) = (classWeights, threads)
    }

    func foldCount(preferred: Int) -> Int? {
        count == .many
            ? CSearch.foldCount(labels: truths, labelCount: classes, preferred: preferred)
            : CSearch.foldCount(labels: truths.map { $0[0] }, classCount: classes, preferred: preferred)
    }

    /// Whether outside each fold some images have each label and some have not.
    ///
    /// Where copies and groups hold together all photos with a label, nothing can be learnt of it without them.
    func canBeHeldOut(_ folds: [Int], _ foldCount: Int) -> Bool {
        guard count == .many else { return true }
        return (0..<foldCount).allSatisfy { fold in
            let others = truths.indices.filter { folds[$0] != fold }
            return (0..<classes).allSatisfy { label in
                let own = others.count { truths[$0].contains(label) }
                return own > 0 && own < others.count
            }
        }
    }

    func search(_ features: FeatureMatrix, folds: [Int], cs: [Double]) throws -> CSearch {
        count == .many
            ? try CSearch(
                features, labels: truths, labelCount: classes, folds: folds, cs: cs, classWeights: classWeights,
                threads: threads)
            : try CSearch(
                features, labels: truths.map { $0[0] }, classCount: classes, folds: folds, cs: cs,
                classWeights: classWeights, threads: threads)
    }

    func fit(_ features: FeatureMatrix, c: Double) throws -> LinearSVM {
        count == .many
            ? try LinearSVM.fit(
                features, labels: truths, labelCount: classes, c: c, classWeights: classWeights, threads: threads)
            : try LinearSVM.fit(
                features, labels: truths.map { $0[0] }, classCount: classes, c: c, classWeights: classWeights,
                threads: threads)
    }
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
