// Checkpoints: what is written is read, whole or not at all, on full and damaged disks too.

import Foundation
import Learning
import TestSupport
import Testing
import WeightFiles

/// A checkpoint whose numbers follow from `step`: `megabytes` of weights, and a history of so many steps.
private func checkpoint(_ step: Int, bytes: Int = 400) throws -> Checkpoint {
    var history = TrainingHistory()
    // Numbers with all their digits, which must come back as they were.
    history.steps = (0..<step).map {
        .init(loss: 1 / Double($0 + 3), learningRate: 0.1 / Double($0 + 7), images: 32, correct: Double($0))
    }
    history.epochs = [
        .init(
            number: 1, training: .init(loss: .pi, accuracy: 1.0 / 3), validation: .init(loss: 0.1 + 0.2, accuracy: 0.7),
            learningRate: 1e-300)
    ]
    let floats = (0..<(bytes / 4)).map { Float($0 + step) / 3 }
    var weights = Weights()
    weights["model.fc.weight"] = try StoredTensor(floats: floats, shape: [floats.count])
    weights["optimizer.step.fc.weight"] = try StoredTensor(floats: [Float(step)], shape: [])
    weights["best.fc.weight"] = try StoredTensor(floats: [.infinity, -0.0], shape: [2])
    return Checkpoint(
        state: .init(
            run: 7, recipe: "method: head\nseed: 42\n", name: "mine", fingerprint: "abc", network: "starter 12ab",
            phase: 1,
            histories: [TrainingHistory(), history], foundRate: 0.1 + 0.2, libtorch: "2.11.0", threads: 2, workers: 1,
            microBatch: 16),
        weights: weights)
}

private let newest = "latest.safetensors"
private let older = "previous.safetensors"

@Suite struct CheckpointStoreTests {
    private func names(_ store: CheckpointStore) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: store.folder.path)) ?? []).sorted()
    }

    /// Runs `body` with the checkpoints of run 7 in an empty workspace.
    private func withStore(_ body: (CheckpointStore) async throws -> Void) async throws {
        try await withTemporaryFolder { try await body(CheckpointStore(run: 7, workspace: $0)) }
    }

    @Test func whatIsWrittenIsRead() async throws {
        try await withStore { store in
            #expect(store.isEmpty)
            #expect(store.folder.path.hasSuffix("checkpoints/7"))
            let written = try checkpoint(5)
            try store.write(written)
            #expect(!store.isEmpty)
            let (read, warning) = try store.read()
            #expect(read.state == written.state)
            #expect(read.weights == written.weights)
            #expect(warning == nil)
            // Equal states give equal files.
            let file = try Data(contentsOf: store.folder.appending(path: newest))
            store.removeAll()
            #expect(store.isEmpty)
            try store.write(written)
            #expect(try Data(contentsOf: store.folder.appending(path: newest)) == file)
        }
    }

    @Test func keepsTheLastTwo() async throws {
        try await withStore { store in
            for step in 1...4 {
                try store.write(checkpoint(step))
                #expect(try store.read().checkpoint.state == checkpoint(step).state)
            }
            #expect(names(store) == [newest, older])
            try FileManager.default.removeItem(at: store.folder.appending(path: newest))
            let (read, _) = try store.read()
            #expect(try read.state == checkpoint(3).state)
        }
    }

    @Test func saysThatThereIsNone() async throws {
        try await withStore { store in
            let error = try #require(throws: CheckpointError.self) { try store.read() }
            #expect(error == .none(path: store.folder.relativePath))
            #expect(error.description.hasSuffix("so there is nothing to go on from. Train without --resume."))
        }
    }

    /// Every tenth length, and each of a few hundred bytes flipped by one bit.
    @Test func aDamagedOneGivesWayToTheOneBefore() async throws {
        try await withStore { store in
            try store.write(checkpoint(1))
            try store.write(checkpoint(2))
            let file = store.folder.appending(path: newest)
            let whole = try Data(contentsOf: file)
            var damaged: [Data] = stride(from: 0, to: whole.count, by: 10).map { whole.prefix($0) }
            damaged += stride(from: 0, to: whole.count, by: 7).map { place in
                var bytes = whole
                bytes[place] ^= UInt8(1 << (place % 8))
                return bytes
            }
            for (number, bytes) in damaged.enumerated() {
                try bytes.write(to: file)
                let (read, warning) = try store.read()
                #expect(
                    try read.state == checkpoint(1).state && read.weights == checkpoint(1).weights, "damage \(number)")
                let text = try #require(warning)
                #expect(text.hasPrefix("The newest checkpoint could not be read ("))
                #expect(text.hasSuffix("); the one before it is used."))
                // A checkpoint can be fetched from nowhere.
                #expect(!text.contains("Fetch it again"))
            }
        }
    }

    /// After a damaged one was found, the next save must not push the only good one out before it is whole itself.
    @Test func aDamagedOneNeverTakesThePlaceOfAGoodOne() async throws {
        try await withStore { store in
            try store.write(checkpoint(1))
            try store.write(checkpoint(2))
            let file = store.folder.appending(path: newest)
            try Data("{".utf8).write(to: file)
            _ = try store.read()
            try store.write(checkpoint(3))
            // Now the newest is lost as well.
            try FileManager.default.removeItem(at: file)
            #expect(try store.read().checkpoint.state == checkpoint(1).state)
        }
    }

    @Test func bothDamagedIsAnError() async throws {
        try await withStore { store in
            try store.write(checkpoint(1))
            try store.write(checkpoint(2))
            for name in [newest, older] { try Data("no checkpoint".utf8).write(to: store.folder.appending(path: name)) }
            let error = try #require(throws: CheckpointError.self) { try store.read() }
            guard case .damaged = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.description.hasSuffix("Train again without --resume."))
            #expect(!error.description.contains("..") && !error.description.contains("Fetch it again"))
        }
    }

    /// A safetensors file that is whole, but no checkpoint.
    @Test func weightsAreNoCheckpoint() async throws {
        try await withStore { store in
            try store.write(checkpoint(1))
            try checkpoint(1).weights.write(to: store.folder.appending(path: newest))
            #expect(throws: CheckpointError.self) { try store.read() }
        }
    }

    @Test func removesWhatKilledWritersLeft() async throws {
        try await withStore { store in
            try store.write(checkpoint(1))
            for name in [".latest.safetensors.0A1B2C3D", ".previous.safetensors"] {
                try Data("half".utf8).write(to: store.folder.appending(path: name))
            }
            try store.write(checkpoint(2))
            #expect(names(store) == [newest, older])
        }
    }

    /// Somebody who looks all the time while one is written after another always finds one, and never an older one.
    @Test func thereIsAlwaysOne() async throws {
        try await withStore { store in
            try store.write(checkpoint(1, bytes: 40_000))
            let reader = Task.detached {
                var last = 1
                var looks = 0
                while !Task.isCancelled || looks == 0 {
                    let (read, warning) = try store.read()
                    #expect(warning == nil)
                    #expect(read.state.history.steps.count >= last)
                    last = read.state.history.steps.count
                    looks += 1
                }
                return looks
            }
            for step in 2...40 { try store.write(checkpoint(step, bytes: 40_000)) }
            reader.cancel()
            #expect(try await reader.value > 0)
        }
    }

    // MARK: - Disks

    @Test(.enabled(if: SmallDisk.isPossible)) func aFullDiskLeavesTheOldOneAndSaysWhatIsNeeded() async throws {
        try await SmallDisk.with(kilobytes: 2048) { disk in
            let store = CheckpointStore(run: 7, workspace: disk)
            try store.write(checkpoint(1, bytes: 800_000))
            // 800 kB of 2 MiB are taken, and 1.6 MB are asked for.
            let error = try #require(throws: CheckpointError.self) { try store.write(checkpoint(2, bytes: 1_600_000)) }
            guard case .noSpace(_, let needed, let free) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(needed >= 1_600_000 && needed < 3_000_000)
            #expect(free < 1_400_000)
            // 1.6 MB and the room that must be left are 3 MiB when rounded up; less than 1.3 MB is 1 MiB and something.
            #expect(
                error.description == """
                    A checkpoint needs 3 MiB in \(store.folder.relativePath), and 1 MiB are free. The last one is still there: \
                    free some space, and go on with --resume.
                    """)
            #expect(try store.read().checkpoint.state == checkpoint(1).state)
            // There is room for one of the first one's size, and it takes its place.
            try store.write(checkpoint(3, bytes: 10_000))
            #expect(try store.read().checkpoint.state == checkpoint(3).state)
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func aDiskThatCannotBeWrittenLeavesTheOldOne() async throws {
        try await SmallDisk.with(kilobytes: 4096) { disk in
            let store = CheckpointStore(run: 7, workspace: disk)
            try store.write(checkpoint(1))
            try await SmallDisk.withoutWriting(disk) {
                let error = try #require(throws: CheckpointError.self) { try store.write(checkpoint(2)) }
                guard case .unwritable(_, let reason, let free) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(reason.contains("ead-only"))
                #expect((free ?? 0) > 1 << 20)
                #expect(error.description.hasSuffix("The last one is still there: see to it, and go on with --resume."))
                #expect(try store.read().checkpoint.state == checkpoint(1).state)
            }
            try store.write(checkpoint(2))
            #expect(try store.read().checkpoint.state == checkpoint(2).state)
        }
    }
}
