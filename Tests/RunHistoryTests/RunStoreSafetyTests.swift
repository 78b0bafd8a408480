// The store under several writers, a killed writer, a full disk, and files that are not what they should be.
import Foundation
import RunHistory
import TestSupport
import Testing

/// What a process of its own does in the tests of this file: begins `count` runs, each with a measurement, a version of
/// a model, and an end.
func writeRuns(_ count: Int, in workspace: URL) throws {
    let store = try RunStore(workspace: workspace)
    for n in 0..<count {
        let run = try store.begin(start("\(ProcessInfo.processInfo.processIdentifier)"))
        try store.log([Metric("n", Double(n))], run: run)
        let version = try store.nextVersion(of: "model", run: run)
        try store.publish("model", version: version, path: "models/model/\(version)", sha256: "\(version)", run: run)
        try store.finish(run)
    }
}

/// Runs `body` in a process of its own; what it throws is said on standard error, which ends up in the test's output.
func reporting(_ body: () throws -> Void) {
    do {
        try body()
    } catch {
        FileHandle.standardError.write(Data("child process: \(error)\n".utf8))
        exit(1)
    }
}

/// What SQLite says of a file: "ok" if it is whole.
func integrity(_ store: RunStore) throws -> String { try store.check() }

@Suite struct RunStoreSafetyTests {
    // T46, scaled to seconds.
    @Test func eightProcessesWriteAtOnce() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path
            await withTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        await #expect(processExitsWith: .success) { [path = path as String] in
                            reporting { try writeRuns(25, in: URL(filePath: path)) }
                        }
                    }
                }
            }
            let store = try RunStore(workspace: folder, .existing)
            let runs = try store.runs()
            #expect(runs.count == 200)
            #expect(runs.allSatisfy { $0.run.state == .done })
            #expect(Set(runs.map(\.run.name)).count == 8)
            // Every process got numbers of its own, and together they are all numbers from 1.
            let models = try store.models(named: "model")
            #expect(models.map(\.version) == Array(1...200))
            #expect(Set(models.map(\.run)).count == 200)
            #expect(try integrity(store) == "ok")
        }
    }

    @Test func sixteenThreadsWriteAtOnce() async throws {
        try await withTemporaryFolder { folder in
            let store = try RunStore(workspace: folder)
            try await withThrowingTaskGroup { group in
                for _ in 0..<16 {
                    group.addTask {
                        for _ in 0..<10 { try store.finish(store.begin(start())) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try store.runs().map(\.run.id) == (1...160).reversed())
        }
    }

    // T47, scaled to seconds: whatever had been committed is there, and what is there is whole.
    @Test(arguments: [3, 20, 45, 90, 150]) func survivesAKilledWriter(milliseconds: Int) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, milliseconds] in
                let workspace = URL(filePath: path)
                _ = try RunStore(workspace: workspace).begin(start("first"))
                Thread.detachNewThread {
                    usleep(UInt32(1000 * milliseconds))
                    kill(getpid(), SIGKILL)
                }
                try writeRuns(1_000_000, in: workspace)
            }
            let store = try RunStore(workspace: folder, .existing)
            #expect(try integrity(store) == "ok")
            let runs = try store.runs()
            #expect(runs.map(\.run.id) == (1...runs.count).reversed())
            // All but the first and the one that was at work are done.
            let unfinished = runs.filter { $0.run.state != .done }
            #expect(unfinished.count <= 2)
            #expect(unfinished.allSatisfy { $0.run.state == .interrupted })
            #expect(try store.begin(start()) == runs.count + 1)
        }
    }

    @Test func aWriterWaitsForItsTurn() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path
            _ = try RunStore(workspace: folder)
            // Another process holds the lock for half a second.
            async let other: Void = {
                await #expect(processExitsWith: .success) { [path = path as String] in
                    try RunStore(workspace: URL(filePath: path)).holdLock(seconds: 0.5)
                }
            }()
            let store = try RunStore(workspace: folder)
            for _ in 0..<20 {
                try await Task.sleep(for: .milliseconds(50))
                _ = try store.begin(start())
            }
            await other
            #expect(try store.runs().count == 20)
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func saysThatTheDiskIsFull() async throws {
        try await SmallDisk.with(kilobytes: 1024) { disk in
            let store = try RunStore(workspace: disk)
            let run = try store.begin(start())
            let tooMuch = Data(count: 2_000_000)
            let text = sentence {
                try store.add("report.html", kind: "report", mediaType: "text/html", tooMuch, run: run)
            }
            #expect(text.hasPrefix("The disk is full ("))
            #expect(
                text.hasSuffix(
                    """
                     bytes are free): nothing was added to the history of runs, \(store.file.path), and what was in \
                    it is whole. Make room and start again.
                    """))
            #expect(try store.details(run).artefacts == [])
            #expect(try integrity(store) == "ok")
            // Small things still fit, and the run can be closed.
            try store.finish(run, .failed, message: "disk full")
            #expect(try store.runs().first?.run.state == .failed)
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func saysThatTheWorkspaceTakesNoFiles() async throws {
        try await SmallDisk.with(kilobytes: 1024) { disk in
            try await SmallDisk.withoutWriting(disk) {
                let file = disk.appending(path: "ocelot.sqlite")
                #expect(
                    sentence { try RunStore(workspace: disk) } == """
                        The history of runs, \(file.path), cannot be opened for writing: unable to open database file. \
                        Change the permissions, or choose another workspace with --workspace.
                        """)
            }
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func readsAWorkspaceOnAReadOnlyDisk() async throws {
        try await SmallDisk.with(kilobytes: 1024) { disk in
            _ = try RunStore(workspace: disk).begin(start("kept"))
            try await SmallDisk.withoutWriting(disk) {
                let store = try RunStore(workspace: disk, .reading)
                #expect(try store.runs().map(\.run.name) == ["kept"])
                #expect(throws: RunHistoryError.self) { try store.begin(start()) }
                #expect(throws: RunHistoryError.self) { try RunStore(workspace: disk, .existing) }
            }
        }
    }

    @Test func saysThatAFileIsInTheWay() async throws {
        try await withTemporaryFolder { folder in
            let workspace = folder.appending(path: "file")
            try Data().write(to: workspace)
            let file = workspace.appending(path: "ocelot.sqlite")
            #expect(
                sentence { try RunStore(workspace: workspace) } == """
                    The history of runs, \(file.path), cannot be opened for writing: the folder cannot be made. \
                    Change the permissions, or choose another workspace with --workspace.
                    """)
        }
    }

    @Test func saysThatThereIsNoHistory() async throws {
        try await withTemporaryFolder { folder in
            #expect(
                sentence { try RunStore(workspace: folder, .existing) } == """
                    There are no runs in \(folder.path) yet (no ocelot.sqlite). Start one with 'ocelot train', or \
                    name the right workspace with --workspace.
                    """)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left.isEmpty)
        }
    }

    @Test func saysThatTheFileIsDamaged() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "ocelot.sqlite")
            let damaged = """
                The history of runs, \(file.path), is damaged. Models and photos are not affected. Move the file away \
                to start a new history; 'sqlite3 ocelot.sqlite .recover' may bring its rows back.
                """
            try Data("this is no database at all, whatever its name says".utf8).write(to: file)
            #expect(sentence { try RunStore(workspace: folder) } == damaged)

            // A database whose second half is noise: found when its rows are read.
            try FileManager.default.removeItem(at: file)
            do {
                let store = try RunStore(workspace: folder)
                for n in 0..<200 { _ = try store.begin(start("\(n)")) }
                try store.emptyLog()
            }
            var bytes = try Data(contentsOf: file)
            for index in (bytes.count / 2)..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* 37) }
            try bytes.write(to: file)
            #expect(sentence { try RunStore(workspace: folder).runs() } == damaged)
        }
    }

    @Test func refusesLaterAndForeignFiles() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "ocelot.sqlite")
            try RunStore(workspace: folder).execute("PRAGMA user_version = 99")
            #expect(
                sentence { try RunStore(workspace: folder) } == """
                    The history of runs, \(file.path), was written by a later ocelot (schema 99; this one knows 1). \
                    Use that version, or choose another workspace with --workspace.
                    """)
        }
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "ocelot.sqlite")
            try RunStore(workspace: folder).execute("PRAGMA application_id = 7")
            #expect(
                sentence { try RunStore(workspace: folder) } == """
                    \(file.path) is a database of another program. Move it away, or choose another workspace with \
                    --workspace.
                    """)
        }
    }
}
