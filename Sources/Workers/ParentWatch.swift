// A worker that `WorkerLauncher` has started ends when the process that started it ends, even by kill -9.
//
// The launcher holds one end of a pipe that is the worker's standard input, and writes nothing: when the system closes
// that end, the worker's reading returns. It works on every system, unlike Linux's PR_SET_PDEATHSIG, which moreover tells
// of the end of the thread that started the worker.

internal import Foundation

/// Ends this process when the one that started it ends.
public enum ParentWatch {
    /// What marks a process whose standard input is the launcher's pipe.
    static let variable = ["OCELOT_STARTED_BY": "\(ProcessInfo.processInfo.processIdentifier)"]

    /// The exit status of a worker whose parent has ended.
    public static let exitStatus: Int32 = 75

    /// To be called once, as early as can be; does nothing in a process that `WorkerLauncher` has not started.
    public static func start() {
        guard ProcessInfo.processInfo.environment["OCELOT_STARTED_BY"] != nil else { return }
        Thread.detachNewThread {
            while !FileHandle.standardInput.availableData.isEmpty {}
            // At once, for the other threads are at work, and exit() would run the ends of what they use; and in
            // silence, for who would print what this process says is gone.
            _exit(exitStatus)
        }
    }
}
