// `ocelot data labels` and `ocelot data split` as a person types them.

import Datasets
import Foundation
import TestSupport
import Testing

@Suite("Labels are corrected, data sets divided")
struct DataLabelsTests {
    @Test func correctionsAreWrittenListedAndTakenBack() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 3)
            let outcome = try await ocelot(
                [
                    "data", "labels", "photos", "--set", "dots/1.jpg=along", "--exclude", "photos/across/0.jpg",
                    "--who", "anna",
                ],
                in: folder)
            #expect(
                outcome.output == """
                    dots/1.jpg  along
                    across/0.jpg  EXCLUDE
                    Wrote 2 decisions in photos's .ocelot/labels.tsv.

                    """)
            #expect(outcome.status == 0)
            let exported = try await ocelot(
                ["data", "labels", "photos", "--export", "clean.jsonl", "--json", "--quiet"], in: folder)
            #expect(exported.status == 0)
            let table = try Dataset.read(folder.appending(path: "clean.jsonl"))
            #expect(table.images.count == 8 && table.counts == [2, 4, 2])

            let undone = try await ocelot(["data", "labels", "photos", "--undo", "--json"], in: folder)
            #expect(undone.objects.first?["path"] as? String == "across/0.jpg")
            let listed = try await ocelot(["data", "labels", "photos", "--list", "--json"], in: folder)
            #expect(listed.objects.map { $0["decision"] as? String } == ["along", "EXCLUDE", "UNDO"])
            #expect(listed.objects.first?["who"] as? String == "anna")
        }
    }

    @Test func nothingToTakeBackLeavesNothingBehind() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 2)
            let outcome = try await ocelot(["data", "labels", "photos", "--undo", "3"], in: folder)
            #expect(outcome.output == "Took back nothing: no such decision stands in 'photos'.\n")
            #expect(outcome.status == 0)
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "photos/.ocelot").path))
        }
    }

    @Test func mistakesAreSentences() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 2)
            func error(_ arguments: String...) async throws -> String {
                let outcome = try await ocelot(["data"] + arguments, in: folder)
                return "\(outcome.status) \(outcome.errors)"
            }
            #expect(
                try await error("labels", "photos", "--set", "dots/7.jpg=along")
                    == "2 Error: The data set has no image 'dots/7.jpg'. Did you mean 'dots/0.jpg'?\n")
            #expect(
                try await error("labels", "photos", "--set", "dots/1.jpg=alomg")
                    == "2 Error: No image is labelled 'alomg' so far; the classes are 'across', 'along' and 'dots'. Did you mean "
                    + "'along'? Add --new-class if it is to be a new class.\n")
            #expect(
                try await error("split", "photos", "--audit")
                    == "4 Error: 'photos' does not say what is for training and what for testing, so there is no split to check. Make "
                    + "one with 'ocelot data split' and --out.\n")
            #expect(try await error("split", "photos").hasPrefix("2 Error: Say with --out where the tables go."))
            #expect(
                !FileManager.default.fileExists(atPath: folder.appending(path: "photos/\(Overlay.relativePath)").path))
        }
    }

    /// Several programs decide at once, and every decision is there.
    @Test func manyProgramsLoseNothing() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 6)
            try await withThrowingTaskGroup { group in
                for number in 0..<6 {
                    group.addTask {
                        let outcome = try await ocelot(
                            [
                                "data", "labels", "photos", "--exclude", "dots/\(number).jpg", "--set",
                                "along/\(number).jpg=dots",
                            ],
                            in: folder)
                        #expect(outcome.status == 0, "\(outcome.errors)")
                    }
                }
                try await group.waitForAll()
            }
            let written = try Overlay.read(root: folder.appending(path: "photos"))?.corrections ?? []
            #expect(Set(written.map(\.path)).count == 12 && written.count == 12)
        }
    }

    /// The tables of a split train, from another folder as well, and are audited; a split with a copy on both sides is found,
    /// said with the accuracy, and mended.
    @Test func splitsTrainAndAreAudited() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 10)
            let made = try await ocelot(
                ["data", "split", "photos", "--out", "parts/one", "--validation", "0", "--json"], in: folder)
            #expect(made.status == 0, "\(made.errors)")
            let table = folder.appending(path: "parts/one/split.csv")
            #expect(try Dataset.read(table).images.count == 30)

            // One test photo is copied among the training photos.
            var lines = try String(contentsOf: table, encoding: .utf8).split(separator: "\n").map(String.init)
            let test = try #require(lines.first { $0.hasSuffix(",test") })
            let name = String(test.split(separator: ",")[0])
            let label = String(test.split(separator: ",")[1])
            try FileManager.default.copyItem(
                at: table.deletingLastPathComponent().appending(path: name),
                to: folder.appending(path: "parts/one/copy.jpg"))
            lines.append("copy.jpg,\(label),train")
            let leaky = folder.appending(path: "parts/one/leaky.csv")
            try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: leaky)

            let audit = try await ocelot(["data", "split", "parts/one/leaky.csv", "--audit", "--json"], in: folder)
            let split = (audit.objects.first?["splits"] as? [[String: Any]])?.first
            #expect((split?["summary"] as? [String: Any])?["affected"] as? Int == 1)
            let elsewhere = folder.appending(path: "elsewhere")
            try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
            let trained = try await ocelot(
                ["train", "classifier", leaky.path, "--backbone", "starter", "--json", "--quiet"], in: elsewhere)
            let finished = trained.objects.last
            #expect(finished?["event"] as? String == "finished", "\(trained.errors)")
            let leaks = finished?["leaks"] as? [String: Any]
            #expect(leaks?["affected"] as? Int == 1)
            #expect((leaks?["kinds"] as? [String: Int]) == ["exact": 1])
            #expect((leaks?["message"] as? String)?.contains("so an accuracy measured on them is too good") == true)
            let details = try await ocelot(["runs", "show", "1"], in: elsewhere)
            #expect(details.output.contains("leaked_share"))

            let mended = try await ocelot(
                ["data", "split", "parts/one/leaky.csv", "--audit", "--fix", "--out", "mended", "--quiet"], in: folder)
            #expect(mended.status == 0, "\(mended.errors)")
            let again = try await ocelot(["data", "split", "mended/split.csv", "--audit"], in: folder)
            #expect(again.output.contains("No test photo has its like among the photos trained with"))
        }
    }
}
