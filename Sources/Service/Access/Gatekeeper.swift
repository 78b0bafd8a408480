// Who is let in: by name of the host, by page, by token, and by how often.

import Foundation
import NIOHTTP1
import Synchronization

/// Decides who may ask.
final class Gatekeeper: Sendable {
    private struct State {
        var tokens: [Token]
        var stamp: FileStamp?
        var buckets: [String: (left: Double, at: ContinuousClock.Instant)] = [:]
    }

    private let hosts: HostRule
    private let file: TokenFile?
    private let requestsPerSecond: Double?
    private let state: Mutex<State>

    init(hosts: [String], tokenFile: URL?, requestsPerSecond: Double?) throws {
        self.hosts = HostRule(hosts)
        self.requestsPerSecond = requestsPerSecond
        file = tokenFile.map { TokenFile($0) }
        state = Mutex(State(tokens: try file?.read() ?? [], stamp: nil))
        refresh()
    }

    /// Reads the tokens again if their file has changed: a token that was revoked counts no more within seconds.
    func refresh() {
        guard let file else { return }
        let stamp = FileStamp(file.url)
        guard state.withLock({ $0.stamp }) != stamp, let tokens = try? file.read() else { return }
        state.withLock { ($0.tokens, $0.stamp) = (tokens, stamp) }
    }

    /// Throws what is wrong with a request; gives the caller's name for the log.
    func check(_ head: RequestHead, _ access: Route.Access) throws(ServiceError) -> String {
        if access == .watch { return "-" }
        guard let host = head.header("host") else {
            throw ServiceError(400, "no_host", "The request has no Host field.")
        }
        guard hosts.allows(host) else {
            throw ServiceError(
                421, "unknown_host",
                "The service is not called by this name. Who runs it can allow it: --allow-host NAME.")
        }
        if head.method != .GET && head.method != .HEAD && !hosts.allowsOrigin(of: head) {
            throw ServiceError(403, "foreign_origin", "Pages of other sites may not send requests here.")
        }
        guard case .needs(let scope) = access else { return "-" }
        let caller = try caller(head, scope)
        if scope == .predict { try spend(caller) }
        return caller
    }

    private func caller(_ head: RequestHead, _ scope: Scope) throws(ServiceError) -> String {
        guard file != nil else { return head.peer }
        let field = head.header("authorization") ?? ""
        guard field.lowercased().hasPrefix("bearer ") else {
            throw ServiceError(401, "no_token", "This needs a token: Authorization: Bearer TOKEN.")
        }
        let digest = Token.digest(of: field.dropFirst("bearer ".count).trimmingWhitespace())
        let tokens = state.withLock { $0.tokens }
        // All are compared, each to its end, so that the time tells nothing.
        var found: Token?
        for token in tokens where Self.areEqual(token.sha256, digest) { found = token }
        guard let found, found.expires.map({ $0 > Date() }) ?? true else {
            throw ServiceError(401, "unknown_token", "The token is not known, or has expired.")
        }
        guard found.allows(scope) else {
            throw ServiceError(
                403, "not_allowed", "The token does not allow this; it needs the scope '\(scope.rawValue)'.")
        }
        return found.id
    }

    private static func areEqual(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && zip(a.utf8, b.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// A bucket that fills at the allowed rate and holds two seconds' worth.
    private func spend(_ caller: String) throws(ServiceError) {
        guard let rate = requestsPerSecond else { return }
        let (full, now) = (max(2 * rate, 1), ContinuousClock.now)
        let wait: Double? = state.withLock { state in
            if state.buckets.count > 10_000 {
                state.buckets = state.buckets.filter {
                    $0.value.left + $0.value.at.duration(to: now).seconds * rate < full
                }
            }
            let bucket = state.buckets[caller] ?? (full, now)
            let left = min(full, bucket.left + bucket.at.duration(to: now).seconds * rate)
            state.buckets[caller] = (left >= 1 ? left - 1 : left, now)
            return left >= 1 ? nil : (1 - left) / rate
        }
        guard let wait else { return }
        throw ServiceError(
            429, "too_many_requests", "This caller may make \(rate) requests a second in the long run.",
            retryAfter: max(1, Int(wait.rounded(.up))))
    }
}
