// Asks for one address at a time, of machines that were checked before they are spoken to.
//
// A name is looked up once, each of its numbers is checked, and the connection goes to one of these numbers: the name is
// not looked up a second time, when somebody could answer otherwise ("DNS rebinding"). Redirects are not followed here;
// whoever follows one asks for the new address, which is checked like any other. No proxy is ever used, since it would
// look names up by itself; no cookies and no credentials are kept or sent.

import AsyncHTTPClient
package import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// How long and how much a server may send.
public struct WebLimits: Hashable, Sendable {
    /// The most bytes of one body.
    public var bytes = 20_000_000
    /// How long a request may take in all.
    public var total = Duration.seconds(60)
    /// How long a connection may take.
    public var connecting = Duration.seconds(10)
    /// How long a server may be silent.
    public var silence = Duration.seconds(15)
    /// How many bytes a second must come on average, once `grace` is over.
    public var bytesPerSecond = 1024
    /// How long a server may be slower than that.
    public var grace = Duration.seconds(5)

    /// Makes the limits of a patient person.
    public init() {}
}

/// What a server said.
package enum WebAnswer: Sendable {
    case body([UInt8])
    case redirect(to: String)
    case failure(LinkFailure)
}

/// Asks servers, and holds the connections to them.
package actor WebClient {
    private let policy: AddressPolicy
    private let resolver: Resolver
    private let limits: WebLimits
    private let agent: String
    /// The machines of each host and port that was looked up.
    private var known: [String: Task<[Endpoint], any Error>] = [:]
    private var connections: [Pin: (client: HTTPClient, users: Int)] = [:]

    /// A host, and the number at which it is spoken to.
    private struct Pin: Hashable {
        var host: String
        var address: IPAddress
    }

    /// Makes a client that presents itself as `agent`.
    package init(policy: AddressPolicy, resolver: Resolver, limits: WebLimits, agent: String) {
        (self.policy, self.resolver, self.limits, self.agent) = (policy, resolver, limits, agent)
    }

    /// Asks for one address.
    ///
    /// `check` sees the first 512 bytes, or all of a shorter body, and may refuse the rest.
    package func get(
        _ address: WebAddress, accept: String, check: @Sendable @escaping ([UInt8]) -> LinkFailure? = { _ in nil }
    ) async -> WebAnswer {
        do {
            var failure = LinkFailure(.noHost, "\(address.host) has no address")
            // A host with many numbers is not tried for ever.
            for endpoint in try await endpoints(of: address).prefix(3) {
                do {
                    return try await exchange(address, at: endpoint, accept: accept, check: check)
                } catch let error as LinkFailure where error.kind == .noConnection {
                    failure = error
                }
            }
            return .failure(failure)
        } catch let failure as LinkFailure {
            return .failure(failure)
        } catch {
            return .failure(Self.failure(error, host: address.host))
        }
    }

    /// Ends all connections.
    package func close() async {
        let clients = connections.values.map(\.client)
        connections = [:]
        for client in clients { try? await client.shutdown() }
    }

    /// The machines of an address's host, all of which may be asked.
    private func endpoints(of address: WebAddress) async throws -> [Endpoint] {
        let key = "\(address.hostText):\(address.port)"
        let resolver = resolver
        let look =
            known[key]
            ?? Task {
                if let number = address.number { return [Endpoint(number, port: address.port)] }
                return try await resolver.endpoints(host: address.host, port: address.port)
            }
        known[key] = look
        do {
            let endpoints = try await look.value
            // One number that may not be asked condemns the name: whoever mixes them has nothing good in mind.
            for endpoint in endpoints { if let refusal = policy.refusal(of: endpoint, for: address) { throw refusal } }
            return endpoints
        } catch let error as LinkFailure where error.kind == .noHost {
            // Nothing was spoken to, so looking it up again later takes nothing from the promise above.
            known[key] = nil
            throw error
        }
    }

    private func exchange(
        _ address: WebAddress, at endpoint: Endpoint, accept: String,
        check: @Sendable @escaping ([UInt8]) -> LinkFailure?
    ) async throws -> WebAnswer {
        let pin = Pin(host: address.host, address: endpoint.address)
        let client = lend(pin)
        defer { takeBack(pin) }
        var request = HTTPClientRequest(
            url: "\(address.scheme.rawValue)://\(address.hostText):\(endpoint.port)\(address.target)")
        request.headers = [
            "Host": address.authority, "User-Agent": agent, "Accept": accept, "Accept-Encoding": "identity",
        ]
        let limits = limits
        return try await within(limits.total) { [request] in
            do {
                let response = try await client.execute(request, timeout: TimeAmount(limits.total))
                return try await Self.read(response, limits, check)
            } catch let error as LinkFailure {
                throw error
            } catch {
                throw Self.failure(error, host: address.host)
            }
        }
    }

    private static func read(
        _ response: HTTPClientResponse, _ limits: WebLimits, _ check: ([UInt8]) -> LinkFailure?
    ) async throws -> WebAnswer {
        let status = Int(response.status.code)
        switch status {
        case 200: break
        case 301, 302, 303, 307, 308:
            guard let target = response.headers.first(name: "Location") else {
                return .failure(LinkFailure(.redirects, "the server redirects (\(status)) and does not say where"))
            }
            return .redirect(to: target)
        default: return .failure(failure(status: status, response.headers))
        }
        // Nothing was to be compressed, and nothing is decompressed: a bomb stays as small as it was sent.
        let codings = ["Content-Encoding", "Transfer-Encoding"].flatMap { name in
            response.headers[canonicalForm: name].map(String.init)
        }
        if let coding = codings.first(where: { !["identity", "chunked"].contains($0.lowercased()) }) {
            return .failure(
                LinkFailure(.encoded, "the server sends it as \(printable(coding)), which was not asked for"))
        }
        let announced = response.headers.first(name: "Content-Length").flatMap { Int($0) }
        guard announced ?? 0 <= limits.bytes else { return .failure(tooLarge(limits)) }

        let start = ContinuousClock.now
        var bytes: [UInt8] = []
        bytes.reserveCapacity(announced ?? 1 << 16)
        var isChecked = false
        for try await piece in response.body {
            bytes.append(contentsOf: piece.readableBytesView)
            guard bytes.count <= limits.bytes else { return .failure(tooLarge(limits)) }
            let elapsed = start.duration(to: .now)
            if elapsed > limits.grace, Double(bytes.count) < Double(limits.bytesPerSecond) * (elapsed / .seconds(1)) {
                return .failure(
                    LinkFailure(.tooSlow, "fewer than \(limits.bytesPerSecond) bytes a second come, and were given up"))
            }
            if !isChecked, bytes.count >= 512 {
                isChecked = true
                if let failure = check(bytes) { return .failure(failure) }
            }
        }
        if !isChecked, let failure = check(bytes) { return .failure(failure) }
        if let announced, announced != bytes.count { return .failure(LinkFailure(.cutOff, "less came than announced")) }
        return .body(bytes)
    }

    // MARK: Connections

    /// At most so many hosts keep their connections while nobody uses them.
    private static let idleHosts = 32

    private func lend(_ pin: Pin) -> HTTPClient {
        if let known = connections[pin] {
            connections[pin]?.users += 1
            return known.client
        }
        var configuration = HTTPClient.Configuration()
        configuration.dnsOverride = [pin.host: pin.address.description]
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = TimeAmount(limits.connecting)
        configuration.timeout.read = TimeAmount(limits.silence)
        configuration.connectionPool.idleTimeout = .seconds(5)
        configuration.connectionPool.retryConnectionEstablishment = false
        // Not the platform's own stack, which on Apple's systems honours the system's proxies.
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
        connections[pin] = (client, 1)
        return client
    }

    private func takeBack(_ pin: Pin) {
        connections[pin]?.users -= 1
        guard connections.count > Self.idleHosts, let idle = connections.first(where: { $0.value.users == 0 }) else {
            return
        }
        connections[idle.key] = nil
        let client = idle.value.client
        Task { try? await client.shutdown() }
    }
}

extension WebClient {
    private static func tooLarge(_ limits: WebLimits) -> LinkFailure {
        LinkFailure(.tooLarge, "it has more than \(limits.bytes) bytes")
    }

    private static func failure(status: Int, _ headers: HTTPHeaders) -> LinkFailure {
        switch status {
        case 404, 410: LinkFailure(.missing, "the server no longer has it (\(status))")
        case 429, 500...599:
            LinkFailure(
                .serverError, "the server answers \(status)",
                retryAfter: headers.first(name: "Retry-After").flatMap { retryDelay($0, now: Date()) })
        case 408: LinkFailure(.noAnswer, "the server answers 408, a time-out")
        default: LinkFailure(.refused, "the server answers \(status)")
        }
    }

    /// What went wrong between two machines, in words.
    private static func failure(_ error: any Error, host: String) -> LinkFailure {
        switch error {
        case is CancellationError: return LinkFailure(.noAnswer, "it was stopped")
        case is TimeOver: return LinkFailure(.tooSlow, "it was not there in time")
        case is NIOConnectionError, ChannelError.connectTimeout:
            return LinkFailure(.noConnection, "\(host) takes no connection")
        case let error as IOError
        where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN, ETIMEDOUT, EADDRNOTAVAIL, EACCES, EPERM]
            .contains(error.errnoCode):
            return LinkFailure(
                .noConnection, "\(host) takes no connection: \(String(cString: strerror(error.errnoCode)))",
                isLocal: [ENETUNREACH, ENETDOWN].contains(error.errnoCode))
        case let error as HTTPClientError:
            switch error {
            case .invalidURL, .emptyHost: return LinkFailure(.badAddress, "it cannot be asked for")
            case .readTimeout, .deadlineExceeded: return LinkFailure(.noAnswer, "\(host) is silent")
            case .connectTimeout: return LinkFailure(.noConnection, "\(host) takes no connection in time")
            case .tlsHandshakeTimeout: return LinkFailure(.noConnection, "\(host) makes no secure connection in time")
            default: return LinkFailure(.cutOff, "the connection broke off")
            }
        default:
            // NIOSSL's errors; its module is no dependency of ours for the sake of a name.
            if String(reflecting: type(of: error)).hasPrefix("NIOSSL") {
                return LinkFailure(.noConnection, "\(host) makes no secure connection that can be trusted")
            }
            return LinkFailure(.cutOff, "the connection broke off")
        }
    }
}

/// The pause that `Retry-After` asks for: seconds, or a date (RFC 9110, sections 10.2.3 and 5.6.7); nil where it makes no
/// sense.
package func retryDelay(_ text: String, now: Date) -> Duration? {
    let text = text.trimmingCharacters(in: .whitespaces)
    if let seconds = Int(text) { return seconds >= 0 ? .seconds(min(seconds, 1 << 31)) : nil }
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "GMT")
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    return format.date(from: text).map { .seconds(max(0, min($0.timeIntervalSince(now), 1e9))) }
}

/// Time ran out.
private struct TimeOver: Error {}

/// What `body` returns, or `TimeOver` after a while.
private func within<Result: Sendable>(
    _ limit: Duration, _ body: @Sendable @escaping () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TimeOver()
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw CancellationError() }
        return result
    }
}

/// A text with a space for each control character, tabs and line breaks among them.
func oneLine(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
}

/// A server's text without what could disturb a terminal, and not longer than a line.
func printable(_ text: String) -> String {
    String(
        String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(80)))
}

extension TimeAmount {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
