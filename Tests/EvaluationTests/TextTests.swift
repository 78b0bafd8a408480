// What the terminal shows.

import Evaluation
import Foundation
import Labels
import Testing

@Suite struct TextTests {
    private func report(_ labels: [String], _ counts: [[Int]]) throws -> ClassificationReport {
        var predictions: [LabelledPrediction] = []
        for (truth, row) in counts.enumerated() {
            for (predicted, count) in row.enumerated() {
                for index in 0..<count {
                    let hot = labels.indices.map { $0 == predicted ? 0.8 : 0.2 / Double(labels.count - 1) }
                    predictions.append(
                        LabelledPrediction(
                            path: "\(truth)-\(predicted)-\(index)", truth: truth, scores: hot, probabilities: hot))
                }
            }
        }
        return try ClassificationReport(labels: labels, predictions: predictions)
    }

    @Test func wholeText() throws {
        let text = try report(["can", "größe", "日本語"], [[8, 1, 1], [0, 5, 0], [2, 0, 3]]).text()
        // Intervals: Wilson with z = 1.96, by SciPy's binomtest(16, 20), (8, 10), (5, 5), (3, 5).
        // AUC of “can”: scores are 0.8 or 0.1; 8/10 found, 2/10 others: (1 + 0.8 − 0.2) / 2.
        let expected = """
            Accuracy        80.0 %  16 of 20 test images right; 95 % interval 58.4 – 91.9 %
            Class-averaged  80.0 %  each class counts the same; chance level 33.3 %
            Confidence      80.0 %  on average; expected calibration error 0 %

            class   images  accuracy  95 % interval  precision  recall    AUC
            can         10    80.0 %  49.0 – 94.3 %     80.0 %  80.0 %  0.800
            größe        5     100 %   56.6 – 100 %     83.3 %   100 %  0.967
            日本語       5    60.0 %  23.1 – 88.2 %     75.0 %  60.0 %  0.767

            What was taken for what. Each row holds the images of one true class, each column one answer:

            truth ↓  answer →  can  größe  日本語
            can                  8      1       1
            größe                0      5       0
            日本語               2      0       3

            """
        #expect(text == expected)
    }

    @Test func linesUpInAnyScript() throws {
        let labels = ["a", "größe", "日本語のラベル", "e\u{301}mile", "👩‍🌾 farm", "❤️", "한국어"]
        let counts = labels.indices.map { row in labels.indices.map { $0 == row ? 12 : 1 } }
        let lines = try report(labels, counts).text(width: 200).split(separator: "\n", omittingEmptySubsequences: false)
        let table = lines.drop { !$0.hasPrefix("class") }.prefix(8)
        #expect(Set(table.map { columns(of: String($0)) }).count == 1)
        let matrix = lines.drop { !$0.hasPrefix("truth") }.prefix(8)
        #expect(Set(matrix.map { columns(of: String($0)) }).count == 1)
    }

    @Test func columnsOfScripts() {
        #expect(columns(of: "größe") == 5)
        #expect(columns(of: "日本語") == 6)
        #expect(columns(of: "한국어") == 6)
        #expect(columns(of: "e\u{301}") == 1)
        #expect(columns(of: "👩‍🌾") == 2)
        #expect(columns(of: "🇩🇪") == 2)
        #expect(columns(of: "a\u{200B}b") == 2)
        #expect(columns(of: "ｆｕｌｌ") == 8)
        #expect(columns(of: "नमस्ते") == 4)
    }

    @Test func coloursOnlyWhenAsked() throws {
        let report = try report(["a", "b"], [[3, 1], [0, 4]])
        #expect(!report.text().contains("\u{1B}"))
        let coloured = report.text(colour: true)
        #expect(coloured.contains("\u{1B}[1m") && coloured.contains("\u{1B}[33m"))
        let plain = coloured.replacing(/\u{1B}\[\d+m/, with: "")
        let trimmed = plain.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.replacing(/\ +$/, with: "")
        }
        #expect(trimmed.joined(separator: "\n") == report.text())
    }

    @Test func labelsCannotControlTheTerminal() throws {
        let text = try report(["\u{1B}[2Jboo", "a\nb", "\u{202E}evil"], [[1, 1, 0], [0, 1, 1], [0, 0, 1]]).text()
        #expect(!text.contains("\u{1B}") && !text.contains("a\nb") && !text.contains("\u{202E}"))
        #expect(text.contains("\u{FFFD}[2Jboo"))
    }

    @Test func manyClassesAreCutShort() throws {
        var generator = SeededGenerator(3)
        let predictions = (0..<600).map { index in
            let scores = (0..<100).map { $0 == index % 100 ? 1.2 : Double.random(in: 0...1.25, using: &generator) }
            let sum = scores.reduce(0, +)
            return LabelledPrediction(
                path: "\(index)", truth: index % 100, scores: scores, probabilities: scores.map { $0 / sum })
        }
        let report = try ClassificationReport(labels: names(100), predictions: predictions)
        let text = report.text()
        #expect(text.contains("The 25 least accurate of 100 classes:"))
        #expect(text.contains("The most frequent mistakes"))
        #expect(text.split(separator: "\n").count < 50)
        #expect(text.split(separator: "\n").allSatisfy { columns(of: String($0)) <= 100 })
        // The first row is the worst class.
        let worst = try #require(report.perClass.compactMap(\.accuracy).min())
        let first = text.split(separator: "\n").drop { !$0.hasPrefix("class  ") }.dropFirst().first ?? ""
        #expect(first.contains(percent(worst)))
    }

    @Test func sharesNeverLookPerfectWhenTheyAreNot() {
        #expect(percent(1.0) == "100 %")
        #expect(percent(0.9999) == "≥99.9 %")
        #expect(percent(0.0001) == "≤0.1 %")
        #expect(percent(0.0) == "0 %")
        #expect(percent(0.999, digits: 0) == "≥99 %")
        #expect(percent(0.9235) == "92.4 %" || percent(0.9235) == "92.3 %")
        #expect(percent(nil as Double?) == "–")
    }

    @Test func numbersHaveFixedDigits() {
        #expect(3.14159.fixed(2) == "3.14")
        #expect((-0.001).fixed(2) == "0.00")
        #expect((-1.5).fixed(1) == "-1.5")
        #expect(12.0.fixed(0) == "12")
        #expect(0.05.fixed(3) == "0.050")
        #expect(Double.nan.fixed(2) == "–")
        #expect(1e300.fixed(2) == "1e+300")
    }
}
