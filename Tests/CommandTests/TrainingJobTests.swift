// Training networks by the command: every method, what it says as JSON, and what else there is to find rates and choices.

import Foundation
import TestSupport
import Testing

/// Arguments that train the smallest network from nothing on pictures of 32 pixels: three steps an epoch.
let scratchArguments = [
    "train", "classifier", "photos", "--method", "scratch", "--backbone", "resnet20-cifar", "--json",
]

/// The files of a package, by name.
func package(_ path: String, in folder: URL) throws -> [String: Data] {
    let place = folder.appending(path: path)
    let names = try FileManager.default.contentsOfDirectory(atPath: place.path)
    return try names.reduce(into: [:]) { $0[$1] = try Data(contentsOf: place.appending(path: $1)) }
}

/// The state of the newest run in a workspace.
func newestRun(in folder: URL) async throws -> String? {
    let runs = try await ocelot(["runs", "--json"], in: folder)
    return runs.objects.first.flatMap { ($0["run"] as? [String: Any])?["state"] as? String }
}

@Suite("Training networks by the command", .serialized)
struct TrainingJobTests {
    @Test(arguments: ["head", "fine-tune", "svm-refined", "scratch"]) func trains(method: String) async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 12)
            let trained = try await ocelot(
                [
                    "train", "classifier", "photos", "--json", "--method", method, "--backbone", "starter",
                    "--image-size",
                    "64", "--epochs", "3", "--set", "head_epochs=3", "--name", "m",
                    // From random weights without dropout: a head of no layers but the last.
                    "--dropout", method == "scratch" ? "0" : "0.5",
                ], in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            try check(trained.objects, method: method)

            let predicted = try await ocelot(["predict", "m", "photos/dots", "--json"], in: folder)
            #expect(predicted.status == 0)
            #expect(predicted.objects.count == 12)
            let exported = try await ocelot(
                ["export", "m", "--format", "onnx", "--out", "m.onnx", "--json"], in: folder)
            #expect(exported.status == 0, "\(exported.errors)")
            #expect(exported.objects.first?["largest_difference"] as? Double ?? 1 <= 1e-4)
            // What is only kept for going on has gone.
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "checkpoints/1").path))
            let page = try String(contentsOf: folder.appending(path: "reports/m-1.html"), encoding: .utf8)
            #expect(page.contains("Error by epoch") && page.contains("<svg"))
        }
    }

    /// What scripts may rely on: which events there are, and their keys.
    private func check(_ events: [[String: Any]], method: String) throws {
        func keys(_ kind: String) -> Set<String>? {
            events.first { $0["event"] as? String == kind }.map { Set($0.keys) }
        }
        #expect(events.first?["event"] as? String == "started")
        #expect(events.first?["method"] as? String == method)
        let data = try #require(events.first { $0["event"] as? String == "data" })
        // A quarter of 12 is tested with; of the other 9 of each class 0.4, that is 4 (D11).
        #expect(data["test"] as? Int == 9)
        let (train, validation) = (data["train"] as? Int ?? 0, data["validation"] as? Int ?? 0)
        #expect(train + validation == 27 && validation >= 9)
        let step: Set = [
            "event", "phase", "epoch", "epochs", "step", "steps", "loss", "learning_rate", "images_per_second",
            "seconds_left", "waiting_share",
        ]
        #expect(keys("step") == step)
        let epoch: Set = [
            "event", "phase", "epoch", "epochs", "learning_rate", "train", "validation", "seconds", "images_per_second",
            "seconds_left", "waiting_share", "memory", "best_epoch",
        ]
        #expect(keys("epoch") == epoch)
        let estimate: Set = [
            "event", "seconds", "images_per_second", "memory", "micro_batch", "parameters", "trainable",
        ]
        #expect(keys("estimated") == (method == "head" ? nil : estimate))
        #expect((keys("features") == nil) == (method == "scratch"))
        #expect((keys("svm") == nil) == (method != "svm-refined"))
        let phases = events.filter { $0["event"] as? String == "epoch" }.compactMap { $0["phase"] as? String }
        let expected = ["head": ["head"], "scratch": ["network"]][method] ?? ["head", "network"]
        #expect(phases == expected.flatMap { [$0, $0, $0] })
        let last = try #require(events.last)
        #expect(last["event"] as? String == "finished")
        #expect(last["method"] as? String == method)
        #expect(last["epochs"] as? Int == 3)
        #expect((1...3).contains(last["best_epoch"] as? Int ?? 0))
        #expect((last["test"] as? [String: Any])?["images"] as? Int == 9)
    }

    @Test func sameSeedSameBytes() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 8)
            for (workspace, seed) in [("a", "1"), ("b", "1"), ("c", "2")] {
                let outcome = try await ocelot(
                    scratchArguments + ["--epochs", "2", "--workspace", workspace, "--seed", seed], in: folder)
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
            let (a, b) = (try package("a/models/photos/1", in: folder), try package("b/models/photos/1", in: folder))
            #expect(a == b)
            #expect(try package("c/models/photos/1", in: folder)["weights.safetensors"] != a["weights.safetensors"])
        }
    }

    /// A batch that needs more memory than there may be goes through the network in parts.
    @Test func trainsInLittleMemory() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 16)
            let trained = try await ocelot(
                scratchArguments + ["--epochs", "1", "--batch-size", "64", "--image-size", "64", "--set", "memory=64"],
                in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            let notes = trained.objects.compactMap { $0["message"] as? String }
            #expect(notes.contains { $0.contains("images at once would need") && $0.contains("gradients add up") })
            let estimate = try #require(trained.objects.first { $0["event"] as? String == "estimated" })
            #expect((1..<36).contains(estimate["micro_batch"] as? Int ?? 0))
            // The step is still that of the whole batch.
            let step = try #require(trained.objects.first { $0["event"] as? String == "step" })
            #expect(step["steps"] as? Int == 1)
        }
    }

    /// The plan says what would be done and how long it would take, and leaves nothing but what was computed of the photos.
    @Test func dryRunOnlySays() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 6)
            let plan = try await ocelot(
                [
                    "train", "classifier", "photos", "--method", "fine-tune", "--backbone", "starter", "--image-size",
                    "64",
                    "--epochs", "5", "--dry-run", "--quiet",
                ], in: folder)
            #expect(plan.status == 0, "\(plan.errors)")
            for line in [
                "Method     fine-tune", "Image      64 pixels, crop", "Time       about ", "Memory     about ",
            ] {
                #expect(plan.output.contains(line), "\(line)")
            }
            // All of the starter's numbers and the head's 256 · 3 + 3 are trained.
            #expect(plan.output.contains("Numbers    2799651, of which 2799651 are trained"), "\(plan.output)")
            #expect(plan.output.contains("Network    5 epochs, batches of 16, adamw, learning rate 0.0003"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["cache", "photos"])
        }
    }

    @Test func dryRunSaysItInJSONToo() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 6)
            for (method, key) in [("svm", "features"), ("head", "features"), ("scratch", "network")] {
                let arguments = ["--method", method, "--backbone", "starter", "--image-size", "64"]
                let outcome = try await ocelot(
                    ["train", "classifier", "photos"] + arguments + ["--dry-run", "--json", "--quiet"], in: folder)
                #expect(outcome.status == 0, "\(outcome.errors)")
                // Nothing else is on standard output.
                #expect(outcome.objects.count == outcome.output.split(separator: "\n").count)
                let plan = try #require(outcome.objects.last)
                #expect(plan["event"] as? String == "plan" && plan["method"] as? String == method)
                #expect(plan["images"] as? Int == 18)
                #expect(plan["classes"] as? [String: Int] == ["across": 6, "along": 6, "dots": 6])
                let took = try #require(plan[key] as? [String: Any], "\(plan)")
                #expect(took["images_per_second"] as? Double ?? 0 > 0)
                #expect((plan["text"] as? String)?.contains("Time       about ") == true)
            }
        }
    }

    @Test func findsARate() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 6)
            let arguments = ["find-rate", "photos", "--method", "head", "--backbone", "starter", "--image-size", "64"]
            let found = try await ocelot(arguments + ["--json", "--out", "rate.svg"], in: folder)
            #expect(found.status == 0, "\(found.errors)")
            let last = try #require(found.objects.last)
            #expect(Set(last.keys) == ["event", "suggested", "curve"])
            let curve = try #require(last["curve"] as? [[Double]])
            let rates = curve.map { $0[0] }
            #expect(rates.first == 1e-6 && rates == rates.sorted() && (rates.last ?? 2) <= 1.000001)
            #expect(curve.allSatisfy { $0.count == 2 && $0[1] > 0 })
            let suggested = try #require(last["suggested"] as? Double)
            #expect(suggested > 1e-6 && suggested < 1)
            let tried = found.objects.filter { $0["event"] as? String == "rate" }
            #expect(tried.count == curve.count)
            #expect(try String(contentsOf: folder.appending(path: "rate.svg"), encoding: .utf8).hasPrefix("<svg"))
            // The same again says the same, and no model is made.
            let again = try await ocelot(arguments, in: folder)
            #expect(again.output.hasPrefix(String(format: "Learning rate %.2g: use --learning-rate ", suggested)))
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "models").path))

            let stepwise = try await ocelot(arguments + ["--stepwise", "--json"], in: folder)
            let trials = try #require(stepwise.objects.last?["curve"] as? [[Double]])
            #expect(trials.map { $0[0] } == Array([0.1, 0.01, 0.001, 0.0001].prefix(trials.count)))
            if let rate = stepwise.objects.last?["suggested"] as? Double { #expect(rate == trials.last?[0]) }
        }
    }

    @Test func findRateNeedsSomethingToTrain() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 2)
            let outcome = try await ocelot(
                ["find-rate", "photos", "--method", "svm", "--backbone", "starter"], in: folder)
            #expect(outcome.status == 2)
            #expect(
                outcome.errors
                    == "Error: The method svm has no learning rate. Use --method head, fine-tune or scratch.\n")
        }
    }

    @Test func showsPresets() async throws {
        try await withTemporaryFolder { folder in
            let all = try await ocelot(["presets"], in: folder)
            #expect(all.status == 0)
            for name in ["fast", "accurate", "small", "resnet18-224", "resnet18-500", "resnet50-224", "resnet50-500"] {
                #expect(all.output.contains("\(name)\n  "))
            }
            #expect(all.output.contains("learning_rate=[0.05]*7+[0.005]*7+[0.0005]"))
            // One in full is a parameter file.
            let one = try await ocelot(["presets", "small"], in: folder)
            #expect(one.output.contains("\nbackbone: squeezenet1_1\n") && one.output.contains("\nimage_size: 300\n"))
            try Data(one.output.utf8).write(to: folder.appending(path: "small.yaml"))
            try drawDataset(at: folder.appending(path: "photos"), count: 2)
            let trained = try await ocelot(["train", "classifier", "photos", "--config", "small.yaml"], in: folder)
            #expect(trained.errors.hasPrefix("Error: No weights of squeezenet1_1 are at hand."), "\(trained.errors)")
            let none = try await ocelot(["presets", "tiny"], in: folder)
            #expect(none.status == 2)
            #expect(none.errors.hasPrefix("Error: preset is 'tiny'; it must be one of: none, fast, "))
        }
    }

    @Test func drawsWhatTrainingWouldSee() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), classes: ["left", "right"], count: 3)
            let arguments = ["augment", "preview", "photos", "--photos", "4", "--columns", "3", "--image-size", "64"]
            let drawn = try await ocelot(arguments + ["--augment", "flip", "--out", "a.png"], in: folder)
            #expect(drawn.status == 0, "\(drawn.errors)")
            let png = try Data(contentsOf: folder.appending(path: "a.png"))
            #expect(png.prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
            #expect(drawn.output.hasPrefix("Drew 4 photos with flip"))
            // Left and right are not the same when they are mirrored.
            #expect(drawn.output.contains("Note: "))
            _ = try await ocelot(arguments + ["--augment", "flip", "--out", "b.png"], in: folder)
            #expect(try Data(contentsOf: folder.appending(path: "b.png")) == png)
            let wrong = try await ocelot(arguments + ["--augment", "flop", "--out", "c.png"], in: folder)
            #expect(wrong.status == 2)
            let list = try await ocelot(["augment"], in: folder)
            #expect(list.status == 0 && list.output.contains("standard  "))
        }
    }
}
