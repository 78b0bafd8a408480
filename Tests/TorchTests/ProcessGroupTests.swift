// Workers in processes of their own: what they tell each other, and what happens when one is lost.

import Foundation
import TestSupport
import Testing
import Torch
import WeightFiles
import Workers

// Serialized, because each test starts several processes at once.
@Suite(.serialized) struct ProcessGroupTests {
    @Test func threeWorkersShareTensorsAndNumbers() async throws {
        let port = try freePortForTests()
        await withTaskGroup { tasks in
            for rank in 0..<3 {
                tasks.addTask {
                    await #expect(processExitsWith: .success) { [rank = rank as Int, port = port as Int] in
                        asWorker(rank, of: 3, port) { group in
                            // Worker 1's numbers arrive everywhere, whatever the type and the order in memory.
                            let shapes = [[2, 3], [], [4, 3, 2, 2], [0]]
                            let types: [ElementType] = [.float32, .int64, .bfloat16, .float32]
                            let tensors = try zip(shapes, types).map { try Tensor.full($0, Double(rank), $1) }
                            let last = try Generator(seed: UInt64(rank)).normal([2, 3, 4, 4]).toChannelsLast()
                            let mask = try Tensor([rank == 1, false])
                            try group.broadcast(tensors + [last, mask], from: 1)
                            for tensor in tensors {
                                #expect(try tensor.array().allSatisfy { $0 == 1.0 })
                            }
                            #expect(
                                try last.array(of: Float.self) == Generator(seed: 1).normal([2, 3, 4, 4]).array())
                            #expect(last.isChannelsLast)
                            #expect(try mask.array() == [true, false])

                            #expect(try group.sum([Double(rank), 0.1, 1e300]) == [3, 0.1 + 0.1 + 0.1, 3e300])
                            #expect(try group.mean([Double(rank)]) == [1])
                            #expect(try group.sum([]) == [])
                            // 0, 1 and 2 times the rank's number.
                            let mine = [UInt8](repeating: UInt8(rank), count: rank)
                            #expect(try group.gather(mine) == [[], [1], [2, 2]])
                            try group.barrier()

                            // Everyone finds the same difference.
                            #expect(
                                throws: WorkersError.different(
                                    worker: 2, what: "recipe", here: "rate 1", there: "rate 2")
                            ) {
                                try group.agree(on: "recipe", rank < 2 ? "sgd\nrate 1" : "sgd\nrate 2")
                            }
                            try group.agree(on: "recipe", "sgd")
                        }
                    }
                }
            }
        }
    }

    @Test func oneWorkerIsAGroupToo() async throws {
        let port = try freePortForTests()
        await #expect(processExitsWith: .success) { [port = port as Int] in
            asWorker(0, of: 1, port) { group in
                #expect(try group.sum([2.5]) == [2.5])
                #expect(try group.gather([7]) == [[7]])
                try group.barrier()
            }
        }
    }

    @Test(arguments: [0, 1, 2]) func aKilledWorkerIsNamed(lost: Int) async throws {
        let port = try freePortForTests()
        await withTaskGroup { tasks in
            for rank in 0..<3 {
                let end: ExitTest.Condition = rank == lost ? .signal(SIGKILL) : .success
                tasks.addTask {
                    await #expect(processExitsWith: end) {
                        [rank = rank as Int, lost = lost as Int, port = port as Int] in
                        asWorker(rank, of: 3, port) { group in
                            let network = try SmallNetwork()
                            let averaging = try GradientAveraging(network.weights, in: group)
                            let error = try #require(throws: WorkersError.self) {
                                for step in 0..<1000 {
                                    if rank == lost && step == 5 { kill(getpid(), SIGKILL) }
                                    network.clearGradients()
                                    try averaging.prepare()
                                    try network.loss(0..<4, step: step).backward()
                                    try averaging.finish()
                                }
                            }
                            guard case .lost(let workers, of: 3, let operation, _) = error else {
                                Issue.record(error)
                                return
                            }
                            #expect(operation == "the averaging of gradients")
                            // Without worker 0 there is nobody to ask.
                            #expect(workers == (lost == 0 ? nil : [lost]))
                            // The same from then on, at once.
                            #expect(throws: error) { try group.barrier() }
                        }
                    }
                }
            }
        }
    }

    @Test func aWorkerThatHangsIsNamed() async throws {
        let port = try freePortForTests()
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "found").path
            await withTaskGroup { tasks in
                for rank in 0..<2 {
                    tasks.addTask {
                        await #expect(processExitsWith: .success) {
                            [rank = rank as Int, port = port as Int, path = path as String] in
                            asWorker(rank, of: 2, port, timeout: .seconds(12)) { group in
                                try group.barrier()
                                if rank == 1 {
                                    for _ in 0..<10_000 where !FileManager.default.fileExists(atPath: path) {
                                        usleep(10_000)
                                    }
                                    _exit(0)
                                }
                                let error = #expect(throws: WorkersError.self) { try group.barrier() }
                                #expect(
                                    error?.description.hasPrefix(
                                        "Worker 1 of 2 stopped answering during a barrier (") == true)
                                try Data().write(to: URL(filePath: path))
                            }
                        }
                    }
                }
            }
        }
    }

    @Test func aWorkerThatDoesNotComeIsNamed() async throws {
        let port = try freePortForTests()
        await #expect(processExitsWith: .success) { [port = port as Int] in
            #expect(
                throws: WorkersError.meeting(
                    worker: 0, of: 3, address: "127.0.0.1", port: port,
                    reason: "workers 1 and 2 of 3 did not come within 2 s")
            ) {
                _ = try ProcessGroup(WorkerPlace(rank: 0, count: 3, port: port), timeout: .seconds(2))
            }
        }
    }

    @Test func aHostThatDoesNotComeIsAnError() async throws {
        let port = try freePortForTests()
        await #expect(processExitsWith: .success) { [port = port as Int] in
            let error = #expect(throws: WorkersError.self) {
                _ = try ProcessGroup(WorkerPlace(rank: 1, count: 2, port: port), timeout: .seconds(2))
            }
            #expect(
                error?.description.hasPrefix("Worker 1 of 2 did not meet the others at 127.0.0.1, port \(port): ")
                    == true)
        }
    }

    @Test func workersStartedDifferentlyAreRefused() async throws {
        let port = try freePortForTests()
        await withTaskGroup { tasks in
            for rank in 0..<2 {
                tasks.addTask {
                    await #expect(processExitsWith: .success) { [rank = rank as Int, port = port as Int] in
                        // Worker 1 believes that there are three.
                        let place = WorkerPlace(rank: rank, count: 2 + rank, port: port)
                        let error = #expect(throws: WorkersError.self) {
                            _ = try ProcessGroup(place, timeout: .seconds(4))
                        }
                        guard case .meeting(_, _, _, _, let reason) = error else { return }
                        if rank == 0 {
                            #expect(
                                reason.hasPrefix("worker 1 was started with 3 workers, libtorch ")
                                    && reason.contains("this one with 2 workers, libtorch "))
                        }
                    }
                }
            }
        }
    }
}
