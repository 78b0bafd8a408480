// Runs the built command as a person would.

import Foundation
import Imaging

/// What a run of the command gave.
struct Outcome {
    var status: Int32
    var output: String
    var errors: String

    /// The lines of standard output as JSON objects.
    var objects: [[String: Any]] {
        output.split(whereSeparator: \.isNewline).compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }
}

/// The command that was built together with these tests.
let commandURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "ocelot")

/// A signal for the command, and when it is to get it: after the first line of standard output of which that is true.
struct Interruption: Sendable {
    var signal: Int32
    var isTime: @Sendable ([String: Any]) -> Bool
}

/// Runs `ocelot` with a cache of its own, so that no weights of this machine's user take part.
///
/// `started` is told the process's number. It waits on a thread of its own: a test that blocked one of Swift's few threads would hold up all others.
func ocelot(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:], interruption: Interruption? = nil,
    started: @escaping @Sendable (Int32) -> Void = { _ in }
) async throws -> Outcome {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(
                with: Result { try runAndWait(arguments, in: folder, environment, interruption, started) })
        }
    }
}

private func runAndWait(
    _ arguments: [String], in folder: URL, _ variables: [String: String], _ interruption: Interruption?,
    _ started: (Int32) -> Void
) throws -> Outcome {
    let process = Process()
    let line = [commandURL.path] + arguments
    process.executableURL = URL(filePath: line[0])
    process.arguments = Array(line.dropFirst())
    process.currentDirectoryURL = folder
    var environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    environment["OCELOT_CACHE"] = folder.appending(path: ".cache").path
    // Tests run side by side. Threads of libtorch that wait for each other by spinning would slow each other down tenfold.
    environment["OMP_WAIT_POLICY"] = "PASSIVE"
    process.environment = environment
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    started(process.processIdentifier)
    // Both are read at once: a process that fills one pipe while the other is read would wait for ever.
    let reader = Reader(errors)
    let text = read(output, of: process, interruption)
    process.waitUntilExit()
    return Outcome(
        status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
        errors: String(decoding: reader.wait(), as: UTF8.self))
}

/// Reads what a process writes to its end, and sends it a signal when its time has come.
private func read(_ pipe: Pipe, of process: Process, _ interruption: Interruption?) -> Data {
    guard let interruption else { return pipe.fileHandleForReading.readDataToEndOfFile() }
    var (text, lineStart, isSent) = (Data(), 0, false)
    while true {
        let piece = pipe.fileHandleForReading.availableData
        if piece.isEmpty { return text }
        text.append(piece)
        while !isSent, let end = text[lineStart...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = try? JSONSerialization.jsonObject(with: text[lineStart..<end]) as? [String: Any]
            lineStart = end + 1
            guard let line, interruption.isTime(line) else { continue }
            kill(process.processIdentifier, interruption.signal)
            isSent = true
        }
    }
}

/// Reads a pipe to its end on a thread of its own.
private final class Reader: @unchecked Sendable {
    // `data` is written by the thread before `done` is signalled, and read after.
    private var data = Data()
    private let done = DispatchSemaphore(value: 0)

    init(_ pipe: Pipe) {
        Thread.detachNewThread {
            self.data = pipe.fileHandleForReading.readDataToEndOfFile()
            self.done.signal()
        }
    }

    func wait() -> Data {
        done.wait()
        return data
    }
}

/// Makes a data set of small drawn pictures, `count` of each class: vertical stripes, horizontal stripes, dots.
func drawDataset(at folder: URL, classes: [String] = ["across", "along", "dots"], count: Int = 8) throws {
    for (kind, name) in classes.enumerated() {
        let place = folder.appending(path: name)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for number in 0..<count {
            try Data(drawnPicture(kind, number).jpeg(quality: 90)).write(to: place.appending(path: "\(number).jpg"))
        }
    }
}

/// A picture, another for each kind and number.
func drawnPicture(_ kind: Int, _ number: Int, width: Int = 96, height: Int = 80) -> Picture {
    let period = 6 + number % 7
    var pixels: [UInt8] = []
    for y in 0..<height {
        for x in 0..<width {
            let (u, v) = ((x + number) % period < period / 2, (y + 3 * number) % period < period / 2)
            let isDark = [v, u, u && v][kind % 3]
            let shade = isDark ? 40 + 9 * (number % 5) : 200 - 7 * (number % 6)
            pixels += [UInt8(shade), UInt8(shade * 3 / 4), UInt8((shade + 11 * number) % 256)]
        }
    }
    return Picture(width: width, height: height, pixels: pixels)
}
