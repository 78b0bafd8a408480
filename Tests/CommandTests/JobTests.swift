// The main job by the command, as scripts rely on it.

import Foundation
import TestSupport
import Testing

@Suite("The main job by the command")
struct JobTests {
    @Test func trainsPredictsEvaluatesAndExports() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 12)
            let trained = try await ocelot(
                ["train", "classifier", "photos", "--json", "--backbone", "starter"], in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            let last = try #require(trained.objects.last)
            #expect(last["event"] as? String == "finished")
            #expect(last["classes"] as? [String] == ["across", "along", "dots"])
            let test = try #require(last["test"] as? [String: Any])
            // A quarter of 12 is 3 of each class; stripes across, along and dots are easy to tell apart.
            #expect(test["images"] as? Int == 9)
            #expect(test["accuracy"] as? Double ?? 0 >= 0.77)
            #expect(last["model"] as? String == "models/photos/1")

            let predicted = try await ocelot(["predict", "photos", "photos/dots", "--json", "--top", "2"], in: folder)
            #expect(predicted.status == 0)
            #expect(predicted.objects.count == 12)
            let top = try #require(predicted.objects.first?["top"] as? [[String: Any]])
            #expect(top.count == 2)

            let evaluated = try await ocelot(["evaluate", "photos", "photos", "--json", "--report", "out"], in: folder)
            #expect(evaluated.objects.first?["chance"] as? Double == 1.0 / 3)
            #expect(evaluated.objects.first?["precision"] as? String == "float32")
            // 27 of the 36 photos were for training.
            #expect(evaluated.errors.contains("27 of these 36 photos were used to train this model"))
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "out/report.html").path))

            let exported = try await ocelot(
                ["export", "photos", "--format", "onnx", "--out", "m.onnx", "--json"], in: folder)
            #expect(exported.status == 0)
            #expect(exported.objects.first?["largest_difference"] as? Double ?? 1 <= 1e-4)

            let repository = ["export", "photos", "--format", "triton", "--out", "repository", "--json"]
            let fleet = try await ocelot(repository, in: folder)
            #expect(fleet.status == 0, "\(fleet.errors)")
            func bytes(_ path: String) throws -> Data { try Data(contentsOf: folder.appending(path: path)) }
            #expect(try bytes("repository/photos/1/model.onnx") == bytes("m.onnx"))
            #expect(try bytes("repository/photos/labels.txt") == Data("across\nalong\ndots\n".utf8))
            // What is there is not replaced, unless it goes by another name.
            #expect(try await ocelot(repository, in: folder).status == 2)
            #expect(try await ocelot(repository + ["--name", "again"], in: folder).status == 0)
            #expect(
                try await ocelot(["export", "photos", "--format", "onnx", "--out", "x", "--name", "y"], in: folder)
                    .status == 2)

            try await checkModels(in: folder, accuracy: test["accuracy"] as? Double)
        }
    }

    /// `ocelot models` where there is one, and where that is damaged.
    private func checkModels(in folder: URL, accuracy: Double?) async throws {
        let listed = try await ocelot(["models"], in: folder)
        let lines = listed.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(
            lines.map { $0.prefix(5) } == [
                ["model", "method", "backbone", "classes", "photos"], ["photos:1", "svm", "starter", "3", "27"],
            ])
        let shown = try await ocelot(["models", "photos"], in: folder)
        #expect(shown.output.contains("\nalong        9          3  "), "\(shown.output)")
        let object = try #require(try await ocelot(["models", "photos:1", "--json"], in: folder).objects.first)
        let manifest = try #require(object["manifest"] as? [String: Any])
        #expect((manifest["test"] as? [String: Any])?["accuracy"] as? Double == accuracy)
        #expect(object["is_signed"] as? Bool == false && (object["digest"] as? String)?.count == 64)

        let weights = folder.appending(path: "models/photos/1/weights.safetensors")
        try Data(Data(contentsOf: weights).dropLast()).write(to: weights)
        let damaged = try await ocelot(["models"], in: folder)
        #expect(damaged.status == 0 && damaged.output.isEmpty)
        #expect(damaged.errors.hasPrefix("Warning: photos:1: ") && damaged.errors.contains("weights.safetensors"))
        #expect(try await ocelot(["models", "photos"], in: folder).status == 4)
        let empty = try await ocelot(["models", "--workspace", "nothing"], in: folder)
        #expect(empty.output.hasPrefix("No models: there is no folder ") && empty.status == 0)
    }

    @Test func sameSeedSameBytes() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 6)
            for workspace in ["a", "b"] {
                let outcome = try await ocelot(
                    ["train", "classifier", "photos", "--quiet", "--backbone", "starter", "--workspace", workspace],
                    in: folder)
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
            let files = try FileManager.default.contentsOfDirectory(
                atPath: folder.appending(path: "a/models/photos/1").path)
            #expect(
                files.sorted() == [
                    "feature-statistics.safetensors", "manifest.json", "model.onnx", "seen-photos.txt",
                    "weights.safetensors",
                ])
            for file in files {
                let a = try Data(contentsOf: folder.appending(path: "a/models/photos/1/\(file)"))
                let b = try Data(contentsOf: folder.appending(path: "b/models/photos/1/\(file)"))
                #expect(a == b, "\(file) differs")
            }
        }
    }

    @Test func badImageIsLeftOutAndSaid() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 6)
            let whole = try Data(contentsOf: folder.appending(path: "photos/dots/0.jpg"))
            try whole.prefix(whole.count / 2).write(to: folder.appending(path: "photos/dots/broken.jpg"))
            let trained = try await ocelot(
                ["train", "classifier", "photos", "--json", "--backbone", "starter"], in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            let data = try #require(trained.objects.first { $0["event"] as? String == "data" })
            let leftOut = try #require(data["left_out"] as? [[String: String]])
            #expect(leftOut.map { $0["path"] } == ["dots/broken.jpg"])

            let predicted = try await ocelot(["predict", "photos", "photos/dots", "--json"], in: folder)
            #expect(predicted.status == 4)
            #expect(predicted.objects.count == 7)
            #expect(predicted.objects.filter { $0["error"] != nil }.count == 1)
        }
    }

    @Test func secondRunTakesFeaturesFromTheCache() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 4)
            let arguments = ["train", "classifier", "photos", "--json", "--backbone", "starter"]
            _ = try await ocelot(arguments, in: folder)
            let second = try await ocelot(arguments, in: folder)
            let features = try #require(second.objects.last { $0["event"] as? String == "features" })
            #expect(features["from_cache"] as? Int == 12)
            #expect(features["done"] as? Int == 12)
        }
    }

    @Test func templateExplainsEveryParameterAndReadsBack() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 3)
            #expect(try await ocelot(["new", "project", "--template", "classify"], in: folder).status == 0)
            let trained = try await ocelot(
                [
                    "train", "classifier", "photos", "--config", "project/ocelot.yaml", "--workspace", "project",
                    "--quiet",
                ],
                in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            let again = try await ocelot(["new", "project"], in: folder)
            #expect(
                again.errors
                    == "Error: project/ocelot.yaml exists already and was not overwritten. Choose another name.\n")
        }
    }
}
