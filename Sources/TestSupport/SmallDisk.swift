// A disk that is soon full, for tests of what happens then.
public import Foundation

/// A file system in memory of a fixed size.
///
/// Mounting one needs Linux and an administrator: elsewhere tests that need it
/// skip (`.enabled(if: SmallDisk.isPossible)`).
public enum SmallDisk {
    /// Whether this process may mount file systems.
    public static let isPossible: Bool = {
        #if os(Linux)
            let folder = FileManager.default.temporaryDirectory.appending(path: "ocelot-mount-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)) != nil,
                run("mount", "-t", "tmpfs", "-o", "size=64k", "none", folder.path)
            else { return false }
            return run("umount", folder.path)
        #else
            return false
        #endif
    }()

    /// Mounts a disk of `kilobytes` for the time of `body`, which gets its folder.
    public static func with<Result>(kilobytes: Int, _ body: (URL) async throws -> Result) async throws -> Result {
        try await withTemporaryFolder { folder in
            guard run("mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "none", folder.path) else {
                throw CocoaError(.fileWriteNoPermission)
            }
            defer { _ = run("umount", "-l", folder.path) }
            return try await body(folder)
        }
    }

    /// Makes the disk in `folder` read-only for the time of `body`.
    public static func withoutWriting<Result>(_ folder: URL, _ body: () async throws -> Result) async throws -> Result {
        guard run("mount", "-o", "remount,ro", folder.path) else { throw CocoaError(.fileWriteNoPermission) }
        defer { _ = run("mount", "-o", "remount,rw", folder.path) }
        return try await body()
    }

    private static func run(_ command: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
