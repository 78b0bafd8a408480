// A tensor: numbers of one type in a grid of any rank, on one device.
//
// Tensors are values: no public operation changes one, with two exceptions that libtorch itself makes, which are named
// where they happen: `backward` adds to the gradients of leaves, and batch norm in training moves its running statistics.
// Operations throw, because shapes are known only when they run.
//
// The pointer to libtorch's object stays in this file. C sees it only inside the functions below, which keep the tensors
// alive until C has returned: Swift may otherwise release a tensor after its last use in Swift, which is before the call.

internal import CTorch
public import WeightFiles

/// Numbers of one type in a grid of any rank, on one device.
///
/// Not `Sendable`: libtorch's tensors may not be changed by two threads at once, and whether recording for gradients is
/// on is a property of the thread. Send arrays of plain numbers.
public struct Tensor {
    /// Ends libtorch's object with the last copy of the tensor.
    private final class Handle {
        let pointer: CTTensor

        init(_ pointer: CTTensor) { self.pointer = pointer }
        deinit { ct_release(pointer) }
    }

    private let handle: Handle

    /// Takes over a pointer that C gave out.
    private init(owning pointer: CTTensor) { handle = Handle(pointer) }
}

@available(*, unavailable)
extension Tensor: Sendable {}

// MARK: - Calling C

/// Where C puts the pointer to a tensor that it made.
typealias TensorResult = UnsafeMutablePointer<CTTensor?>

extension Tensor {
    /// What `body` finds out about a tensor.
    func asking<Answer>(_ body: (CTTensor) -> Answer) -> Answer {
        withExtendedLifetime(handle) { body(handle.pointer) }
    }

    /// The tensor that C makes from nothing.
    static func made(_ operation: String, _ body: (TensorResult) -> Int32) throws(TorchError) -> Tensor {
        var result: CTTensor?
        guard body(&result) == 0, let result else { throw .last(operation) }
        return Tensor(owning: result)
    }

    /// The tensor that C makes from one.
    static func made(
        _ operation: String, _ x: Tensor, _ body: (TensorResult, CTTensor) -> Int32
    ) throws(TorchError) -> Tensor {
        var result: CTTensor?
        let status = withExtendedLifetime(x) { body(&result, x.handle.pointer) }
        guard status == 0, let result else { throw .last(operation, shapes: [x.shape]) }
        return Tensor(owning: result)
    }

    /// The tensor that C makes from two.
    static func made(
        _ operation: String, _ x: Tensor, _ y: Tensor, _ body: (TensorResult, CTTensor, CTTensor) -> Int32
    ) throws(TorchError) -> Tensor {
        var result: CTTensor?
        let status = withExtendedLifetime((x, y)) { body(&result, x.handle.pointer, y.handle.pointer) }
        guard status == 0, let result else { throw .last(operation, shapes: [x.shape, y.shape]) }
        return Tensor(owning: result)
    }

    /// The tensor that C makes from two and perhaps a third.
    static func made(
        _ operation: String, _ x: Tensor, _ y: Tensor, _ z: Tensor?,
        _ body: (TensorResult, CTTensor, CTTensor, CTTensor?) -> Int32
    ) throws(TorchError) -> Tensor {
        var result: CTTensor?
        let status = withExtendedLifetime((x, y, z)) {
            body(&result, x.handle.pointer, y.handle.pointer, z?.handle.pointer)
        }
        guard status == 0, let result else {
            throw .last(operation, shapes: [x, y].map(\.shape) + (z.map { [$0.shape] } ?? []))
        }
        return Tensor(owning: result)
    }

    /// The tensor that C makes from a list.
    static func made(
        _ operation: String, _ list: [Tensor], _ body: (TensorResult, UnsafePointer<CTTensor?>?, Int) -> Int32
    ) throws(TorchError) -> Tensor {
        var result: CTTensor?
        let status = withExtendedLifetime(list) {
            let pointers = list.map { Optional($0.handle.pointer) }
            return pointers.withUnsafeBufferPointer { body(&result, $0.baseAddress, $0.count) }
        }
        guard status == 0, let result else { throw .last(operation, shapes: list.map(\.shape)) }
        return Tensor(owning: result)
    }

    /// The two tensors that C makes from one.
    static func madeTwo(
        _ operation: String, _ x: Tensor, _ body: (TensorResult, CTTensor) -> Int32
    ) throws(TorchError) -> (Tensor, Tensor) {
        var results: (CTTensor?, CTTensor?)
        let status = withExtendedLifetime(x) {
            withUnsafeMutableBytes(of: &results) { bytes in
                body(bytes.assumingMemoryBound(to: CTTensor?.self).baseAddress.unsafelyUnwrapped, x.handle.pointer)
            }
        }
        guard status == 0, let first = results.0, let second = results.1 else {
            throw .last(operation, shapes: [x.shape])
        }
        return (Tensor(owning: first), Tensor(owning: second))
    }

    /// The tensor that C may find in one, or nil.
    static func found(
        _ operation: String, _ x: Tensor, _ body: (TensorResult, CTTensor) -> Int32
    ) throws(TorchError) -> Tensor? {
        var result: CTTensor?
        let status = withExtendedLifetime(x) { body(&result, x.handle.pointer) }
        guard status == 0 else { throw .last(operation, shapes: [x.shape]) }
        return result.map { Tensor(owning: $0) }
    }

    /// Does something with a list that makes no other tensor.
    static func run(
        _ operation: String, _ list: [Tensor], _ body: (UnsafePointer<CTTensor?>?) -> Int32
    ) throws(TorchError) {
        let status = withExtendedLifetime(list) {
            list.map { Optional($0.handle.pointer) }.withUnsafeBufferPointer { body($0.baseAddress) }
        }
        guard status == 0 else { throw .last(operation) }
    }

    /// Does something with one tensor, or two, that makes no other.
    static func run(
        _ operation: String, _ x: Tensor, _ y: Tensor? = nil, _ body: (CTTensor, CTTensor?) -> Int32
    ) throws(TorchError) {
        let status = withExtendedLifetime((x, y)) { body(x.handle.pointer, y?.handle.pointer) }
        guard status == 0 else { throw .last(operation, shapes: [x.shape] + (y.map { [$0.shape] } ?? [])) }
    }

    /// What C does with a list of tensors: 0, or -1 and a reason.
    static func status(_ list: [Tensor], _ body: (UnsafePointer<CTTensor?>?, Int) -> Int32) -> Int32 {
        withExtendedLifetime(list) {
            let pointers = list.map { Optional($0.handle.pointer) }
            return pointers.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
        }
    }
}

// MARK: - What a tensor is

extension Tensor {
    /// How many dimensions there are; 0 for a single number.
    public var rank: Int { asking(ct_rank) }

    /// Sizes of the dimensions, the slowest first; empty for a single number.
    public var shape: [Int] {
        asking { pointer in
            let rank = ct_rank(pointer)
            return [Int](unsafeUninitializedCapacity: rank) { buffer, count in
                ct_shape(pointer, buffer.baseAddress)
                count = rank
            }
        }
    }

    /// How many numbers there are.
    public var count: Int { shape.reduce(1, *) }

    /// The type of the numbers.
    public var elementType: ElementType {
        let number = asking(ct_element_type)
        guard let type = ElementType(torchNumber: number) else {
            preconditionFailure("No operation here makes tensors of libtorch's element type \(number).")
        }
        return type
    }

    /// Where the numbers are.
    public var device: Device { Device(torchNumber: asking(ct_device)) }

    /// Whether [N, C, H, W] lies in memory as [N, H, W, C] would, which convolutions prefer.
    public var isChannelsLast: Bool { asking(ct_is_channels_last) != 0 }

    /// Whether two tensors see the same memory.
    package func sharesMemory(with other: Tensor) -> Bool {
        asking { x in other.asking { y in ct_shares_memory(x, y) != 0 } }
    }

    /// Tensors given out by libtorch and not yet released, counted on this thread: for tests of leaks.
    ///
    /// Exact for work that stays on one thread, whatever other threads do.
    package static var liveCountOfThread: Int { Int(ct_live_tensors_of_thread()) }

    /// The same for the whole process.
    package static var liveCount: Int { Int(ct_live_tensors()) }
}

extension Tensor: CustomStringConvertible {
    /// What it is, without its numbers.
    public var description: String { "Tensor \(shape) of \(elementType), \(device)" }
}
