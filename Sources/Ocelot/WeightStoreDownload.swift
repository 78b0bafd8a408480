// Fetches one file over HTTP into a `.part` file beside its destination, and goes on where an earlier attempt ended.
//
// RFC 9110, "HTTP Semantics", 2022, https://www.rfc-editor.org/rfc/rfc9110: sections 13.1.5 (If-Range) and 14 (Range).
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// How often and how long a download is tried.
package struct Patience: Sendable {
    /// How many attempts in a row may bring nothing.
    package var attempts = 5
    /// The pause after the first of them; it doubles after each.
    package var pause = Duration.milliseconds(500)
    /// How long a connection may take.
    package var connecting = Duration.seconds(10)
    /// How long a connection may be silent.
    package var silence = Duration.seconds(30)

    /// Makes the patience of a person who waits.
    package init() {}
}

/// One file on its way.
struct Download {
    /// Longer than any weights here: a server that sends without end is cut off.
    static let limit = 1 << 30

    let file: String
    let backbone: String
    let address: String
    let folder: URL
    let patience: Patience

    private var part: URL { folder.appending(path: ".\(file).part") }
    /// The server's tag of the version of which `part` is the beginning.
    private var tag: URL { folder.appending(path: ".\(file).part.tag") }

    /// Removes what was fetched.
    func remove() {
        for url in [part, tag] { try? FileManager.default.removeItem(at: url) }
    }

    /// Fetches the whole file, and returns where it lies.
    func run(progress: (Int, Int?) -> Void) async throws -> URL {
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            try await fetch(with: client, progress)
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
        return part
    }

    private var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .follow(max: 5, allowCycles: false)
        configuration.timeout.connect = TimeAmount(patience.connecting)
        // Attempts are counted here; the client would try to connect until the time is over.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.read = TimeAmount(patience.silence)
        configuration.httpVersion = .http1Only
        if let proxy = Proxy(for: address, ProcessInfo.processInfo.environment) {
            configuration.proxy = .server(host: proxy.host, port: proxy.port)
        }
        return configuration
    }

    private func fetch(with client: HTTPClient, _ progress: (Int, Int?) -> Void) async throws {
        var fruitless = 0
        while true {
            let before = length
            do {
                if try await attempt(client, progress) { return }
                continue  // The server did not know the part, which is gone: from the beginning.
            } catch let error as WeightStoreError {
                guard case .refused(_, _, _, let status) = error, Self.isPassing(status) else { throw error }
                fruitless += 1
                guard fruitless < patience.attempts else { throw error }
            } catch let error as CancellationError {
                throw error
            } catch {
                // An attempt that brought something was worth it, however it ended.
                fruitless = length > before ? 1 : fruitless + 1
                guard fruitless < patience.attempts else {
                    throw WeightStoreError.unreachable(
                        file: file, backbone: backbone, address: address, reason: Self.words(error))
                }
            }
            try await Task.sleep(for: patience.pause * (1 << (fruitless - 1)))
        }
    }

    /// One request.
    ///
    /// False if the server could not go on from the part, and the next request should start anew.
    private func attempt(_ client: HTTPClient, _ progress: (Int, Int?) -> Void) async throws -> Bool {
        var request = HTTPClientRequest(url: address + file)
        request.headers.add(name: "User-Agent", value: "ocelot")
        // A Range is one of the bytes that travel, so they must be those of the file.
        request.headers.add(name: "Accept-Encoding", value: "identity")
        let tagged = (try? String(contentsOf: tag, encoding: .utf8)) ?? ""
        if length > 0, !tagged.isEmpty {
            request.headers.add(name: "Range", value: "bytes=\(length)-")
            request.headers.add(name: "If-Range", value: tagged)
        }
        let response = try await client.execute(request, timeout: .hours(24))
        switch response.status.code {
        case 200:
            remove()
        case 206:
            guard let range = ContentRange(response.headers.first(name: "Content-Range")), range.first == length else {
                remove()
                return false
            }
        case 416:
            remove()
            return false
        default:
            throw WeightStoreError.refused(
                file: file, backbone: backbone, address: address, status: Int(response.status.code))
        }
        try await write(response, progress)
        return true
    }

    private func write(_ response: HTTPClientResponse, _ progress: (Int, Int?) -> Void) async throws {
        let start = length
        let coming = response.headers.first(name: "Content-Length").flatMap { Int($0) }
        let total = coming.map { start + $0 }
        guard (total ?? 0) <= Self.limit else { throw tooLarge }
        let handle: FileHandle
        do {
            if start == 0 { try Data().write(to: part) }
            // Only a strong tag says that bytes are the same (RFC 9110, section 13.1.5).
            if let found = response.headers.first(name: "ETag"), found.hasPrefix("\"") {
                try Data(found.utf8).write(to: tag)
            }
            handle = try FileHandle(forWritingTo: part)
            try handle.seekToEnd()
        } catch {
            throw unwritable(error)
        }
        defer { try? handle.close() }
        var count = start
        progress(count, total)
        for try await piece in response.body {
            count += piece.readableBytes
            guard count <= Self.limit else { throw tooLarge }
            do { try handle.write(contentsOf: Data(piece.readableBytesView)) } catch { throw unwritable(error) }
            progress(count, total)
        }
        // AsyncHTTPClient notices where less came than the length promised; only a server that sent no length is left.
        if let total, count != total { throw HTTPClientError.remoteConnectionClosed }
    }

    private var length: Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: part.path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }

    private var tooLarge: WeightStoreError { .tooLarge(file: file, address: address, limit: Self.limit) }

    private func unwritable(_ error: any Error) -> WeightStoreError {
        .unwritable(folder: folder.path, reason: reason(error))
    }

    /// Whether a status may be another one in a moment.
    private static func isPassing(_ status: Int) -> Bool { status == 408 || status == 429 || status >= 500 }

    /// What went wrong between two machines, in words.
    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if error.dnsAError != nil || error.dnsAAAAError != nil, error.connectionErrors.isEmpty {
                return "there is no host '\(error.host)', or no network"
            }
            return "\(error.host) does not answer at port \(error.port)"
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout, .readTimeout, .deadlineExceeded: return "no answer in time"
            case .remoteConnectionClosed: return "the connection broke off"
            default: return error.shortDescription
            }
        // The server closed the connection before it had sent all that it had announced.
        case is HTTPParserError: return "the connection broke off"
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        default: return "\(error)".split(whereSeparator: \.isNewline).first.map(String.init) ?? "no reason given"
        }
    }
}

/// The place of bytes in a file: `bytes 100-199/1000`.
private struct ContentRange {
    let first: Int

    init?(_ text: String?) {
        guard let text, text.hasPrefix("bytes "), let dash = text.firstIndex(of: "-"),
            let first = Int(text[text.index(text.startIndex, offsetBy: 6)..<dash])
        else { return nil }
        self.first = first
    }
}

/// A proxy that the environment names, as curl and most other programs read it.
package struct Proxy: Hashable, Sendable {
    /// Its name or number.
    package let host: String
    /// Its port.
    package let port: Int

    /// The proxy for an address; nil if there is none, or if the host is one of `no_proxy`.
    package init?(for address: String, _ environment: [String: String]) {
        func value(_ name: String) -> String? {
            [environment[name], environment[name.uppercased()]].compactMap { $0 }.first { !$0.isEmpty }
        }
        guard let url = URL(string: address), let host = url.host() else { return nil }
        // HTTP_PROXY in capitals may come from a request's header in a CGI program, so only small letters count.
        let named = url.scheme == "http" ? environment["http_proxy"] : value("https_proxy")
        guard let named = (named ?? "").isEmpty ? value("all_proxy") : named else { return nil }
        for exception in (value("no_proxy") ?? "").split(separator: ",") {
            let suffix = exception.trimmingCharacters(in: .whitespaces)
            let domain = suffix.hasPrefix(".") ? String(suffix.dropFirst()) : suffix
            if suffix == "*" || host == domain || host.hasSuffix("." + domain) { return nil }
        }
        guard let proxy = URL(string: named.contains("://") ? named : "http://" + named), let name = proxy.host() else {
            return nil
        }
        self.host = name
        port = proxy.port ?? 8080
    }
}

extension TimeAmount {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
