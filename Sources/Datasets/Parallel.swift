// The same work on many items, on several threads.

import Dispatch
import Synchronization

/// The results of `body` for 0 up to `count`, in order, computed by `threads` threads.
///
/// Each thread takes the next item as soon as it is free, so which thread does what is left to chance; `body` must depend
/// only on its index.
func inParallel<Result: Sendable>(_ count: Int, threads: Int, _ body: @Sendable (Int) -> Result) -> [Result] {
    let next = Atomic(0)
    let results = Mutex([Result?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: min(count, max(1, threads))) { _ in
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            let result = body(index)
            results.withLock { $0[index] = result }
        }
    }
    return results.withLock { $0.compactMap(\.self) }
}
