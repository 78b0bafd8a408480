// How a package comes into being: whole, or not at all.
//
// Everything is written into a hidden folder beside the destination, brought to the disk, and renamed: who looks at the
// destination sees nothing or the whole package, after a crash and after a power failure too.
import Crypto
public import Foundation

extension ModelPackage {
    /// Writes a package, which must not exist yet.
    ///
    /// When the method throws, nothing of the package is left. Renaming is the last step, so of several processes that
    /// write to one destination one succeeds, and the others get `ModelPackageError.exists`.
    ///
    /// - Parameters:
    ///   - manifest: What the model is.
    ///   - folder: The folder that is to be the package.
    ///   - files: Writes `model.onnx`, `weights.safetensors` and whatever else belongs to the model into the folder that
    ///     it is given. Names are plain and in lower case.
    /// - Returns: The package, as `open` would return it.
    /// - Throws: `ModelPackageError`, or what `files` throws.
    @discardableResult
    public static func write(
        _ manifest: ModelManifest, to folder: URL, files: (URL) throws -> Void
    ) throws -> ModelPackage {
        if let reason = manifest.flaw { throw ModelPackageError.invalid(reason: reason) }
        let (records, digest) = try writeFolder(folder) { partial in
            try files(partial)
            return try seal(manifest, in: partial)
        }
        return ModelPackage(folder: folder, manifest: manifest, files: records, digest: digest)
    }

    /// Makes a folder, which must not exist yet, whole or not at all.
    ///
    /// - Parameters:
    ///   - folder: The folder to make.
    ///   - files: Writes what belongs into it into a hidden folder beside it, which is renamed at the end.
    /// - Returns: What `files` returns.
    /// - Throws: `ModelPackageError`, or what `files` throws.
    package static func writeFolder<Value>(_ folder: URL, files: (URL) throws -> Value) throws -> Value {
        guard !FileManager.default.fileExists(atPath: folder.path) else { throw ModelPackageError.exists(folder) }
        let parent = folder.deletingLastPathComponent()
        let partial = parent.appending(path: "\(partialPrefix)\(folder.lastPathComponent)-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: true)
            removeAbandoned(in: parent)
            let value = try files(partial)
            try bringToDisk(partial)
            try rename(partial, to: folder)
            try bringToDisk(parent)
            return value
        } catch {
            try? FileManager.default.removeItem(at: partial)
            throw explained(error, folder)
        }
    }

    /// Records the files in `partial`, and writes the manifest there.
    private static func seal(_ manifest: ModelManifest, in partial: URL) throws -> ([String: FileRecord], String) {
        var records: [String: FileRecord] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: partial.path).sorted() {
            let url = partial.appending(path: name)
            guard isFileName(name), plainFileSize(url) != nil else {
                throw ModelPackageError.invalid(reason: "'\(name)' is not a plain file with a plain name in lower case")
            }
            records[name] = try FileRecord(of: url)
            try bringToDisk(url)
        }
        for name in requiredFiles where records[name] == nil {
            throw ModelPackageError.invalid(reason: "\(name) is missing")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        var bytes = try encoder.encode(
            ManifestDocument(
                format: format, requires: requiredVersion, digest: ManifestDocument.noDigest, files: records,
                model: manifest))
        bytes.append(UInt8(ascii: "\n"))
        guard let digest = digest(of: bytes, without: ManifestDocument.noDigest),
            let place = bytes.range(of: Data(ManifestDocument.noDigest.utf8))
        else { throw ModelPackageError.invalid(reason: "its description contains a text of 64 zeros") }
        bytes.replaceSubrange(place, with: Data(digest.utf8))
        let url = partial.appending(path: manifestName)
        try bytes.write(to: url)
        try bringToDisk(url)
        return (records, digest)
    }
}

// MARK: - Files

private let partialPrefix = ".partial-"

/// Removes what writers that were killed more than a day ago left behind.
private func removeAbandoned(in parent: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
    for name in names where name.hasPrefix(partialPrefix) {
        let url = parent.appending(path: name)
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
        guard let changed = attributes?[.modificationDate] as? Date, changed.timeIntervalSinceNow < -86_400 else {
            continue
        }
        try? FileManager.default.removeItem(at: url)
    }
}

/// Renames a folder; unlike `FileManager.moveItem`, in one step that fails if a folder with contents is there.
private func rename(_ from: URL, to: URL) throws {
    guard Foundation.rename(from.path, to.path) == 0 else {
        throw errno == ENOTEMPTY || errno == EEXIST ? ModelPackageError.exists(to) : POSIXFailure(code: errno)
    }
}

/// Waits until a file, or the names in a folder, are on the disk.
package func bringToDisk(_ url: URL) throws {
    let descriptor = open(url.path, O_RDONLY)
    guard descriptor >= 0 else { throw POSIXFailure(code: errno) }
    defer { close(descriptor) }
    // Some file systems cannot do this for folders (EINVAL); then there is nothing to wait for.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw POSIXFailure(code: errno) }
}

/// What a call of the operating system answered.
private struct POSIXFailure: Error {
    let code: Int32
}

/// The error as a sentence about `folder`, where it is one of the file system's; otherwise as it is.
private func explained(_ error: any Error, _ folder: URL) -> any Error {
    guard let code = systemCode(of: error) else { return error }
    guard code != ENOSPC, code != EDQUOT else {
        let parent = folder.deletingLastPathComponent().path
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: parent)
        return ModelPackageError.diskFull(folder, free: (attributes?[.systemFreeSize] as? NSNumber)?.intValue)
    }
    return ModelPackageError.notWritable(folder, reason: String(cString: strerror(code)))
}

/// What the operating system answered, where that is why `error` was thrown.
private func systemCode(of error: any Error) -> Int32? {
    if let failure = error as? POSIXFailure { return failure.code }
    if let failure = error as? POSIXError { return failure.code.rawValue }
    let cocoa = error as NSError
    if cocoa.domain == NSPOSIXErrorDomain { return Int32(cocoa.code) }
    // Foundation wraps the system's error, on Linux in a value that is no `NSError`.
    if let cause = cocoa.userInfo[NSUnderlyingErrorKey] as? any Error { return systemCode(of: cause) }
    switch (error as? CocoaError)?.code {
    case .fileWriteOutOfSpace: return ENOSPC
    case .fileWriteNoPermission: return EACCES
    case .fileWriteVolumeReadOnly: return EROFS
    default: return nil
    }
}

/// The length of a plain file, in bytes; nil for anything else, a symbolic link too.
func plainFileSize(_ url: URL) -> Int? {
    var status = stat()
    guard lstat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
}

/// SHA-256 in hexadecimal.
func sha256(_ data: Data) -> String { hexadecimal(SHA256.hash(data: data)) }

private func hexadecimal(_ digest: SHA256.Digest) -> String {
    digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

extension FileRecord {
    /// Reads a file once, a part at a time.
    init(of url: URL) throws {
        let file = try FileHandle(forReadingFrom: url)
        defer { try? file.close() }
        var hash = SHA256()
        var count = 0
        while let part = try file.read(upToCount: 1 << 20), !part.isEmpty {
            hash.update(data: part)
            count += part.count
        }
        self.init(bytes: count, sha256: hexadecimal(hash.finalize()))
    }
}
