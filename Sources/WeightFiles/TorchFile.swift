// Files that torch.save writes, read as data: https://docs.pytorch.org/docs/stable/notes/serialization.html.
//
// Since PyTorch 1.6 such a file is a zip archive: NAME/data.pkl describes the tensors, NAME/data/KEY holds the numbers
// of each storage. Before, it was five pickles one after another (magic number, protocol, system, object, keys of the
// storages), then each storage with its length before it.

import Foundation

enum TorchFile {
    /// The magic number 0x1950A86A20F9469CFC6C as a pickle has it, and the end of its pickle.
    private static let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]

    static func isLegacy(_ file: Data) -> Bool { endOfMagic(file) != nil }

    /// How many bytes the first pickle has; nil if it is not the magic number.
    ///
    /// Before the number stand two bytes with the pickle's protocol, and from protocol 4 on a frame of nine bytes.
    private static func endOfMagic(_ file: Data) -> Int? {
        guard file.first == 0x80 else { return nil }
        return [2, 11].first { file.dropFirst($0).starts(with: magic) }.map { $0 + magic.count }
    }

    static func readZip(_ file: Data) throws -> Weights {
        let files = try ZipArchive(file).files
        let names = files.keys.filter { $0.hasSuffix("/data.pkl") && $0.split(separator: "/").count == 2 }
        guard names.count == 1, let name = names.first, let pickle = files[name] else {
            throw WeightsError.unknownFormat(looksLike: "a zip archive of something else: unpack it first")
        }
        let folder = name.dropLast("data.pkl".count)
        guard files["\(folder)constants.pkl"] == nil else {
            throw WeightsError.unsupported("it is a TorchScript program; save the state_dict of the model instead")
        }
        if let order = files["\(folder)byteorder"], !order.elementsEqual("little".utf8) {
            throw WeightsError.unsupported("its numbers are big-endian; save it again on a common machine")
        }
        return try pickle.withUnsafeBytes { bytes in
            var machine = PickleMachine(try ByteReader(bytes, format: "PyTorch"))
            let root = try machine.run()
            var state = TorchState(machine: machine, budget: 4 * file.count) { files["\(folder)data/\($0.key)"] }
            return try state.weights(root)
        }
    }

    static func readLegacy(_ file: Data) throws -> Weights {
        try file.withUnsafeBytes { bytes in
            var machine = PickleMachine(try ByteReader(bytes, at: endOfMagic(file) ?? 0, format: "PyTorch"))
            guard case .integer(1001) = try machine.run() else {
                throw WeightsError.unsupported("it is of an unknown version of torch.save")
            }
            try checkSystem(try machine.run(), machine)
            let root = try machine.run()
            let keys = try machine.run()

            // The lengths are known from the description; each stands before its storage once more.
            var counts: [String: TorchState.Storage] = [:]
            for object in machine.objects where object.kind == .storage {
                let storage = try TorchState.Storage(object.items)
                guard (counts.updateValue(storage, forKey: storage.key) ?? storage) == storage else {
                    throw damaged("storage \(storage.key) is described in two ways")
                }
            }
            var storages: [String: Data] = [:]
            var reader = try ByteReader(bytes, at: machine.position, format: "PyTorch")
            for key in machine.items(.list, of: keys) ?? [] {
                guard case .string(let key) = key, let storage = counts[key] else {
                    throw damaged("it holds a storage that nothing uses")
                }
                guard try reader.length() == storage.count else { throw damaged("storage \(key) has another length") }
                let start = file.startIndex + reader.position
                _ = try reader.take(storage.byteCount)
                storages[key] = file[start..<(start + storage.byteCount)]
            }
            var state = TorchState(machine: machine, budget: 4 * file.count) { storages[$0.key] }
            return try state.weights(root)
        }
    }

    private static func checkSystem(_ value: PickleValue, _ machine: PickleMachine) throws {
        let items = machine.items(.dictionary, of: value) ?? []
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            if case .string("little_endian") = items[index], case .bool(false) = items[index + 1] {
                throw WeightsError.unsupported("its numbers are big-endian; save it again on a common machine")
            }
        }
    }

    static func damaged(_ problem: String) -> WeightsError { .damaged(format: "PyTorch", problem: problem) }
}
