// How a service does under load, without the usual mistake: requests are sent when they are due, whether or not earlier
// ones have been answered, and latency counts from when a request was due. A tool that waits for an answer before it sends
// the next request asks less of a slow service and then does not see how slow it was ("coordinated omission": Gil Tene,
// "How NOT to Measure Latency", 2013).

import AsyncHTTPClient
public import Foundation
import NIOCore
import NIOHTTP1

/// What a load test found.
public struct LoadTestResult: Codable, Hashable, Sendable {
    /// Requests sent.
    public var sent: Int
    /// Answers by status; 0: no answer.
    public var statuses: [Int: Int]
    /// How long it went on, in seconds, after warming up.
    public var seconds: Double
    /// For how long the service was warmed up before: what was sent then is not counted.
    public var warmUp: Double
    /// Answers with status 200 a second.
    public var goodput: Double
    /// Latency of answers with status 200, from when they were due, in milliseconds.
    public var latency: Percentiles?
    /// Latency of refusals (503 and 429), in milliseconds.
    public var refusalLatency: Percentiles?
    /// Refusals that do not say when to come back.
    public var refusalsWithoutRetryAfter: Int
    /// Every latency of an answer with status 200, which `latency` sums up; not a part of the JSON.
    public var distribution: LatencyDistribution?

    private enum CodingKeys: String, CodingKey {
        case sent, statuses, seconds, goodput
        case warmUp = "warm_up_seconds"
        case latency = "latency_ms"
        case refusalLatency = "refusal_latency_ms"
        case refusalsWithoutRetryAfter = "refusals_without_retry_after"
    }
}

/// Values below which so many of all lie.
public struct Percentiles: Codable, Hashable, Sendable {
    public var p50, p90, p95, p99, max: Double

    /// Those of a distribution.
    init(_ all: LatencyDistribution) {
        (p50, p90, p95, p99) = (all.value(at: 0.5), all.value(at: 0.9), all.value(at: 0.95), all.value(at: 0.99))
        max = all.value(at: 1)
    }
}

/// A load test of one address with a few bodies in turn.
public struct LoadTest: Sendable {
    /// How requests follow each other.
    public enum Pace: Sendable {
        /// So many a second, evenly, whatever becomes of them.
        case open(perSecond: Double)
        /// So many callers, each with one request at a time.
        case closed(callers: Int)
    }

    /// How long each answer may take, connecting included; later ones count as none.
    public var timeout = Duration.seconds(60)

    private let url: URL
    private let bodies: [ByteBuffer]
    private let token: String?
    private let authority: URL?

    /// Posts `images` in turn to `url`; token and authority as `PredictionClient` takes them.
    public init(_ url: URL, images: [Data], token: String? = nil, trusting authority: URL? = nil) {
        precondition(!images.isEmpty, "A load test needs an image.")
        (self.url, self.token, self.authority) = (url, token, authority)
        bodies = images.map { ByteBuffer(bytes: $0) }
    }

    private struct Sample: Sendable {
        var due: ContinuousClock.Instant
        var status: Int
        var milliseconds: Double
        var hasRetryAfter: Bool
    }

    /// Runs for `warmUp` and `time`, and then waits for the answers that are still to come.
    ///
    /// What was due before the end of `warmUp` is not counted: a service compiles, measures and takes memory at first.
    ///
    /// - Throws: `PredictionError.unreachable` if the first request has no answer, or no later one has.
    public func run(_ pace: Pace, for time: Duration, warmUp: Duration = .seconds(1)) async throws -> LoadTestResult {
        if let reason = await refusal() { throw PredictionError.unreachable(url, reason) }
        var configuration = HTTPClient.Configuration.impatient
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4096
        let connections = Connections(trusting: authority, configuration)
        let first = ContinuousClock.now
        let began = first + warmUp
        let end = began + time
        let samples: [Sample]
        switch pace {
        case .closed(let callers):
            samples = await withTaskGroup(of: [Sample].self) { group in
                for caller in 0..<callers {
                    group.addTask {
                        var (samples, number) = ([Sample](), caller)
                        // Once at least: on a machine that is busy the time may be over before a caller begins.
                        repeat {
                            samples.append(await send(number, due: .now, connections))
                            number += callers
                        } while ContinuousClock.now < end
                        return samples
                    }
                }
                return await group.reduce(into: [] as [Sample]) { all, some in all.append(contentsOf: some) }
            }
        case .open(let perSecond):
            samples = await withTaskGroup(of: Sample.self) { group in
                let count = Int(perSecond * ((warmUp + time) / .seconds(1)))
                for number in 0..<count {
                    let due = first + .seconds(Double(number) / perSecond)
                    try? await Task.sleep(until: due, tolerance: .zero, clock: .continuous)
                    group.addTask { await send(number, due: due, connections) }
                }
                return await group.reduce(into: [] as [Sample]) { all, one in all.append(one) }
            }
        }
        let counted = samples.filter { $0.due >= began }
        guard counted.contains(where: { $0.status != 0 }) else {
            throw PredictionError.unreachable(url, await refusal() ?? .late)
        }
        return result(counted, seconds: began.duration(to: max(end, .now)) / .seconds(1), warmUp: warmUp / .seconds(1))
    }

    /// Why a single request has no answer; nil if it has one, whatever that says.
    private func refusal() async -> Unreachable? {
        let connections = Connections(trusting: authority)
        defer { withExtendedLifetime(connections) {} }
        do {
            let response = try await connections.client.execute(request(0), timeout: TimeAmount(timeout))
            _ = try await response.body.collect(upTo: 64 << 20)
            return nil
        } catch {
            return Unreachable(error)
        }
    }

    private func request(_ number: Int) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/octet-stream")
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        request.body = .bytes(bodies[number % bodies.count])
        return request
    }

    private func send(_ number: Int, due: ContinuousClock.Instant, _ connections: Connections) async -> Sample {
        var (status, hasRetryAfter) = (0, false)
        if let response = try? await connections.client.execute(request(number), timeout: TimeAmount(timeout)),
            (try? await response.body.collect(upTo: 64 << 20)) != nil
        {
            (status, hasRetryAfter) = (Int(response.status.code), response.headers.contains(name: "retry-after"))
        }
        return Sample(
            due: due, status: status, milliseconds: due.duration(to: .now) / .milliseconds(1),
            hasRetryAfter: hasRetryAfter)
    }

    private func result(_ samples: [Sample], seconds: Double, warmUp: Double) -> LoadTestResult {
        let good = samples.filter { $0.status == 200 }
        let distribution = LatencyDistribution(milliseconds: good.map(\.milliseconds))
        let refused = samples.filter { $0.status == 503 || $0.status == 429 }
        return LoadTestResult(
            sent: samples.count, statuses: samples.reduce(into: [:]) { $0[$1.status, default: 0] += 1 },
            seconds: seconds, warmUp: warmUp, goodput: Double(good.count) / seconds,
            latency: distribution.map(Percentiles.init),
            refusalLatency: LatencyDistribution(milliseconds: refused.map(\.milliseconds)).map(Percentiles.init),
            refusalsWithoutRetryAfter: refused.filter { !$0.hasRetryAfter }.count, distribution: distribution)
    }
}
