// Every mistake that a person can make at `train`, `predict` and `evaluate`: the whole sentence, and the exit status.

import Foundation
import TestSupport
import Testing

@Suite("Mistakes get a sentence and a status")
struct MistakeTests {
    /// Trains in `folder` on `dataset`, and gives the outcome.
    private func train(_ dataset: String, _ more: String..., in folder: URL) async throws -> Outcome {
        try await ocelot(["train", "classifier", dataset, "--backbone", "starter", "--quiet"] + more, in: folder)
    }

    @Test func missingFolder() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 2)
            let outcome = try await train("photo", in: folder)
            #expect(outcome.errors == "Error: There is no data set at 'photo'. Did you mean 'photos'?\n")
            #expect(outcome.status == 4)
            // A mistake in the arguments leaves nothing behind.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["photos"])
        }
    }

    @Test func imageSizeBelow32() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 2)
            let outcome = try await train("photos", "--image-size", "16", in: folder)
            #expect(outcome.errors == "Error: image_size is 16; it must be from 32 to 4096.\n")
            #expect(outcome.status == 2)
        }
    }

    @Test func weightsOfAnotherNetwork() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 2)
            _ = try await train("photos", "--name", "m", in: folder)
            let weights = folder.appending(path: "models/m/1/weights.safetensors").path
            let outcome = try await ocelot(
                ["train", "classifier", "photos", "--backbone", "squeezenet1_1", "--weights", weights, "--quiet"],
                in: folder)
            #expect(outcome.errors.hasPrefix("Error: The weights are not those of squeezenet1_1. Missing: "))
            #expect(outcome.status == 4)
        }
    }

    @Test(arguments: ["model.onnx", "weights.safetensors", "manifest.json"])
    func damagedPackage(file: String) async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 3)
            _ = try await train("photos", in: folder)
            let url = folder.appending(path: "models/photos/1/\(file)")
            var bytes = try Data(contentsOf: url)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: url)
            let tampered = try await ocelot(["predict", "photos", "photos"], in: folder)
            #expect(tampered.status == 4)
            #expect(tampered.errors.contains(file))
            try bytes.prefix(bytes.count / 2).write(to: url)
            let truncated = try await ocelot(["predict", "photos", "photos"], in: folder)
            #expect(truncated.status == 4)
            #expect(truncated.output.isEmpty)
        }
    }

    @Test func unwritableWorkspace() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 2)
            try Data().write(to: folder.appending(path: "file"))
            let outcome = try await train("photos", "--workspace", "file/below", in: folder)
            #expect(outcome.status == 5)
            #expect(outcome.errors.contains("file/below"))
        }
    }

    /// A disk of 6 MB, on which neither the features nor the package of 11 MB fits.
    @Test(.enabled(if: geteuid() == 0, "mounting a small disk takes root"))
    func diskFull() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 4)
            let disk = folder.appending(path: "disk")
            try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
            try #require(mount("tmpfs", disk.path, "tmpfs", 0, "size=6m") == 0)
            defer { umount(disk.path) }
            let outcome = try await train("photos", "--workspace", "disk", in: folder)
            #expect(outcome.status == 5)
            #expect(outcome.errors.hasPrefix("Error: ") && outcome.errors.contains("full"))
            let models = disk.appending(path: "models/photos").path
            #expect((try? FileManager.default.contentsOfDirectory(atPath: models)) ?? [] == [])
            let runs = try await ocelot(["runs", "--workspace", "disk", "--json"], in: folder)
            #expect(runs.objects.first.flatMap { ($0["run"] as? [String: Any])?["state"] as? String } == "failed")
        }
    }

    @Test func otherClasses() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 3)
            try drawDataset(at: folder.appending(path: "others"), classes: ["across", "dots", "zigzag"], count: 3)
            _ = try await train("photos", in: folder)
            let outcome = try await ocelot(["evaluate", "photos", "others"], in: folder)
            #expect(outcome.status == 4)
            #expect(outcome.errors.contains("zigzag") && outcome.errors.contains("along"))
        }
    }

    @Test(arguments: [
        (["trian"], "Error: 'ocelot' has no subcommand 'trian'. Did you mean 'train'?"),
        (["train", "clasifier"], "Error: 'ocelot train' has no subcommand 'clasifier'. Did you mean 'classifier'?"),
        (
            ["summary", "resnet19"],
            "Error: There is no network 'resnet19'. Did you mean 'resnet18'? 'ocelot weights list' shows all."
        ),
        (
            ["train", "classifier", ".", "--set", "fold=3"],
            "Error: There is no parameter 'fold'. Did you mean 'folds'?"
        ),
        (
            ["train", "classifier", ".", "--set", "dropout_rate=1.5"],
            "Error: dropout_rate is 1.5; it must be from 0 to 0.95."
        ),
        (
            ["train", "classifier", ".", "--method", "knn"],
            "Error: method is 'knn'; it must be one of: svm, head, fine-tune, svm-refined, scratch."
        ),
        (
            ["train", "classifier", ".", "--resume", "first"],
            "Error: --resume takes the number of a run or latest, not 'first'."
        ),
        (["predict", "nothing", "."], "Error: There is no model 'nothing'"),
        (
            ["predict", "m", ".", "--precision", "half"],
            "Error: The value 'half' is invalid for '--precision <numbers>'."
        ),
    ])
    func usage(arguments: [String], message: String) async throws {
        try await withTemporaryFolder { folder in
            let outcome = try await ocelot(arguments, in: folder)
            #expect(outcome.errors.hasPrefix(message))
            #expect(outcome.status == 2)
        }
    }
}
