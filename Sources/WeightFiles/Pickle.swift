// A reader of Python's pickles that takes data and runs nothing.
//
// Python's `pickletools` documents the operations. A pickle is a program for a stack machine that may call any function
// of Python; here, the few functions by which torch.save describes tensors are noted as data, and whatever else a file
// names is refused by its name. Lists, tuples and dictionaries stand in one array and are referred to by index: a
// hostile file can build no chain whose release would exhaust the stack, and no cycle that is never released.

/// A value of a pickle.
enum PickleValue {
    case none
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case string(String)
    /// A class or function, by its name; one of `PickleMachine.knownGlobals`.
    case global(String)
    /// An index into `PickleMachine.objects`.
    case object(Int)
}

/// A value that has parts.
struct PickleObject {
    enum Kind {
        case tuple
        case list
        /// Key, value, key, value, …
        case dictionary
        /// What a persistent identifier stands for: the parts of the identifier.
        case storage
        /// The arguments of `_rebuild_tensor_v2`: storage, offset, sizes, strides, ….
        case tensor
    }

    var kind: Kind
    var items: [PickleValue]
}

/// Carries one pickle out.
struct PickleMachine {
    /// What may be named.
    ///
    /// All of it is data here: torch's functions describe tensors, its classes name types of numbers.
    static let knownGlobals: Set<String> = [
        "collections.OrderedDict", "torch.Size", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter", "torch.nn.parameter.Parameter",
        "torch.DoubleStorage", "torch.FloatStorage", "torch.HalfStorage", "torch.BFloat16Storage", "torch.LongStorage",
        "torch.IntStorage", "torch.ShortStorage", "torch.CharStorage", "torch.ByteStorage", "torch.BoolStorage",
        "torch.float64", "torch.float32", "torch.float16", "torch.bfloat16", "torch.int64", "torch.int32",
        "torch.int16",
        "torch.int8", "torch.uint8", "torch.bool",
    ]

    /// More values than the description of any network has; a hostile file must not fill the memory.
    private static let mostValues = 2_000_000

    private(set) var objects: [PickleObject] = []
    private var stack: [PickleValue] = []
    /// Heights of the stack at which a mark stands.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    /// All values ever put into objects.
    private var itemCount = 0
    private var reader: ByteReader

    init(_ reader: ByteReader) { self.reader = reader }

    /// Where the pickle ends, once it has been carried out.
    var position: Int { reader.position }

    /// Carries the pickle out and returns its value; objects of earlier pickles stay.
    mutating func run() throws -> PickleValue {
        (stack, marks, memo) = ([], [], [:])
        while true {
            let opcode = try reader.integer(UInt8.self)
            // STOP
            if opcode == UInt8(ascii: ".") { return try pop() }
            try step(opcode)
            guard stack.count + itemCount + memo.count <= Self.mostValues else {
                throw reader.damaged("its pickle has more than \(Self.mostValues) values")
            }
        }
    }

    /// The parts of an object of this kind; nil if `value` is something else.
    func items(_ kind: PickleObject.Kind, of value: PickleValue) -> [PickleValue]? {
        guard case .object(let index) = value, objects[index].kind == kind else { return nil }
        return objects[index].items
    }

    private mutating func step(_ opcode: UInt8) throws {
        switch opcode {
        // Heads and frames of later protocols say nothing that is needed here.
        case 0x80: _ = try reader.integer(UInt8.self)  // PROTO
        case 0x95: _ = try reader.take(8)  // FRAME

        // Numbers, strings.
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.bool(true))
        case 0x89: stack.append(.bool(false))
        case UInt8(ascii: "J"): stack.append(.integer(Int(try reader.integer(Int32.self))))
        case UInt8(ascii: "K"): stack.append(.integer(Int(try reader.integer(UInt8.self))))
        case UInt8(ascii: "M"): stack.append(.integer(Int(try reader.integer(UInt16.self))))
        case 0x8A: stack.append(.integer(try longInteger()))
        case UInt8(ascii: "G"):
            stack.append(.float(Double(bitPattern: try reader.integer(UInt64.self).byteSwapped)))
        case UInt8(ascii: "X"): try pushString(length: Int(try reader.integer(UInt32.self)))
        case 0x8C: try pushString(length: Int(try reader.integer(UInt8.self)))
        case 0x8D: try pushString(length: try reader.length())
        // BINSTRING and SHORT_BINSTRING, the strings of Python 2.
        case UInt8(ascii: "T"): try pushString(length: Int(try reader.integer(Int32.self)))
        case UInt8(ascii: "U"): try pushString(length: Int(try reader.integer(UInt8.self)))

        // The stack.
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "2"):
            let top = try pop()
            stack += [top, top]

        // Things with parts.
        case UInt8(ascii: ")"): push(.tuple, [])
        case 0x85: push(.tuple, [try pop()])
        case 0x86: push(.tuple, try pop(2))
        case 0x87: push(.tuple, try pop(3))
        case UInt8(ascii: "t"): push(.tuple, try popToMark())
        case UInt8(ascii: "]"): push(.list, [])
        case UInt8(ascii: "l"): push(.list, try popToMark())
        case UInt8(ascii: "}"): push(.dictionary, [])
        case UInt8(ascii: "d"): push(.dictionary, try popToMark())
        case UInt8(ascii: "a"): try append([try pop()], to: .list)
        case UInt8(ascii: "e"): try append(try popToMark(), to: .list)
        case UInt8(ascii: "s"): try append(try pop(2), to: .dictionary)
        case UInt8(ascii: "u"): try append(try popToMark(), to: .dictionary)

        // The memo.
        case UInt8(ascii: "q"): memo[Int(try reader.integer(UInt8.self))] = try top()
        case UInt8(ascii: "r"): memo[Int(try reader.integer(UInt32.self))] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "h"): try recall(Int(try reader.integer(UInt8.self)))
        case UInt8(ascii: "j"): try recall(Int(try reader.integer(UInt32.self)))

        default: try stepBeyondData(opcode)
        }
    }

    /// The operations by which a pickle reaches for something outside itself.
    private mutating func stepBeyondData(_ opcode: UInt8) throws {
        switch opcode {
        // GLOBAL and INST: the module and the name are in the next two lines.
        case UInt8(ascii: "c"): try pushGlobal(try globalName())
        case UInt8(ascii: "i"): throw WeightsError.notData(global: try globalName())
        // STACK_GLOBAL
        case 0x93:
            guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
                throw reader.damaged("its pickle names something that is not text")
            }
            try pushGlobal("\(module).\(name)")
        // REDUCE: a call.
        case UInt8(ascii: "R"):
            let arguments = try pop()
            try call(try pop(), arguments)
        // BINPERSID: a storage, described by a tuple.
        case UInt8(ascii: "Q"):
            guard let parts = items(.tuple, of: try pop()) else { throw reader.damaged("a storage has no description") }
            push(.storage, parts)
        // BUILD: attributes of what stands before them. State dictionaries carry `_metadata`, the parameters of PyTorch
        // before 0.4 whether they are learned; neither is needed.
        case UInt8(ascii: "b"):
            _ = try pop()
            let target = try top()
            guard items(.dictionary, of: target) != nil || items(.tensor, of: target) != nil else {
                throw WeightsError.notData(global: "the state of an object (BUILD)")
            }
        // NEWOBJ, NEWOBJ_EX, OBJ: an instance of a class.
        case 0x81, 0x92, UInt8(ascii: "o"): throw WeightsError.notData(global: "an instance of a class (NEWOBJ or OBJ)")
        // EXT1, EXT2, EXT4: something registered under a number.
        case 0x82, 0x83, 0x84: throw WeightsError.notData(global: "a registered extension (EXT)")
        default:
            throw reader.damaged(
                "its pickle has the operation 0x\(String(opcode, radix: 16)) at byte \(reader.position - 1), "
                    + "which torch.save does not write")
        }
    }

    /// What a call of one of the known functions stands for.
    private mutating func call(_ function: PickleValue, _ arguments: PickleValue) throws {
        guard case .global(let name) = function, let arguments = items(.tuple, of: arguments) else {
            throw reader.damaged("its pickle calls something that is not a function")
        }
        switch name {
        case "collections.OrderedDict":
            var items: [PickleValue] = []
            // Python 2 wrote a list of pairs.
            for pair in arguments.first.flatMap({ self.items(.list, of: $0) }) ?? [] {
                guard let pair = self.items(.list, of: pair) ?? self.items(.tuple, of: pair), pair.count == 2 else {
                    throw reader.damaged("a dictionary has something else than pairs")
                }
                items += pair
            }
            push(.dictionary, items)
        case "torch.Size":
            guard let sizes = arguments.first, items(.tuple, of: sizes) != nil else {
                throw reader.damaged("a torch.Size has no sizes")
            }
            stack.append(sizes)
        case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
            push(.tensor, arguments)
        case "torch._utils._rebuild_parameter", "torch.nn.parameter.Parameter":
            guard let tensor = arguments.first, items(.tensor, of: tensor) != nil else {
                throw reader.damaged("a parameter has no tensor")
            }
            stack.append(tensor)
        default:
            throw WeightsError.notData(global: "a call of \(name)")
        }
    }

    private mutating func globalName() throws -> String {
        let module = String(decoding: try reader.line(), as: UTF8.self)
        return "\(module).\(String(decoding: try reader.line(), as: UTF8.self))"
    }

    private mutating func pushGlobal(_ name: String) throws {
        guard Self.knownGlobals.contains(name) else { throw WeightsError.notData(global: name) }
        stack.append(.global(name))
    }

    private mutating func pushString(length: Int) throws {
        guard let text = String(validating: try reader.take(length), as: UTF8.self) else {
            throw reader.damaged("a name in its pickle is not UTF-8")
        }
        stack.append(.string(text))
    }

    /// LONG1: a length in one byte, then a signed number of as many bytes.
    private mutating func longInteger() throws -> Int {
        let bytes = try reader.take(Int(try reader.integer(UInt8.self)))
        guard bytes.count <= 8 else { throw reader.damaged("a number in its pickle has \(bytes.count) bytes") }
        let isNegative = (bytes.last ?? 0) >= 0x80
        var value: UInt64 = isNegative ? .max : 0
        for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
        return Int(Int64(bitPattern: value))
    }

    private mutating func push(_ kind: PickleObject.Kind, _ items: [PickleValue]) {
        objects.append(PickleObject(kind: kind, items: items))
        itemCount += items.count + 1
        stack.append(.object(objects.count - 1))
    }

    private mutating func append(_ items: [PickleValue], to kind: PickleObject.Kind) throws {
        guard case .object(let index) = try top(), objects[index].kind == kind else {
            throw reader.damaged("its pickle puts something where nothing can be put")
        }
        objects[index].items += items
        itemCount += items.count
    }

    private mutating func recall(_ index: Int) throws {
        guard let value = memo[index] else { throw reader.damaged("its pickle recalls what it has not memorised") }
        stack.append(value)
    }

    private func top() throws -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.last else { throw emptyStack() }
        return value
    }

    private mutating func pop() throws -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.popLast() else { throw emptyStack() }
        return value
    }

    private mutating func pop(_ count: Int) throws -> [PickleValue] {
        guard stack.count >= (marks.last ?? 0) + count else { throw emptyStack() }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws -> [PickleValue] {
        guard let mark = marks.popLast() else { throw emptyStack() }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private func emptyStack() -> WeightsError { reader.damaged("its pickle takes more than it has put") }
}
