// Starting, watching and ending the other workers; shells stand for them here.

import Foundation
import Synchronization
import TestSupport
import Testing
import Workers

/// Lines that workers have printed, from any thread.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

private func launch(
    _ count: Int, _ script: String, grace: Duration = .seconds(10), _ lines: Lines = Lines()
) throws -> WorkerLauncher {
    try WorkerLauncher(
        count, program: URL(filePath: "/bin/sh"), arguments: ["-c", script],
        environment: ["PATH": "/usr/bin:/bin", "KEPT": "yes"], grace: grace, print: { lines.add($0) })
}

/// Whether there is such a process.
private func isAlive(_ process: Int32) -> Bool { kill(process, 0) == 0 }

/// Waits at most ten minutes, for the tests beside this one keep the processor busy.
private func eventually(_ condition: () -> Bool) async throws -> Bool {
    for _ in 0..<60_000 {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return false
}

@Suite struct WorkerLauncherTests {
    @Test func everyWorkerIsToldItsPlace() async throws {
        let lines = Lines()
        let launcher = try launch(
            3, "echo $RANK $WORLD_SIZE $LOCAL_RANK $LOCAL_WORLD_SIZE $MASTER_ADDR $MASTER_PORT $KEPT; echo unended >&2",
            lines)
        try await launcher.finish()
        let port = launcher.place.port
        #expect(
            launcher.place == WorkerPlace(rank: 0, count: 3, localCount: 3, port: port))
        #expect(
            lines.all.sorted() == [
                "worker 1: 1 3 1 3 127.0.0.1 \(port) yes", "worker 1: unended",
                "worker 2: 2 3 2 3 127.0.0.1 \(port) yes", "worker 2: unended",
            ])
        #expect(launcher.firstFailure == nil)
        #expect(launcher.running == [])
    }

    @Test func oneWorkerIsThisProcessAlone() async throws {
        let launcher = try launch(1, "exit 9")
        #expect(launcher.running == [])
        try await launcher.finish()
    }

    @Test func theOthersEndWhenOneFails() async throws {
        let lines = Lines()
        let launcher = try launch(
            3, "if [ $RANK = 2 ]; then echo no disk; exit 3; fi; exec sleep 100", grace: .milliseconds(100), lines)
        #expect(try await eventually { launcher.running.isEmpty })
        #expect(launcher.firstFailure == .ended(worker: 2, how: .status(3)))
        #expect(
            launcher.firstFailure?.description == "Worker 2 ended with exit status 3; its last lines say why.")
        await #expect(throws: WorkersError.ended(worker: 2, how: .status(3))) { try await launcher.finish() }
        #expect(lines.all == ["worker 2: no disk"])
    }

    // Worker 1 is named, although worker 2 may be noticed first.
    @Test func theOthersHaveTimeToSayWhatTheyFound() async throws {
        let lines = Lines()
        let launcher = try launch(
            3, "if [ $RANK = 1 ]; then kill -9 $$; fi; sleep 0.5; echo worker 1 is gone; exit 1", lines)
        await #expect(throws: WorkersError.ended(worker: 1, how: .signal(9))) { try await launcher.finish() }
        #expect(lines.all == ["worker 2: worker 1 is gone"])
    }

    @Test func workersThatStayAreEnded() async throws {
        let launcher = try launch(2, "exec sleep 100")
        try await launcher.finish(within: .milliseconds(50))
        #expect(launcher.running == [])
        // Who was ended by us has not failed.
        #expect(launcher.firstFailure == nil)
    }

    @Test func aDeafWorkerIsKilled() async throws {
        let lines = Lines()
        let launcher = try launch(2, "trap '' TERM; echo ready; while :; do sleep 0.1; done", lines)
        #expect(try await eventually { lines.all == ["worker 1: ready"] })
        launcher.stop()
        #expect(launcher.running == [])
    }

    @Test func interruptsArePassedOnOnce() async throws {
        let lines = Lines()
        let launcher = try launch(
            3, "trap 'echo saved; exit 0' INT; echo ready; while :; do sleep 0.05; done", lines)
        #expect(try await eventually { lines.all.count == 2 })
        launcher.interrupt()
        try await launcher.finish()
        #expect(lines.all.sorted() == ["worker 1: ready", "worker 1: saved", "worker 2: ready", "worker 2: saved"])
    }

    @Test func aWorkerIsNotInOurProcessGroup() async throws {
        // Otherwise Ctrl-C in a terminal would reach it twice: from the terminal, and from us.
        let lines = Lines()
        let launcher = try launch(2, "ps -o pgid= -p $$; echo $$", lines)
        try await launcher.finish()
        let numbers = lines.all.map { $0.split(separator: " ").last }
        #expect(numbers.count == 2 && numbers[0] == numbers[1])
    }

    @Test func aProgramThatIsNotThereIsAnError() throws {
        #expect(throws: WorkersError.self) {
            try WorkerLauncher(2, program: URL(filePath: "/nowhere/program"), arguments: [])
        }
    }

    @Test func workersEndWithAKilledParent() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                // The workers do what `ParentWatch` does: they read until the end of their input.
                let launcher = try launch(3, "echo $$ > \(path)/$RANK; cat; mv \(path)/$RANK \(path)/$RANK.ended")
                while (1...2).contains(where: { !FileManager.default.fileExists(atPath: "\(path)/\($0)") }) {
                    usleep(10_000)
                }
                _ = launcher.running
                kill(getpid(), SIGKILL)
            }
            let ended = try await eventually {
                (1...2).allSatisfy { FileManager.default.fileExists(atPath: "\(path)/\($0).ended") }
            }
            #expect(ended)
            for rank in 1...2 {
                let number = try String(contentsOf: folder.appending(path: "\(rank).ended"), encoding: .utf8)
                let process = try #require(Int32(number.trimmingCharacters(in: .newlines)))
                #expect(try await eventually { !isAlive(process) })
            }
        }
    }

    @Test func aWorkerNoticesTheEndOfItsParent() async {
        await #expect(processExitsWith: .exitCode(ParentWatch.exitStatus)) {
            // This process becomes a worker whose launcher is gone after a moment.
            let pipe = Pipe()
            dup2(pipe.fileHandleForReading.fileDescriptor, 0)
            setenv("OCELOT_STARTED_BY", "1", 1)
            ParentWatch.start()
            usleep(50_000)
            try pipe.fileHandleForWriting.close()
            sleep(20)
        }
    }

    @Test func whoWasNotLaunchedIsNotWatched() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let pipe = Pipe()
            dup2(pipe.fileHandleForReading.fileDescriptor, 0)
            ParentWatch.start()
            try pipe.fileHandleForWriting.close()
            usleep(200_000)
            exit(0)
        }
    }
}
