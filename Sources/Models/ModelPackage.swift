// A trained model as a folder: what it is (`manifest.json`), its network (`model.onnx`) and its numbers
// (`weights.safetensors`: the backbone's and the classifier's together, by their paths).
//
// The manifest holds the length and the SHA-256 of every other file, and one digest over itself, so that any changed
// byte is noticed before anything is read from the package. The digest tells damage and mix-ups, not malice: who can
// change a file can compute a new digest. Nothing in a package is ever executed.
public import Foundation
import Labels

/// A trained model in a folder, with every file checked.
public struct ModelPackage: Hashable, Sendable {
    /// The newest layout of a package that this version reads, and the one that it writes.
    public static let format = 1
    /// The first version of ocelot that reads packages of this format.
    static let requiredVersion = "0.1"
    /// What every package holds beside its manifest.
    static let requiredFiles = ["model.onnx", "weights.safetensors"]
    static let manifestName = "manifest.json"
    /// A manifest of a thousand classes has some 200 KB; what is larger than this is not a manifest.
    private static let manifestLimit = 32 << 20

    /// Where it lies.
    public let folder: URL
    /// What the model is.
    public let manifest: ModelManifest
    /// The files beside the manifest, by name.
    public let files: [String: FileRecord]
    /// SHA-256 over the whole package in hexadecimal: two packages are the same model if and only if it is equal.
    public let digest: String

    /// The network, from bytes to scores.
    public var network: URL { folder.appending(path: "model.onnx") }
    /// The numbers of the network, by name.
    public var weights: URL { folder.appending(path: "weights.safetensors") }

    /// Opens the package in `folder` and checks every file against its manifest, reading each once.
    public static func open(_ folder: URL) throws(ModelPackageError) -> ModelPackage {
        let url = folder.appending(path: manifestName)
        guard let size = plainFileSize(url) else { throw .notAPackage(folder) }
        guard size <= manifestLimit, let bytes = try? Data(contentsOf: url) else {
            throw .damagedManifest(url, reason: "it cannot be read, or is larger than \(manifestLimit >> 20) MB")
        }
        let document = try decode(bytes, from: url)
        for (name, record) in document.files.sorted(by: { $0.key < $1.key }) {
            try check(folder.appending(path: name), against: record)
        }
        return ModelPackage(
            folder: folder, manifest: document.model, files: document.files, digest: document.digest)
    }

    /// The length of all its files beside the manifest.
    public var bytes: Int { files.values.reduce(0) { $0 + $1.bytes } }

    /// The bytes of a file, checked once more: what is returned is what was packed, whatever happened since `open`.
    public func contents(of name: String) throws(ModelPackageError) -> Data {
        guard let record = files[name] else { throw .notListed(name) }
        let url = folder.appending(path: name)
        guard let data = try? Data(contentsOf: url) else { throw .missingFile(url) }
        guard data.count == record.bytes else {
            throw .wrongSize(url, expected: record.bytes, found: data.count)
        }
        guard sha256(data) == record.sha256 else { throw .wrongContents(url) }
        return data
    }

    private static func check(_ url: URL, against record: FileRecord) throws(ModelPackageError) {
        guard let size = plainFileSize(url) else { throw .missingFile(url) }
        guard size == record.bytes else { throw .wrongSize(url, expected: record.bytes, found: size) }
        guard let found = try? FileRecord(of: url) else { throw .missingFile(url) }
        guard found == record else { throw .wrongContents(url) }
    }
}

/// The length of a file and the digest of its bytes.
public struct FileRecord: Codable, Hashable, Sendable {
    /// Its length.
    public var bytes: Int
    /// SHA-256 of its bytes, in hexadecimal.
    public var sha256: String
}

/// `manifest.json` as it is written: the model's own description, and what is needed to trust it.
struct ManifestDocument: Codable {
    /// The package's layout.
    var format: Int
    /// The first version of ocelot that reads it.
    var requires: String
    /// SHA-256 of this document with 64 zeros in place of the digest, in hexadecimal.
    var digest: String
    /// The files beside the manifest, by name.
    var files: [String: FileRecord]
    var model: ModelManifest

    static let noDigest = String(repeating: "0", count: 64)
}

/// The part of a manifest that every version of ocelot, earlier or later, can read.
private struct FormatStatement: Codable {
    var format: Int
    var requires: String
}

extension ModelPackage {
    /// Reads a manifest and checks all that it says of itself.
    private static func decode(_ bytes: Data, from url: URL) throws(ModelPackageError) -> ManifestDocument {
        func damaged(_ reason: String) -> ModelPackageError { .damagedManifest(url, reason: reason) }
        guard let statement = try? JSONDecoder().decode(FormatStatement.self, from: bytes) else {
            throw damaged("it is not the JSON that ocelot writes")
        }
        guard statement.format <= format else {
            throw .tooNew(url.deletingLastPathComponent(), format: statement.format, needs: statement.requires)
        }
        let document: ManifestDocument
        do {
            document = try JSONDecoder().decode(ManifestDocument.self, from: bytes)
        } catch {
            throw damaged("it is not the JSON that ocelot writes")
        }
        guard isDigest(document.digest), digest(of: bytes, without: document.digest) == document.digest else {
            throw damaged("its digest does not fit its contents")
        }
        for (name, record) in document.files {
            guard isFileName(name), isDigest(record.sha256), record.bytes >= 0 else {
                throw damaged("it lists a file '\(name)', which no package has")
            }
        }
        for name in requiredFiles where document.files[name] == nil {
            throw damaged("it does not list \(name)")
        }
        if let reason = document.model.flaw { throw damaged(reason) }
        return document
    }

    /// The digest of a manifest's bytes, in which its own digest counts as zeros; nil if that is not there just once.
    static func digest(of bytes: Data, without own: String) -> String? {
        let text = Data(own.utf8)
        guard let first = bytes.range(of: text), bytes[first.upperBound...].range(of: text) == nil else { return nil }
        var neutral = bytes
        neutral.replaceSubrange(first, with: Data(ManifestDocument.noDigest.utf8))
        return sha256(neutral)
    }

    /// Whether `name` is a plain file name: no path, nothing hidden, the same on every file system.
    static func isFileName(_ name: String) -> Bool {
        (1...100).contains(name.utf8.count) && name != manifestName && !name.hasPrefix(".")
            && name.utf8.allSatisfy { isPlain($0) && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }

    private static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}

extension ModelManifest {
    /// Why no model can be like this; nil if one can.
    package var flaw: String? {
        if classes.isEmpty { return "it has no classes" }
        if Set(classes).count < classes.count { return "it lists a class twice" }
        if !(temperature > 0 && temperature.isFinite) { return "its temperature is \(temperature)" }
        if let threshold, !(0...1).contains(threshold) { return "its threshold is \(threshold), not within 0…1" }
        if labels == .many || thresholds != nil {
            guard labels == .many, let thresholds, Set(thresholds.keys) == Set(classes),
                thresholds.values.allSatisfy({ (0...1).contains($0) })
            else { return "its labels do not have a threshold within 0…1 each" }
        }
        if backbone.featureCount < 1 { return "its features are \(backbone.featureCount)" }
        return nil
    }
}

/// Whether a byte is an ASCII letter, a digit, '-', '_' or '.'.
func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
    default: false
    }
}
