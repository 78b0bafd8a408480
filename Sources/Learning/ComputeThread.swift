// One thread for all that a training computes.
//
// libtorch's OpenMP makes a team of threads for each thread that calls it, so a job that hopped between Swift's threads
// would have several; and a step keeps its thread busy, which on Swift's few shared ones would hold up everything else.

import Foundation

/// Runs tasks on one thread of its own, which ends with the last reference.
final class ComputeThread: TaskExecutor {
    private let jobs = JobQueue()

    init() {
        let jobs = jobs
        let thread = Thread { jobs.run() }
        thread.name = "ocelot.compute"
        thread.stackSize = 16 << 20
        thread.start()
    }

    deinit { jobs.end() }

    func enqueue(_ job: consuming ExecutorJob) { jobs.add(UnownedJob(job), for: asUnownedTaskExecutor()) }
}

/// Jobs that wait for a thread.
///
/// `@unchecked Sendable`: the list and the flag are read and written only while `condition` is locked.
private final class JobQueue: @unchecked Sendable {
    private let condition = NSCondition()
    private var jobs: [(UnownedJob, UnownedTaskExecutor)] = []
    private var isEnded = false

    func add(_ job: UnownedJob, for executor: UnownedTaskExecutor) {
        condition.withLock {
            jobs.append((job, executor))
            condition.signal()
        }
    }

    func end() {
        condition.withLock {
            isEnded = true
            condition.signal()
        }
    }

    func run() {
        while let (job, executor) = next() { job.runSynchronously(on: executor) }
    }

    private func next() -> (UnownedJob, UnownedTaskExecutor)? {
        condition.withLock {
            while jobs.isEmpty && !isEnded { condition.wait() }
            return jobs.isEmpty ? nil : jobs.removeFirst()
        }
    }
}
