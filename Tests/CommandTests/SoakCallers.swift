// Callers of a service that is watched for a long time, and their list of what was not as expected.

import Datasets
import Foundation
import OcelotClient
import Synchronization
import TestSupport

/// What callers saw.
final class SoakLedger: Sendable {
    struct Counts: Sendable {
        var requests = 0
        var hostile = 0
        /// 503 with Retry-After, which tells a caller to come back later.
        var refused = 0
        /// Requests of well-meaning callers that had no answer.
        var unanswered = 0
        /// Requests that came, or were answered, too slowly.
        var late = 0
        /// By what was sent and answered.
        var unexpected: [String: Int] = [:]
        /// Statuses of 500 and above, but for refusals.
        var serverErrors = 0
    }

    private let state = Mutex(Counts())

    var counts: Counts { state.withLock { $0 } }

    /// Notes an answer; status 0: there was none.
    func note(_ name: String, _ status: Int, retryAfter: Bool, expected: Set<Int>, isHostile: Bool) {
        state.withLock { counts in
            counts.requests += 1
            counts.hostile += isHostile ? 1 : 0
            // On a machine that does too much a caller does not get to send for seconds (408), and what takes 50 images'
            // time, such as an explanation by occlusion, takes more than the service's 30 s (504).
            let isLate = status == 408 || status == 504
            if expected.contains(status) || (isHostile && expected.isEmpty) { return }
            if status == 503 && retryAfter {
                counts.refused += 1
            } else if isLate {
                counts.late += 1
            } else if status == 0 && !isHostile {
                counts.unanswered += 1
            } else {
                counts.unexpected["\(name): \(status)", default: 0] += 1
                counts.serverErrors += status >= 500 ? 1 : 0
            }
        }
    }

    /// Notes an answer that says something else than the same question did before.
    func noteOther(_ name: String) { state.withLock { $0.unexpected["\(name): another answer", default: 0] += 1 } }
}

/// Callers of one service, until `end`.
struct SoakCallers: Sendable {
    let requests: SoakRequests
    let port: Int
    let token: String
    let end: ContinuousClock.Instant
    let ledger: SoakLedger

    /// Seconds without a byte after which a caller gives up: far more than the service's own limits.
    static let patience = 60

    /// All of them.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<4 { group.addTask { await onOwnThread { bySocket(seed: UInt64(number)) } } }
            for number in 0..<2 { group.addTask { await byClient(seed: UInt64(100 + number)) } }
            group.addTask { await onOwnThread { slowly() } }
        }
    }

    /// 93 good requests and 7 hostile ones of a hundred: of those of all callers that is one in twenty.
    private func bySocket(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var kept: RawConnection?
        while ContinuousClock.now < end {
            if Int.random(in: 0..<100, using: &generator) < 7 {
                harm(SoakRequests.choose(requests.hostile, &generator))
                continue
            }
            let request = SoakRequests.choose(requests.good, &generator)
            var reply = kept?.exchange(request.bytes)
            if reply == nil {
                // A kept connection may have been closed for its silence; whoever keeps connections asks again then.
                kept = RawConnection(port: port, timeout: Self.patience)
                reply = kept?.exchange(request.bytes)
            }
            ledger.note(
                request.name, reply?.status ?? 0, retryAfter: reply?.headers["retry-after"] != nil,
                expected: request.expected, isHostile: false)
            if reply == nil || reply?.headers["connection"] == "close" { kept = nil }
        }
    }

    private func harm(_ request: SoakRequest) {
        let connection = RawConnection(port: port, timeout: Self.patience)
        var reply: Reply?
        switch request.ending {
        case .answer: reply = connection.exchange(request.bytes)
        case .leaves(let share): connection.send(Array(request.bytes.prefix(Int(share * Double(request.bytes.count)))))
        case .dies(let share):
            connection.resetWhenClosed()
            connection.send(Array(request.bytes.prefix(Int(share * Double(request.bytes.count)))))
        }
        ledger.note(
            request.name, reply?.status ?? 0, retryAfter: reply?.headers["retry-after"] != nil,
            expected: request.expected, isHostile: true)
    }

    /// Asks as programs in Swift do, and compares the answers with the first ones.
    private func byClient(seed: UInt64) async {
        guard let address = URL(string: "http://127.0.0.1:\(port)") else { return }
        var client = PredictionClient(address, token: token)
        client.timeout = .seconds(Self.patience)
        var generator = SplitMix64(seed: seed)
        var first: [Int: Prediction.Label] = [:]
        while ContinuousClock.now < end {
            let number = Int.random(in: 0..<requests.photos.count, using: &generator)
            let explains = Int.random(in: 0..<20, using: &generator) == 0
            var status = 200
            var retryAfter = false
            do {
                let answer = try await client.predict(
                    Data(requests.photos[number]), by: "m", explaining: explains ? .likeliest : nil)
                let (label, known) = (answer.top[0], first[number] ?? answer.top[0])
                first[number] = known
                // Batches of different sizes are summed in different orders.
                if label.label != known.label || abs(label.probability - known.probability) > 1e-3 {
                    ledger.noteOther("photo \(number)")
                }
            } catch .refused(let code, _, _, let after) as PredictionError {
                (status, retryAfter) = (code, after != nil)
            } catch {
                status = 0
            }
            ledger.note("client", status, retryAfter: retryAfter, expected: [200], isHostile: false)
        }
    }

    /// Headers and bodies that do not come to an end: the service's patience does.
    private func slowly() {
        let head =
            "POST /v1/models/m:predict HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\nContent-Length: "
        while ContinuousClock.now < end {
            let slow = ["GET /livez HTTP/1.1\r\nHost: ", head, head + "100000\r\n\r\nx"].map { text in
                let connection = RawConnection(port: port, timeout: Self.patience)
                connection.send(text)
                return connection
            }
            for connection in slow {
                ledger.note(
                    "a slow request", connection.waitForReply()?.status ?? 0, retryAfter: false, expected: [408, 0],
                    isHostile: true)
            }
        }
    }
}

extension RawConnection {
    /// Sends a request and waits for its answer; nil if there is none.
    fileprivate func exchange(_ request: [UInt8]) -> Reply? {
        // Who is refused in the middle of sending may still be told why.
        send(request)
        return waitForReply()
    }
}
