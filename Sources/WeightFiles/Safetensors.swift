// The safetensors format, read and written: https://huggingface.co/docs/safetensors.
//
// Eight bytes with the length of the header, the header as JSON (name → dtype, shape, data_offsets), then the arrays one
// after another. A reader must trust nothing of it: every rule of the format is checked before a byte is used.

import Foundation

enum Safetensors {
    /// The reference implementation takes no longer header either.
    static let longestHeader = 100_000_000

    /// Reads a file; the arrays are slices of `file`.
    static func read(_ file: Data) throws -> Weights {
        guard file.count > 8, file[file.startIndex + 8] == UInt8(ascii: "{") else {
            throw WeightsError.unknownFormat(looksLike: FileGuess.of(file))
        }
        let length = file.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard length <= longestHeader else { throw damaged("its header claims \(length) bytes") }
        guard length <= file.count - 8 else {
            throw damaged("its header claims \(length) bytes, and only \(file.count - 8) follow")
        }
        let start = file.startIndex + 8 + Int(length)
        let header = try file[(file.startIndex + 8)..<start].withUnsafeBytes { bytes in
            var parser = SafetensorsHeader.Parser(bytes)
            return try parser.header()
        }
        try checkOffsets(header.entries, dataLength: file.endIndex - start)

        var tensors: [String: StoredTensor] = [:]
        for entry in header.entries {
            let bytes = file[(start + entry.begin)..<(start + entry.end)]
            guard let tensor = try? StoredTensor(type: entry.type, shape: entry.shape, bytes: bytes) else {
                throw damaged(
                    "“\(entry.name)” \(entry.shape) of \(entry.type.rawValue) does not have \(bytes.count) bytes")
            }
            guard tensors.updateValue(tensor, forKey: entry.name) == nil else {
                throw damaged("it has “\(entry.name)” twice")
            }
        }
        return Weights(tensors, metadata: header.metadata)
    }

    /// The arrays must cover the data exactly: no overlap, with which a small file could claim much memory, and no hole,
    /// in which something else could hide.
    private static func checkOffsets(_ entries: [SafetensorsHeader.Entry], dataLength: Int) throws {
        var position = 0
        for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
            guard entry.begin == position, entry.end >= entry.begin else {
                throw damaged("“\(entry.name)” lies at \(entry.begin)..<\(entry.end) where \(position) should follow")
            }
            guard entry.end <= dataLength else {
                throw damaged("“\(entry.name)” ends at \(entry.end) of \(dataLength) bytes")
            }
            position = entry.end
        }
        guard position == dataLength else {
            throw damaged("\(dataLength - position) bytes at its end belong to nothing")
        }
    }

    /// All of a file before its arrays, which must follow in the order of `weights.names`.
    ///
    /// Keys are sorted, so that equal weights give equal bytes; spaces at the end let the arrays begin at a multiple of 8.
    static func header(_ weights: Weights) throws -> Data {
        var members: [String] = []
        if !weights.metadata.isEmpty {
            let notes = weights.metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            members.append(
                "\"__metadata__\":{" + notes.map { "\(quoted($0.key)):\(quoted($0.value))" }.joined(separator: ",")
                    + "}")
        }
        var offset = 0
        for name in weights.names {
            guard name != "__metadata__" else { throw WeightsError.unsupported("no array may be called __metadata__") }
            let tensor = try weights.tensor(name)
            let end = offset + tensor.bytes.count
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(quoted(name)):{\"data_offsets\":[\(offset),\(end)],\"dtype\":\"\(tensor.type.rawValue)\","
                    + "\"shape\":[\(shape)]}")
            offset = end
        }
        var json = Data("{\(members.joined(separator: ","))}".utf8)
        json.append(Data(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
        guard json.count <= longestHeader else { throw WeightsError.unsupported("its names are too many for one file") }
        return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    static func damaged(_ problem: String) -> WeightsError { .damaged(format: "safetensors", problem: problem) }
}

/// What a file that holds no weights seems to be, by its first bytes.
enum FileGuess {
    static func of(_ file: Data) -> String? {
        func begins(_ text: String) -> Bool { file.starts(with: text.utf8) }
        if file.isEmpty { return "an empty file" }
        if begins("version https://git-lfs") { return "a Git LFS pointer: fetch the file itself with “git lfs pull”" }
        if begins("<") { return "a web page or XML: the download may have failed" }
        if file.starts(with: [0x1F, 0x8B]) { return "a gzip archive: unpack it first" }
        if file.starts(with: [0x89] + Array("HDF".utf8)) { return "HDF5, which Keras writes" }
        if file.dropFirst(257).starts(with: "ustar".utf8) { return "a tar archive: unpack it first" }
        if file.starts(with: [0x80]) { return "a Python pickle that torch.save did not write" }
        if file.starts(with: [0x08]) { return "an ONNX network" }
        return nil
    }
}
