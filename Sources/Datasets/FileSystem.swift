// The few calls to the system that reading a data set needs: listing a folder without following links, and the first
// bytes of a file.
//
// Foundation has neither without asking the system several times a file, which for a hundred thousand photos is a wait.

import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the system says of files.
enum FileSystem {
    /// What an entry of a folder is.
    enum EntryKind: Hashable { case folder, file, link, other }

    /// Why the system refused.
    struct Failure: Error, Hashable, CustomStringConvertible {
        let code: Int32

        var description: String {
            switch code {
            case EACCES, EPERM: "permission denied"
            case ENOENT, ENOTDIR: "it does not exist"
            case ELOOP: "a symbolic link stands where none is followed"
            case EIO: "the disk reports an error"
            case EMFILE, ENFILE: "too many files are open"
            default: "the system reports error \(code)"
            }
        }
    }

    /// The entries of a folder, sorted by name. A name that is not UTF-8 comes with `isReadable` false, as no `String` names it.
    static func entries(of path: String) throws(Failure) -> [(name: String, kind: EntryKind, isNamed: Bool)] {
        guard let folder = opendir(path) else { throw Failure(code: errno) }
        defer { closedir(folder) }
        var entries: [(name: String, kind: EntryKind, isNamed: Bool)] = []
        while let entry = readdir(folder) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            let name = String(decoding: bytes, as: UTF8.self)
            if name == "." || name == ".." { continue }
            let kind: EntryKind? = switch Int(entry.pointee.d_type) {
            case Int(DT_DIR): .folder
            case Int(DT_REG): .file
            case Int(DT_LNK): .link
            case Int(DT_UNKNOWN): nil
            default: .other
            }
            entries.append((name, kind ?? self.kind(of: path + "/" + name) ?? .other, name.utf8.elementsEqual(bytes)))
        }
        return entries.sorted { isOrdered($0.name, $1.name) }
    }

    /// What lies at a path, or nil for nothing. The last part of the path is not followed if it is a link, unless asked.
    static func kind(of path: String, followingLinks: Bool = false) -> EntryKind? {
        var status = stat()
        guard fstatat(AT_FDCWD, path, &status, followingLinks ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return switch status.st_mode & S_IFMT {
        case S_IFDIR: .folder
        case S_IFREG: .file
        case S_IFLNK: .link
        default: .other
        }
    }

    /// The first bytes of a plain file, at most `count`.
    static func firstBytes(of path: String, count: Int) throws(Failure) -> [UInt8] {
        // A pipe would otherwise keep `open` waiting for a writer.
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw Failure(code: errno) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: count)
        let length = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        guard length >= 0 else { throw Failure(code: errno) }
        return Array(bytes.prefix(length))
    }

    /// All bytes of a plain file.
    static func contents(of path: String) throws(Failure) -> [UInt8] {
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw Failure(code: errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Failure(code: errno) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
        var filled = 0
        // One byte more than the size is asked for, so that a file that grew is read to its end as well.
        while true {
            let length = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress?.advanced(by: filled), $0.count - filled) }
            guard length >= 0 else { throw Failure(code: errno) }
            if length == 0 { break }
            filled += length
            if filled == bytes.count { bytes += [UInt8](repeating: 0, count: bytes.count) }
        }
        return Array(bytes.prefix(filled))
    }

    /// Where a path leads in the end, without links, or nil for nowhere.
    static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
