// TLS by certificate files, which are read again when they are renewed.

import Foundation
import NIOSSL
import Synchronization

/// What connections are encrypted with: a certificate with its chain, and its key, both PEM.
///
/// TLS 1.2 or later. Who runs a service renews certificates every few weeks: connections that begin after that get the
/// new one, those that are open keep the old one.
final class Encryption: Sendable {
    private struct State {
        var context: NIOSSLContext
        /// Of the files that were read last, whether or not they could be used.
        var stamps: [FileStamp]
    }

    private let chain: URL
    private let key: URL
    private let state: Mutex<State>

    /// For connections that begin now.
    var context: NIOSSLContext { state.withLock { $0.context } }

    /// Reads both files.
    init(chain: URL, key: URL) throws {
        (self.chain, self.key) = (chain, key)
        let stamps = [FileStamp(chain), FileStamp(key)]
        state = Mutex(State(context: try Self.context(chain, key), stamps: stamps))
    }

    /// Reads the files again if one of them has changed; true if there is a new certificate.
    ///
    /// - Throws: `ServiceStartError` if they cannot be used, such as while only one of them has been replaced. The
    ///   certificate that was read before stays in use.
    func refresh() throws -> Bool {
        let stamps = [FileStamp(chain), FileStamp(key)]
        guard state.withLock({ $0.stamps }) != stamps else { return false }
        state.withLock { $0.stamps = stamps }
        let context = try Self.context(chain, key)
        state.withLock { $0.context = context }
        return true
    }

    private static func context(_ chain: URL, _ key: URL) throws -> NIOSSLContext {
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(chain.path).map {
                NIOSSLCertificateSource.certificate($0)
            }
            let key = try NIOSSLPrivateKey(file: key.path, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: certificates, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ServiceStartError.certificate(reason: "\(error)")
        }
    }
}
