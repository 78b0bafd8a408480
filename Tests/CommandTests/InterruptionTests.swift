// Trainings that are stopped, killed or diverge, and go on.

import Foundation
import Imaging
import Synchronization
import TestSupport
import Testing
import Workers

/// When the step with this number, from 1 and counted through all epochs of a phase, has been said.
private func after(_ number: Int, of phase: String = "network") -> @Sendable ([String: Any]) -> Bool {
    { event in
        guard event["event"] as? String == "step", event["phase"] as? String == phase,
            let epoch = event["epoch"] as? Int, let step = event["step"] as? Int, let steps = event["steps"] as? Int
        else { return false }
        return (epoch - 1) * steps + step >= number
    }
}

@Suite("Trainings that are stopped go on", .serialized)
struct InterruptionTests {
    /// 24 pictures, of which six are tested with; so many epochs that a signal arrives well before the end.
    private static let arguments = scratchArguments + ["--epochs", "10", "--batch-size", "4", "--set", "save_every=0"]

    /// What an uninterrupted run leaves in the workspace `whole`.
    private func whole(_ arguments: [String], in folder: URL) async throws -> [String: Data] {
        let outcome = try await ocelot(arguments + ["--workspace", "whole"], in: folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try package("whole/models/photos/1", in: folder)
    }

    @Test func controlCSavesAndStops() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 8)
            let whole = try await whole(Self.arguments, in: folder)
            // Without saving after each step: what is there is what the signal made it save.
            let arguments = Self.arguments.map { $0 == "save_every=0" ? "save_every=1000" : $0 }
            let stopped = try await ocelot(
                arguments, in: folder, interruption: .init(signal: SIGINT, isTime: after(4)))
            #expect(stopped.status == 130)
            #expect(
                stopped.errors.contains("Stopping after this step; the state is saved. Ctrl-C again stops at once."))
            #expect(stopped.errors.hasSuffix("Error: Stopped as asked; everything is saved. Go on with --resume 1.\n"))
            #expect(try await newestRun(in: folder) == "interrupted")
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "models/photos/1").path))

            // What would make another training of it is refused, and the state stays.
            let resume = ["train", "classifier", "photos", "--json", "--resume", "latest"]
            let other = try await ocelot(resume + ["--backbone", "resnet32-cifar"], in: folder)
            #expect(other.status == 2)
            #expect(
                other.errors == """
                    Error: backbone cannot be changed when a run goes on. Leave it out, or train again without --resume.

                    """)
            let photo = folder.appending(path: "photos/dots/0.jpg")
            let bytes = try Data(contentsOf: photo)
            try Data(drawnPicture(0, 99).jpeg(quality: 90)).write(to: photo)
            let changed = try await ocelot(resume, in: folder)
            #expect(changed.status == 4)
            #expect(changed.errors.contains("is not the data set that this run began with"))
            try bytes.write(to: photo)

            // The data set can be left out: the run knows it.
            let resumed = try await ocelot(resume.filter { $0 != "photos" }, in: folder)
            #expect(resumed.status == 0, "\(resumed.errors)")
            let first = try #require(resumed.objects.first { $0["event"] as? String == "step" })
            #expect(after(5)(first), "a step is done again: \(first)")
            #expect(try await newestRun(in: folder) == "done")
            let found = try package("models/photos/1", in: folder)
            #expect(Set(found.keys) == Set(whole.keys))
            for (name, data) in whole { #expect(found[name] == data, "\(name) differs") }
            // It is over: there is nothing to go on with.
            let again = try await ocelot(resume, in: folder)
            #expect(again.status == 2)
        }
    }

    /// Slurm asks every worker at once to stop, two minutes before the end: all must save and stop, none just end.
    @Test(arguments: [SIGINT, SIGTERM]) func allWorkersAreAskedToStop(_ signal: Int32) async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 8)
            let port = try freePort()
            func variables(_ rank: Int) -> [String: String] {
                [
                    "RANK": "\(rank)", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)",
                    "LOCAL_RANK": "\(rank)", "LOCAL_WORLD_SIZE": "2",
                ]
            }
            let arguments = Self.arguments.map { $0 == "save_every=0" ? "save_every=1000" : $0 }
            let second = Mutex<Int32>(0)
            async let other = ocelot(
                arguments, in: folder, environment: variables(1), started: { number in second.withLock { $0 = number } }
            )
            let stopped = try await ocelot(
                arguments, in: folder, environment: variables(0),
                interruption: .init(signal: signal) { event in
                    guard after(4)(event) else { return false }
                    kill(second.withLock { $0 }, signal)
                    return true
                })
            #expect(stopped.status == 130, "\(stopped.errors)")
            #expect(stopped.errors.hasSuffix("Error: Stopped as asked; everything is saved. Go on with --resume 1.\n"))
            let otherOutcome = try await other
            #expect(otherOutcome.status == 130, "\(otherOutcome.errors)")
            #expect(otherOutcome.errors.isEmpty)
            let resumed = try await ocelot(["train", "classifier", "--json", "--resume", "latest"], in: folder)
            #expect(resumed.status == 0, "\(resumed.errors)")
            let first = try #require(resumed.objects.first { $0["event"] as? String == "step" })
            #expect(after(5)(first), "a step is done again: \(first)")
        }
    }

    /// The process is killed after a step, as by a power cut, up to three times in one training.
    @Test(arguments: [[1], [3], [5, 7], [2, 6, 8]]) func killedRunsComeToTheSame(_ moments: [Int]) async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 8)
            let whole = try await whole(Self.arguments, in: folder)
            var arguments = Self.arguments
            for moment in moments {
                let killed = try await ocelot(
                    arguments, in: folder, interruption: .init(signal: SIGKILL, isTime: after(moment)))
                #expect(killed.status == SIGKILL)
                #expect(try await newestRun(in: folder) != "done")
                arguments = ["train", "classifier", "photos", "--json", "--resume", "latest"]
            }
            let resumed = try await ocelot(arguments, in: folder)
            #expect(resumed.status == 0, "\(resumed.errors)")
            #expect(try package("models/photos/1", in: folder) == whole)
        }
    }

    /// Both phases, with everything that is drawn by lot, killed in either.
    @Test func killedBetweenHeadAndNetwork() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 8)
            let base = try await ocelot(scratchArguments + ["--epochs", "1", "--name", "base"], in: folder)
            #expect(base.status == 0, "\(base.errors)")
            let arguments = [
                "train", "classifier", "photos", "--json", "--method", "fine-tune", "--backbone", "resnet20-cifar",
                "--weights", "models/base/1/weights.safetensors", "--epochs", "6", "--batch-size", "4", "--set",
                "head_epochs=3", "--set", "save_every=0", "--set", "mix=mixup", "--set", "weight_average=0.9", "--set",
                "learning_rate=auto",
            ]
            let whole = try await whole(arguments, in: folder)
            let killed = try await ocelot(
                arguments, in: folder, interruption: .init(signal: SIGKILL, isTime: after(2, of: "head")))
            #expect(killed.status == SIGKILL)
            let resume = ["train", "classifier", "photos", "--json", "--resume", "latest"]
            let again = try await ocelot(resume, in: folder, interruption: .init(signal: SIGKILL, isTime: after(4)))
            #expect(again.status == SIGKILL)
            let resumed = try await ocelot(resume, in: folder)
            #expect(resumed.status == 0, "\(resumed.errors)")
            #expect(!resumed.objects.contains { $0["event"] as? String == "step" && $0["phase"] as? String == "head" })
            #expect(!resumed.objects.contains { $0["event"] as? String == "rate" })
            #expect(try package("models/photos/1", in: folder) == whole)
        }
    }

    @Test func divergesAndGoesOnWithALowerRate() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 8)
            let diverged = try await ocelot(
                scratchArguments + [
                    "--epochs", "4", "--batch-size", "4", "--optimizer", "sgd", "--learning-rate", "1e6",
                ],
                in: folder)
            #expect(diverged.status == 3)
            #expect(diverged.errors.contains("Error: Training diverged: at step "))
            #expect(diverged.errors.contains("learning rate "))
            #expect(diverged.errors.contains("go on with --resume 1 --learning-rate "))
            #expect(try await newestRun(in: folder) == "diverged")
            let resumed = try await ocelot(
                ["train", "classifier", "photos", "--json", "--resume", "latest", "--learning-rate", "0.01"], in: folder
            )
            #expect(resumed.status == 0, "\(resumed.errors)")
            #expect(try await newestRun(in: folder) == "done")
            let loss = resumed.objects.last { $0["event"] as? String == "epoch" }.flatMap {
                ($0["train"] as? [String: Any])?["loss"] as? Double
            }
            // Guessing among three classes has the loss log 3 = 1.1.
            #expect((loss ?? .infinity) < 3)
        }
    }

    @Test func saysThatThereIsNothingToGoOnWith() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 2)
            let outcome = try await ocelot(["train", "classifier", "photos", "--resume", "latest"], in: folder)
            #expect(outcome.status == 2)
            #expect(outcome.errors.contains("so there is nothing to go on from. Train without --resume."))
            let nothing = try await ocelot(["train", "classifier"], in: folder)
            #expect(nothing.status == 2)
            #expect(nothing.errors.contains("Say which photos: ocelot train classifier PHOTOS"))
            let both = try await ocelot(["train", "classifier", "--resume", "latest", "--dry-run"], in: folder)
            #expect(both.status == 2)
            #expect(both.errors.contains("Leave one out."))
        }
    }
}
