// Who made a package: an Ed25519 signature over its manifest, which holds the SHA-256 of every file.
//
// Bernstein and others, "High-speed high-security signatures", 2012; RFC 8032. Keys are PEM files as OpenSSL makes them
// (RFC 8410), and the signature is the 64 bytes as they are, so that other tools can make and check it:
//
//     openssl genpkey -algorithm ed25519 -out key.pem
//     openssl pkey -in key.pem -pubout -out public.pem
//     openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in manifest.json -sigfile manifest.sig

import Crypto
public import Foundation

/// The key by which packages are signed; whoever has it can.
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// Reads a PEM file.
    public init(_ file: URL) throws(SigningKeyError) {
        // The 16 bytes before the key say that it is one of Ed25519 (RFC 8410, section 7).
        let prefix: [UInt8] = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20]
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: keyBytes(file, "PRIVATE KEY", prefix))
        else { throw SigningKeyError(file: file, isPublic: false) }
        self.key = key
    }

    /// The signature of a package's manifest, 64 bytes.
    public func signature(of package: ModelPackage) throws -> Data {
        try key.signature(for: manifest(of: package))
    }
}

/// The key that tells whether a package was signed by the owner of another.
public struct SignatureKey: Sendable {
    private let key: Curve25519.Signing.PublicKey

    /// Reads a PEM file.
    public init(_ file: URL) throws(SigningKeyError) {
        // As above (RFC 8410, section 4).
        let prefix: [UInt8] = [0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0]
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: keyBytes(file, "PUBLIC KEY", prefix))
        else { throw SigningKeyError(file: file, isPublic: true) }
        self.key = key
    }

    /// Throws `ModelPackageError.unsigned` unless the package is as it was when its owner signed it.
    public func check(_ package: ModelPackage) throws(ModelPackageError) {
        let file = package.folder.appending(path: ModelPackage.signatureName)
        guard plainFileSize(file) == 64, let signature = try? Data(contentsOf: file) else {
            throw .unsigned(package.folder, isForeign: false)
        }
        guard let manifest = try? manifest(of: package), key.isValidSignature(signature, for: manifest) else {
            throw .unsigned(package.folder, isForeign: true)
        }
    }
}

extension ModelPackage {
    /// The file beside the manifest that signs it.
    public static let signatureName = "manifest.sig"

    /// Whether it has a signature; whose that is, only a `SignatureKey` tells.
    public var isSigned: Bool { plainFileSize(folder.appending(path: Self.signatureName)) == 64 }
}

/// The bytes of a package's manifest; they are those by which the package was opened.
private func manifest(of package: ModelPackage) throws(ModelPackageError) -> Data {
    let url = package.folder.appending(path: ModelPackage.manifestName)
    guard let bytes = try? Data(contentsOf: url) else { throw .missingFile(url) }
    guard ModelPackage.digest(of: bytes, without: package.digest) == package.digest else { throw .wrongContents(url) }
    return bytes
}

/// What stands in a PEM file under a title, without the bytes that say what it is; empty if it is something else.
private func keyBytes(_ file: URL, _ title: String, _ prefix: [UInt8]) -> Data {
    guard let size = plainFileSize(file), size < 10_000, let text = try? String(contentsOf: file, encoding: .utf8),
        let begin = text.range(of: "-----BEGIN \(title)-----"), let end = text.range(of: "-----END \(title)-----"),
        begin.upperBound < end.lowerBound,
        let bytes = Data(base64Encoded: text[begin.upperBound..<end.lowerBound].filter { !$0.isWhitespace }),
        bytes.starts(with: prefix)
    else { return Data() }
    return bytes.dropFirst(prefix.count)
}

/// A file that is no key of the kind that is needed.
public struct SigningKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file.
    public var file: URL
    /// Whether a public key is needed.
    public var isPublic: Bool

    /// One sentence: what is wrong, and what to do.
    public var description: String {
        guard FileManager.default.fileExists(atPath: file.path) else {
            return "\(file.path): there is no such file; it should be a \(isPublic ? "public" : "private") key."
        }
        return isPublic
            ? "\(file.path) is no public key of Ed25519. Make it with 'openssl pkey -in key.pem -pubout -out public.pem'."
            : "\(file.path) is no private key of Ed25519. Make one with 'openssl genpkey -algorithm ed25519 -out key.pem'."
    }
}
