// `ocelot data suspects` and `ocelot learning-curve` on drawn textures, with the embedded network.

import Foundation
import TestSupport
import Testing

@Suite("Suspect labels and learning curves")
struct SuspectsTests {
    private let network = ["--backbone", "starter", "--quiet"]

    @Test func suspectsNameAWrongLabelAndTheCommandThatMendsIt() async throws {
        try await withTemporaryFolder { folder in
            _ = try await ocelot(["sample", "textures", "photos", "--count", "60", "--quiet"], in: folder)
            let dotted = folder.appending(path: "photos/dotted")
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: dotted.path).min())
            let wrong = "striped/wrong \(name)"
            try FileManager.default.moveItem(
                at: dotted.appending(path: name), to: folder.appending(path: "photos/\(wrong)"))

            let arguments = ["data", "suspects", "photos", "--top", "10"] + network
            let outcome = try await ocelot(
                arguments + ["--json", "--report", "page.html", "--out", "s.tsv", "--probabilities", "p.csv"],
                in: folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.objects.count == 11)
            let found = try #require(outcome.objects.first { $0["path"] as? String == wrong })
            #expect(found["label"] as? String == "striped" && found["suggestion"] as? String == "dotted")
            let command = try #require(found["command"] as? String)
            #expect(command.hasPrefix("ocelot data labels photos --"))
            let last = try #require(outcome.objects.last)
            #expect(last["event"] as? String == "finished" && last["images"] as? Int == 60)
            let classes = try #require(last["classes"] as? [String: [String: Any]])
            #expect(Set(classes.keys) == ["dotted", "leopard", "striped"])

            let page = try String(contentsOf: folder.appending(path: "page.html"), encoding: .utf8)
            #expect(page.components(separatedBy: "data:image/jpeg;base64,").count == 11)
            let table = try String(contentsOf: folder.appending(path: "s.tsv"), encoding: .utf8)
            #expect(table.split(separator: "\n").count == 11)
            let rows = try String(contentsOf: folder.appending(path: "p.csv"), encoding: .utf8).split(separator: "\n")
            #expect(rows.count == 61 && rows[0] == "path,label,dotted,leopard,striped")

            // From the cache, and as text, it says the same.
            let again = try await ocelot(arguments, in: folder)
            #expect(again.output.contains(command))
        }
    }

    @Test func aLearningCurveIsTheSameTwice() async throws {
        try await withTemporaryFolder { folder in
            _ = try await ocelot(["sample", "textures", "photos", "--count", "40", "--quiet"], in: folder)
            let arguments =
                ["learning-curve", "photos", "--repeats", "2", "--sizes", "9,15,22", "--target", "0.9"] + network
            let outcome = try await ocelot(arguments + ["--json", "--out", "curve.svg"], in: folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            // On four test sets two subsets of three sizes and all photos once, and the end.
            #expect(outcome.objects.count == 29)
            let last = try #require(outcome.objects.last)
            let points = try #require(last["points"] as? [[String: Any]])
            #expect(points.map { $0["photos"] as? Int } == [9, 15, 22, 29])
            // Each photo is tested once.
            #expect(last["test_images"] as? Int == 40 && last["measure"] as? String == "accuracy")
            let sentences = try #require(last["sentences"] as? [String])
            #expect(sentences.count == 2)
            let planned = try await ocelot(arguments + ["--json", "--dry-run"], in: folder)
            #expect(planned.objects.first?["models"] as? Int == 28 && planned.objects.count == 1, "\(planned.errors)")
            let svg = try String(contentsOf: folder.appending(path: "curve.svg"), encoding: .utf8)
            #expect(svg.hasPrefix("<svg") && svg.contains("Training photos"))
            let text = try await ocelot(arguments, in: folder)
            for sentence in sentences { #expect(text.output.contains(sentence)) }
        }
    }

    @Test(arguments: [
        (["data", "suspects", "photos", "--folds", "1"], "--folds is 1; it must be from 2 to 20."),
        (["data", "suspects", "photos", "--top", "0"], "--top is 0; it must be 1 or more."),
        (["learning-curve", "photos", "--repeats", "0"], "--repeats is 0; it must be from 1 to 50."),
        (["learning-curve", "photos", "--test-sets", "0"], "--test-sets is 0; it must be from 1 to 20."),
        (["learning-curve", "photos", "--target", "95"], "--target is 95.0; it must be from 0.01 to 0.999"),
        (["learning-curve", "photos", "--sizes", "10,many"], "--sizes takes numbers of photos such as 50,100,200"),
        (["learning-curve", "photos", "--until", "0"], "--until is 0.0; it must be from 0.1 to 1."),
        (["learning-curve", "photos", "--method", "svm-refined"], "no method svm-refined"),
    ])
    func usageIsExplained(_ arguments: [String], _ sentence: String) async throws {
        try await withTemporaryFolder { folder in
            let outcome = try await ocelot(arguments, in: folder)
            #expect(outcome.status == 2 && outcome.errors.contains(sentence), "\(outcome.errors)")
        }
    }

    @Test func dataIsExplained() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 4)
            let size = try await ocelot(["learning-curve", "photos", "--sizes", "5"] + network, in: folder)
            #expect(size.status == 4 && size.errors.contains("takes from 6, 2 of each class, to 9"), "\(size.errors)")
            // A class whose photos are all the same cannot be judged by photos outside its fold.
            let dots = folder.appending(path: "photos/dots")
            for number in 1..<4 {
                try Data(contentsOf: dots.appending(path: "0.jpg")).write(to: dots.appending(path: "\(number).jpg"))
            }
            let copies = try await ocelot(["data", "suspects", "photos"] + network, in: folder)
            #expect(copies.status == 4 && copies.errors.contains("The class 'dots' has"), "\(copies.errors)")
        }
    }
}
