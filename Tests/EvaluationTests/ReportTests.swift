// What a report says of a handful of predictions that can be counted by hand, and laws over seeds.

import Evaluation
import Foundation
import Labels
import Testing

@Suite struct ReportTests {
    /// Truth 0: answered 0, 0, 1; truth 1: answered 1.
    ///
    /// The third is a mistake with confidence 0.9.
    private let four = [
        LabelledPrediction(path: "a", truth: 0, scores: [2, 1], probabilities: [0.8, 0.2]),
        LabelledPrediction(path: "b", truth: 0, scores: [3, 1], probabilities: [0.9, 0.1]),
        LabelledPrediction(path: "c", truth: 0, scores: [0, 5], probabilities: [0.1, 0.9]),
        LabelledPrediction(path: "d", truth: 1, scores: [1, 2], probabilities: [0.3, 0.7]),
    ]

    @Test func fourImagesByHand() throws {
        let report = try ClassificationReport(labels: ["x", "y"], predictions: four)
        #expect(report.images == 4)
        #expect(report.accuracy == 0.75)
        #expect(report.chance == 0.5)
        #expect(report.majorityShare == 0.75)
        // (2/3 + 1/1) / 2
        #expect(abs(report.classAveragedAccuracy - 5.0 / 6) < 1e-15)
        #expect(report.topFiveAccuracy == nil)
        #expect(report.confusion.counts == [[2, 1], [0, 1]])
        // y is answered for c and d, and right for d.
        #expect(report.perClass[1].precision == 0.5)
        #expect(report.perClass[1].answered == 2)
        // x: 2, 3, 0 against 1: two of three pairs are in order.
        #expect(report.perClass[0].auc == 2.0 / 3)
        #expect(report.mistakes == [2])
        #expect(report.outcomes[2].confidence == 0.9)
        #expect(report.outcomes[2].truthProbability == 0.1)
        #expect(report.images(truth: 0, predicted: 1) == [2])
        // Sum over both classes of (p − o)²: 2 · (0.04 + 0.01 + 0.81 + 0.09) / 4.
        #expect(abs(report.calibration.brierScore - 0.475) < 1e-15)
        // Bins of 0.6–0.7, 0.7–0.8, 0.8–0.9: |1 − 0.7| · 1, |1 − 0.8| · 1, |0.5 − 0.9| · 2, over 4.
        #expect(abs(report.calibration.expectedCalibrationError - 0.325) < 1e-15)
    }

    @Test func acceptanceByHand() throws {
        let report = try ClassificationReport(labels: ["x", "y"], predictions: four, unknown: [0.95, 0.75, 0.2])
        let points = report.acceptance.points
        // 0.9 is the confidence of a right and of a wrong answer; 0.8 and 0.7 are right.
        #expect(points.map(\.threshold) == [0.9, 0.8, 0.7])
        #expect(points.map(\.coverage) == [0.5, 0.75, 1])
        #expect(points.map(\.accuracy) == [0.5, 2.0 / 3, 0.75])
        // One of three reaches 0.9 and 0.8, two reach 0.7.
        #expect(points.compactMap(\.unknownAccepted).map { (3 * $0).rounded() } == [1, 1, 2])
        #expect(report.acceptance.point(at: 0.75)?.coverage == 0.75)
        #expect(report.acceptance.point(at: 0.91) == nil)
        #expect(report.acceptance.threshold(forAccuracy: 0.6)?.threshold == 0.7)
        #expect(report.acceptance.threshold(forAccuracy: 0.8) == nil)
    }

    @Test func perfectPredictionsGiveOneEverywhere() throws {
        let predictions = (0..<30).map { index in
            let hot = (0..<3).map { $0 == index % 3 ? 1.0 : 0.0 }
            return LabelledPrediction(path: "\(index)", truth: index % 3, scores: hot, probabilities: hot)
        }
        let report = try ClassificationReport(labels: names(3), predictions: predictions)
        #expect(report.accuracy == 1 && report.classAveragedAccuracy == 1 && report.accuracyInterval.upper == 1)
        for metrics in report.perClass {
            #expect(
                [metrics.accuracy, metrics.precision, metrics.f1, metrics.auc, metrics.averagePrecision].allSatisfy {
                    $0 == 1
                })
        }
        #expect(report.mistakes.isEmpty && report.confusion.confusions.isEmpty)
        #expect(report.calibration.expectedCalibrationError == 0 && report.calibration.brierScore == 0)
        #expect(report.calibration.negativeLogLikelihood == 0)
    }

    @Test(arguments: UInt64(1)...20) func countsAddUp(seed: UInt64) throws {
        let predictions = randomPredictions(seed: seed, steps: seed.isMultiple(of: 2) ? 5 : nil)
        let report = try ClassificationReport(labels: names(4), predictions: predictions)
        #expect(report.confusion.truthTotals == report.perClass.map(\.images))
        #expect(report.confusion.predictedTotals == report.perClass.map(\.answered))
        #expect(report.confusion.truthTotals.reduce(0, +) == 60)
        #expect(report.calibration.bins.map(\.images).reduce(0, +) == 60)
        #expect(report.confusion.confusions.map(\.images).reduce(0, +) == report.mistakes.count)
        #expect(report.acceptance.points.last?.coverage == 1)
        #expect(report.acceptance.points.last?.accuracy == report.accuracy)
        #expect(report.accuracyInterval.lower < report.accuracy && report.accuracy < report.accuracyInterval.upper)
        let confidences = report.mistakes.map { report.outcomes[$0].confidence }
        #expect(confidences == confidences.sorted(by: >))
    }

    @Test(arguments: UInt64(1)...20) func curvesRiseAndEndAtOne(seed: UInt64) throws {
        let report = try ClassificationReport(labels: names(4), predictions: randomPredictions(seed: seed, steps: 4))
        for curves in report.curves.compactMap({ $0 }) {
            #expect(curves.roc.first == CurvePoint(x: 0, y: 0, threshold: nil))
            #expect(curves.roc.last.map { [$0.x, $0.y] } == [1, 1])
            #expect(curves.precisionRecall.last?.x == 1)
            for (a, b) in zip(curves.roc, curves.roc.dropFirst()) {
                #expect(a.x <= b.x && a.y <= b.y && (a.threshold ?? .infinity) > (b.threshold ?? -.infinity))
            }
            // The area is that of the drawn curve: the points left out do not matter.
            let area = zip(curves.roc, curves.roc.dropFirst()).reduce(0) {
                $0 + ($1.1.x - $1.0.x) * ($1.1.y + $1.0.y) / 2
            }
            #expect(abs(area - curves.auc) < 1e-12)
        }
    }

    @Test(arguments: UInt64(1)...20) func monotoneTransformsLeaveTheAreaAlone(seed: UInt64) throws {
        let predictions = randomPredictions(seed: seed, steps: 6)
        let bent = predictions.map { prediction in
            var prediction = prediction
            prediction.scores = prediction.scores.map { exp(2 * $0) + $0 }
            return prediction
        }
        let (a, b) = (
            try ClassificationReport(labels: names(4), predictions: predictions),
            try ClassificationReport(labels: names(4), predictions: bent)
        )
        #expect(a.perClass == b.perClass)
        #expect(a.confusion == b.confusion)
    }

    @Test(arguments: UInt64(1)...20) func theOrderOfImagesDoesNotMatter(seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let predictions = randomPredictions(seed: seed, steps: 6)
        let (a, b) = (
            try ClassificationReport(labels: names(4), predictions: predictions),
            try ClassificationReport(labels: names(4), predictions: predictions.shuffled(using: &generator))
        )
        #expect(a.perClass == b.perClass)
        #expect(a.confusion == b.confusion)
        #expect(a.curves == b.curves)
        #expect(a.acceptance == b.acceptance)
        #expect(a.calibration.bins.map(\.correct) == b.calibration.bins.map(\.correct))
        // Sums of the same numbers in another order.
        #expect(abs(a.calibration.negativeLogLikelihood - b.calibration.negativeLogLikelihood) < 1e-12)
        #expect(Set(a.mistakes.map { a.outcomes[$0].path }) == Set(b.mistakes.map { b.outcomes[$0].path }))
    }

    @Test func predictionsThatDoNotFitAreErrors() throws {
        func report(_ labels: [String], _ predictions: [LabelledPrediction]) throws {
            _ = try ClassificationReport(labels: labels, predictions: predictions)
        }
        let good = four[0]
        #expect(throws: EvaluationError.noPredictions) { try report(["x", "y"], []) }
        #expect(throws: EvaluationError.repeatedLabel("x")) { try report(["x", "x"], [good]) }
        #expect(throws: EvaluationError.scoreCount(path: "a", expected: 3, found: 2)) {
            try report(["x", "y", "z"], [good])
        }
        var bad = good
        bad.truth = 2
        #expect(throws: EvaluationError.truthOutside(path: "a", truth: 2, classes: 2)) {
            try report(["x", "y"], [bad])
        }
        bad = good
        bad.scores[1] = .nan
        #expect(throws: EvaluationError.notFinite(path: "a", label: "y")) { try report(["x", "y"], [bad]) }
        bad = good
        bad.probabilities = [1]
        #expect(throws: EvaluationError.scoreCount(path: "a", expected: 2, found: 1)) { try report(["x", "y"], [bad]) }
        #expect("\(EvaluationError.notFinite(path: "a", label: "y"))".contains("smaller learning rate"))
    }

    @Test func theMostConfusedClassesAreThoseOfTheMostFrequentMistakes() {
        var counts = [[Int]](repeating: [Int](repeating: 0, count: 6), count: 6)
        for index in 0..<6 { counts[index][index] = 10 }
        counts[1][4] = 5
        counts[4][1] = 2
        counts[0][3] = 4
        counts[5][3] = 1
        let matrix = ConfusionMatrix(labels: names(6), counts: counts)
        #expect(matrix.confusions.map(\.images) == [5, 4, 2, 1])
        #expect(matrix.mostConfused(2) == [1, 4])
        // 0 and 3 do not fit into three together with 1 and 4.
        #expect(matrix.mostConfused(3) == [1, 4])
        #expect(matrix.mostConfused(4) == [0, 1, 3, 4])
        #expect(matrix.mostConfused(6) == [0, 1, 2, 3, 4, 5])
    }
}
