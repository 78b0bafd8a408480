// What pictures are like, on disk, by what their files hold: so that a data set that was checked once is checked at once.
//
// `measures-VERSION-SIZE.records` holds what was measured, or why a file was refused, in records of one length:
//
//     32 bytes   SHA-256 of the image file
//     4 bytes    microseconds that reading and measuring it took, little-endian
//     1 byte     0: measured; 1, 2: refused, see `PictureRefusal.Kind`
//     n bytes    the measures, or the reason in UTF-8 with zeros behind it
//     8 bytes    the first eight bytes of the SHA-256 of all before
//
// As in the cache of features, records are only appended, under a lock and in whole records; one that does not check is
// passed over, so nothing needs repair. Which file holds what is in `FileMemory`'s files beside it.

import Crypto
public import Foundation
import Imaging
import Synchronization

/// What was found in pictures before.
public final class MeasureCache: Sendable {
    /// The folder of the cache.
    let folder: URL
    /// The size of the hashes in it.
    public let hashSize: Int

    private let file: URL
    private let bytes: Data
    /// Where the record of a content begins in `bytes`.
    private let places: [ContentHash: Int]
    private let pending = Mutex<(contents: Set<ContentHash>, records: Data)>(([], Data()))

    private var bodyLength: Int { PictureMeasures.byteCount(hashSize: hashSize) }
    private var recordLength: Int { 32 + 4 + 1 + bodyLength + 8 }

    /// Opens the measures that lie in `folder`, such as `cache/measures` in a workspace; none if there are none yet.
    ///
    /// - Throws: `MeasureCacheError` if the folder cannot be made.
    public init(folder: URL, hashSize: Int = 16) throws {
        (self.folder, self.hashSize) = (folder, hashSize)
        file = folder.appending(path: "measures-\(PictureMeasures.ruleVersion)-\(hashSize).records")
        do { try FileSystem.makeFolders(folder.path) } catch {
            throw MeasureCacheError(path: folder.path, reason: error.description)
        }
        bytes = (try? Data(contentsOf: file, options: .mappedIfSafe)) ?? Data()
        let length = 32 + 4 + 1 + PictureMeasures.byteCount(hashSize: hashSize) + 8
        places = bytes.withUnsafeBytes { bytes in
            var places: [ContentHash: Int] = [:]
            places.reserveCapacity(bytes.count / length)
            for place in stride(from: 0, through: bytes.count - length, by: length) {
                guard let content = ContentHash(bytes: bytes[place..<place + 32]) else { continue }
                // The last one counts, for it replaced one that did not check.
                places[content] = place
            }
            return places
        }
    }

    /// Whether there is a record of a file that holds `content`.
    public func holds(_ content: ContentHash) -> Bool { places[content] != nil }

    /// What was found in the file that holds `content`, if its record is in order.
    func record(of content: ContentHash) -> PictureRecord? {
        guard let place = places[content] else { return nil }
        return bytes.withUnsafeBytes { bytes in
            let record = UnsafeRawBufferPointer(rebasing: bytes[place..<place + recordLength])
            let checked = UnsafeRawBufferPointer(rebasing: record.dropLast(8))
            guard SHA256.hash(data: checked).prefix(8).elementsEqual(record.suffix(8)) else { return nil }
            let time = UInt32(littleEndian: record.loadUnaligned(fromByteOffset: 32, as: UInt32.self))
            let body = UnsafeRawBufferPointer(rebasing: checked[37...])
            let finding: PictureRecord.Finding
            if let kind = PictureRefusal.Kind(rawValue: record[36]) {
                let reason = String(decoding: body.prefix { $0 != 0 }, as: UTF8.self)
                finding = .refused(PictureRefusal(kind: kind, reason: reason))
            } else if let measures = PictureMeasures(body, hashSize: hashSize) {
                finding = .measured(measures)
            } else {
                return nil
            }
            return PictureRecord(content: content, finding: finding, seconds: Double(time) / 1e6)
        }
    }

    /// Adds what was found in a file; it is on disk when `flush` returns.
    func insert(_ record: PictureRecord) {
        if record.isTooLarge { return }
        var bytes = record.content.bytes
        let time = UInt32(min(max(record.seconds * 1e6, 0), 4e9))
        withUnsafeBytes(of: time.littleEndian) { bytes.append(contentsOf: $0) }
        switch record.finding {
        case .measured(let measures):
            bytes.append(0)
            bytes.append(contentsOf: measures.bytes)
        case .refused(let refusal):
            bytes.append(refusal.kind.rawValue)
            // Whole characters only.
            var reason = refusal.reason
            while reason.utf8.count > bodyLength { reason.removeLast() }
            bytes.append(contentsOf: Array(reason.utf8) + [UInt8](repeating: 0, count: bodyLength - reason.utf8.count))
        }
        bytes.append(contentsOf: SHA256.hash(data: bytes).prefix(8))
        pending.withLock { pending in
            if pending.contents.insert(record.content).inserted { pending.records.append(bytes) }
        }
    }

    /// How many bytes are not on disk yet.
    var pendingBytes: Int { pending.withLock { $0.records.count } }

    /// Appends the new records to the file.
    func flush() throws(MeasureCacheError) {
        let records = pending.withLock { pending in
            defer { pending.records = Data() }
            return pending.records
        }
        guard !records.isEmpty else { return }
        do throws(FileSystem.Failure) {
            try FileSystem.append([UInt8](records), to: file.path, recordLength: recordLength)
        } catch {
            throw MeasureCacheError(path: file.path, reason: error.description)
        }
    }
}

/// The cache of measures cannot be written.
public struct MeasureCacheError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where it should be.
    public let path: String
    /// The system's reason.
    public let reason: String

    /// One sentence: what went wrong, and what to do.
    public var description: String {
        "The cache of measures '\(path)' cannot be written: \(reason). Free some space, or choose another --workspace."
    }
}
