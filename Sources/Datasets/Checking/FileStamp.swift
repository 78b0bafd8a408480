// Whether a file is still the one that was read before, without reading it.

import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the system notes about a file: something of it differs after every change.
struct FileStamp: Hashable, Sendable {
    /// In bytes.
    let size: Int64
    /// When its contents changed, as its owner may set it; in nanoseconds since 1970.
    let modified: Int64
    /// When anything about it changed, which nobody can set; in nanoseconds since 1970.
    let changed: Int64
    /// Which file of the disk it is.
    let number: UInt64

    /// The stamp of the plain file that `path` leads to; nil if there is none.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        #if canImport(Darwin)
            let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
        #else
            let (modified, changed) = (status.st_mtim, status.st_ctim)
        #endif
        self.init(
            size: Int64(status.st_size), modified: Self.nanoseconds(modified), changed: Self.nanoseconds(changed),
            number: UInt64(status.st_ino))
    }

    init(size: Int64, modified: Int64, changed: Int64, number: UInt64) {
        (self.size, self.modified, self.changed, self.number) = (size, modified, changed, number)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000).partialValue &+ Int64(time.tv_nsec)
    }

    /// Whether a change at any time after `moment` would give another stamp.
    ///
    /// The clocks of disks tick coarsely, on some every two seconds: a file that changed within the last tick may change
    /// again without a trace (Git calls such files "racily clean").
    func isSettled(at moment: Date, after seconds: Double) -> Bool {
        moment.timeIntervalSince1970 - Double(max(changed, modified)) / 1e9 > seconds
    }
}
