// Starts the other workers on this machine: the running program again, with the same arguments.

public import Foundation
internal import Synchronization

/// The processes of workers 1, 2, …, started by worker 0, which is this process.
///
/// What they print comes out at worker 0's standard error, each line after the worker's number. They end when this
/// process ends, however it ends (`ParentWatch`), and when one of them fails. Each has a process group of its own, so
/// that Ctrl-C in a terminal reaches this process alone: who handles it calls `interrupt()`.
public final class WorkerLauncher: Sendable {
    private struct State {
        var running: [Int: Child] = [:]
        var firstFailure: (rank: Int, how: WorkerExit)?
        /// Whether the workers have been asked to end.
        var isEnding = false
        /// Whether those that did not have been killed.
        var isKilling = false

        /// Whether a worker ended as it did because we made it.
        func isOurs(_ how: WorkerExit) -> Bool {
            switch how {
            case .status: isEnding
            case .signal(let number): isEnding && number == Int(SIGTERM) || isKilling && number == Int(SIGKILL)
            }
        }
    }

    /// The place of worker 0: this process.
    public let place: WorkerPlace
    private let grace: Duration
    private let state = Mutex(State())
    private let lines = DispatchGroup()

    /// Starts workers 1 to `count` − 1.
    ///
    /// When one fails, the others have `grace` to find out by themselves and to say so before they are ended. `print`
    /// is called on threads of its own.
    public init(
        _ count: Int, program: URL? = Bundle.main.executableURL,
        arguments: [String] = Array(CommandLine.arguments.dropFirst()),
        environment: [String: String] = ProcessInfo.processInfo.environment, grace: Duration = .seconds(15),
        print: @escaping @Sendable (String) -> Void = { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
    ) throws {
        let port = try freePort()
        place = WorkerPlace(rank: 0, count: count, localCount: count, port: port)
        self.grace = grace
        guard let program else {
            throw WorkersError.launch(worker: 1, program: "?", reason: "this program's own file cannot be found")
        }
        do {
            for rank in 1..<max(count, 1) {
                let place = WorkerPlace(rank: rank, count: count, localRank: rank, localCount: count, port: port)
                let variables = environment.merging(place.environment) { $1 }.merging(ParentWatch.variable) { $1 }
                let child = Child()
                state.withLock { $0.running[rank] = child }
                do {
                    try child.start(program, arguments, variables, lines) {
                        print("worker \(rank): \($0)")
                    } whenEnded: {
                        [weak self] how in
                        self?.note(rank, how)
                    }
                } catch {
                    state.withLock { $0.running[rank] = nil }
                    throw WorkersError.launch(
                        worker: rank, program: program.path, reason: error.localizedDescription)
                }
            }
        } catch {
            end(after: .zero)
            throw error
        }
    }

    deinit {
        for child in state.withLock({ Array($0.running.values) }) { child.signal(SIGKILL) }
    }

    /// What became of the worker that failed first, as far as can be told; nil if none has.
    ///
    /// A worker that was ended by a signal comes before those that ended by themselves, perhaps because they missed it.
    public var firstFailure: WorkersError? {
        state.withLock { $0.firstFailure.map { .ended(worker: $0.rank, how: $0.how) } }
    }

    /// Workers that have not ended, in order.
    public var running: [Int] { state.withLock { $0.running.keys.sorted() } }

    /// Sends all workers what Ctrl-C sends, to end in order.
    public func interrupt() { signal(SIGINT) }

    /// Waits until all workers have ended by themselves, and ends those that have not after `limit`.
    ///
    /// Throws what became of the first worker that failed.
    public func finish(within limit: Duration = .seconds(60)) async throws {
        let deadline = ContinuousClock.now + limit
        while !running.isEmpty && ContinuousClock.now < deadline {
            // A cancelled task waits no more.
            do { try await Task.sleep(for: .milliseconds(20)) } catch { break }
        }
        // On a thread that may wait.
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.stop()
                continuation.resume()
            }
        }
        if let firstFailure { throw firstFailure }
    }

    /// Ends all workers that are running: asks them first, and kills them after five seconds.
    ///
    /// When it returns, all are gone.
    public func stop() {
        state.withLock { $0.isEnding = true }
        signal(SIGTERM)
        wait(.seconds(5))
        state.withLock { $0.isKilling = true }
        signal(SIGKILL)
        wait(.seconds(5))
        // What they said last; a process of theirs that lives on may hold the pipe, so not for ever.
        _ = lines.wait(timeout: .now() + 1)
    }

    private func wait(_ limit: Duration) {
        let deadline = ContinuousClock.now + limit
        while !running.isEmpty && ContinuousClock.now < deadline { usleep(10_000) }
    }

    private func signal(_ number: Int32) {
        for child in state.withLock({ Array($0.running.values) }) { child.signal(number) }
    }

    private func note(_ rank: Int, _ how: WorkerExit) {
        let isFirst = state.withLock { state in
            state.running[rank] = nil
            guard !how.isSuccess, !state.isOurs(how) else { return false }
            let isFirst = state.firstFailure == nil
            if isFirst || how.isSignal && state.firstFailure?.how.isSignal == false { state.firstFailure = (rank, how) }
            return isFirst
        }
        if isFirst { end(after: grace) }
    }

    private func end(after delay: Duration) {
        let seconds = Double(delay.components.seconds) + Double(delay.components.attoseconds) / 1e18
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [weak self] in self?.stop() }
    }
}

/// One process, with the pipe that tells it of our end and the pipe that it writes to.
///
/// @unchecked because Foundation's `Process` is not declared `Sendable` everywhere: it is set up and started by one thread,
/// before any other knows of it, and afterwards only its number is read.
private final class Child: @unchecked Sendable {
    private let process = Process()
    /// Nothing is ever written: its end closes with this process.
    private let life = Pipe()
    private let output = Pipe()

    func start(
        _ program: URL, _ arguments: [String], _ environment: [String: String], _ lines: DispatchGroup,
        print: @escaping @Sendable (String) -> Void, whenEnded: @escaping @Sendable (WorkerExit) -> Void
    ) throws {
        process.executableURL = program
        process.arguments = arguments
        process.environment = environment
        process.standardInput = life
        process.standardOutput = output
        process.standardError = output
        // The other children must not hold it open.
        _ = fcntl(life.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.terminationHandler = { process in
            let status = Int(process.terminationStatus)
            whenEnded(process.terminationReason == .uncaughtSignal ? .signal(status) : .status(status))
        }
        try process.run()
        lines.enter()
        let reading = output.fileHandleForReading
        Thread.detachNewThread {
            forEachLine(of: reading, print)
            lines.leave()
        }
    }

    func signal(_ number: Int32) {
        if process.isRunning { kill(process.processIdentifier, number) }
    }
}

/// Calls `body` with each line as it comes, until the other end closes.
private func forEachLine(of file: FileHandle, _ body: (String) -> Void) {
    var rest = Data()
    while case let bytes = file.availableData, !bytes.isEmpty {
        rest.append(bytes)
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            body(String(decoding: rest[..<end], as: UTF8.self))
            rest = Data(rest[(end + 1)...])
        }
    }
    if !rest.isEmpty { body(String(decoding: rest, as: UTF8.self)) }
}
