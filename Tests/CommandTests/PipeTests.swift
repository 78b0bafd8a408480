// Standard output that nobody reads.

import Foundation
import TestSupport
import Testing

@Suite struct PipeTests {
    @Test func endsWithoutAWordWhenNobodyReads() async throws {
        try await withTemporaryFolder { folder in
            let (process, output, errors) = (Process(), Pipe(), folder.appending(path: "errors"))
            try Data().write(to: errors)
            // Ignored signals stay ignored in what is started: as if a library had done so.
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", "trap '' PIPE; exec \"$0\" weights list", commandURL.path]
            process.standardOutput = output
            process.standardError = try FileHandle(forWritingTo: errors)
            try output.fileHandleForReading.close()
            let ended = await withCheckedContinuation { continuation in
                process.terminationHandler = {
                    continuation.resume(returning: ($0.terminationReason, $0.terminationStatus))
                }
                do { try process.run() } catch { continuation.resume(returning: (.exit, -1)) }
            }
            #expect(ended.0 == .uncaughtSignal)
            #expect(ended.1 == SIGPIPE)
            #expect(try String(contentsOf: errors, encoding: .utf8) == "")
        }
    }
}
