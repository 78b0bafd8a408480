// Linear SVMs, probabilities and thresholds of labels that do not exclude each other.

import Foundation
import Labels
import Learning
import TestSupport
import Testing

/// What `Tools/golden/labels.py` wrote for this target.
struct LabelGolden: Decodable {
    struct Problem: Decodable, Sendable {
        struct Fit: Decodable, Sendable {
            var c: Double
            var coefficients: [[Double]]
            var intercepts: [Double]
        }
        var classWeights: ClassWeights
        var columns, labelCount: Int
        var features: [Float]
        var labels: [[Int]]
        var fits: [Fit]

        var matrix: FeatureMatrix { FeatureMatrix(rows: labels.count, columns: columns, values: features) }
    }
    struct Sigmoid: Decodable, Sendable {
        var scores: [Double]
        var truths: [Bool]
        var slope, offset: Double
    }
    var svms: [Problem]
    var sigmoids: [Sigmoid]

    static func load() throws -> LabelGolden {
        try JSONDecoder().decode(LabelGolden.self, from: Data(contentsOf: Fixtures.golden("labels.json")))
    }
}

@Suite struct LabelSVMTests {
    /// scikit-learn's OneVsRestClassifier of LinearSVC, converged to 1e-10.
    @Test func sameCoefficientsAsOneVersusRest() throws {
        for (number, problem) in try LabelGolden.load().svms.enumerated() {
            for golden in problem.fits {
                let model = try LinearSVM.fit(
                    problem.matrix, labels: problem.labels, labelCount: problem.labelCount, c: golden.c,
                    classWeights: problem.classWeights, tolerance: 1e-11)
                #expect(model.classCount == problem.labelCount)
                for label in 0..<problem.labelCount {
                    let own = model.weights[(label * problem.columns)..<((label + 1) * problem.columns)]
                    let ours = Array(own) + [model.biases[label]]
                    let theirs = golden.coefficients[label] + [golden.intercepts[label]]
                    let scale = theirs.map(abs).max() ?? 1
                    let difference = zip(ours, theirs).map { abs(Double($0) - $1) }.max() ?? 0
                    #expect(difference < 2e-5 * scale, "problem \(number), label \(label), C = \(golden.c)")
                }
            }
        }
    }

    /// Rows with two labels of three, in turn, and features that tell them with noise.
    private func problem(seed: Int, rows: Int = 90) -> (features: FeatureMatrix, labels: [[Int]], folds: [Int]) {
        var generator = SeededGenerator(seed: seed)
        let labels = (0..<rows).map { [[0], [1, 2], [], [0, 2], [1]][$0 % 5] }
        let values = labels.flatMap { labels in
            (0..<12).map { column in
                Float.random(in: 0...1, using: &generator) + (labels.contains(column % 4) ? 0.4 : 0)
            }
        }
        let features = FeatureMatrix(rows: rows, columns: 12, values: values).scaledToUnitLength()
        return (features, labels, (0..<rows).map { $0 / 5 % 3 })
    }

    @Test func theChosenCHasTheHighestMeanAveragePrecision() throws {
        let (features, labels, folds) = problem(seed: 1)
        let search = try CSearch(features, labels: labels, labelCount: 3, folds: folds)
        let best = try #require(search.trials.first { $0.c == search.bestC })
        #expect(best.meanAveragePrecision == search.trials.compactMap(\.meanAveragePrecision).max())
        // Guessing reaches a mean of two fifths; these labels can be told, with some mistakes.
        #expect(try (0.6..<1).contains(#require(best.meanAveragePrecision)))
        // The other figures count the held-out answers of that C.
        let answers = search.heldOutScores.map { scores in scores.indices.filter { scores[$0] > 0 } }
        #expect(best.accuracy == Double(zip(answers, labels).count { $0 == $1 }) / 90)
        // Held-out scores are those of models that have not seen the image.
        let rows = folds.indices.filter { folds[$0] != 1 }
        let model = try LinearSVM.fit(
            features.subset(rows: rows), labels: rows.map { labels[$0] }, labelCount: 3, c: search.bestC)
        let scores = try model.scores(of: features)
        for row in folds.indices where folds[row] == 1 {
            #expect(zip(scores[row], search.heldOutScores[row]).allSatisfy { abs($0 - $1) < 2e-3 })
        }
    }

    @Test func theNumberOfThreadsDoesNotMatter() throws {
        let (features, labels, folds) = problem(seed: 2)
        let (one, four) = try (
            CSearch(features, labels: labels, labelCount: 3, folds: folds, threads: 1),
            CSearch(features, labels: labels, labelCount: 3, folds: folds, threads: 4)
        )
        #expect(one == four)
    }

    @Test func asManyFoldsAsTheRarestSideAllows() {
        let labels = [[0], [0, 1], [0], [1], [], [0, 1]]
        #expect(CSearch.foldCount(labels: labels, labelCount: 2) == 2)
        #expect(CSearch.foldCount(labels: labels + [[], [1]], labelCount: 2) == 3)
        #expect(CSearch.foldCount(labels: [[0], [], []], labelCount: 1) == nil)
    }

    @Test func whatCannotBeLearntIsRefused() throws {
        let features = FeatureMatrix(rows: 3, columns: 1, values: [1, 2, 3])
        func error(_ labels: [[Int]]) -> LinearSVMError? {
            do { _ = try LinearSVM.fit(features, labels: labels, labelCount: 2, c: 1) } catch {
                return error as? LinearSVMError
            }
            return nil
        }
        #expect(error([[0], [1], []]) == nil)
        #expect(error([[0], [1]]) == .labelCount(vectors: 3, labels: 2))
        #expect(error([[0], [2], []]) == .label(row: 1, label: 2, classes: 2))
        #expect(error([[0], [], []]) == .oneSided(1))
        #expect(error([[0, 1], [0], [0]]) == .oneSided(0))
        #expect(throws: LinearSVMError.emptyClassOutsideFold(class: 1, fold: 0)) {
            try CSearch(features, labels: [[1], [0], []], labelCount: 2, folds: [0, 1, 1])
        }
    }

    // MARK: - Probabilities and thresholds

    /// SciPy's optimum with Platt's targets.
    @Test func sameSigmoidAsSciPy() throws {
        for golden in try LabelGolden.load().sigmoids {
            let scaling = try SigmoidScaling.fit(scores: golden.scores, truths: golden.truths)
            #expect(abs(scaling.slope - golden.slope) < 1e-6 && abs(scaling.offset - golden.offset) < 1e-6)
        }
    }

    /// Two scores, each with two images of three or one of three: the targets are met exactly.
    ///
    /// Three of six have it, so they count as 4/5 and the others as 1/5. At 1, the mean target is (4/5 + 4/5 + 1/5)/3 = 3/5,
    /// whose logit is ln 1.5; at −1 it is 2/5 with − ln 1.5.
    @Test func sigmoidByHand() throws {
        let scaling = try SigmoidScaling.fit(
            scores: [1, 1, 1, -1, -1, -1], truths: [true, true, false, true, false, false])
        #expect(abs(scaling.slope - log(1.5)) < 1e-9 && abs(scaling.offset) < 1e-9)
        #expect(abs(scaling(1) - 0.6) < 1e-9 && abs(scaling(-1) - 0.4) < 1e-9)
    }

    @Test func scoresKeepTheirOrderAndAreNeverCertain() throws {
        // Scores that say the opposite, and scores that say everything.
        let wrong = try SigmoidScaling.fit(scores: [1, 2, 3, 4], truths: [true, true, false, false])
        #expect(wrong.slope > 0 && wrong(4) > wrong(1) && abs(wrong(2.5) - 0.5) < 0.01)
        let perfect = try SigmoidScaling.fit(scores: [-3, -2, 2, 3], truths: [false, false, true, true])
        #expect(perfect(3) > 0.6 && perfect(3) < 0.95 && perfect(-3) > 0.05)
        // The same score for all: the share of those that have it, as Platt counts them, (2 · 3/4 + 1 · 1/3) / 3.
        let same = try SigmoidScaling.fit(scores: [5, 5, 5], truths: [true, true, false])
        #expect(abs(same(5) - (1.5 + 1.0 / 3) / 3) < 1e-6)
        #expect(perfect(1e300) == 1 && perfect(-1e300) == 0)
        #expect(throws: CalibrationError.empty) { try SigmoidScaling.fit(scores: [], truths: []) }
        #expect(throws: CalibrationError.notFinite(image: 1)) {
            try SigmoidScaling.fit(scores: [1, .nan], truths: [true, false])
        }
    }

    @Test func theBestThresholdLiesWhereF1IsHighest() {
        // Yes from 0.3 on: 2 of 3 right, and all found: F1 4/5. From 0.8 on: 2/3.
        #expect(abs(bestThreshold([0.8, 0.4, 0.3, 0.1], [true, false, true, false]) - 0.2) < 1e-12)
        // One half where it does as well as any place between the two.
        #expect(bestThreshold([0.9, 0.2], [true, false]) == 0.5)
        #expect(bestThreshold([0.9, 0.2], [false, false]) == 0.5)
        // Whatever the probabilities: no other threshold has a higher F1.
        for seed in 0..<50 {
            var generator = SeededGenerator(seed: seed)
            let probabilities = (0..<20).map { _ in Double.random(in: 0...1, using: &generator) }
            let truths = probabilities.map { Double.random(in: 0...1, using: &generator) < $0 }
            func f1(_ threshold: Double) -> Double {
                let answers = probabilities.map { $0 >= threshold }
                let right = zip(answers, truths).count { $0 && $1 }
                return 2 * Double(right) / Double(max(answers.count { $0 } + truths.count { $0 }, 1))
            }
            let best = f1(bestThreshold(probabilities, truths))
            #expect(probabilities.allSatisfy { f1($0) <= best + 1e-12 }, "seed \(seed)")
        }
    }

    @Test func eachLabelIsCalibratedByItself() throws {
        let scores = [[2.0, -5], [1, -6], [-1, -7], [-2, -8]]
        let truths = [[0, 1], [0, 1], [], []]
        let calibration = try ScoreCalibration.fit(scores: scores, truths: truths, .many, .bestF1)
        guard case .many(let scalings, let thresholds) = calibration else { throw CalibrationError.empty }
        #expect(
            scalings == [
                try SigmoidScaling.fit(scores: [2, 1, -1, -2], truths: [true, true, false, false]),
                try SigmoidScaling.fit(scores: [-5, -6, -7, -8], truths: [true, true, false, false]),
            ])
        #expect(thresholds == [0.5, 0.5] && calibration.temperature == 1)
        let probabilities = calibration.probabilities([0, -6.5])
        #expect(probabilities.allSatisfy { abs($0 - 0.5) < 1e-9 })
        // Knowing nothing of two labels costs ln 2 for each.
        let plain = ScoreCalibration.identity(.many, labels: 2)
        #expect(abs(plain.logLoss([[0, 0]], [[1]]) - log(2)) < 1e-12)
    }
}
