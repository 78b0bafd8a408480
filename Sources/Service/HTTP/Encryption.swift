// TLS by certificate files.

import Foundation
import NIOSSL

/// What connections are encrypted with: a certificate with its chain, and its key, both PEM.
///
/// TLS 1.2 or later.
func encryptionContext(chain: URL, key: URL) throws -> NIOSSLContext {
    do {
        let certificates = try NIOSSLCertificate.fromPEMFile(chain.path).map { NIOSSLCertificateSource.certificate($0) }
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
