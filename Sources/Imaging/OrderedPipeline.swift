// Work done ahead on threads of its own, handed over in order.
//
// Reading and decoding photos blocks and computes; on Swift's shared threads it would hold up everything else. So each
// pass over a pipeline has its own threads, which stop when they are `ahead` results in front of whoever takes them.

import Foundation

/// The results of `transform` for a collection of inputs, in their order, computed on a few threads while earlier results
/// are in use.
///
///     for await photo in OrderedPipeline(files, threads: 2, ahead: 16, { decode($0) }) { … }
///
/// At most `ahead` inputs are taken and not yet handed over, so memory is bounded however slow the consumer is. Leaving the
/// loop, or cancelling the task, ends the threads as soon as each has finished the input that it is at. When a task is
/// cancelled the sequence ends early: check `Task.isCancelled` where that matters.
public struct OrderedPipeline<Input: Sendable, Output: Sendable>: AsyncSequence, Sendable {
    /// One result an input.
    public typealias Element = Output

    private let inputs: [Input]
    private let threads: Int
    private let ahead: Int
    private let transform: @Sendable (Input) -> Output

    /// Makes a pipeline; nothing runs before the first result is asked for.
    ///
    /// - Parameters:
    ///   - inputs: What is worked on.
    ///   - threads: How many work on it, at least 1.
    ///   - ahead: How many inputs may be in work or done without having been handed over, at least 1. Threads above this
    ///     number would never have anything to do.
    ///   - transform: The work. It is called once an input, on any of the threads; errors belong in its result.
    public init(
        _ inputs: some Collection<Input>, threads: Int, ahead: Int, _ transform: @escaping @Sendable (Input) -> Output
    ) {
        precondition(threads >= 1 && ahead >= 1, "A pipeline has at least one thread and is at least one input ahead.")
        self.inputs = Array(inputs)
        self.threads = Swift.min(threads, ahead, Swift.max(inputs.count, 1))
        self.ahead = ahead
        self.transform = transform
    }

    /// Begins a pass, with threads of its own.
    public func makeAsyncIterator() -> Iterator {
        Iterator(inputs: inputs, threads: threads, ahead: ahead, transform: transform)
    }

    /// One pass over a pipeline.
    ///
    /// It ends when the last copy is gone.
    public struct Iterator: AsyncIteratorProtocol {
        private let pass: Pass

        init(inputs: [Input], threads: Int, ahead: Int, transform: @escaping @Sendable (Input) -> Output) {
            pass = Pass(Work(inputs: inputs, ahead: ahead, transform: transform), threads: threads)
        }

        /// The next result in the inputs' order; nil after the last, or when the task is cancelled.
        public func next() async -> Output? { await pass.work.next() }
    }

    /// Ends the work when nobody can ask for its results any more.
    ///
    /// The threads hold the work, and not this.
    private final class Pass: Sendable {
        let work: Work<Input, Output>

        init(_ work: Work<Input, Output>, threads: Int) {
            self.work = work
            for number in 0..<threads {
                let thread = Thread { work.run() }
                thread.name = "pipeline \(number)"
                // macOS gives such a thread half a megabyte otherwise, which is little for decoders of films.
                thread.stackSize = 8 << 20
                thread.start()
            }
        }

        deinit { work.end() }
    }
}

/// What the threads of one pass share.
///
/// `@unchecked Sendable`: `state` is read and written only while `condition` is locked; everything else is constant.
private final class Work<Input: Sendable, Output: Sendable>: @unchecked Sendable {
    private struct State {
        /// The first input that no thread has taken.
        var nextToTake = 0
        /// The first result that has not been handed over.
        var nextToDeliver = 0
        /// Results that are done and not yet handed over, by index.
        var results: [Int: Output] = [:]
        /// Who waits for result `nextToDeliver`.
        var consumer: CheckedContinuation<Output?, Never>?
        var isEnded = false
    }

    private let inputs: [Input]
    private let ahead: Int
    private let transform: @Sendable (Input) -> Output
    private let condition = NSCondition()
    private var state = State()

    init(inputs: [Input], ahead: Int, transform: @escaping @Sendable (Input) -> Output) {
        (self.inputs, self.ahead, self.transform) = (inputs, ahead, transform)
    }

    /// One thread's life.
    func run() {
        while let index = take() {
            let result = transform(inputs[index])
            deliver(result, index)
        }
    }

    /// The next input to work on, as soon as there may be one more; nil at the end.
    private func take() -> Int? {
        condition.withLock {
            while !state.isEnded && state.nextToTake < inputs.count && state.nextToTake >= state.nextToDeliver + ahead {
                condition.wait()
            }
            guard !state.isEnded && state.nextToTake < inputs.count else { return nil }
            defer { state.nextToTake += 1 }
            return state.nextToTake
        }
    }

    private func deliver(_ result: Output, _ index: Int) {
        let consumer: CheckedContinuation<Output?, Never>? = condition.withLock {
            if state.isEnded { return nil }
            if index == state.nextToDeliver, let consumer = state.consumer {
                state.consumer = nil
                state.nextToDeliver += 1
                condition.signal()
                return consumer
            }
            state.results[index] = result
            return nil
        }
        consumer?.resume(returning: result)
    }

    func next() async -> Output? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready: Output?? = condition.withLock {
                    if state.isEnded || state.nextToDeliver == inputs.count { return .some(nil) }
                    if let result = state.results.removeValue(forKey: state.nextToDeliver) {
                        state.nextToDeliver += 1
                        condition.signal()
                        return .some(result)
                    }
                    precondition(state.consumer == nil, "One pass over a pipeline has one consumer.")
                    state.consumer = continuation
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            end()
        }
    }

    /// Lets the threads end, and whoever waits.
    func end() {
        let consumer = condition.withLock {
            state.isEnded = true
            state.results = [:]
            condition.broadcast()
            defer { state.consumer = nil }
            return state.consumer
        }
        consumer?.resume(returning: nil)
    }
}
