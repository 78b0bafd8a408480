// A service under mixed load for a long time: nothing breaks, and nothing is kept.
//
// Runs where OCELOT_SOAK says for how many seconds: `make soak` for five minutes; an hour is what the limits are for.

import Foundation
import TestSupport
import Testing

private let seconds = ProcessInfo.processInfo.environment["OCELOT_SOAK"].flatMap { Double($0) }

@Suite("A service for a long time")
struct SoakTests {
    /// The points (0, 1), (1, 3), (2, 4): means 1 and 8/3, products of the differences 5/3 + 0 + 4/3 = 3, squares 2.
    @Test func slopeOfThreePoints() {
        #expect(slope([(0, 1), (1, 3), (2, 4)]) == 1.5)
    }

    @Test(.enabled(if: seconds != nil), .timeLimit(.minutes(90)))
    func keepsNothingOfWhatItAnswered() async throws {
        let seconds = try #require(seconds)
        try await withTemporaryFolder { folder in
            let token = try await makeModel(folder)
            let requests = try SoakRequests(token: token)
            let service = try await ServiceProcess.start(
                ["m", "--port", "0", "--token-file", "tokens.json", "--log", "events"], in: folder)
            // Whatever hangs, hangs no longer than this: all callers wait for the service.
            let watchdog = DispatchWorkItem { service.kill() }
            DispatchQueue.global().asyncAfter(deadline: .now() + seconds + 180, execute: watchdog)
            defer {
                watchdog.cancel()
                service.kill()
            }
            let before = try #require(service.holding, "This system does not tell what a process holds.")
            let ledger = SoakLedger()
            let end = ContinuousClock.now + .seconds(seconds)
            async let watched = watch(service, ledger, until: end)
            await SoakCallers(requests: requests, port: service.port, token: token, end: end, ledger: ledger).run()
            let samples = await watched
            let after = await onOwnThread { settled(service, below: before.descriptors) }
            let counts = ledger.counts
            let status = await onOwnThread { service.end(within: 60) }
            let growth = Growth(samples)
            say(
                "Soak: \(counts.requests) requests in \(Int(seconds)) s, \(counts.hostile) of them hostile, "
                    + "\(counts.refused) refused with Retry-After, \(counts.unanswered) lost, \(counts.late) late, unexpected "
                    + "\(counts.unexpected.isEmpty ? "none" : "\(counts.unexpected)"); memory \(growth), "
                    + "descriptors \(before.descriptors) before, \(after?.descriptors ?? -1) after; ended with \(status)"
            )

            #expect(counts.requests > 100)
            #expect(counts.hostile > 0)
            #expect(counts.serverErrors == 0)
            #expect(counts.unexpected.isEmpty, "\(service.lastWords)")
            #expect(counts.unanswered == 0)
            // In a run of minutes a machine that is busy otherwise may make some late; an hour is for a quiet machine.
            #expect(seconds < 3600 ? counts.late * 1000 <= counts.requests : counts.late == 0)
            #expect(try #require(after).descriptors <= before.descriptors)
            #expect(growth.isSmall(after: seconds), "\(growth)")
            #expect(status == 0)
        }
    }

    /// The network of the starter weights, on drawn photos; returns the token of who may ask it.
    private func makeModel(_ folder: URL) async throws -> String {
        try drawDataset(at: folder.appending(path: "photos"), count: 6)
        let trained = try await ocelot(
            ["train", "classifier", "photos", "--backbone", "starter", "--name", "m", "--quiet"], in: folder)
        #expect(trained.status == 0, "\(trained.errors)")
        let made = try await ocelot(
            ["token", "add", "--token-file", "tokens.json", "--scope", "predict", "--scope", "read"], in: folder)
        return made.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What the service held every second until `end`; says every minute how it is.
    private func watch(
        _ service: ServiceProcess, _ ledger: SoakLedger, until end: ContinuousClock.Instant
    ) async -> [Holding] {
        await onOwnThread {
            var samples: [Holding] = []
            while ContinuousClock.now < end, let now = service.holding {
                samples.append(now)
                if samples.count % 60 == 0 {
                    let counts = ledger.counts
                    say(
                        "\(Int(now.seconds)) s: \(counts.requests) requests, memory \(Int(now.memory)) MiB and "
                            + "\(Int(now.childrenMemory)) MiB, descriptors \(now.descriptors), unexpected "
                            + "\(counts.unexpected)")
                }
                Thread.sleep(forTimeInterval: 1)
            }
            return samples
        }
    }
}

/// What it holds when the last connections have been closed: it closes silent ones after ten seconds.
private func settled(_ service: ServiceProcess, below limit: Int) -> Holding? {
    let deadline = ContinuousClock.now + .seconds(60)
    var now = service.holding
    while let holding = now, holding.descriptors > limit, ContinuousClock.now < deadline {
        Thread.sleep(forTimeInterval: 0.5)
        now = service.holding
    }
    return now
}

/// How memory grew after the first third, in which a service takes what it needs.
private struct Growth: CustomStringConvertible {
    var first = 0.0, last = 0.0
    /// MiB an hour, of the service and of its decoders.
    var service = 0.0, decoders = 0.0
    var hours = 0.0

    init(_ samples: [Holding]) {
        let warm = samples.suffix(samples.count - samples.count / 3)
        guard warm.count > 2, let first = warm.first, let last = warm.last else { return }
        (self.first, self.last) = (first.memory, last.memory)
        hours = (last.seconds - first.seconds) / 3600
        service = slope(warm.map { ($0.seconds / 3600, $0.memory) })
        decoders = slope(warm.map { ($0.seconds / 3600, $0.childrenMemory) })
    }

    /// Less than 1 MiB an hour after an hour or more.
    ///
    /// In minutes the allocator's arenas still fill: in runs of 60 s, on a machine with 20 to 60 processes waiting for two
    /// cores, that was 0.3 to 4 MiB after the warm-up, once and not again. What is kept of every request shows all the
    /// same: of 10,000 requests, which even such a machine answers in five minutes, 16 MiB are less than 2 KB each.
    func isSmall(after seconds: Double) -> Bool {
        if seconds >= 3600 { return service < 1 && decoders < 1 }
        return service * hours < 16 && decoders * hours < 16
    }

    var description: String {
        String(
            format: "%.1f to %.1f MiB (%+.1f MiB an hour, decoders %+.1f)", first, last, service, decoders)
    }
}

/// Writes a line to standard output at once: whoever runs it for an hour wants to see it.
private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
