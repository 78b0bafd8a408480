// Features on disk, by what they were computed from.
//
// A feature vector depends on three things: the image's bytes, the network with its weights, and the preprocessing. The
// last two name a file, the first a record in it. A file is a row of records of one length:
//
//     32 bytes   SHA-256 of the image file
//     4·d bytes  the features, 32-bit floats, little-endian
//     8 bytes    the first eight bytes of the SHA-256 of all before
//
// Records are only appended, each write under a lock on the file and in whole records. A record that does not check, such
// as the last one after a power cut, is passed over, so nothing needs repair.

import Crypto
public import Datasets
public import Foundation

/// Feature vectors that were computed before.
public final class FeatureCache {
    /// How many numbers a vector has.
    public let featureCount: Int
    private let file: URL
    private var rows: [ContentHash: Int] = [:]
    private var values: [Float] = []
    private var pending = Data()

    private var recordLength: Int { 32 + 4 * featureCount + 8 }

    /// Opens the vectors of one network and preprocessing; an empty cache if there are none yet.
    ///
    /// - Parameters:
    ///   - folder: Where the cache lies, such as `cache/features` in a workspace.
    ///   - key: What the vectors were computed with, as `FeatureCache.key` makes it.
    ///   - featureCount: How many numbers a vector has.
    /// - Throws: The system's error if the folder cannot be made.
    public init(folder: URL, key: String, featureCount: Int) throws {
        self.featureCount = featureCount
        file = folder.appending(path: "\(key).features")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        guard let data = try? Data(contentsOf: file, options: .mappedIfSafe) else { return }
        load(data)
    }

    /// A name for a network with its weights and preprocessing: 32 hexadecimal digits.
    public static func key(network: some DataProtocol, preprocessing: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var hash = SHA256()
        hash.update(data: network)
        hash.update(data: try encoder.encode(preprocessing))
        return hash.finalize().prefix(16).map { String(format: "%02x", $0) }.joined()
    }

    /// The number of vectors at hand.
    public var count: Int { rows.count }

    /// What the image files hold whose vectors are at hand.
    public var contents: Set<ContentHash> { Set(rows.keys) }

    /// The vector of the image file that holds `content`, if it was computed before.
    public subscript(content: ContentHash) -> ArraySlice<Float>? {
        rows[content].map { values[($0 * featureCount)..<(($0 + 1) * featureCount)] }
    }

    /// Adds a vector; it is on disk when `flush` returns.
    public func insert(_ features: some Collection<Float>, for content: ContentHash) {
        precondition(features.count == featureCount, "A record holds all features.")
        guard rows[content] == nil else { return }
        rows[content] = rows.count
        values.append(contentsOf: features)
        var record = content.bytes
        Array(features).withUnsafeBytes { record.append(contentsOf: $0) }
        record.append(contentsOf: SHA256.hash(data: record).prefix(8))
        pending.append(record)
    }

    /// Appends the new vectors to the file.
    public func flush() throws {
        guard !pending.isEmpty else { return }
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CacheError.unwritable(path: file.path, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        flock(descriptor, LOCK_EX)
        // A broken record at the end would shift all later ones: it is cut off first.
        let length = Int(lseek(descriptor, 0, SEEK_END))
        if length % recordLength != 0 { ftruncate(descriptor, off_t(length - length % recordLength)) }
        var written = 0
        while written < pending.count {
            let count = pending.withUnsafeBytes {
                write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            guard count > 0 else {
                throw CacheError.unwritable(path: file.path, reason: String(cString: strerror(errno)))
            }
            written += count
        }
        pending = Data()
    }

    private func load(_ data: Data) {
        let count = data.count / recordLength
        rows.reserveCapacity(count)
        values.reserveCapacity(count * featureCount)
        data.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: count * recordLength, by: recordLength) {
                let record = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + recordLength)])
                let body = UnsafeRawBufferPointer(rebasing: record.dropLast(8))
                guard SHA256.hash(data: body).prefix(8).elementsEqual(record.suffix(8)) else { continue }
                guard let content = ContentHash(bytes: body.prefix(32)), rows[content] == nil else { continue }
                rows[content] = rows.count
                for index in 0..<featureCount {
                    values.append(body.loadUnaligned(fromByteOffset: 32 + 4 * index, as: Float.self))
                }
            }
        }
    }
}

/// Why features could not be kept.
public enum CacheError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file cannot be written.
    case unwritable(path: String, reason: String)

    /// One sentence: what went wrong, and what to do.
    public var description: String {
        switch self {
        case .unwritable(let path, let reason):
            "The feature cache \(path) cannot be written (\(reason)). Free some space or choose another --workspace."
        }
    }
}
