// The HTML report: whole, safe and alone.

import Evaluation
import Foundation
import Labels
import Testing

@Suite struct PageTests {
    private let details = ReportDetails(
        title: "textures:3", subtitle: "on fashion-texture", facts: [("Backbone", "mobilenet_v2"), ("Seed", "42")],
        warnings: ["2 images were left out."], nextSteps: ["Fine-tune: `ocelot train classifier DATASET`."])

    @Test func saysWhatWasMeasured() throws {
        let report = try ClassificationReport(
            labels: ["dotted", "leopard", "striped"], predictions: randomPredictions(seed: 4, images: 140, classes: 3))
        let html = report.html(details)
        for expected in [
            "textures:3", "on fashion-texture", ">\((100 * report.accuracy).fixed(1))<span>", "truly is",
            "was answered",
            "mobilenet_v2", "2 images were left out.", "<code>ocelot train classifier DATASET</code>", "ROC curve",
            "Reliability", "dotted (\(decimal(report.perClass[0].auc)))",
        ] { #expect(html.contains(expected), "\(expected)") }
        #expect(html == report.html(details))
    }

    @Test func loadsNothingFromElsewhere() throws {
        let report = try ClassificationReport(labels: names(4), predictions: randomPredictions(seed: 5))
        let html = report.html(details) { _ in [0xFF, 0xD8, 0xFF] }
        for forbidden in ["http:", "https:", "//", "@import", "<link", "src=\"/", "url(h"] {
            #expect(!html.contains(forbidden), "\(forbidden)")
        }
        #expect(html.contains("default-src 'none'"))
    }

    @Test func textIsNeverMarkup() throws {
        let evil = "<script>alert('1')</script>\"><img src=x onerror=alert(2)>&amp;\u{1B}"
        let labels = [evil, "b\(evil)", "c", "d"]
        let predictions = randomPredictions(seed: 6).map { prediction in
            var prediction = prediction
            prediction.path = evil + prediction.path
            return prediction
        }
        let report = try ClassificationReport(labels: labels, predictions: predictions)
        let html = report.html(
            ReportDetails(
                title: evil, subtitle: evil, facts: [(evil, evil)], warnings: [evil], nextSteps: [evil, "`\(evil)`"]))
        #expect(html.count(of: "<script") == 1)
        #expect(!html.contains("<img src=x") && !html.contains("alert('1')") && !html.contains("\u{1B}"))
        #expect(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"))
    }

    @Test func everyElementIsClosed() throws {
        let manyClasses = randomPredictions(seed: 7, images: 300, classes: 30)
        for (count, predictions) in [(4, randomPredictions(seed: 7)), (30, manyClasses)] {
            let html = try ClassificationReport(labels: names(count), predictions: predictions).html(details)
            let body = html.replacing(/(?s)<(style|script)>.*?<\/\1>/, with: "")
            #expect(try isWellFormed(body, void: ["meta", "input", "img", "!DOCTYPE"]))
            let identifiers = body.matches(of: /\sid="([^"]+)"/).map(\.output.1)
            #expect(Set(identifiers).count == identifiers.count)
            let referred = body.matches(of: /(?:aria-labelledby|aria-describedby|for|href)="#?([^"]+)"/).map(\.output.1)
            #expect(Set(referred).isSubset(of: Set(identifiers)))
        }
    }

    @Test func theWorstMistakesAreShownWithTheirImages() throws {
        let report = try ClassificationReport(labels: names(4), predictions: randomPredictions(seed: 8, images: 300))
        try #require(report.mistakes.count > 24)
        var asked: [Int] = []
        let html = report.html(details) { index in
            asked.append(index)
            return index == report.mistakes[0] ? [1, 2, 3] : nil
        }
        #expect(asked == Array(report.mistakes.prefix(24)))
        #expect(html.count(of: "<img src=\"data:image/jpeg;base64,AQID\"") == 1)
        #expect(html.count(of: "no preview") == 23)
    }

    @Test func degenerateReportsHavePagesToo() throws {
        let one = LabelledPrediction(path: "a", truth: 0, scores: [1], probabilities: [1])
        let single = try ClassificationReport(labels: ["only"], predictions: [one, one]).html(ReportDetails(title: "t"))
        #expect(single.contains("Nowhere: every test image"))
        #expect(!single.contains("id=\"confusion\""))
        // One image of three classes: no curves but for those with positives and negatives.
        let wrong = LabelledPrediction(path: "a", truth: 2, scores: [1, 0, 0], probabilities: [1, 0, 0])
        let report = try ClassificationReport(labels: names(3), predictions: [wrong])
        #expect(report.curves.allSatisfy { $0 == nil } && report.meanAUC == nil)
        let html = report.html(ReportDetails(title: "t"))
        #expect(html.contains("not clearly better than guessing") && !html.contains("nan"))
    }

    @Test func aThousandClassesStayUsable() throws {
        var generator = SeededGenerator(9)
        let predictions = (0..<2000).map { index in
            let scores = (0..<1000).map { $0 == index % 1000 ? 1.0 : Double.random(in: 0...1.002, using: &generator) }
            let sum = scores.reduce(0, +)
            return LabelledPrediction(
                path: "\(index)", truth: index % 1000, scores: scores, probabilities: scores.map { $0 / sum })
        }
        let html = try ClassificationReport(labels: names(1000), predictions: predictions).html(details)
        #expect(html.utf8.count < 1_000_000)
        #expect(html.contains("of 1000 with the most frequent mistakes"))
        #expect(html.count(of: "<path class=\"line c") <= 2 * 2 * 8 + 1)
    }
}
