// Ctrl-C: once saves and stops, twice stops.

import Dispatch
import Foundation
import Synchronization

/// Whether somebody asked this process to stop, by Ctrl-C or, as cluster managers do, by SIGTERM.
enum StopRequest {
    private static let count = Atomic(0)
    /// They live as long as the process.
    ///
    /// `nonisolated(unsafe)`: written once, by `listen`, before anything else runs.
    private nonisolated(unsafe) static var sources: [any DispatchSourceSignal] = []

    /// Whether it was asked.
    static var isMade: Bool { count.load(ordering: .relaxed) > 0 }

    /// From now on, the first request is noted, and the second ends the process at once.
    ///
    /// `quietly` is for a process whose output is another's, which says it.
    static func listen(quietly: Bool = false) {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if count.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
                if quietly { return }
                FileHandle.standardError.write(
                    Data("\nStopping after this step; the state is saved. Ctrl-C again stops at once.\n".utf8))
            }
            source.resume()
            sources.append(source)
        }
    }
}
