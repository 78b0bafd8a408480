// Why a service could not be reached, in words for people instead of the network library's.

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Why no answer came.
public enum Unreachable: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing listens at the address.
    case refused
    /// The host's name is not known here.
    case unknownHost(String)
    /// There was no answer in time.
    case late
    /// The certificate is not trusted, or is another host's.
    case untrusted
    /// No encrypted connection came about otherwise.
    case encryption
    /// What listens does not speak HTTP.
    case noHTTP
    /// The connection ended before the answer.
    case closed
    /// Something else, in the system's words.
    case other(String)

    /// A clause: what happened, and what to do.
    public var description: String {
        switch self {
        case .refused: "nothing listens there. Check the address and the port, and that the service runs"
        case .unknownHost(let host): "no host is called '\(host)'. Check the address"
        case .late: "there was no answer in time. Check the address, and whether a firewall stands between"
        case .untrusted:
            "its certificate is not one that this machine trusts, or is another host's. Call it by the name in its certificate"
        case .encryption:
            "no encrypted connection came about. If the service has no certificate, its address begins with http:"
        case .noHTTP:
            "what listens there does not answer in HTTP. If the service has a certificate, its address begins with https:"
        case .closed: "the connection ended before the answer. The service may have stopped; its log says why"
        case .other(let reason): reason
        }
    }

    /// What an error of the network library means.
    init(_ error: any Error) {
        switch error {
        case let error as Unreachable: self = error
        case let error as NIOConnectionError: self = Self.reason(error)
        case let error as HTTPClientError: self = Self.reason(error)
        case is NIOSSLExtraError: self = .untrusted
        case is NIOSSLError, is BoringSSLError: self = Self.encryptionReason("\(error)")
        case is HTTPParserError: self = .noHTTP
        case let error as IOError: self = Self.reason(errno: error.errnoCode)
        case is ChannelError: self = .closed
        case is CancellationError: self = .late
        default: self = .other((error as NSError).localizedDescription)
        }
    }

    private static func reason(_ error: NIOConnectionError) -> Unreachable {
        guard let first = error.connectionErrors.first else {
            return error.dnsAError == nil && error.dnsAAAAError == nil ? .late : .unknownHost(error.host)
        }
        return (first.error as? IOError).map { reason(errno: $0.errnoCode) } ?? Unreachable(first.error)
    }

    private static func reason(_ error: HTTPClientError) -> Unreachable {
        switch error {
        case .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout: .late
        case .tlsHandshakeTimeout: .encryption
        case .remoteConnectionClosed: .closed
        default: .other(error.shortDescription)
        }
    }

    private static func reason(errno code: CInt) -> Unreachable {
        switch code {
        case ECONNREFUSED: .refused
        case ETIMEDOUT, EHOSTUNREACH, ENETUNREACH: .late
        case ECONNRESET, EPIPE: .closed
        default: .other(String(cString: strerror(code)))
        }
    }

    private static func encryptionReason(_ text: String) -> Unreachable {
        text.contains("CERTIFICATE_VERIFY_FAILED") ? .untrusted : .encryption
    }
}
