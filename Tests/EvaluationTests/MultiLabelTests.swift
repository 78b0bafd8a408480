// Measures of labels that do not exclude each other: against scikit-learn, and by hand.

import Evaluation
import Foundation
import Labels
import TestSupport
import Testing

/// `Tests/Golden/labels.json`, made by `Tools/golden/labels.py` with scikit-learn and SciPy.
struct LabelGolden: Decodable {
    struct Chance: Decodable {
        var exact_match, hamming_loss: Double
        var average_precision, micro_f1, macro_f1: Double?
    }

    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var truth: [[Int]]
        var scores, probabilities: [[Double]]
        var thresholds, exact_match_interval: [Double]
        var exact_match, hamming_loss, log_loss: Double
        var mean_average_precision: Double?
        var micro, macro: [Double?]
        var images, answered: [Int]
        var precision, recall, f1, average_precision, auc: [Double?]
        var precision_intervals, recall_intervals: [[Double]?]
        var chance: Chance

        var testDescription: String { name }

        func report() throws -> MultiLabelReport {
            let predictions = truth.indices.map { image in
                LabelledPrediction(
                    path: "\(image).jpg", truths: truth[image].indices.filter { truth[image][$0] == 1 },
                    scores: scores[image], probabilities: probabilities[image])
            }
            return try MultiLabelReport(
                labels: names(truth[0].count), predictions: predictions, thresholds: thresholds)
        }
    }

    var reports: [Case]

    static func cases() throws -> [Case] {
        try JSONDecoder().decode(LabelGolden.self, from: Data(contentsOf: Fixtures.golden("labels.json"))).reports
    }
}

@Suite struct MultiLabelTests {
    private func expectEqual(_ a: Double?, _ b: Double?, _ what: String) {
        guard let a, let b else {
            #expect(a == nil && b == nil, "\(what): \(String(describing: a)), expected \(String(describing: b))")
            return
        }
        // Sums of a hundred terms in another order.
        #expect(abs(a - b) <= 1e-12, "\(what): \(a), expected \(b)")
    }

    @Test(arguments: try LabelGolden.cases()) func measuresAgree(_ golden: LabelGolden.Case) throws {
        let report = try golden.report()
        expectEqual(report.exactMatch, golden.exact_match, "exact match")
        expectEqual(report.zeroOneLoss, 1 - golden.exact_match, "zero-one loss")
        expectEqual(report.exactMatchInterval.lower, golden.exact_match_interval[0], "interval")
        expectEqual(report.exactMatchInterval.upper, golden.exact_match_interval[1], "interval")
        expectEqual(report.hammingLoss, golden.hamming_loss, "Hamming loss")
        expectEqual(report.meanAveragePrecision, golden.mean_average_precision, "mean average precision")
        expectEqual(report.logLoss, golden.log_loss, "log loss")
        for (averages, expected) in [(report.micro, golden.micro), (report.macro, golden.macro)] {
            expectEqual(averages.precision, expected[0], "precision")
            expectEqual(averages.recall, expected[1], "recall")
            expectEqual(averages.f1, expected[2], "F1")
        }
        expectEqual(report.chance.exactMatch, golden.chance.exact_match, "chance of an exact match")
        expectEqual(report.chance.hammingLoss, golden.chance.hamming_loss, "chance of the Hamming loss")
        expectEqual(report.chance.averagePrecision, golden.chance.average_precision, "chance of average precision")
        expectEqual(report.chance.microF1, golden.chance.micro_f1, "chance of micro F1")
        expectEqual(report.chance.macroF1, golden.chance.macro_f1, "chance of macro F1")
        #expect(report.perLabel.map(\.images) == golden.images)
        #expect(report.perLabel.map(\.answered) == golden.answered)
        for (index, metrics) in report.perLabel.enumerated() {
            expectEqual(metrics.precision, golden.precision[index], "precision of \(index)")
            expectEqual(metrics.recall, golden.recall[index], "recall of \(index)")
            expectEqual(metrics.f1, golden.f1[index], "F1 of \(index)")
            expectEqual(metrics.averagePrecision, golden.average_precision[index], "average precision of \(index)")
            expectEqual(metrics.auc, golden.auc[index], "AUC of \(index)")
            expectEqual(metrics.precisionInterval?.lower, golden.precision_intervals[index]?[0], "interval of \(index)")
            expectEqual(metrics.recallInterval?.upper, golden.recall_intervals[index]?[1], "interval of \(index)")
        }
    }

    /// Three images, two labels: a, a and b, none; answered from 0.5 on with a, a, b.
    private let predictions = [
        LabelledPrediction(path: "1", truths: [0], scores: [2, -1], probabilities: [0.9, 0.2]),
        LabelledPrediction(path: "2", truths: [0, 1], scores: [1, -2], probabilities: [0.8, 0.1]),
        LabelledPrediction(path: "3", truths: [], scores: [-1, 1], probabilities: [0.3, 0.7]),
    ]

    @Test func byHand() throws {
        let report = try MultiLabelReport(labels: ["a", "b"], predictions: predictions, thresholds: [0.5, 0.5])
        // Right: image 1. Wrong answers: b of 2 (forgotten) and b of 3 (invented), of six.
        #expect(report.exactMatch == 1.0 / 3)
        #expect(report.hammingLoss == 2.0 / 6)
        #expect(report.outcomes.map(\.answered) == [[0], [0], [1]])
        #expect(report.outcomes.map(\.wrong) == [[], [1], [1]])
        // b is last of three scores where it is true: precision 1/3 there.
        #expect(report.perLabel.map(\.averagePrecision) == [3, 1].map { $0 / 3 })
        #expect(report.meanAveragePrecision == 2.0 / 3)
        // Two of three answers are right, and two of three labels found.
        #expect(report.micro.precision == 2.0 / 3)
        #expect(report.micro.recall == 2.0 / 3)
        #expect(report.perLabel.map(\.f1) == [1, 0])
        #expect(report.macro.f1 == 0.5)
        // No set of labels occurs twice; a in two of three and b in one: one error each at best, of three.
        #expect(report.chance.exactMatch == 1.0 / 3)
        #expect(report.chance.hammingLoss == 1.0 / 3)
        #expect(report.perLabel.map(\.prevalence) == [2, 1].map { $0 / 3 })
        // b is 0.9 short of the truth in image 2 and 0.7 beyond it in image 3.
        #expect(report.mistakes == [1, 2])
        // A lower threshold for b makes its answers in 1 and 3.
        let lower = try MultiLabelReport(labels: ["a", "b"], predictions: predictions, thresholds: [0.5, 0.2])
        #expect(lower.outcomes.map(\.answered) == [[0, 1], [0], [1]])
    }

    @Test func hasEveryPromisedKey() throws {
        let report = try EvaluationReport(labels: ["a", "b"], predictions: predictions, thresholds: [0.5, 0.5])
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(report)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let keys: Set = [
            "labels", "images", "exact_match", "exact_match_interval", "zero_one_loss", "hamming_loss",
            "mean_average_precision", "log_loss", "micro", "macro", "chance", "per_label", "mistakes",
        ]
        #expect(Set(object.keys) == keys)
        #expect(object["labels"] as? String == "many")
        #expect(object["hamming_loss"] as? Double == 2.0 / 6)
        let labels = try #require(object["per_label"] as? [String: [String: Any]])
        let labelKeys: Set = [
            "images", "answered", "threshold", "precision", "precision_interval", "recall", "recall_interval", "f1",
            "auc",
            "average_precision", "prevalence",
        ]
        #expect(labels["a"].map { Set($0.keys) } == labelKeys && Set(labels.keys) == ["a", "b"])
        let mistakes = try #require(object["mistakes"] as? [[String: Any]])
        #expect(mistakes.map { $0["predicted"] as? [String] } == [["a"], ["b"]])
        #expect(mistakes.map { $0["labels"] as? [String] } == [["a", "b"], []])
    }

    @Test func reportsSurviveJSON() throws {
        for golden in try LabelGolden.cases() {
            let report = try golden.report()
            let copy = try JSONDecoder().decode(MultiLabelReport.self, from: JSONEncoder().encode(report))
            #expect(copy.perLabel == report.perLabel)
            #expect(copy.outcomes == report.outcomes)
            #expect(copy.curves == report.curves)
            #expect(copy.html(ReportDetails(title: "t")) == report.html(ReportDetails(title: "t")))
        }
    }

    @Test func pagesAreWellFormedAndSafe() throws {
        let labels = ["<b>dotted</b>", "a \"b\" & c"]
        let report = try MultiLabelReport(labels: labels, predictions: predictions, thresholds: [0.5, 0.5])
        let html = report.html(ReportDetails(title: "<script>", warnings: ["a & b"], nextSteps: ["`x < y`"])) { _ in
            [1, 2]
        }
        let body = String(try #require(html.split(separator: "<main>").last))
        #expect(try isWellFormed(String(try #require(body.split(separator: "</main>").first)), void: ["img", "br"]))
        #expect(!html.contains("<b>dotted</b>") && !html.contains("<script>\n<"))
        #expect(html.contains("&lt;b&gt;dotted&lt;/b&gt;"))
        // Both wrong images are shown, and both labels have curves.
        #expect(html.components(separatedBy: "<img ").count == 3)
        #expect(html.contains("id=\"curves\"") && html.contains("id=\"classes\""))
    }

    @Test func textNamesEveryFigureWithItsChance() throws {
        let text = try MultiLabelReport(labels: ["a", "b"], predictions: predictions, thresholds: [0.5, 0.5]).text()
        let lines = text.split(separator: "\n").map(String.init)
        #expect(
            lines[0].hasPrefix("Mean average precision  66.7 %  each label counts the same; guessing reaches 50.0 %"))
        #expect(lines[2].contains("33.3 %") && lines[3].contains("1 of 3 test images with all labels right"))
        #expect(lines.last?.hasPrefix("b") == true)
        #expect(text.allSatisfy { $0 != "\u{1B}" })
    }

    @Test func oneLabelIsEnough() throws {
        let one = [
            LabelledPrediction(path: "1", truths: [0], scores: [1], probabilities: [0.7]),
            LabelledPrediction(path: "2", truths: [], scores: [0], probabilities: [0.5]),
        ]
        let report = try MultiLabelReport(labels: ["a"], predictions: one, thresholds: [0.6])
        #expect(report.exactMatch == 1 && report.mistakes.isEmpty)
        #expect(report.meanAveragePrecision == 1)
        #expect(report.html(ReportDetails(title: "t")).contains("Nowhere: every test image has all labels right."))
    }

    @Test func whatDoesNotFitIsRefused() {
        func error(_ labels: [String], _ predictions: [LabelledPrediction]) -> EvaluationError? {
            do {
                _ = try MultiLabelReport(
                    labels: labels, predictions: predictions, thresholds: labels.map { _ in 0.5 })
            } catch { return error as? EvaluationError }
            return nil
        }
        #expect(error(["a", "b"], []) == .noPredictions)
        #expect(error(["a", "a"], predictions) == .repeatedLabel("a"))
        #expect(error(["a"], predictions) == .scoreCount(path: "1", expected: 1, found: 2))
        var outside = predictions
        outside[0].truths = [2]
        #expect(error(["a", "b"], outside) == .truthOutside(path: "1", truth: 2, classes: 2))
        var infinite = predictions
        infinite[1].scores[1] = .infinity
        #expect(error(["a", "b"], infinite) == .notFinite(path: "2", label: "b"))
    }
}
