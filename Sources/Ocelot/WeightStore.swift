// Pretrained weights on this machine: one folder for all workspaces, where each file is kept once.
//
// A network's weights are kept as safetensors, whatever they came as, beside a record of where they are from and of
// their SHA-256. Files appear whole or not at all, and of several processes that fetch the same weights one works and
// the others wait for it. Nothing that is downloaded is ever executed: `.pth` files are read as data (`WeightFiles`).
public import Foundation
public import Networks
import WeightFiles

/// The pretrained weights that are kept on this machine.
public struct WeightStore: Sendable {
    /// Where they lie.
    public let folder: URL
    let source: Source?
    let catalogue: [PublishedWeights]
    let patience: Patience

    /// Where weights are fetched from instead of from their publisher.
    enum Source: Hashable, Sendable {
        case folder(URL)
        case address(String)
    }

    /// The weights in the folder that the environment names.
    public init() {
        let environment = ProcessInfo.processInfo.environment
        self.init(
            folder: WeightStore.defaultFolder(environment), mirror: environment["OCELOT_WEIGHTS_MIRROR"],
            catalogue: PublishedWeights.torchvision, patience: Patience())
    }

    /// Weights in another folder.
    ///
    /// - Parameters:
    ///   - folder: Where they are kept.
    ///   - mirror: A folder or an address from which published files are taken; nil or empty for their publisher's.
    ///   - catalogue: What is published.
    ///   - patience: How often and how long a download is tried.
    package init(folder: URL, mirror: String? = nil, catalogue: [PublishedWeights], patience: Patience) {
        self.folder = folder
        self.catalogue = catalogue
        self.patience = patience
        source = mirror.flatMap { mirror in
            if mirror.isEmpty { return nil }
            if mirror.hasPrefix("http://") || mirror.hasPrefix("https://") {
                return .address(mirror.hasSuffix("/") ? mirror : mirror + "/")
            }
            if mirror.hasPrefix("file://"), let url = URL(string: mirror) { return .folder(url) }
            return .folder(URL(filePath: mirror))
        }
    }

    /// Where weights are kept unless someone says otherwise.
    ///
    /// `weights` in `$OCELOT_CACHE`, or else `ocelot/weights` in `$XDG_CACHE_HOME`, or else in `~/.cache`.
    public static var defaultFolder: URL { defaultFolder(ProcessInfo.processInfo.environment) }

    package static func defaultFolder(_ environment: [String: String]) -> URL {
        if let cache = environment["OCELOT_CACHE"], !cache.isEmpty {
            return URL(filePath: cache).appending(path: "weights")
        }
        // A relative path is to be ignored (XDG Base Directory Specification 0.8).
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            return URL(filePath: cache).appending(path: "ocelot/weights")
        }
        return FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache/ocelot/weights")
    }

    /// The weights to use for a network: what was imported for it, or else what was published first; nil if none are kept.
    public func file(for backbone: Backbone) -> URL? {
        let names = [Self.importedName(backbone)] + catalogue.filter { $0.backbone == backbone }.map(\.name)
        return names.first { record($0) != nil }.map(file)
    }

    /// Fetches published weights, unless they are kept already, and returns where they lie.
    ///
    /// A download that breaks off goes on where it ended, in this call or in a later one. What was fetched is kept only if
    /// its SHA-256 begins as its name says, and if it has the names and shapes of its network.
    ///
    /// - Parameters:
    ///   - name: A name of the catalogue, such as `resnet18`.
    ///   - progress: Told how many bytes are there, and how many there will be if that is known.
    /// - Returns: The file, safetensors.
    /// - Throws: `WeightStoreError`, or `WeightsError` if the file holds something else.
    @discardableResult
    public func pull(_ name: String, progress: (Int, Int?) -> Void = { _, _ in }) async throws -> URL {
        let published = try published(name)
        if record(published.name) != nil { return file(published.name) }
        try prepare(for: 2 * published.bytes)
        let lock = try await FileLock(folder.appending(path: ".\(published.file).lock"))
        defer { lock.release() }
        // Another process may have been quicker.
        if record(published.name) != nil { return file(published.name) }
        if case .folder(let mirror) = source {
            let file = mirror.appending(path: published.file)
            guard FileManager.default.fileExists(atPath: file.path) else {
                throw WeightStoreError.notInMirror(file: published.file, folder: mirror.path)
            }
            return try keep(file, as: published, from: mirror.path)
        }
        var address = published.address
        if case .address(let mirror) = source { address = mirror }
        let download = Download(
            file: published.file, backbone: published.backbone.rawValue, address: address, folder: folder,
            patience: patience)
        let part = try await download.run(progress: progress)
        // Right or wrong, the part has served: what is wrong must not be gone on with.
        defer { download.remove() }
        return try keep(part, as: published, from: address)
    }

    private func keep(_ file: URL, as published: PublishedWeights, from address: String) throws -> URL {
        let digest = try sha256(ofFile: file)
        guard digest.hasPrefix(published.digestPrefix) else {
            throw WeightStoreError.wrongContents(
                file: published.file, address: address, expected: published.digestPrefix, found: digest)
        }
        return try keep(try Weights.read(file), published, origin: digest)
    }

    private func published(_ name: String) throws -> PublishedWeights {
        func plain(_ name: String) -> String { name.lowercased().replacingOccurrences(of: "-", with: "_") }
        let wanted = plain(name)
        if let found = catalogue.first(where: { plain($0.name) == wanted || $0.file == name }) { return found }
        if let backbone = Backbone.allCases.first(where: { plain($0.rawValue) == wanted }) {
            throw WeightStoreError.notPublished(name: backbone.rawValue)
        }
        throw WeightStoreError.unknown(
            name, suggestion: NearMiss.suggestion(for: name, among: catalogue.map(\.name)))
    }

    /// Makes the folder, and sees that there is room for `bytes`.
    func prepare(for bytes: Int) throws {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw WeightStoreError.unwritable(folder: folder.path, reason: reason(error))
        }
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder.path)
        if let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue, free < bytes {
            throw WeightStoreError.diskFull(folder: folder.path, needed: bytes, free: free)
        }
    }
}

/// What the operating system answered, without the names of files, which the sentence around it has.
func reason(_ error: any Error) -> String {
    let outer = error as NSError
    if let inner = outer.userInfo[NSUnderlyingErrorKey] as? any Error { return reason(inner) }
    guard outer.domain == NSPOSIXErrorDomain else { return outer.localizedDescription }
    return String(cString: strerror(Int32(outer.code)))
}

/// Keeps other processes, and other calls in this one, from the same work.
///
/// The system releases it if the process dies.
private struct FileLock {
    private let descriptor: Int32

    /// Waits for the lock.
    init(_ url: URL) async throws {
        descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw WeightStoreError.unwritable(
                folder: url.deletingLastPathComponent().path, reason: String(cString: strerror(errno)))
        }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            do {
                try await Task.sleep(for: .milliseconds(100))
            } catch {
                close(descriptor)
                throw error
            }
        }
    }

    func release() {
        // Closing alone would leave the lock with a process that is being started at this moment.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
