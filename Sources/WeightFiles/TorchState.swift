// From the values of a pickle to weights: finds the state dictionary, and cuts its tensors out of the storages.

import Foundation

/// The tensors that a pickle describes.
struct TorchState {
    /// What a persistent identifier says of a storage.
    struct Storage: Equatable {
        let type: ElementType
        let key: String
        /// Numbers in it.
        let count: Int

        var byteCount: Int { count * type.size }

        /// ("storage", class, key, device, count), and in legacy files a view of another storage, which is not written
        /// any more.
        init(_ parts: [PickleValue]) throws {
            guard parts.count == 5 || parts.count == 6, case .string("storage") = parts[0],
                case .global(let name) = parts[1], let type = Self.types[name], case .string(let key) = parts[2],
                case .integer(let count) = parts[4], count >= 0, count < Int.max / 8
            else { throw TorchFile.damaged("a storage is not described as torch.save describes it") }
            if parts.count == 6 {
                guard case .none = parts[5] else {
                    throw WeightsError.unsupported(
                        "it was written by a PyTorch before 0.4; save it again with a newer one")
                }
            }
            (self.type, self.key, self.count) = (type, key, count)
        }

        private static let types: [String: ElementType] = [
            "torch.DoubleStorage": .float64, "torch.FloatStorage": .float32, "torch.HalfStorage": .float16,
            "torch.BFloat16Storage": .bfloat16, "torch.LongStorage": .int64, "torch.IntStorage": .int32,
            "torch.ShortStorage": .int16, "torch.CharStorage": .int8, "torch.ByteStorage": .uint8,
            "torch.BoolStorage": .bool,
        ]
    }

    private static let wrappers = ["state_dict", "model_state_dict", "model"]

    let machine: PickleMachine
    /// Bytes that all tensors together may have.
    ///
    /// Several may share one storage, so a small file could claim any number.
    var budget: Int
    let bytes: (Storage) -> Data?

    init(machine: PickleMachine, budget: Int, bytes: @escaping (Storage) -> Data?) {
        (self.machine, self.budget, self.bytes) = (machine, budget, bytes)
    }

    /// The weights of a state dictionary, which may lie in another dictionary, and whose names may begin with `module.`.
    mutating func weights(_ root: PickleValue) throws -> Weights {
        var root = root
        // A checkpoint may hold a model that holds its state.
        for _ in 0..<3 {
            let members = members(root)
            guard let inner = Self.wrappers.lazy.compactMap({ members[$0] }).first(where: { !self.members($0).isEmpty })
            else { break }
            root = inner
        }
        var tensors: [String: StoredTensor] = [:]
        for (name, value) in members(root) {
            if let arguments = machine.items(.tensor, of: value) { tensors[name] = try tensor(name, arguments) }
        }
        guard !tensors.isEmpty else {
            throw WeightsError.unsupported("it holds no state_dict: no tensors with names")
        }
        // nn.DataParallel puts this before every name.
        let prefix = "module."
        if tensors.keys.allSatisfy({ $0.hasPrefix(prefix) }) {
            tensors = Dictionary(
                uniqueKeysWithValues: tensors.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        }
        return Weights(tensors)
    }

    /// The members of a dictionary whose keys are text; empty for anything else.
    private func members(_ value: PickleValue) -> [String: PickleValue] {
        var result: [String: PickleValue] = [:]
        let items = machine.items(.dictionary, of: value) ?? []
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            if case .string(let name) = items[index] { result[name] = items[index + 1] }
        }
        return result
    }

    private mutating func tensor(_ name: String, _ arguments: [PickleValue]) throws -> StoredTensor {
        guard arguments.count >= 4, let parts = machine.items(.storage, of: arguments[0]),
            case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
            let strides = integers(arguments[3]), shape.count == strides.count
        else { throw TorchFile.damaged("“\(name)” is not described as torch.save describes a tensor") }
        let storage = try Storage(parts)
        guard let data = bytes(storage), data.count == storage.byteCount else {
            throw TorchFile.damaged("the numbers of “\(name)” are missing or cut off")
        }
        let view = try StridedView(name: name, offset: offset, shape: shape, strides: strides, within: storage.count)
        budget -= view.count * storage.type.size
        guard budget >= 0 else { throw TorchFile.damaged("its tensors are larger than itself") }
        return try StoredTensor(type: storage.type, shape: shape, bytes: view.contiguous(data, size: storage.type.size))
    }

    private func integers(_ value: PickleValue) -> [Int]? {
        // Thousands of tensors may name one tuple: a long one would cost its length each time.
        guard let items = machine.items(.tuple, of: value) ?? machine.items(.list, of: value),
            items.count <= StridedView.mostDimensions
        else { return nil }
        var result: [Int] = []
        for item in items {
            guard case .integer(let number) = item, number >= 0 else { return nil }
            result.append(number)
        }
        return result
    }
}

/// The numbers of a tensor as they lie in its storage, checked to be inside it and each used once.
struct StridedView {
    /// More dimensions than any network has.
    static let mostDimensions = 32

    let offset: Int
    let shape: [Int]
    let strides: [Int]
    let count: Int

    /// Sizes and strides must not be negative; `strides` has as many as `shape`.
    init(name: String, offset: Int, shape: [Int], strides: [Int], within storageCount: Int) throws {
        func outside() -> WeightsError { TorchFile.damaged("“\(name)” reaches out of its storage") }
        guard let count = StoredTensor.byteCount(.uint8, shape) else { throw outside() }
        (self.offset, self.shape, self.strides, self.count) = (offset, shape, strides, count)
        guard offset >= 0, offset <= storageCount else { throw outside() }
        if count == 0 { return }
        // A dimension overlaps the smaller ones if its stride does not pass over all that they reach.
        var reach = 0
        for (size, stride) in zip(shape, strides).filter({ $0.0 > 1 }).sorted(by: { $0.1 < $1.1 }) {
            guard stride > reach else { throw WeightsError.unsupported("numbers of “\(name)” overlap in memory") }
            let (length, tooLong) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflow) = reach.addingReportingOverflow(length)
            guard !tooLong, !overflow, sum < storageCount else { throw outside() }
            reach = sum
        }
        guard reach < storageCount - offset else { throw outside() }
    }

    /// The numbers row by row; `size` is the bytes of each.
    ///
    /// A slice of `storage` if they lie so already.
    func contiguous(_ storage: Data, size: Int) -> Data {
        var expected = 1
        var isContiguous = true
        for (length, stride) in zip(shape, strides).reversed() where length != 1 {
            isContiguous = isContiguous && stride == expected
            expected *= length
        }
        if isContiguous || count == 0 {
            let start = storage.startIndex + offset * size
            return storage[start..<(start + count * size)]
        }
        var result = Data(capacity: count * size)
        var index = [Int](repeating: 0, count: shape.count)
        var place = offset
        for _ in 0..<count {
            let start = storage.startIndex + place * size
            result.append(storage[start..<(start + size)])
            // The next index, counting like an odometer.
            for axis in shape.indices.reversed() {
                index[axis] += 1
                place += strides[axis]
                if index[axis] < shape[axis] { break }
                place -= shape[axis] * strides[axis]
                index[axis] = 0
            }
        }
        return result
    }
}
