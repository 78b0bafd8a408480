// Independent pieces of work on a few threads.

import Dispatch
import Synchronization

/// What `body` returns for 0, 1, …, count − 1, in this order, computed on at most `threads` threads.
///
/// Which thread does which piece depends on the moment, so that pieces of unequal length fill the threads; the results do
/// not, as the pieces share nothing. Of several errors the one of the lowest number is thrown.
func concurrentMap<Output: Sendable>(
    _ count: Int, threads: Int, _ body: @Sendable (Int) throws -> Output
) throws -> [Output] {
    guard threads > 1 && count > 1 else { return try (0..<count).map(body) }
    let next = Atomic(0)
    let results = Mutex([Result<Output, any Error>?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            let result = Result { try body(index) }
            results.withLock { $0[index] = result }
        }
    }
    return try results.withLock { try $0.compactMap { try $0?.get() } }
}
