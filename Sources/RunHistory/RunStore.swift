// The history of all runs in a workspace: one SQLite file, `ocelot.sqlite`.
//
// Several processes may write at once: the file is in WAL mode, every writing transaction takes its lock at the start
// (`BEGIN IMMEDIATE`, which waits instead of failing half-way), and waits for its turn as `Queueing` says. A commit is on
// the disk when it returns (`synchronous = FULL`), so that a crash loses at most what was not committed.
public import Foundation
import GRDB
import Synchronization

/// The history of runs in one workspace.
public struct RunStore: Sendable {
    /// The name of the file in the workspace.
    public static let fileName = "ocelot.sqlite"
    /// How long a writer waits for others, in seconds.
    ///
    /// A minute: a record of hours of training is worth waiting for, and a crowded machine is slow.
    static let patience = 60

    /// The folder that holds runs and models.
    public let workspace: URL
    /// Where the file lies.
    public var file: URL { workspace.appending(path: RunStore.fileName) }
    let database: DatabaseQueue
    let now: @Sendable () -> Date

    /// What to do if the workspace has no history yet.
    public enum Opening: Hashable, Sendable {
        /// Begin one, and make the workspace's folder if need be.
        case creating
        /// Throw `RunHistoryError.nothingHere`.
        case existing
        /// As `existing`, and write nothing: a workspace on a read-only disk can be read too.
        case reading
    }

    /// Opens the history of a workspace, and brings it to the present schema.
    ///
    /// - Parameters:
    ///   - workspace: The folder that holds runs and models.
    ///   - opening: What to do if there is no history yet.
    ///   - now: The clock.
    /// - Throws: `RunHistoryError`.
    public init(
        workspace: URL, _ opening: Opening = .creating, now: @escaping @Sendable () -> Date = { Date() }
    ) throws {
        let file = workspace.appending(path: RunStore.fileName)
        if !FileManager.default.fileExists(atPath: file.path) {
            guard opening == .creating else { throw RunHistoryError.nothingHere(workspace: workspace) }
            do {
                try FileManager.default.createDirectory(at: workspace, withIntermediateDirectories: true)
            } catch {
                throw RunHistoryError.notWritable(file, reason: "the folder cannot be made")
            }
        }
        self.workspace = workspace
        self.now = now
        database = try RunHistoryError.translating(file) {
            do {
                return try RunStore.openForWriting(file)
            } catch let error as DatabaseError where opening == .reading && error.isAboutWriting {
                return try RunStore.openUnchanging(file)
            }
        }
    }

    private static func openForWriting(_ file: URL) throws -> DatabaseQueue {
        let database = try DatabaseQueue(path: file.path, configuration: configuration)
        try database.writeWithoutTransaction { db in try bringUpToDate(db, file) }
        return database
    }

    private static func openUnchanging(_ file: URL) throws -> DatabaseQueue {
        // Readers in WAL mode share memory in a file beside the database. Where none can be made, nobody writes either,
        // and SQLite may be told so.
        var configuration = Configuration()
        configuration.readonly = true
        let address = URL(filePath: file.path).absoluteString + "?immutable=1"
        let database = try DatabaseQueue(path: address, configuration: configuration)
        _ = try database.read { db in try checkVersion(db, file) }
        return database
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "ocelot runs"
        let queueing = Queueing()
        configuration.busyMode = .callback { tries in queueing.shouldWait(tries) }
        configuration.prepareDatabase { db in
            // Only before the first table is made does this have an effect: deleting runs gives their space back.
            try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            // GRDB's own WAL mode relaxes `synchronous` to NORMAL, so the mode is set here.
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        return configuration
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try RunHistoryError.translating(file) { try database.read(body) }
    }

    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try RunHistoryError.translating(file) { try database.write(body) }
    }
}

/// Waits while another connection writes.
///
/// SQLite's own busy handler looks again ever more rarely, in the end ten times a second. Where several processes write
/// all the time, the lock is free for less than a millisecond between two of them, and one that looks so rarely may lose
/// its patience first: of eight such writers, five or six got no turn for a second, in which dozens were to be had.
/// Looking some hundred times a second, at uneven intervals, is nearly as good as a queue.
private final class Queueing: Sendable {
    private let beginning = Mutex(ContinuousClock.now)

    /// Sleeps a moment; false when the patience is at its end.
    ///
    /// `tries` counts from 0 for each lock that is waited for.
    func shouldWait(_ tries: Int) -> Bool {
        let now = ContinuousClock.now
        let waited = beginning.withLock { beginning in
            if tries == 0 { beginning = now }
            return now - beginning
        }
        guard waited < .seconds(RunStore.patience) else { return false }
        Thread.sleep(forTimeInterval: .random(in: 0.001...0.005))
        return true
    }
}

extension DatabaseError {
    /// Whether the file could not be opened for writing, or its shared memory not be made.
    fileprivate var isAboutWriting: Bool {
        [.SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_IOERR].contains(resultCode)
    }
}

extension RunHistoryError {
    /// Runs `body`; an error of SQLite becomes a sentence about `file`.
    static func translating<Value>(_ file: URL, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            let reason = error.message ?? "\(error.resultCode)"
            switch error.resultCode {
            case .SQLITE_FULL: throw RunHistoryError.diskFull(file, free: freeBytes(beside: file))
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: throw RunHistoryError.damaged(file)
            case .SQLITE_BUSY, .SQLITE_LOCKED: throw RunHistoryError.busy(file, seconds: RunStore.patience)
            case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
                throw RunHistoryError.notWritable(file, reason: reason)
            case .SQLITE_IOERR where freeBytes(beside: file).map({ $0 < 1 << 16 }) ?? false:
                // A full disk shows as an input/output error where SQLite grows its shared memory.
                throw RunHistoryError.diskFull(file, free: freeBytes(beside: file))
            default: throw RunHistoryError.other(file, reason: reason)
            }
        }
    }

    private static func freeBytes(beside file: URL) -> Int? {
        let folder = file.deletingLastPathComponent().path
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
    }
}
