// The folder that pictures are fetched into: root/label/name, sources.tsv, and .ocelot/fetch for what is on its way.
//
// A picture is written whole to .ocelot/fetch, then `sources.tsv` gets its line, then the picture gets its place by a
// rename. Whoever is killed in between leaves either nothing but a file on its way, which is swept away, or a line whose
// picture still waits, which is put in its place when the folder is opened again.

import Datasets
import Foundation

/// The folder, held by this run alone.
final class PhotoFolder {
    let root: String
    let table: SourcesTable
    /// What is known of each link, by its key.
    private(set) var sources: [String: Source]
    private let lock: Int32

    private static let partsName = ".ocelot/fetch"
    private var parts: String { root + "/" + Self.partsName }

    /// Opens a folder, which is made if it does not exist, and mends what an earlier run left half done.
    init(_ location: URL) throws {
        let path = location.path
        do {
            try FileSystem.makeFolders(path)
            root = FileSystem.resolved(path) ?? path
            for name in [".ocelot", Self.partsName] {
                guard FileSystem.kind(of: root + "/" + name) != .link else {
                    throw FetchError.link(path: location.relativePath + "/" + name)
                }
            }
            try FileSystem.makeFolders(root + "/" + Self.partsName)
        } catch let error as FileSystem.Failure {
            throw FetchError.folder(path: location.relativePath, reason: "\(error)")
        }
        lock = open(root + "/.ocelot/fetch.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard lock >= 0 else {
            throw FetchError.folder(path: location.relativePath, reason: String(cString: strerror(errno)))
        }
        // The lock ends with the process, however it ends.
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw FetchError.busy(path: location.relativePath)
        }
        do {
            (table, sources) = try SourcesTable.open(root + "/" + SourcesTable.name)
        } catch {
            close(lock)
            switch error {
            case let error as TableError:
                throw FetchError.table(path: location.relativePath + "/" + SourcesTable.name, error)
            case let error as FileSystem.Failure:
                throw FetchError.folder(path: location.relativePath + "/" + SourcesTable.name, reason: "\(error)")
            default: throw error
            }
        }
        try mend()
    }

    deinit {
        // A process that is being started by another thread has the file open too, for a moment: closing alone would leave
        // the lock with it.
        flock(lock, LOCK_UN)
        close(lock)
    }

    /// Where a picture on its way is written, by the name that it will have.
    func part(_ name: String) -> String { parts + "/" + name }

    /// Takes note of what became of a link, and puts its picture in its place.
    func settle(_ source: Source, key: String) throws {
        try table.add(source)
        sources[key] = source
        if source.status == .fetched { try place(source) }
    }

    /// Takes back a picture, another link's having the same bytes.
    func withdraw(_ source: Source, key: String, reason: String) throws {
        unlink(root + "/" + source.path)
        var source = source
        (source.path, source.status, source.reason, source.written, source.bytes) = ("", .duplicate, reason, nil, 0)
        try table.add(source)
        sources[key] = source
    }

    private func place(_ source: Source) throws {
        let folder = root + "/" + source.label
        do {
            // A link could lead out of the folder.
            guard FileSystem.kind(of: folder) != .link else { throw FetchError.link(path: folder) }
            try FileSystem.makeFolders(folder)
            try FileSystem.rename(part(Self.name(of: source)), to: root + "/" + source.path)
            try FileSystem.synchronise(folder)
        } catch let error as FileSystem.Failure {
            throw FetchError.folder(path: folder, reason: "\(error)")
        }
    }

    private func mend() throws {
        let known = Set(sources.values.filter { $0.status == .fetched }.map { Self.name(of: $0) })
        let waiting = try FileSystem.entries(of: parts).map(\.name)
        for name in waiting where !known.contains(name) { unlink(part(name)) }
        for source in sources.values where source.status == .fetched && waiting.contains(Self.name(of: source)) {
            try place(source)
        }
    }

    private static func name(of source: Source) -> String {
        source.path.split(separator: "/").last.map(String.init) ?? ""
    }
}

/// Writes a picture that is on its way, and brings it to the disk.
func writePart(_ bytes: [UInt8], to path: String) throws(FetchError) {
    do throws(FileSystem.Failure) {
        unlink(path)
        try FileSystem.write(bytes, to: path)
        try FileSystem.synchronise(path)
    } catch {
        unlink(path)
        throw FetchError.folder(path: path, reason: "\(error)")
    }
}
