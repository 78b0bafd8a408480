// Whole files: written so that nothing half-written stays, and told apart by their SHA-256.

import Crypto
public import Foundation

/// Writes a file in pieces.
///
/// When the function returns, the whole file is on the disk; if it throws, nothing has changed.
///
/// The pieces go to a temporary file beside `url`, which takes its place after all of it has reached the disk.
public func writeAtomically(to url: URL, _ body: (_ write: (Data) throws -> Void) throws -> Void) throws {
    let temporary = url.deletingLastPathComponent()
        .appending(path: ".\(url.lastPathComponent).\(UUID().uuidString.prefix(8))")
    do {
        try Data().write(to: temporary, options: .withoutOverwriting)
        let file = try FileHandle(forWritingTo: temporary)
        do {
            try body { try file.write(contentsOf: $0) }
            try file.synchronize()
            try file.close()
        } catch {
            try? file.close()
            throw error
        }
        guard rename(temporary.path, url.path) == 0 else {
            throw WeightsError.unwritable(file: url.lastPathComponent, reason: String(cString: strerror(errno)))
        }
        bringToDisk(url.deletingLastPathComponent())
    } catch let error as WeightsError {
        try? FileManager.default.removeItem(at: temporary)
        throw error
    } catch {
        try? FileManager.default.removeItem(at: temporary)
        throw WeightsError.unwritable(file: url.lastPathComponent, reason: (error as NSError).localizedDescription)
    }
}

/// Waits until the names in a folder are on the disk; some file systems cannot, and then there is nothing to wait for.
private func bringToDisk(_ folder: URL) {
    let descriptor = open(folder.path, O_RDONLY)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
}

/// The SHA-256 of a file, in hexadecimal, read in pieces of a megabyte.
public func sha256(ofFile url: URL) throws -> String {
    do {
        let file = try FileHandle(forReadingFrom: url)
        defer { try? file.close() }
        var hash = SHA256()
        while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty { hash.update(data: piece) }
        return hash.finalize().hexadecimal
    } catch {
        throw WeightsError.unreadable(file: url.lastPathComponent, reason: (error as NSError).localizedDescription)
    }
}

extension SHA256Digest {
    var hexadecimal: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
