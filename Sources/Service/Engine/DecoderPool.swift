// Threads that read pictures, shared by all models, so that a network never waits for a JPEG.

import Foundation
import NIOCore
import Synchronization

/// A few threads, each with a decoder of its own.
final class DecoderPool: Sendable {
    typealias Work = @Sendable (any ImageDecoder) -> Void

    private struct State {
        var waiting: CircularBuffer<Work> = []
        var isEnded = false
    }

    private final class Shared: Sendable {
        let state = Mutex(State())
        let signal = DispatchSemaphore(value: 0)
    }

    private let shared = Shared()
    private let makeDecoder: @Sendable () -> any ImageDecoder
    let threads: Int

    /// Starts one thread: it makes its decoder while the networks are compiled, and is enough for the first answer.
    ///
    /// The others would take from the compiling what it computes with: `startOthers` comes when the service is ready.
    ///
    /// - Parameters:
    ///   - threads: How many pictures are read side by side.
    ///   - makeDecoder: Called on each thread when it begins.
    init(threads: Int, makeDecoder: @escaping @Sendable () -> any ImageDecoder) {
        (self.threads, self.makeDecoder) = (threads, makeDecoder)
        start(0)
    }

    /// Starts the threads that are not started yet; once.
    func startOthers() { for number in 1..<max(threads, 1) { start(number) } }

    private func start(_ number: Int) {
        let (shared, makeDecoder) = (shared, makeDecoder)
        let thread = Thread {
            let decoder = makeDecoder()
            while let work = Self.next(shared) { work(decoder) }
        }
        thread.name = "decoder \(number)"
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit { end() }

    /// Has `work` done on one of the threads, in the order of asking.
    func submit(_ work: @escaping Work) {
        shared.state.withLock { $0.waiting.append(work) }
        shared.signal.signal()
    }

    /// Lets the threads end when they have done what they are at.
    func end() {
        shared.state.withLock { $0.isEnded = true }
        for _ in 0..<threads { shared.signal.signal() }
    }

    private static func next(_ shared: Shared) -> Work? {
        while true {
            shared.signal.wait()
            let (work, isEnded) = shared.state.withLock { ($0.waiting.popFirst(), $0.isEnded) }
            if let work { return work }
            if isEnded { return nil }
        }
    }
}
