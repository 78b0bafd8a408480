// Photos with several labels, by the command: from the table to the answer.

import Foundation
import Imaging
import TestSupport
import Testing

@Suite("Several labels by the command", .serialized)
struct SeveralLabelsTests {
    /// Pictures whose halves show one pattern each, or none: so each has none to two of the labels across and along.
    private func drawTable(in folder: URL, count: Int = 36) throws {
        var rows = ["path,label"]
        let halves = [[], [0], [1], [0, 1], [0, 0], [1, 0]]
        for number in 0..<count {
            let kinds = halves[number % halves.count]
            let (width, height) = (96, 80)
            let parts = (0..<2).map { $0 < kinds.count ? drawnPicture(kinds[$0], number).pixels : nil }
            let pixels = (0..<height).flatMap { y in
                (0..<2 * width).flatMap { x -> [UInt8] in
                    guard let part = parts[x / width] else { return [UInt8(120 + number), 130, 140] }
                    return Array(part[(3 * (y * width + x % width))..<(3 * (y * width + x % width) + 3)])
                }
            }
            let picture = Picture(width: 2 * width, height: height, pixels: pixels)
            try Data(picture.jpeg(quality: 90)).write(to: folder.appending(path: "\(number).jpg"))
            rows.append("\(number).jpg," + Set(kinds).sorted().map { ["across", "along"][$0] }.joined(separator: "|"))
        }
        try Data(rows.joined(separator: "\n").utf8).write(to: folder.appending(path: "table.csv"))
    }

    private func train(_ arguments: [String], in folder: URL) async throws -> Outcome {
        try await ocelot(
            [
                "train", "classifier", "table.csv", "--backbone", "starter", "--image-size", "64", "--resize", "squash",
                "--name", "m", "--json",
            ] + arguments, in: folder)
    }

    @Test(arguments: [
        ["--method", "svm"], ["--method", "head", "--set", "thresholds=best-f1"], ["--method", "fine-tune"],
    ])
    func fromTheTableToTheAnswer(_ method: [String]) async throws {
        try await withTemporaryFolder { folder in
            try drawTable(in: folder)
            let trained = try await train(method + ["--epochs", "4", "--set", "head_epochs=10"], in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            let finished = try #require(trained.objects.last)
            #expect(finished["classes"] as? [String] == ["across", "along"])
            let test = try #require(finished["test"] as? [String: Any])
            let labels = try #require(test["labels"] as? [String: Any])
            let keys: Set = [
                "mean_average_precision", "chance_average_precision", "micro_f1", "macro_f1", "hamming_loss",
            ]
            #expect(keys.isSuperset(of: labels.keys) && labels["hamming_loss"] != nil)
            let precision = try #require(labels["mean_average_precision"] as? Double)
            // The photos that have no label are trained with too.
            let data = try #require(trained.objects.first { $0["event"] as? String == "data" })
            let parts = ["train", "validation", "test"].compactMap { data[$0] as? Int }
            #expect(parts.reduce(0, +) == 36)
            if method[1] == "svm" {
                #expect(precision > 0.8, "guessing would reach about a half")
                #expect(trained.objects.contains { $0["validation_mean_average_precision"] is Double })
            }

            let evaluated = try await ocelot(["evaluate", "m", "table.csv", "--json", "--report", "out"], in: folder)
            #expect(evaluated.status == 0, "\(evaluated.errors)")
            let figures = try #require(evaluated.objects.first)
            #expect(figures["labels"] as? String == "many" && figures["images"] as? Int == 36)
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "out/report.html").path))

            try await check(figures, in: folder)
        }
    }

    /// A photo that lacks a label is named with the command that mends it, as is one that shows nothing; and the curve is drawn.
    @Test func suspectsAndLearningCurve() async throws {
        let network = ["--backbone", "starter", "--image-size", "64", "--quiet"]
        try await withTemporaryFolder { folder in
            try drawTable(in: folder, count: 48)
            let table = folder.appending(path: "table.csv")
            // Number 6 shows nothing, as every sixth; number 9 shows both.
            let wrong = try String(contentsOf: table, encoding: .utf8)
                .replacing("\n6.jpg,\n", with: "\n6.jpg,across\n").replacing(
                    "\n9.jpg,across|along", with: "\n9.jpg,along")
            try Data(wrong.utf8).write(to: table)
            let found = try await ocelot(
                ["data", "suspects", "table.csv", "--json", "--top", "6", "--report", "page.html"] + network, in: folder
            )
            #expect(found.status == 0, "\(found.errors)")
            let last = try #require(found.objects.last)
            #expect(last["images"] as? Int == 48)
            let bare = try #require(found.objects.first { $0["path"] as? String == "6.jpg" })
            #expect(bare["label"] as? String == "across" && bare["suggestion"] as? String == "")
            let mend = try await ocelot(["data", "labels", "table.csv", "--set", "6.jpg="], in: folder)
            #expect(mend.status == 0 && mend.output.contains("6.jpg  (no label)"), "\(mend.errors)")

            let curve = try await ocelot(
                ["learning-curve", "table.csv", "--json", "--repeats", "2", "--sizes", "16,22,28", "--test-sets", "2"]
                    + network, in: folder)
            #expect(curve.status == 0, "\(curve.errors)")
            let end = try #require(curve.objects.last)
            #expect(end["measure"] as? String == "mean_average_precision")
            let points = try #require(end["points"] as? [[String: Any]])
            #expect(points.count == 4 && points.allSatisfy { ($0["accuracy"] as? Double ?? 0) > 0.5 })
        }
    }

    /// Predictions and evaluation say the same, and the exported file answers as the package does.
    private func check(_ figures: [String: Any], in folder: URL) async throws {
        let predicted = try await ocelot(["predict", "m", ".", "--json"], in: folder)
        #expect(predicted.status == 0, "\(predicted.errors)")
        var answers: [String: [String]] = [:]
        for line in predicted.objects {
            let path = try #require(line["path"] as? String)
            let labels = try #require(line["labels"] as? [String])
            answers[URL(filePath: path).lastPathComponent] = labels
            #expect(line["accepted"] as? Bool == !labels.isEmpty)
            #expect((line["top"] as? [Any])?.count == 2)
        }
        let mistakes = try #require(figures["mistakes"] as? [[String: Any]])
        for mistake in mistakes {
            let path = try #require(mistake["path"] as? String)
            #expect(try Set(#require(answers[path])) == Set(mistake["predicted"] as? [String] ?? []))
        }
        let exact = try #require(figures["exact_match"] as? Double)
        #expect(abs(exact - (1 - Double(mistakes.count) / 36)) < 1e-12)

        // The table of answers can be read as a data set.
        let table = try await ocelot(["predict", "m", ".", "--csv", "answers.csv"], in: folder)
        #expect(table.status == 0)
        let agreeing = try await ocelot(["evaluate", "m", "answers.csv", "--json"], in: folder)
        #expect(agreeing.objects.first?["exact_match"] as? Double == 1, "\(agreeing.errors)")
        let exported = try await ocelot(["export", "m", "--format", "onnx", "--out", "m.onnx", "--json"], in: folder)
        #expect(exported.status == 0, "\(exported.errors)")
        #expect(exported.objects.first?["largest_difference"] as? Double ?? 1 <= 1e-4)
        // Whoever has only this file finds in it from which probability on a label counts.
        let onnx = try Data(contentsOf: folder.appending(path: "m.onnx"))
        #expect(onnx.range(of: Data("{\"across\":0.".utf8)) != nil)
    }

    @Test func whatMeansNothingIsRefused() async throws {
        try await withTemporaryFolder { folder in
            try drawTable(in: folder, count: 12)
            let sampling = try await train(["--method", "head", "--set", "sampling=balanced"], in: folder)
            #expect(sampling.status == 2 && sampling.errors.contains("class_weights=balanced"), "\(sampling.errors)")
            let monitor = try await train(["--method", "head", "--set", "monitor=validation_accuracy"], in: folder)
            #expect(monitor.status == 2 && monitor.errors.contains("Use validation_loss"), "\(monitor.errors)")
            let one = try await train(["--labels", "one"], in: folder)
            #expect(one.status == 4 && one.errors.contains("--labels many"), "\(one.errors)")
        }
    }

    /// A folder of classes can be learnt as labels too: each photo has one, and an answer may have none.
    @Test func foldersCanBeLabels() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), classes: ["across", "along"], count: 8)
            let trained = try await ocelot(
                [
                    "train", "classifier", "photos", "--backbone", "starter", "--image-size", "64", "--labels", "many",
                    "--name", "m", "--quiet",
                ], in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            #expect(trained.output.contains("Mean average precision"))
            let strict = try await ocelot(["predict", "m", "photos/along/0.jpg", "--threshold", "1"], in: folder)
            #expect(strict.output.hasPrefix("photos/along/0.jpg: none of its labels"))
        }
    }
}
