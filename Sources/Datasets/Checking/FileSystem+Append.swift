// Records of one length at the end of a file.

import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension FileSystem {
    /// Adds whole records to a file, which is made if needed; no other process adds to it meanwhile.
    static func append(_ bytes: [UInt8], to path: String, recordLength: Int) throws(Failure) {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw Failure(code: errno) }
        defer { close(file) }
        while flock(file, LOCK_EX) != 0 {
            guard errno == EINTR else { throw Failure(code: errno) }
        }
        // A record that was not finished would shift all later ones: it is cut off first.
        let length = Int(lseek(file, 0, SEEK_END))
        if length % recordLength != 0, ftruncate(file, off_t(length - length % recordLength)) != 0 {
            throw Failure(code: errno)
        }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                addBytes(file, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            guard count >= 0 else { throw Failure(code: errno) }
            written += count
        }
    }
}

// A name that `FileSystem` has too.
private func addBytes(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(file, bytes, count) }
