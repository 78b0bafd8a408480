// The few calls to the system that data sets need.
//
// Foundation lists a folder and looks at a file only by asking the system several times for each, which for a hundred
// thousand photos is a wait; and its errors do not say in a few words what is wrong.

import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the system says of files.
package enum FileSystem {
    /// What an entry of a folder is.
    package enum EntryKind: Hashable { case folder, file, link, other }

    /// Why the system refused.
    package struct Failure: Error, Hashable, CustomStringConvertible {
        /// The system's `errno`.
        package let code: Int32

        /// A clause for people.
        package var description: String {
            switch code {
            case EACCES, EPERM: "permission denied"
            case ENOENT, ENOTDIR: "it does not exist"
            case ELOOP: "a symbolic link stands where none is followed"
            case EIO: "the disk reports an error"
            case ENOSPC, EDQUOT: "no space is left"
            case EROFS: "the disk is read-only"
            case EEXIST: "a file lies where a folder is needed"
            case EMFILE, ENFILE: "too many files are open"
            default: "the system reports error \(code)"
            }
        }
    }

    /// The entries of a folder, sorted by name.
    ///
    /// A name that is not UTF-8 comes with `isNamed` false, as no `String` leads there.
    package static func entries(of path: String) throws(Failure) -> [(name: String, kind: EntryKind, isNamed: Bool)] {
        guard let folder = opendir(path) else { throw Failure(code: errno) }
        defer { closedir(folder) }
        var entries: [(name: String, kind: EntryKind, isNamed: Bool)] = []
        while let entry = readdir(folder) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            let name = String(decoding: bytes, as: UTF8.self)
            if name == "." || name == ".." { continue }
            let kind: EntryKind? =
                switch Int(entry.pointee.d_type) {
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

    /// What lies at a path, or nil for nothing.
    ///
    /// The last part of the path is not followed if it is a link, unless asked.
    package static func kind(of path: String, followingLinks: Bool = false) -> EntryKind? {
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
    package static func contents(of path: String) throws(Failure) -> [UInt8] {
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw Failure(code: errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Failure(code: errno) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
        var filled = 0
        // One byte more than the size is asked for, so that a file that grew is read to its end as well.
        while true {
            let length = bytes.withUnsafeMutableBytes {
                read(file, $0.baseAddress?.advanced(by: filled), $0.count - filled)
            }
            guard length >= 0 else { throw Failure(code: errno) }
            if length == 0 { break }
            filled += length
            if filled == bytes.count { bytes += [UInt8](repeating: 0, count: bytes.count) }
        }
        return Array(bytes.prefix(filled))
    }

    /// Writes a new file.
    package static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw Failure(code: errno) }
        var written = 0
        while written < bytes.count {
            let length = bytes.withUnsafeBytes {
                systemWrite(file, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            guard length >= 0 else {
                let failure = Failure(code: errno)
                close(file)
                throw failure
            }
            written += length
        }
        // Some disks say only here that they are full.
        guard close(file) == 0 else { throw Failure(code: errno) }
    }

    /// Writes a file in place of the one that may be there, so that it is there whole or not at all, also after a power cut.
    static func replace(_ path: String, by bytes: [UInt8]) throws(Failure) {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let partial = "\(path).\(getpid())-\(UInt64.random(in: 0 ... .max)).partial"
        do {
            try write(bytes, to: partial)
            try synchronise(partial)
            try rename(partial, to: path)
        } catch {
            unlink(partial)
            throw error
        }
        // The new name is on the disk when the folder is.
        try synchronise(folder.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : folder)
    }

    /// Waits until a file, or what a folder lists, is on the disk.
    package static func synchronise(_ path: String) throws(Failure) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failure(code: errno) }
        defer { close(file) }
        // Some shared disks cannot do so for folders, and say so.
        guard fsync(file) == 0 || errno == EINVAL else { throw Failure(code: errno) }
    }

    /// Does something while no other thread or program does something under a lock on the same file, which is made if needed.
    ///
    /// The lock ends with the process, however it ends.
    static func withLock<Result>(on path: String, _ body: () throws -> Result) throws -> Result {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard file >= 0 else { throw Failure(code: errno) }
        defer { close(file) }
        while flock(file, LOCK_EX) != 0 {
            guard errno == EINTR else { throw Failure(code: errno) }
        }
        return try body()
    }

    /// Makes a folder and those that lead to it, where they do not exist yet.
    package static func makeFolders(_ path: String) throws(Failure) {
        if kind(of: path, followingLinks: true) == .folder { return }
        let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if !parent.isEmpty { try makeFolders(parent) }
        guard mkdir(path, 0o777) == 0 else {
            let code = errno
            // Somebody else may have made it meanwhile.
            guard code == EEXIST, kind(of: path, followingLinks: true) == .folder else { throw Failure(code: code) }
            return
        }
    }

    /// Gives a file or folder another name; a file or an empty folder of that name is replaced.
    package static func rename(_ old: String, to new: String) throws(Failure) {
        guard systemRename(old, new) == 0 else { throw Failure(code: errno) }
    }

    /// Makes a second name for the file that `path` leads to, and says whether the disk allowed it.
    static func link(_ path: String, to other: String) -> Bool {
        linkat(AT_FDCWD, path, AT_FDCWD, other, AT_SYMLINK_FOLLOW) == 0
    }

    /// Where a path leads in the end, without links, or nil for nowhere.
    package static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

// Names that the functions above have too.
private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(file, bytes, count) }
private func systemRename(_ old: String, _ new: String) -> Int32 { rename(old, new) }
