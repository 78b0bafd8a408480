// Two models on the same images.

import Evaluation
import Labels
import Testing

@Suite struct ComparisonTests {
    /// A report of images of class x, answered rightly or not.
    private func report(_ right: [(String, Bool)], labels: [String] = ["x", "y"]) throws -> ClassificationReport {
        let truth = labels.firstIndex(of: "x") ?? 0
        return try ClassificationReport(
            labels: labels,
            predictions: right.map { path, isRight in
                let hot = labels.indices.map { ($0 == truth) == isRight ? 1.0 : 0.0 }
                return LabelledPrediction(path: path, truth: truth, scores: hot, probabilities: hot)
            })
    }

    @Test func listsWhatWasFixedAndBroken() throws {
        let before = try report([("a", true), ("b", false), ("c", false), ("d", true), ("gone", true)])
        // The order of images and of classes differs; only names count.
        let after = try report(
            [("d", false), ("c", true), ("b", true), ("a", true), ("new", false), ("e", true)], labels: ["y", "x"])
        let comparison = try ReportComparison(before, after)
        #expect(comparison.images == 4 && comparison.onlyBefore == 1 && comparison.onlyAfter == 2)
        #expect(comparison.accuracyBefore == 0.5 && comparison.accuracyAfter == 0.75)
        #expect(comparison.fixed.map(\.path) == ["b", "c"])
        #expect(comparison.broken.map(\.path) == ["d"])
        #expect(comparison.broken[0].after == "y" && comparison.broken[0].before == "x")
        #expect(after.outcomes[comparison.fixed[0].indexAfter].path == "b")
        // Two against one of three tosses: anything is as uneven.
        #expect(comparison.pValue == 1)
        #expect(!comparison.isSignificant)
        #expect(comparison.text().contains("b"))
    }

    @Test func aClearDifferenceIsSignificant() throws {
        let paths = (0..<30).map { "\($0)" }
        let before = try report(paths.map { ($0, Int($0).map { $0 < 20 } ?? false) })
        let after = try report(paths.map { ($0, true) })
        let comparison = try ReportComparison(before, after)
        // Ten of ten: 2 · 2⁻¹⁰.
        #expect(abs(comparison.pValue - 0.001953125) < 1e-15)
        #expect(comparison.isSignificant)
        #expect(comparison.verdict.hasPrefix("The second is better: 10 images fixed, 0 broken"))
        #expect(try ReportComparison(after, before).verdict.hasPrefix("The first is better"))
        #expect(try ReportComparison(after, after).verdict == "Both answer the same 30 images rightly.")
    }

    @Test func imagesOfTheSamePathAreMatchedInTheirOrder() throws {
        let before = try report([("a", true), ("a", false)])
        let after = try report([("a", true), ("a", true)])
        let comparison = try ReportComparison(before, after)
        #expect(comparison.images == 2 && comparison.fixed.count == 1 && comparison.broken.isEmpty)
        #expect(comparison.fixed[0].indexBefore == 1 && comparison.fixed[0].indexAfter == 1)
    }

    @Test func evaluationsThatCannotBeComparedAreErrors() throws {
        let first = try report([("a", true)])
        #expect(throws: EvaluationError.nothingInCommon(first: 1, second: 1)) {
            try ReportComparison(first, report([("b", true)]))
        }
        #expect(throws: EvaluationError.differentTruth(path: "a", first: "x", second: "z")) {
            try ReportComparison(first, report([("a", true)], labels: ["z", "y"]))
        }
    }
}
