// Confident learning against cleanlab's answers, and by hand.

import Evaluation
import Foundation
import TestSupport
import Testing

/// What `Tools/golden/suspects.py` wrote.
private struct SuspectsGolden: Decodable {
    struct Problem: Decodable {
        var name: String
        var labels: [Int]
        var probabilities: [[Double]]
        var thresholds: [Double]
        var confident_joint: [[Int]]
        var is_suspect: [Bool]
        var suspects: [Int]
        var ranking: [Int]
    }

    struct Rounding: Decodable {
        var values: [Double]
        var rounded: [Int]
    }

    /// Images with any number of labels.
    struct Sets: Decodable {
        var name: String
        var labels: [[Int]]
        var probabilities: [[Double]]
        var is_suspect: [Bool]
        var scores: [Double]
        var ranking: [Int]
    }

    var problems: [Problem]
    var roundings: [Rounding]
    var sets: [Sets]

    static func read() throws -> SuspectsGolden {
        try JSONDecoder().decode(SuspectsGolden.self, from: Data(contentsOf: Fixtures.golden("suspects.json")))
    }
}

@Suite struct ConfidentLearningTests {
    @Test func sameAsCleanlab() throws {
        let problems = try SuspectsGolden.read().problems
        #expect(problems.count == 8)
        for problem in problems {
            let found = try ConfidentLearning(probabilities: problem.probabilities, labels: problem.labels)
            for (threshold, expected) in zip(found.thresholds, problem.thresholds) {
                #expect(abs((threshold ?? 2) - expected) < 1e-12, "\(problem.name)")
            }
            #expect(found.confidentJoint == problem.confident_joint, "\(problem.name)")
            #expect(found.isSuspect == problem.is_suspect, "\(problem.name)")
            #expect(found.suspects == problem.suspects, "\(problem.name)")
            #expect(found.ranking == problem.ranking, "\(problem.name)")
        }
    }

    /// Which images, and in which order: the scores of cleanlab's exponential moving average, and its issues of any label.
    @Test func sameAsCleanlabWithSeveralLabels() throws {
        let sets = try SuspectsGolden.read().sets
        #expect(sets.count == 4)
        for problem in sets {
            let labels = problem.probabilities[0].indices.map { "label \($0)" }
            let report = try SuspectReport(
                probabilities: problem.probabilities, labelSets: problem.labels,
                paths: problem.labels.indices.map { "\($0).jpg" }, classes: labels)
            for (image, score) in problem.scores.enumerated() {
                let confidences = labels.indices.map { label in
                    let p = problem.probabilities[image][label]
                    return problem.labels[image].contains(label) ? p : 1 - p
                }
                #expect(abs(SuspectReport.merit(confidences) - score) < 1e-12, "\(problem.name)")
            }
            #expect(report.ranked.map(\.image) == problem.ranking, "\(problem.name)")
            let flagged = Set(report.flagged.map(\.image))
            #expect(problem.is_suspect.indices.filter { problem.is_suspect[$0] } == flagged.sorted(), "\(problem.name)")
        }
    }

    @Test func roundsAsCleanlab() throws {
        for rounding in try SuspectsGolden.read().roundings {
            #expect(ConfidentLearning.roundedKeepingSum(rounding.values) == rounding.rounded, "\(rounding.values)")
        }
    }

    /// Thresholds: class 0 (0.9 + 0.8 + 0.1) / 3 = 0.6, class 1 (0.9 + 0.7) / 2 = 0.8.
    ///
    /// Confident of class 0 are images 0, 1,
    /// of class 1 images 2 (0.9) and 3 (0.9); image 4 with 0.3 and 0.7 is of neither. Counts [[2, 1], [0, 1]], stretched to
    /// 3 and 2 images: [[2, 1], [0, 2]]. So one image labelled 0 is wrong: that with the greatest lead of class 1, image 2.
    @Test func byHand() throws {
        let found = try ConfidentLearning(
            probabilities: [[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.1, 0.9], [0.3, 0.7]], labels: [0, 0, 0, 1, 1])
        #expect(abs((found.thresholds[0] ?? 0) - 0.6) < 1e-12 && abs((found.thresholds[1] ?? 0) - 0.8) < 1e-12)
        #expect(found.confidentJoint == [[2, 1], [0, 2]])
        #expect(found.suspects == [2])
        #expect(found.estimatedErrors(ofLabel: 0) == 1 && found.estimatedErrors(ofLabel: 1) == 0)
        #expect(found.ranking == [2, 4, 1, 0, 3])
    }

    @Test func mistakesAreExplained() {
        func error(_ probabilities: [[Double]], _ labels: [Int]) -> SuspectsError? {
            #expect(throws: SuspectsError.self) { try ConfidentLearning(probabilities: probabilities, labels: labels) }
        }
        #expect(error([], []) == .empty)
        #expect(error([[0.5, 0.5]], [0, 1]) == .labelCount(images: 1, labels: 2))
        #expect(error([[1]], [0]) == .image(0, probabilities: 1, label: 0, classes: 1))
        #expect(error([[0.5, 0.5], [1, 0]], [0, 2]) == .image(1, probabilities: 2, label: 2, classes: 2))
        #expect(error([[1.5, -0.5]], [0]) == .probability(image: 0, 1.5))
        #expect("\(SuspectsError.labelCount(images: 1, labels: 2))".contains("1 images but 2 labels"))
    }
}

@Suite struct SuspectReportTests {
    /// The problem of `byHand`, with names that shells and tables stumble over.
    private func report() throws -> SuspectReport {
        try SuspectReport(
            probabilities: [[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.1, 0.9], [0.3, 0.7]], labels: [0, 0, 0, 1, 1],
            paths: ["cat/a.jpg", "cat/b.jpg", "cat/it's, \"c\".jpg", "dog/d.jpg", "dog/e.jpg"], classes: ["cat", "dog"])
    }

    @Test func saysWhatToDo() throws {
        let report = try report()
        let first = report.ranked[0]
        #expect(first.path == "cat/it's, \"c\".jpg" && first.label == "cat" && first.suggestion == "dog")
        #expect(first.isFlagged && first.action == .relabel)
        #expect(
            report.command(for: first, dataset: "my photos")
                == #"ocelot data labels 'my photos' --set 'cat/it'\''s, "c".jpg=dog'"#)
        // Its label is likelier than the other class.
        let second = report.ranked[1]
        #expect(second.path == "dog/e.jpg" && second.action == .keep)
        #expect(report.command(for: second, dataset: "photos") == nil)
        // 0.6 is likely, but not three times as likely as 0.4.
        let unclear = try SuspectReport(
            probabilities: [[0.9, 0.1], [0.4, 0.6], [0.1, 0.9]], labels: [0, 0, 1], paths: ["a", "b c", "d"],
            classes: ["cat", "dog"])
        #expect(unclear.ranked[0].option == "--exclude 'b c'")
        #expect(report.wrong == 1 && report.flagged.count == 1)
        #expect(report.estimates.map(\.wrong) == [1, 0] && report.estimates[0].mostly == "dog")
        // Four of five labels are the likeliest class: images 0, 1, 3 and 4.
        #expect(report.accuracy == 0.8)
        #expect(report.summary.contains("About 1 of the 5 labels") && report.summary.contains("recognise only 80.0 %"))
        #expect(report.text(top: 2, dataset: "photos").contains("labelled cat (10 %), rather dog (90 %)"))
    }

    /// Label x is improbable for image 1 and y for image 2, where nothing else is doubtful; image 2 shows neither after that.
    @Test func severalLabelsAreMendedAsASet() throws {
        let report = try SuspectReport(
            probabilities: [[0.9, 0.9], [0.05, 0.9], [0.1, 0.2], [0.9, 0.1], [0.1, 0.1]],
            labelSets: [[0, 1], [0, 1], [1], [0], []], paths: ["a", "b", "c", "d", "e"], classes: ["x", "y"])
        #expect(report.ranked.prefix(2).map(\.path) == ["b", "c"])
        let (first, second) = (report.ranked[0], report.ranked[1])
        #expect(first.label == "x|y" && first.suggestion == "y" && first.action == .relabel)
        #expect(abs(first.probability - 0.05) < 1e-12)
        // 0.8 · 0.05 + 0.2 · 0.9 = 0.22.
        #expect(abs(SuspectReport.merit([0.05, 0.9]) - 0.22) < 1e-12)
        #expect(second.label == "y" && second.suggestion == "" && second.option == "--set c=")
        #expect(report.text(top: 2, dataset: "photos").contains("labelled y (20 %), rather none (80 %)"))
        #expect(report.answers == 10 && report.accuracy == 0.8)
        let page = report.html(top: 2, dataset: "photos", facts: []) { _ in nil }
        #expect(page.contains("rather none") || page.contains(">none "))
        #expect(report.probabilityTable.hasPrefix("path,label,x,y\na,x|y,0.9,0.9\n"))
    }

    @Test func tablesCanBeReadBack() throws {
        let report = try report()
        let lines = report.table(top: 2).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1] == "1\t\"cat/it's, \"\"c\"\".jpg\"\tcat\tdog\t0.1\t0.9\ttrue\trelabel")
        let probabilities = report.probabilityTable.split(separator: "\n")
        #expect(probabilities[0] == "path,label,cat,dog" && probabilities.count == 6)
        #expect(probabilities[3] == "\"cat/it's, \"\"c\"\".jpg\",cat,0.1,0.9")
    }

    @Test func pageIsWholeAndSafe() throws {
        let evil = "<script>alert('1')</script>"
        let report = try SuspectReport(
            probabilities: [[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]], labels: [0, 0, 1, 1],
            paths: [evil + "a", evil + "b", "c", "d"], classes: [evil, "dog"])
        let html = report.html(top: 2, dataset: evil, facts: [(evil, evil)]) { $0 == 1 ? [0xFF, 0xD8] : nil }
        #expect(!html.contains("<script>alert") && html.contains("data:image/jpeg;base64,/9g="))
        #expect(html.contains("no preview") && html.contains("Northcutt") && html.contains("default-src 'none'"))
        for forbidden in ["http:", "https:", "@import", "<link"] { #expect(!html.contains(forbidden)) }
    }
}
