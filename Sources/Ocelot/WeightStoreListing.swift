// Which weights there are, which are kept, and whether those are whole.
public import Foundation
public import Networks
import RunHistory
import WeightFiles

extension WeightStore {
    /// Weights that are published, or kept, or that could be imported.
    public struct Entry: Codable, Hashable, Sendable {
        /// What they are called here.
        public var name: String
        /// The network that they are for.
        public var backbone: Backbone
        /// Whether they are kept on this machine.
        public var isPresent: Bool
        /// Whether `ocelot weights pull` can fetch them.
        public var isPublished: Bool
        /// Length of the file that is kept, or else that would be fetched; nil where there is none.
        public var bytes: Int?
        /// The share of ImageNet's validation images of which they name the right class first, in per cent.
        public var topOne: Double?
        /// Where they are from.
        public var source: String?
        /// The terms, as the publisher states them.
        public var licence: String?
        /// How they expect images to be padded, where that is known.
        public var padding: PaddingStyle?
        /// SHA-256 of the file that they were read from, in hexadecimal.
        public var sha256: String?

        enum CodingKeys: String, CodingKey {
            case name, backbone, bytes, source, licence, padding, sha256
            case isPresent = "present"
            case isPublished = "published"
            case topOne = "top_1"
        }
    }

    /// Whether weights that are kept are the bytes that were kept.
    public struct Verification: Codable, Hashable, Sendable {
        /// What they are called.
        public var name: String
        /// Whether they are whole.
        public var isIntact: Bool
        /// What is wrong, and what to do; nil if they are whole.
        public var reason: String?

        enum CodingKeys: String, CodingKey {
            case name, reason
            case isIntact = "intact"
        }

        /// Makes a finding.
        package init(name: String, isIntact: Bool, reason: String? = nil) {
            self.name = name
            self.isIntact = isIntact
            self.reason = reason
        }
    }

    /// All weights, smallest network first within each kind: those that are published, imported ones, and networks for
    /// which there are none yet.
    public func list() throws -> [Entry] {
        var entries = catalogue.map { published in
            let kept = record(published.name)
            return Entry(
                name: published.name, backbone: published.backbone, isPresent: kept != nil, isPublished: true,
                bytes: kept?.bytes ?? published.bytes, topOne: published.topOne,
                source: published.address + published.file, licence: published.licence, padding: kept?.padding,
                sha256: kept?.origin)
        }
        for backbone in Backbone.allCases {
            if let kept = record(Self.importedName(backbone)) {
                entries.append(
                    Entry(
                        name: Self.importedName(backbone), backbone: backbone, isPresent: true, isPublished: false,
                        bytes: kept.bytes, source: kept.source, licence: kept.licence, padding: kept.padding,
                        sha256: kept.origin))
            } else if backbone != .starter, !catalogue.contains(where: { $0.backbone == backbone }) {
                entries.append(
                    Entry(name: backbone.rawValue, backbone: backbone, isPresent: false, isPublished: false))
            }
        }
        return entries
    }

    /// Reads all weights that are kept, and compares their SHA-256 with what was noted.
    public func verify() throws -> [Verification] {
        let names = catalogue.map(\.name) + Backbone.allCases.map(Self.importedName)
        return names.compactMap { name in
            guard let noted = notedRecord(name) else { return nil }
            let again = catalogue.contains { $0.name == name } ? "pull" : "import"
            func damaged(_ what: String) -> Verification {
                let remedy = "delete \(file(name).path) and \(again) it again"
                return Verification(name: name, isIntact: false, reason: "\(what); \(remedy)")
            }
            guard let found = try? sha256(ofFile: file(name)) else { return damaged("the file cannot be read") }
            guard found == noted.sha256 else { return damaged("its SHA-256 is not the one that was noted") }
            return Verification(name: name, isIntact: true)
        }
    }
}

/// Weights as text for the terminal, with a line feed at its end.
public func weightsTable(_ entries: [WeightStore.Entry]) -> String {
    var table = TextTable(
        ["name", "network", "here", "size", "ImageNet top-1", "licence"],
        [.left, .left, .left, .right, .right, .left])
    for entry in entries {
        let here = entry.isPresent ? "yes" : entry.isPublished ? "pull" : "import"
        let size = entry.bytes.map { String(format: "%.1f MB", Double($0) / 1e6) } ?? "–"
        let topOne = entry.topOne.map { String(format: "%.1f %%", $0) } ?? "–"
        table.add([entry.name, entry.backbone.rawValue, here, size, topOne, entry.licence ?? "–"])
    }
    return table.text + """

        starter, a small network, comes with ocelot and is always there.
        pull: 'ocelot weights pull NAME' downloads it. import: give a file, 'ocelot weights import FILE --as NETWORK'.

        """
}
