// The demo set: drawn pictures of dotted, leopard and striped clothing, in the proportions of the tutorial that this
// project grew from (428 photos: striped 191, dotted 125, leopard 112).

public import Foundation
import Synchronization

/// A set of drawn pictures: how many, and by which lot.
///
/// The same set has the same pixels on every machine, however many threads draw it, and the same bytes wherever
/// the library that writes JPEG is of the same version.
public struct TextureSamples: Hashable, Sendable {
    /// Changes when the pictures of a seed change.
    public static let version = 1

    /// How many pictures, of all classes.
    public let count: Int
    /// Which pictures.
    ///
    /// The first ones of a class are the same for any count.
    public let seed: UInt64

    /// Describes a set.
    ///
    /// With fewer than 8 pictures some class would have less than two, and nothing could be trained: that throws
    /// `TextureSamplesError.tooFew`.
    public init(count: Int = 428, seed: UInt64 = 1) throws {
        guard count >= 8 else { throw TextureSamplesError.tooFew(count) }
        (self.count, self.seed) = (count, seed)
    }

    /// How many pictures a class has.
    public func count(of texture: Texture) -> Int {
        func share(_ of428: Int) -> Int { (2 * count * of428 + 428) / (2 * 428) }
        return switch texture {
        case .striped: share(191)
        case .dotted: share(125)
        case .leopard: count - share(191) - share(125)
        }
    }

    /// The bytes of one picture's JPEG file; numbers count from 1.
    public func jpeg(_ texture: Texture, number: Int) throws -> [UInt8] {
        var photograph = Photograph(texture, number: number, seed: seed)
        return try photograph.jpeg()
    }

    /// What `write` did.
    public enum Outcome: Hashable, Sendable {
        /// It drew the pictures.
        case drawn
        /// They were there already, unchanged.
        case alreadyThere
    }

    /// Draws the set into a folder that does not exist or is empty: `dotted/0001.jpg` and so on, and
    /// `.ocelot/sample.json`, which says how they were made.
    ///
    /// The folder appears when all pictures are in it; after an error there is nothing. A folder that holds this very set
    /// is left as it is. `report` is told, on any thread, how many pictures are done.
    public func write(
        to folder: URL, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
        report: @Sendable (Int) -> Void = { _ in }
    ) throws -> Outcome {
        // A link to a folder stays one.
        let place = FileSystem.resolved(folder.path).map { URL(filePath: $0) } ?? folder
        switch FileSystem.kind(of: place.path) {
        case nil: break
        case .folder:
            if isHeld(by: place) { return .alreadyThere }
            let entries = try? FileSystem.entries(of: place.path)
            guard let entries, entries.isEmpty else { throw TextureSamplesError.notEmpty(folder.relativePath) }
        default: throw TextureSamplesError.notAFolder(folder.relativePath)
        }
        let name = ".\(place.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).partial"
        let partial = place.deletingLastPathComponent().appending(path: name, directoryHint: .isDirectory)
        defer { try? FileManager.default.removeItem(at: partial) }
        do {
            try draw(into: partial, threads: threads, report: report)
            try FileSystem.rename(partial.path, to: place.path)
        } catch let failure as FileSystem.Failure {
            throw TextureSamplesError.notWritten(folder.relativePath, reason: failure.description)
        }
        return .drawn
    }

    private func draw(into folder: URL, threads: Int, report: @Sendable (Int) -> Void) throws {
        try FileSystem.makeFolders(folder.appending(path: ".ocelot").path)
        for texture in Texture.allCases { try FileSystem.makeFolders(folder.appending(path: texture.rawValue).path) }
        let pictures = Texture.allCases.flatMap { texture in (1...count(of: texture)).map { (texture, $0) } }
        let done = Atomic(0)
        let hasFailed = Atomic(false)
        let images = inParallel(pictures.count, threads: threads) { index -> Result<LabelledImage, any Error>? in
            guard !hasFailed.load(ordering: .relaxed) else { return nil }
            return Result {
                let (texture, number) = pictures[index]
                let bytes = try jpeg(texture, number: number)
                let path =
                    "\(texture.rawValue)/\(String(repeating: "0", count: max(0, 4 - "\(number)".count)))\(number).jpg"
                do {
                    try FileSystem.write(bytes, to: folder.appending(path: path).path)
                } catch {
                    hasFailed.store(true, ordering: .relaxed)
                    throw error
                }
                report(done.add(1, ordering: .relaxed).newValue)
                return LabelledImage(
                    path: path, url: folder.appending(path: path),
                    labels: Texture.allCases.indices.filter { Texture.allCases[$0] == texture },
                    content: ContentHash(of: bytes))
            }
        }
        let drawn = try images.compactMap { try $0?.get() }
        let record = Record(
            version: Self.version, count: count, seed: seed,
            fingerprint: DataFingerprint(drawn, classes: Texture.allCases.map(\.rawValue)))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try FileSystem.write(Array(encoder.encode(record)), to: folder.appending(path: Record.path).path)
    }

    /// Whether a folder holds exactly this set.
    private func isHeld(by folder: URL) -> Bool {
        guard let bytes = try? FileSystem.contents(of: folder.appending(path: Record.path).path),
            let record = try? JSONDecoder().decode(Record.self, from: Data(bytes)),
            (record.version, record.count, record.seed) == (Self.version, count, seed),
            let dataset = try? Dataset.read(folder).hashingContents()
        else { return false }
        return dataset.leftOut.isEmpty && dataset.fingerprint == record.fingerprint
    }
}

/// What stands in `.ocelot/sample.json`.
private struct Record: Codable {
    static let path = ".ocelot/sample.json"

    var about =
        "Pictures of dotted, leopard and striped clothing. They are drawn, not photographed; `ocelot sample textures` "
        + "with this version, count and seed draws them again."
    var version: Int
    var count: Int
    var seed: UInt64
    /// Of the finished set, to tell whether anything was changed.
    var fingerprint: DataFingerprint
}

/// Why the demo set was not drawn.
public enum TextureSamplesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Fewer pictures than can be trained on.
    case tooFew(Int)
    /// Something else is in the folder.
    case notEmpty(String)
    /// A file lies where the folder should.
    case notAFolder(String)
    /// The system refused; `reason` is its own.
    case notWritten(String, reason: String)

    /// What is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .tooFew(let count):
            "A set of \(plural(count, "picture")) cannot be trained on. Ask for at least 8, so that each class has two."
        case .notEmpty(let path):
            "The folder '\(path)' is not empty, and nothing is overwritten. Give a new folder, or empty this one."
        case .notAFolder(let path):
            "'\(path)' is a file. Give a new folder for the pictures."
        case .notWritten(let path, let reason):
            "The pictures cannot be written to '\(path)': \(reason). Give a folder where there is space and you may write."
        }
    }
}
