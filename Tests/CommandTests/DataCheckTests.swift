// `ocelot data check` and `ocelot data duplicates`: the contract's keys and statuses, and that no photo is ever touched.

import Foundation
import TestSupport
import Testing

@Suite("Checking data") struct DataCheckTests {
    /// A data set of two classes with ten photos each, one of them there again.
    private func withPhotos(_ body: (URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let photos = folder.appending(path: "photos")
            try drawDataset(at: photos, classes: ["across", "along"], count: 10)
            try FileManager.default.copyItem(
                at: photos.appending(path: "across/3.jpg"), to: photos.appending(path: "across/copy.jpg"))
            try await body(folder)
        }
    }

    /// Every file of the data set but the overlay, with its bytes.
    private func files(_ folder: URL) throws -> [String: Data] {
        let photos = folder.appending(path: "photos")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: photos.path).filter { !$0.hasPrefix(".ocelot") }
        return Dictionary(
            uniqueKeysWithValues: paths.map { ($0, (try? Data(contentsOf: photos.appending(path: $0))) ?? Data()) })
    }

    @Test func `Findings are advice: status 0, and the contract's keys`() async throws {
        try await withPhotos { folder in
            let before = try files(folder)
            try Data().write(to: folder.appending(path: "photos/along/empty.jpg"))
            let outcome = try await ocelot(
                ["data", "check", "photos", "--json", "--quiet", "--report", "check.html", "--quarantine", "bad.tsv"],
                in: folder)
            #expect(outcome.status == 0)
            #expect(outcome.errors.isEmpty)
            let object = try #require(outcome.objects.first)
            #expect(outcome.objects.count == 1)
            #expect(object["images"] as? Int == 21)
            #expect(object["classes"] as? [String: Int] == ["across": 11, "along": 10])
            let problems = try #require(object["problems"] as? [[String: Any]])
            for problem in problems { #expect(Set(["kind", "paths", "message", "advice"]).isSubset(of: problem.keys)) }
            let kinds = problems.compactMap { $0["kind"] as? String }
            #expect(Set(["corrupt", "few_images", "exact_duplicates"]).isSubset(of: kinds))
            #expect(
                try String(contentsOf: folder.appending(path: "bad.tsv"), encoding: .utf8)
                    == "path\tkind\treason\nalong/empty.jpg\tcorrupt\tis an empty file\n")
            let page = try String(contentsOf: folder.appending(path: "check.html"), encoding: .utf8)
            #expect(page.contains("data:image/jpeg;base64,"))
            #expect(!page.contains("src=\"http"))
            try FileManager.default.removeItem(at: folder.appending(path: "photos/along/empty.jpg"))
            #expect(try files(folder) == before)
        }
    }

    @Test func `Only a data set that cannot be used ends with status 4`() async throws {
        try await withPhotos { folder in
            try FileManager.default.removeItem(at: folder.appending(path: "photos/along"))
            let outcome = try await ocelot(["data", "check", "photos", "--json", "--quiet"], in: folder)
            #expect(outcome.status == 4)
            #expect(outcome.objects.first?["images"] as? Int == 11)
            #expect(
                outcome.errors
                    == "Error: 'photos' has only one class, 'across'. Training needs at least two: add a folder of images "
                    + "that show something else.\n")
            let missing = try await ocelot(["data", "check", "photo"], in: folder)
            #expect(missing.status == 4)
            #expect(missing.errors == "Error: There is no data set at 'photo'. Did you mean 'photos'?\n")
        }
    }

    @Test func `Copies are excluded in the overlay, and nothing else changes`() async throws {
        try await withPhotos { folder in
            let before = try files(folder)
            let found = try await ocelot(["data", "duplicates", "photos", "--exact", "--json", "--quiet"], in: folder)
            #expect(found.status == 0)
            let groups = try #require(found.objects.first?["groups"] as? [[String: Any]])
            #expect(groups.map { $0["keep"] as? String } == ["across/3.jpg"])
            #expect(groups.map { $0["exact"] as? Bool } == [true])
            #expect(try files(folder) == before)

            let excluded = try await ocelot(
                ["data", "duplicates", "photos", "--exact", "--exclude", "--json", "--quiet"], in: folder)
            #expect(excluded.objects.first?["excluded"] as? [String] == ["across/copy.jpg"])
            #expect(try files(folder) == before)
            let overlay = try String(contentsOf: folder.appending(path: "photos/.ocelot/labels.tsv"), encoding: .utf8)
            #expect(overlay.contains("across/copy.jpg\tEXCLUDE\t"))

            let again = try await ocelot(["data", "duplicates", "photos", "--exact", "--json", "--quiet"], in: folder)
            #expect(again.objects.first?["surplus"] as? Int == 0)
            #expect(again.objects.first?["images"] as? Int == 20)
        }
    }

    @Test func `Parts are compared by features where that is asked`() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 24)
            let tested = [0, 5, 9, 14, 18, 23]
            let rows = ["across", "along", "dots"].flatMap { label in
                (0..<24).map { "photos/\(label)/\($0).jpg,\(label),\(tested.contains($0) ? "test" : "train")" }
            }
            try Data((["path,label,split"] + rows).joined(separator: "\n").utf8)
                .write(to: folder.appending(path: "table.csv"))
            let network = ["--features", "--backbone", "starter", "--image-size", "64"]
            let arguments = ["data", "check", "table.csv", "--quiet"]
            let found = try await ocelot(arguments + ["--json", "--report", "page.html"] + network, in: folder)
            #expect(found.status == 0, "\(found.errors)")
            let distances = try #require(found.objects.first?["part_distances"] as? [[String: Any]])
            #expect(distances.count == 1 && distances[0]["part"] as? String == "test")
            // Of pictures that are alike one is compared.
            let counts = ["images", "train_images"].compactMap { distances[0][$0] as? Int }
            #expect(counts.count == 2 && counts[0] > 9 && counts[0] <= 18 && counts[1] > 27 && counts[1] <= 54)
            #expect((distances[0]["probability"] as? Double ?? 0) > 0.001)
            let page = try String(contentsOf: folder.appending(path: "page.html"), encoding: .utf8)
            #expect(page.contains("Parts compared by starter"))
            // Unless it is asked, no network is used, and the object has no such key.
            let plain = try await ocelot(arguments + ["--json"], in: folder)
            #expect(plain.objects.first.map { $0["part_distances"] == nil } == true, "\(plain.errors)")
        }
    }

    @Test(arguments: [
        (["--hash-size", "1"], "Error: --hash-size is 2 to 64, not 1.\n"),
        (["--distance", "300"], "Error: --distance is 0 to 256 bits, not 300.\n"),
        (["--similarity", "1.5"], "Error: --similarity is 0.5 to 1, not 1.5.\n"),
        (["--exact", "--distance", "0"], "Error: Give one of --exact, --distance and --features.\n"),
    ])
    func `Wrong options are usage mistakes`(_ options: [String], _ message: String) async throws {
        try await withTemporaryFolder { folder in
            let outcome = try await ocelot(["data", "duplicates", "photos"] + options, in: folder)
            #expect(outcome.status == 2)
            #expect(outcome.errors.hasPrefix(message))
        }
    }
}
