// Asks a service as often as wanted, and says how long it took.
//
// With a rate, requests are sent at their times whether or not earlier ones were answered (an open loop), and each one's
// latency counts from when it should have been sent: a service that stalls cannot hide it by keeping its callers from
// asking ("coordinated omission": Tene, "How NOT to Measure Latency", 2013). Without a rate, each of some callers asks again
// as soon as it has its answer (a closed loop), which shows how much the service can do.

import AsyncHTTPClient
public import Foundation
import Histogram
import NIOCore
import NIOHTTP1
import Synchronization

/// How a service is asked.
public struct LoadTest: Sendable {
    /// How requests follow one another.
    public enum Load: Hashable, Sendable {
        /// So many a second, whatever the answers.
        case rate(Double)
        /// So many callers, each of which asks as soon as it has its answer.
        case callers(Int)
    }

    /// Where requests are posted to.
    public var url: URL
    /// What is posted, in turn: the bytes of photos.
    public var bodies: [[UInt8]]
    /// How requests follow one another.
    public var load: Load
    /// For how long, in seconds.
    public var seconds: Double
    /// How long requests are sent before they count, in seconds.
    public var warmUp = 1.0
    /// After how many seconds a request counts as lost.
    public var timeout = 30.0
    /// The token that the service knows its caller by.
    public var token: String?
    /// At most so many requests wait for their answers; with a rate, what is beyond is not sent, and counted.
    public var outstanding = 4096

    /// Makes a test; nothing is sent yet.
    public init(_ url: URL, bodies: [[UInt8]], load: Load, seconds: Double = 10) {
        precondition(!bodies.isEmpty, "a load test needs something to send")
        (self.url, self.bodies, self.load, self.seconds) = (url, bodies, load, seconds)
    }

    /// Sends all requests and waits for the answers.
    public func callAsFunction() async throws -> LoadTestResult {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(5)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = outstanding
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let tally = Tally(start: .now + .seconds(warmUp))
        switch load {
        case .callers(let count): await closed(count, client, tally)
        case .rate(let rate): await open(rate, client, tally)
        }
        try await client.shutdown()
        return tally.result(seconds: seconds)
    }

    private func closed(_ callers: Int, _ client: HTTPClient, _ tally: Tally) async {
        let end = tally.start + .seconds(seconds)
        await withDiscardingTaskGroup { group in
            for caller in 0..<callers {
                group.addTask {
                    var number = caller
                    while ContinuousClock.now < end {
                        await send(number, client, tally, at: .now)
                        number += callers
                    }
                }
            }
        }
    }

    private func open(_ rate: Double, _ client: HTTPClient, _ tally: Tally) async {
        let first = ContinuousClock.now
        await withDiscardingTaskGroup { group in
            for number in 0..<Int((rate * (seconds + warmUp)).rounded(.up)) {
                let due = first + .seconds(Double(number) / rate)
                try? await Task.sleep(until: due, tolerance: .zero)
                guard tally.begin(upTo: outstanding, at: due) else { continue }
                group.addTask {
                    await send(number, client, tally, at: due)
                    tally.end()
                }
            }
        }
    }

    /// Sends one request that was due at a time, and notes what became of it.
    private func send(
        _ number: Int, _ client: HTTPClient, _ tally: Tally, at due: ContinuousClock.Instant
    ) async {
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/octet-stream")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        request.body = .bytes(ByteBuffer(bytes: bodies[number % bodies.count]))
        do {
            let response = try await client.execute(
                request, deadline: .now() + .nanoseconds(Int64(timeout * 1e9)))
            for try await _ in response.body {}
            tally.add("\(response.status.code)", due, isGood: (200..<300).contains(response.status.code))
        } catch {
            tally.add("no answer", due, isGood: false)
        }
    }
}

/// What came of a load test.
public struct LoadTestResult: Codable, Hashable, Sendable {
    /// Good answers (status 200 to 299).
    public var good: Int
    /// How many answers had each status, "no answer" among them.
    public var answers: [String: Int]
    /// Requests that were due and not sent, because too many others waited for their answers.
    public var notSent: Int
    /// Good answers a second.
    public var perSecond: Double
    /// Latency of good answers in milliseconds: p50, p90, p95, p99, p99.9, max; empty if there are none.
    public var latency: [String: Double]
    /// The mean latency of good answers, in milliseconds.
    public var mean: Double

    private enum CodingKeys: String, CodingKey {
        case good, answers, mean
        case notSent = "not_sent"
        case perSecond = "per_second"
        case latency = "latency_ms"
    }
}

/// Counts answers, from any thread.
private final class Tally: Sendable {
    /// What is due earlier is warming up, and does not count.
    let start: ContinuousClock.Instant
    private struct State {
        /// Microseconds, up to an hour, to three digits.
        var histogram = Histogram<UInt32>(highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .three)
        var answers: [String: Int] = [:]
        var waiting = 0
        var notSent = 0
        var last: ContinuousClock.Instant?
    }
    private let state = Mutex(State())

    init(start: ContinuousClock.Instant) { self.start = start }

    func begin(upTo limit: Int, at due: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard state.waiting < limit else {
                if due >= start { state.notSent += 1 }
                return false
            }
            state.waiting += 1
            return true
        }
    }

    func end() { state.withLock { $0.waiting -= 1 } }

    func add(_ answer: String, _ due: ContinuousClock.Instant, isGood: Bool) {
        guard due >= start else { return }
        let now = ContinuousClock.now
        let microseconds = UInt64(max(0, (now - due) / .microseconds(1)))
        state.withLock { state in
            state.answers[answer, default: 0] += 1
            state.last = now
            if isGood { _ = state.histogram.record(min(microseconds, 3_600_000_000)) }
        }
    }

    func result(seconds: Double) -> LoadTestResult {
        state.withLock { state in
            let good = Int(state.histogram.totalCount)
            // The last answers may come after the last request was due.
            let span = max(seconds, state.last.map { ($0 - start) / .seconds(1) } ?? seconds)
            let percentiles = [("p50", 50), ("p90", 90), ("p95", 95), ("p99", 99), ("p99.9", 99.9), ("max", 100)]
            return LoadTestResult(
                good: good, answers: state.answers, notSent: state.notSent, perSecond: Double(good) / span,
                latency: Dictionary(
                    uniqueKeysWithValues: (good == 0 ? [] : percentiles).map { name, percentile in
                        (name, Double(state.histogram.valueAtPercentile(percentile)) / 1000)
                    }),
                mean: good == 0 ? 0 : state.histogram.mean / 1000)
        }
    }
}
