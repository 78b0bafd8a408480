// What can go wrong among several processes that train together.

/// Why training in several processes could not begin or go on.
public enum WorkersError: Error, Hashable, Sendable {
    /// The variables that say where this worker stands are not right; the reason is a sentence that names them.
    case environment(reason: String)
    /// The other workers on this machine could not be started.
    case launch(worker: Int, program: String, reason: String)
    /// The workers did not meet.
    case meeting(worker: Int, of: Int, address: String, port: Int, reason: String)
    /// A message was not answered; `workers` are the ranks that gave no sign of life, nil if not even that is known.
    case lost(workers: [Int]?, of: Int, operation: String, reason: String)
    /// The workers were asked for different things.
    case different(worker: Int, what: String, here: String, there: String)
    /// A process that `WorkerLauncher` has started has failed.
    case ended(worker: Int, how: WorkerExit)
}

/// How a process ended.
public enum WorkerExit: Hashable, Sendable {
    case status(Int)
    case signal(Int)

    /// Whether it did what it was asked to.
    public var isSuccess: Bool { self == .status(0) }

    var isSignal: Bool {
        if case .signal = self { true } else { false }
    }
}

extension WorkersError: CustomStringConvertible {
    /// One sentence or more for a person: what, where, what to do.
    public var description: String {
        switch self {
        case .environment(let reason):
            "\(reason) A worker is told its place by RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT; unset all four to "
                + "train in one process."
        case .launch(let worker, let program, let reason):
            "Worker \(worker) could not be started (\(program)): \(reason)."
        case .meeting(let worker, let count, let address, let port, let reason):
            "Worker \(worker) of \(count) did not meet the others at \(address), port \(port): \(reason). Start all "
                + "workers within the timeout, with the same MASTER_ADDR, MASTER_PORT and WORLD_SIZE, and see that "
                + "nothing keeps them from reaching that port, and each other."
        case .lost(let workers, let count, let operation, let reason):
            "\(Self.lost(workers, count)) during \(operation) (\(reason)). Look at what they printed last; then "
                + "start all workers again from the last checkpoint."
        case .different(let worker, let what, let here, let there):
            "Worker \(worker) has another \(what): \(there), where this one has \(here). Start all workers with the "
                + "same program, arguments and photos."
        case .ended(let worker, let how):
            switch how {
            case .status(let status): "Worker \(worker) ended with exit status \(status); its last lines say why."
            case .signal(9):
                "Worker \(worker) was killed (signal 9), perhaps because memory ran out: try fewer workers or a "
                    + "smaller batch."
            case .signal(let signal): "Worker \(worker) was ended by signal \(signal)."
            }
        }
    }

    private static func lost(_ workers: [Int]?, _ count: Int) -> String {
        guard let workers else {
            return "Worker 0 of \(count), where the workers meet, stopped answering or cannot be reached"
        }
        guard let last = workers.last else {
            return "A connection between two of the \(count) workers broke, though all of them are alive,"
        }
        guard workers.count > 1 else { return "Worker \(last) of \(count) stopped answering" }
        let others = workers.dropLast().map(String.init).joined(separator: ", ")
        return "Workers \(others) and \(last) of \(count) stopped answering"
    }
}
