// `ocelot-serve` as a process of its own, watched from outside.

import Foundation
import TestSupport

/// What a process and its children held at one time.
struct Holding: Sendable {
    /// Since the process was first looked at.
    var seconds: Double
    /// Resident memory of the process, in MiB.
    var memory: Double
    /// Resident memory of its children together, in MiB.
    var childrenMemory: Double
    /// Open file descriptors of the process.
    var descriptors: Int
}

/// A service that a test started, and will end.
///
/// `@unchecked Sendable`: `process` is set up before others see it, and then asked behind the lock only.
final class ServiceProcess: @unchecked Sendable {
    private let process = Process()
    private let lock = NSLock()
    private let log: URL
    private let began = ContinuousClock.now
    let id: Int32
    /// Where it listens.
    let port: Int

    struct NotStarted: Error { var log: String }

    /// Starts the service that was built together with these tests, and returns when it has measured itself.
    static func start(_ arguments: [String], in folder: URL) async throws -> ServiceProcess {
        try await onOwnThread { Result { try ServiceProcess(arguments, in: folder) } }.get()
    }

    private init(_ arguments: [String], in folder: URL) throws {
        log = folder.appending(path: "service.log")
        try Data().write(to: log)
        process.executableURL = commandURL.deletingLastPathComponent().appending(path: "ocelot-serve")
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        id = process.processIdentifier
        let deadline = ContinuousClock.now + .seconds(120)
        var written = ""
        while process.isRunning, !written.contains("\"tuned\""), ContinuousClock.now < deadline {
            Thread.sleep(forTimeInterval: 0.1)
            written = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        }
        guard let address = written.firstMatch(of: #/Listening on http://[^ \n]*:([0-9]+)/#), let port = Int(address.1)
        else {
            Foundation.kill(id, SIGKILL)
            throw NotStarted(log: written)
        }
        self.port = port
    }

    /// The last lines that it wrote.
    var lastWords: String {
        let lines = ((try? String(contentsOf: log, encoding: .utf8)) ?? "").split(separator: "\n")
        return lines.suffix(5).joined(separator: "\n")
    }

    /// Tells it to end, and says how it did; -1 if it had to be killed after `limit` seconds.
    func end(within limit: Double) -> Int32 {
        Foundation.kill(id, SIGTERM)
        let deadline = ContinuousClock.now + .seconds(limit)
        while isRunning, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.1) }
        guard isRunning else { return lock.withLock { process.terminationStatus } }
        kill()
        return -1
    }

    /// Ends it at once, if it has not ended.
    func kill() { if isRunning { Foundation.kill(id, SIGKILL) } }

    private var isRunning: Bool { lock.withLock { process.isRunning } }

    /// What it holds now; nil where the system does not tell (elsewhere than on Linux) or the process has ended.
    var holding: Holding? {
        guard let memory = Self.memory(id),
            let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd")
        else { return nil }
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
        let children = processes.filter { Self.parent($0) == id }
        return Holding(
            seconds: began.duration(to: .now) / .seconds(1), memory: memory,
            childrenMemory: children.compactMap { Self.memory($0) }.reduce(0, +), descriptors: open.count)
    }

    /// In MiB.
    private static func memory(_ id: Int32) -> Double? {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
        else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 0x1p20
    }

    private static func parent(_ id: Int32) -> Int32? {
        // The command's name stands in parentheses, and may itself hold blanks and parentheses.
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        return text[end...].split(separator: " ").dropFirst(2).first.flatMap { Int32($0) }
    }
}

/// The slope of the straight line through `points` that is nearest to them by least squares.
func slope(_ points: [(x: Double, y: Double)]) -> Double {
    let count = Double(points.count)
    let (x, y) = (points.map(\.x).reduce(0, +) / count, points.map(\.y).reduce(0, +) / count)
    return points.map { ($0.x - x) * ($0.y - y) }.reduce(0, +) / points.map { ($0.x - x) * ($0.x - x) }.reduce(0, +)
}
