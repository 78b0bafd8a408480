// The weights of a network: arrays by name, and what is said of them.

import Crypto
public import Foundation

/// Named arrays, and notes about them by name.
///
/// A value: a copy shares its bytes until it is changed.
public struct Weights: Hashable, Sendable {
    /// Notes, such as which padding the weights were trained with.
    public var metadata: [String: String]

    private var tensors: [String: StoredTensor]

    /// Makes weights of `tensors`.
    public init(_ tensors: [String: StoredTensor] = [:], metadata: [String: String] = [:]) {
        (self.tensors, self.metadata) = (tensors, metadata)
    }

    /// The names of all arrays, sorted by their bytes.
    public var names: [String] { tensors.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// How many arrays there are.
    public var count: Int { tensors.count }

    /// The array of this name, if there is one.
    public subscript(name: String) -> StoredTensor? {
        get { tensors[name] }
        set { tensors[name] = newValue }
    }

    /// The array of this name; an error that names it if there is none.
    public func tensor(_ name: String) throws -> StoredTensor {
        guard let tensor = tensors[name] else { throw WeightsError.missing(name: name) }
        return tensor
    }

    /// Reads a file of weights: safetensors, or what `torch.save` writes (`.pth`, `.pt`), told apart by content.
    ///
    /// A safetensors file is mapped, not copied: do not write over it in place while the weights are in use.
    public static func read(_ url: URL) throws -> Weights {
        let data: Data
        do {
            data = try Data(contentsOf: url, options: .mappedIfSafe)
        } catch {
            throw WeightsError.unreadable(file: url.lastPathComponent, reason: (error as NSError).localizedDescription)
        }
        return try Weights(file: data)
    }

    /// Reads the content of a file of weights: safetensors, or what `torch.save` writes, told apart by their first bytes.
    public init(file: Data) throws {
        if ZipArchive.isZip(file) {
            self = try TorchFile.readZip(file)
        } else if TorchFile.isLegacy(file) {
            self = try TorchFile.readLegacy(file)
        } else {
            self = try Safetensors.read(file)
        }
    }

    /// The safetensors file of these weights: the same bytes for equal weights.
    public func safetensors() throws -> Data {
        var file = try Safetensors.header(self)
        file.reserveCapacity(file.count + tensors.values.reduce(0) { $0 + $1.bytes.count })
        for name in names { file.append(try tensor(name).bytes) }
        return file
    }

    /// Writes the safetensors file of these weights.
    ///
    /// When the method returns, the whole file is on the disk; if it throws, what was there before is there still.
    public func write(to url: URL) throws {
        let header = try Safetensors.header(self)
        try writeAtomically(to: url) { write in
            try write(header)
            for name in names { try write(tensor(name).bytes) }
        }
    }

    /// The same weights with 16-bit floats, for a small file.
    ///
    /// An array with a number beyond ±65504 stays as it is.
    public func asFloat16() -> Weights {
        Weights(tensors.mapValues { $0.asFloat16() }, metadata: metadata)
    }

    /// The SHA-256 of the safetensors file of these weights, in hexadecimal: equal for equal weights, whatever file they
    /// were read from.
    public func digest() throws -> String {
        var hash = SHA256()
        hash.update(data: try Safetensors.header(self))
        for name in names { hash.update(data: try tensor(name).bytes) }
        return hash.finalize().hexadecimal
    }
}
