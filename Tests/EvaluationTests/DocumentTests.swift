// The JSON that scripts rely on, and that of whole reports.

import Evaluation
import Foundation
import Labels
import Testing

@Suite struct DocumentTests {
    @Test func hasEveryPromisedKey() throws {
        // “never” has no images and is never answered.
        let predictions = [
            LabelledPrediction(path: "a", truth: 0, scores: [2, 1, 0], probabilities: [0.7, 0.2, 0.1]),
            LabelledPrediction(path: "b", truth: 1, scores: [3, 1, 0], probabilities: [0.8, 0.1, 0.1]),
            LabelledPrediction(path: "c", truth: 1, scores: [0, 1, 0], probabilities: [0.2, 0.6, 0.2]),
        ]
        let report = try ClassificationReport(labels: ["dotted", "größe", "never"], predictions: predictions)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(EvaluationDocument(report))
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])

        #expect(object["accuracy"] as? Double == 2.0 / 3)
        #expect(object["class_averaged_accuracy"] as? Double == 0.75)
        #expect(object["chance"] as? Double == 1.0 / 3)
        #expect(object["images"] as? Int == 3)
        #expect((object["accuracy_interval"] as? [Double])?.count == 2)
        let confusion = try #require(object["confusion"] as? [String: Any])
        #expect(confusion["labels"] as? [String] == ["dotted", "größe", "never"])
        #expect(confusion["counts"] as? [[Int]] == [[1, 0, 0], [1, 1, 0], [0, 0, 0]])
        let classes = try #require(object["per_class"] as? [String: [String: Any]])
        #expect(Set(classes.keys) == ["dotted", "größe", "never"])
        #expect(classes["dotted"]?["accuracy"] as? Double == 1)
        #expect(classes["dotted"]?["precision"] as? Double == 0.5)
        #expect(classes["dotted"]?["recall"] as? Double == 1)
        // Scores of “dotted”: 2 against 3 and 0.
        #expect(classes["dotted"]?["auc"] as? Double == 0.5)
        #expect(classes["dotted"]?["images"] as? Int == 1)
        for key in ["accuracy", "precision", "recall", "auc", "f1"] { #expect(classes["never"]?[key] is NSNull) }
        let mistakes = try #require(object["mistakes"] as? [[String: Any]])
        #expect(mistakes.map { $0["path"] as? String } == ["b"])
        #expect(mistakes[0]["label"] as? String == "größe")
        #expect(mistakes[0]["predicted"] as? String == "dotted")
        #expect(try encoder.encode(EvaluationDocument(report)) == data)
    }

    @Test(arguments: UInt64(1)...5) func reportsSurviveJSON(seed: UInt64) throws {
        let report = try ClassificationReport(
            labels: names(7), predictions: randomPredictions(seed: seed, classes: 7), unknown: [0.5])
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(report)
        let copy = try JSONDecoder().decode(ClassificationReport.self, from: data)
        #expect(try encoder.encode(copy) == data)
        #expect(copy.curves == report.curves && copy.outcomes == report.outcomes && copy.perClass == report.perClass)
        #expect(copy.html(ReportDetails(title: "t")) == report.html(ReportDetails(title: "t")))
    }
}
