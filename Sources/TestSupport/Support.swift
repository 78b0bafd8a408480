// What the tests of several targets share.
public import Foundation

/// Where the tests find their files.
public enum Fixtures {
    /// The folder of this package.
    public static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A golden file, made by the script of the same name in `Tools/golden`.
    public static func golden(_ name: String) -> URL { package.appending(path: "Tests/Golden/\(name)") }

    /// The photo sets that lie beside a checkout of the project's own machines, or nil: tests that need them skip.
    ///
    /// `OCELOT_TEST_DATA` names another place.
    public static let photos: URL? = {
        let named = ProcessInfo.processInfo.environment["OCELOT_TEST_DATA"].map { URL(filePath: $0) }
        let folder = named ?? package.deletingLastPathComponent().appending(path: "shared/data")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()
}

/// A new empty folder for one test, removed when `body` returns.
public func withTemporaryFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ocelot-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}
