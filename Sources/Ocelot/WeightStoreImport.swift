// How weights come to be kept, and what is noted of them.
public import Foundation
public import Networks
import WeightFiles

/// What is noted of weights beside their file.
struct WeightRecord: Codable, Hashable, Sendable {
    /// The network that they are for.
    var backbone: Backbone
    /// How they expect images to be padded.
    var padding: PaddingStyle
    /// Where they are from.
    var source: String
    /// The terms, as the publisher states them.
    var licence: String
    /// SHA-256 of the file that they were read from, in hexadecimal.
    var origin: String
    /// SHA-256 of the file that is kept, in hexadecimal.
    var sha256: String
    /// Length of the file that is kept.
    var bytes: Int
}

extension WeightStore {
    /// Keeps weights from a file, safetensors or `.pth`, as those of `backbone`.
    ///
    /// A file that its publisher offers is known by its SHA-256, and kept as if it had been pulled. Of any other file one
    /// is kept for each network: it replaces the one before, and is used before published weights.
    ///
    /// - Parameters:
    ///   - file: The file. It is read as data, never executed.
    ///   - backbone: The network that the weights are for.
    ///   - padding: How the weights expect images to be padded; nil for what the file says, or is known for.
    /// - Returns: The file that is kept, safetensors.
    /// - Throws: `WeightsError` if the file is not weights of this network, `WeightStoreError` if it cannot be kept.
    @discardableResult
    public func `import`(_ file: URL, as backbone: Backbone, padding: PaddingStyle? = nil) throws -> URL {
        var weights = try Weights.read(file)
        try backbone.check(weights)
        let digest = try sha256(ofFile: file)
        try prepare(for: (try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0)
        let published = catalogue.first {
            $0.backbone == backbone && !$0.digestPrefix.isEmpty && digest.hasPrefix($0.digestPrefix)
        }
        if let published, padding == nil { return try keep(weights, published, origin: digest) }
        let known = PaddingStyle(of: weights, fileDigest: digest)
        weights.metadata["source"] = weights.metadata["source"] ?? "file \(file.lastPathComponent)"
        weights.metadata["licence"] = weights.metadata["licence"] ?? "not stated"
        return try keep(weights, Self.importedName(backbone), backbone, padding ?? known, origin: digest)
    }

    /// Keeps weights that their publisher offers.
    func keep(_ weights: Weights, _ published: PublishedWeights, origin: String) throws -> URL {
        var weights = weights
        try published.backbone.check(weights)
        weights.metadata["source"] = published.address + published.file
        weights.metadata["licence"] = published.licence
        let padding = PaddingStyle(of: weights, fileDigest: origin)
        return try keep(weights, published.name, published.backbone, padding, origin: origin)
    }

    private func keep(
        _ weights: Weights, _ name: String, _ backbone: Backbone, _ padding: PaddingStyle, origin: String
    ) throws -> URL {
        var weights = weights
        weights.metadata[PaddingStyle.metadataKey] = padding.rawValue
        weights.metadata["backbone"] = backbone.rawValue
        weights.metadata["sha256"] = origin
        let url = file(name)
        // Without its record a file does not count, so there is no moment at which the two do not belong together.
        try? FileManager.default.removeItem(at: recordFile(name))
        try weights.write(to: url)
        let record = WeightRecord(
            backbone: backbone, padding: padding, source: weights.metadata["source"] ?? "",
            licence: weights.metadata["licence"] ?? "", origin: origin, sha256: try sha256(ofFile: url),
            bytes: try Self.length(url))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let data = try encoder.encode(record)
        try writeAtomically(to: recordFile(name)) { write in try write(data + Data("\n".utf8)) }
        return url
    }

    static func importedName(_ backbone: Backbone) -> String { "\(backbone.rawValue)-imported" }

    func file(_ name: String) -> URL { folder.appending(path: "\(name).safetensors") }

    private func recordFile(_ name: String) -> URL { folder.appending(path: "\(name).json") }

    /// What is noted of weights; nil unless their file is there in the length that is noted.
    func record(_ name: String) -> WeightRecord? {
        guard let record = notedRecord(name), (try? Self.length(file(name))) == record.bytes else { return nil }
        return record
    }

    func notedRecord(_ name: String) -> WeightRecord? {
        (try? Data(contentsOf: recordFile(name))).flatMap { try? JSONDecoder().decode(WeightRecord.self, from: $0) }
    }

    private static func length(_ url: URL) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
        return (attributes[.size] as? NSNumber)?.intValue ?? 0
    }
}
