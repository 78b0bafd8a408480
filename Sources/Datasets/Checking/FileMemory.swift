// Which file held what when it was last read: what has not been touched since need not be read again.
//
// One file for each data set's folder, `files-DIGEST.index`, written whole: the letters "ocelot files 1", a line feed, the
// number of files in 32 bits; for each file the length of its path in 32 bits, the path in UTF-8, its stamp in four times
// 64 bits, and 32 bytes of content; at the end the first eight bytes of the SHA-256 of all before. Numbers are
// little-endian. A file that does not check is as good as none.

import Crypto
import Foundation

/// The contents of files, by path and stamp.
struct FileMemory: Sendable {
    private var known: [String: (stamp: FileStamp, content: ContentHash)] = [:]
    private let location: String

    private static let beginning = Array("ocelot files 1\n".utf8)

    /// Reads what is remembered of the data set in `root`; nothing if there is nothing that checks.
    init(of root: URL, in folder: URL) {
        let place = FileSystem.resolved(root.path) ?? root.path
        let digest = hexadecimal(SHA256.hash(data: Array(place.utf8)).prefix(12))
        location = folder.appending(path: "files-\(digest).index").path
        guard let bytes = try? FileSystem.contents(of: location) else { return }
        known = Self.read(bytes) ?? [:]
    }

    /// What the file at `path` holds, if it has not changed since it was noted.
    func content(of path: String, _ stamp: FileStamp) -> ContentHash? {
        guard let entry = known[path], entry.stamp == stamp else { return nil }
        return entry.content
    }

    /// Forgets everything, and notes these files.
    ///
    /// When the method returns, the file is on disk; nothing is written where nothing has changed.
    mutating func replace(by entries: [(path: String, stamp: FileStamp, content: ContentHash)])
        throws(MeasureCacheError)
    {
        let isSame =
            entries.count == known.count
            && entries.allSatisfy { known[$0.path]?.stamp == $0.stamp && known[$0.path]?.content == $0.content }
        if isSame { return }
        known = Dictionary(entries.map { ($0.path, ($0.stamp, $0.content)) }) { first, _ in first }
        do throws(FileSystem.Failure) {
            try FileSystem.replace(location, by: Self.bytes(of: entries))
        } catch {
            throw MeasureCacheError(path: location, reason: error.description)
        }
    }

    private static func bytes(of entries: [(path: String, stamp: FileStamp, content: ContentHash)]) -> [UInt8] {
        var bytes = beginning
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(UInt32(entries.count))
        for entry in entries {
            append(UInt32(entry.path.utf8.count))
            bytes.append(contentsOf: entry.path.utf8)
            for number in [entry.stamp.size, entry.stamp.modified, entry.stamp.changed] { append(number) }
            append(entry.stamp.number)
            bytes.append(contentsOf: entry.content.bytes)
        }
        return bytes + SHA256.hash(data: bytes).prefix(8)
    }

    private static func read(_ bytes: [UInt8]) -> [String: (stamp: FileStamp, content: ContentHash)]? {
        guard bytes.starts(with: beginning), bytes.count >= beginning.count + 12,
            SHA256.hash(data: bytes.dropLast(8)).prefix(8).elementsEqual(bytes.suffix(8))
        else { return nil }
        return bytes.withUnsafeBytes { bytes in
            var known: [String: (stamp: FileStamp, content: ContentHash)] = [:]
            var offset = beginning.count
            let end = bytes.count - 8
            func number<Integer: FixedWidthInteger>(_: Integer.Type) -> Integer? {
                guard offset + MemoryLayout<Integer>.size <= end else { return nil }
                defer { offset += MemoryLayout<Integer>.size }
                return Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Integer.self))
            }
            func part(_ count: Int) -> UnsafeRawBufferPointer? {
                guard count <= end - offset else { return nil }
                defer { offset += count }
                return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
            }
            guard let count = number(UInt32.self) else { return nil }
            for _ in 0..<count {
                guard let length = number(UInt32.self), let path = part(Int(length)),
                    let size = number(Int64.self), let modified = number(Int64.self),
                    let changed = number(Int64.self), let inode = number(UInt64.self), let digest = part(32),
                    let content = ContentHash(bytes: digest)
                else { return nil }
                let stamp = FileStamp(size: size, modified: modified, changed: changed, number: inode)
                known[String(decoding: path, as: UTF8.self)] = (stamp, content)
            }
            return known
        }
    }
}
