// Connections to services, whose certificates a client of one's own may have to trust.

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL

/// Connections that trust the machine's certificate authorities, or one of one's own.
final class Connections: Sendable {
    /// Those that trust what the machine trusts.
    static let shared = Connections(trusting: nil)

    let client: HTTPClient

    /// - Parameters:
    ///   - authority: Certificates, PEM; nil: those that the machine trusts.
    ///   - configuration: How connections are made.
    init(trusting authority: URL?, _ configuration: HTTPClient.Configuration = .impatient) {
        var configuration = configuration
        if let authority {
            var encryption = TLSConfiguration.makeClientConfiguration()
            encryption.trustRoots = .file(authority.path)
            configuration.tlsConfiguration = encryption
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // Without waiting: who holds no client any more awaits no answer either.
        client.shutdown { _ in }
    }
}

extension HTTPClient.Configuration {
    /// Tells at once that nothing listens, instead of trying again until the time is over.
    static var impatient: Self {
        var configuration = Self()
        configuration.connectionPool.retryConnectionEstablishment = false
        // A request's own time limit holds for connecting too.
        configuration.timeout.connect = .minutes(10)
        // A connection that the service closes for its silence (ours: after 10 s) must not be taken for a new request.
        configuration.connectionPool.idleTimeout = .seconds(5)
        return configuration
    }
}
