import Foundation
import Imaging
import Synchronization
import Testing

@Suite struct OrderedPipelineTests {
    /// What the transforms of a pipeline have done so far.
    final class Counter: Sendable {
        let started = Atomic(0)
        let finished = Atomic(0)
    }

    @Test(arguments: [(1, 1), (2, 3), (4, 4), (4, 50), (8, 2)])
    func `Results come in the order of the inputs, whichever is ready first`(_ threads: Int, _ ahead: Int) async {
        let pipeline = OrderedPipeline(0..<200, threads: threads, ahead: ahead) { index in
            if index % 7 == 0 { usleep(500) }
            return index * index
        }
        var results: [Int] = []
        for await result in pipeline { results.append(result) }
        #expect(results == (0..<200).map { $0 * $0 })
    }

    @Test(arguments: [(1, 1), (3, 5), (2, 9)])
    func `No more inputs are taken than are ahead of the consumer`(_ threads: Int, _ ahead: Int) async {
        let counter = Counter()
        let pipeline = OrderedPipeline(0..<60, threads: threads, ahead: ahead) { index in
            counter.started.add(1, ordering: .sequentiallyConsistent)
            return index
        }
        var delivered = 0
        var most = 0
        for await _ in pipeline {
            delivered += 1
            usleep(1000)  // Time enough for the threads to run as far ahead as they may.
            most = max(most, counter.started.load(ordering: .sequentiallyConsistent) - delivered)
        }
        #expect(delivered == 60)
        #expect(most <= ahead)
        // The threads do run ahead: a pipeline that worked only on demand would pass the test above.
        #expect(most >= 1)
    }

    @Test func `Several threads work at the same time`() async {
        // Two transforms that wait for each other end only if both run.
        let counter = Counter()
        let pipeline = OrderedPipeline(0..<2, threads: 2, ahead: 2) { _ -> Bool in
            counter.started.add(1, ordering: .sequentiallyConsistent)
            let deadline = Date(timeIntervalSinceNow: 10)
            while counter.started.load(ordering: .sequentiallyConsistent) < 2 && Date() < deadline { usleep(100) }
            return counter.started.load(ordering: .sequentiallyConsistent) == 2
        }
        for await metTheOther in pipeline { #expect(metTheOther) }
    }

    @Test func `A consumer that leaves early ends the threads, and nothing stays`() async throws {
        let counter = Counter()
        weak var captured: Counter?
        do {
            let held = Counter()
            captured = held
            let pipeline = OrderedPipeline(0..<10_000, threads: 3, ahead: 6) { index -> Int in
                counter.started.add(1, ordering: .sequentiallyConsistent)
                held.started.add(1, ordering: .relaxed)
                return index
            }
            for await result in pipeline where result == 10 { break }
        }
        // The threads let go of the transform, and of what it holds, when they end.
        try await eventually { captured == nil }
        #expect(counter.started.load(ordering: .sequentiallyConsistent) <= 11 + 6)
    }

    @Test func `Cancelling the task ends the sequence while it waits`() async throws {
        let counter = Counter()
        let release = Counter()
        let task = Task {
            var delivered = 0
            let pipeline = OrderedPipeline(0..<100, threads: 1, ahead: 2) { index -> Int in
                counter.started.add(1, ordering: .sequentiallyConsistent)
                // The third result is never ready before the task has been cancelled.
                while index == 2 && release.started.load(ordering: .sequentiallyConsistent) == 0 { usleep(100) }
                counter.finished.add(1, ordering: .sequentiallyConsistent)
                return index
            }
            for await _ in pipeline { delivered += 1 }
            return delivered
        }
        try await eventually { counter.started.load(ordering: .sequentiallyConsistent) == 3 }
        task.cancel()
        // The third has begun, so at least one was taken; the second may still have lain ready.
        #expect((1...2).contains(await task.value))
        release.started.add(1, ordering: .sequentiallyConsistent)
        try await eventually { counter.finished.load(ordering: .sequentiallyConsistent) == 3 }
        #expect(counter.started.load(ordering: .sequentiallyConsistent) == 3)
    }

    @Test func `No inputs, no results`() async {
        let pipeline = OrderedPipeline([Int](), threads: 4, ahead: 4) { $0 }
        for await _ in pipeline { Issue.record("There was nothing to deliver.") }
    }

    @Test func `Each pass over a pipeline is a pass of its own`() async {
        let pipeline = OrderedPipeline(["a", "b", "c"], threads: 2, ahead: 2) { $0.uppercased() }
        for _ in 0..<2 {
            var results: [String] = []
            for await result in pipeline { results.append(result) }
            #expect(results == ["A", "B", "C"])
        }
    }

    /// Waits until `condition` holds; fails after ten minutes, since other tests keep the processor busy.
    private func eventually(_ condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(600)
        while !condition() && ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(2)) }
        #expect(condition())
    }
}
