// What a person sees: plain lines, one live line on a terminal, and which status a mistake ends with.

import ArgumentParser
import Foundation

/// Options that every command with output has.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, one object a line, and nothing else, on standard output.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print no progress.")
    var quiet = false
}

/// Where runs and models are kept.
struct WorkspaceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of your runs, models and caches.", valueName: "dir"))
    var workspace = "."

    var url: URL { URL(filePath: workspace) }
}

/// Writes lines to standard output.
///
/// Where nobody reads them any more, as behind `| head -1`, the command ends without a word, as others do.
func write(_ text: String) {
    var rest = Array((text + "\n").utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        if count >= 0 {
            rest = rest.dropFirst(count)
        } else if errno == EPIPE {
            // Libraries have the signal ignored, which says the same.
            signal(SIGPIPE, SIG_DFL)
            raise(SIGPIPE)
        } else if errno != EINTR && errno != EAGAIN {
            let reason = String(cString: strerror(errno))
            FileHandle.standardError.write(Data("Error: Standard output takes no more: \(reason).\n".utf8))
            exit(ExitStatus.resource.rawValue)
        }
    }
}

/// Writes one JSON object on a line of its own.
func writeJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    write(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// Progress on standard error: a line that is written anew on a terminal, plain lines otherwise.
final class Progress {
    private let isQuiet: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    private var hasLiveLine = false
    private var lastUpdate = ContinuousClock.now - .seconds(1)

    init(quiet: Bool) { isQuiet = quiet }

    /// A line that stays.
    func line(_ text: String) {
        guard !isQuiet else { return }
        put((hasLiveLine ? "\r\u{1B}[K" : "") + text + "\n")
        hasLiveLine = false
    }

    /// A line that the next one replaces; nothing where standard error is no terminal.
    ///
    /// At most ten a second.
    func live(_ text: String) {
        guard !isQuiet, isTerminal, ContinuousClock.now - lastUpdate > .milliseconds(100) else { return }
        lastUpdate = .now
        put("\r\u{1B}[K" + text)
        hasLiveLine = true
    }

    private func put(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Bad data that was met on the way, after everything else was done: status 4 without another message.
struct SomeImagesFailed: Error, CustomStringConvertible {
    var count: Int
    var total: Int

    var description: String { "\(count) of \(total) images could not be read; the reasons stand beside their paths." }
}

/// Whether an error is one of the project's own, whose description is the whole message.
func isOurs(_ error: any Error) -> Bool {
    switch error {
    case is ValidationError, is ExitCode, is CleanExit: false
    default: !String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
    }
}

/// The exit status of the contract for an error.
func exitStatus(of error: any Error) -> Int32 {
    guard isOurs(error) else {
        let code = OcelotCommand.exitCode(for: error).rawValue
        return code == EX_USAGE ? 2 : code
    }
    return status(of: error).rawValue
}
