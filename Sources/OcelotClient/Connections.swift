// Connections to services whose certificates a client of one's own has to trust.

import AsyncHTTPClient
import Foundation
import NIOSSL

/// Connections that trust the machine's certificate authorities, or one of one's own.
final class Connections: Sendable {
    let client: HTTPClient
    private let isOwn: Bool

    /// - Parameters:
    ///   - authority: Certificates, PEM; nil: those that the machine trusts.
    ///   - configuration: How connections are made; nil: as `HTTPClient.shared` makes them.
    init(trusting authority: URL?, _ configuration: HTTPClient.Configuration? = nil) {
        guard authority != nil || configuration != nil else {
            (client, isOwn) = (.shared, false)
            return
        }
        var configuration = configuration ?? .singletonConfiguration
        if let authority {
            var encryption = TLSConfiguration.makeClientConfiguration()
            encryption.trustRoots = .file(authority.path)
            configuration.tlsConfiguration = encryption
        }
        (client, isOwn) = (HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration), true)
    }

    deinit {
        // Without waiting: who holds no client any more awaits no answer either.
        if isOwn { client.shutdown { _ in } }
    }
}
