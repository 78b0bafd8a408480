// Where tensors come from: numbers, files, chance.

internal import CTorch
internal import Foundation
public import WeightFiles

extension Tensor {
    /// A tensor of zeros.
    public static func zeros(
        _ shape: [Int], _ type: ElementType = .float32, on device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try full(shape, 0, type, on: device)
    }

    /// A tensor of ones.
    public static func ones(
        _ shape: [Int], _ type: ElementType = .float32, on device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try full(shape, 1, type, on: device)
    }

    /// A tensor with the same number everywhere.
    public static func full(
        _ shape: [Int], _ value: Double, _ type: ElementType = .float32, on device: Device = .cpu
    ) throws(TorchError) -> Tensor {
        try device.requireAvailable("full")
        return try made("full") { ct_full($0, shape, shape.count, value, type.torchNumber, device.torchNumber) }
    }

    /// 0, 1, …, count − 1, as 64-bit integers.
    public static func range(_ count: Int, on device: Device = .cpu) throws(TorchError) -> Tensor {
        try device.requireAvailable("range")
        return try made("range") { ct_range($0, count, device.torchNumber) }
    }

    /// A single number, of rank 0.
    public init<Element: TensorElement>(_ value: Element) throws(TorchError) { try self.init([value], shape: []) }

    /// A row of numbers.
    public init<Element: TensorElement>(_ values: [Element]) throws(TorchError) {
        try self.init(values, shape: [values.count])
    }

    /// Numbers in row-major order, as many as `shape` says.
    ///
    /// They are copied once.
    public init<Element: TensorElement>(
        _ values: [Element], shape: [Int], on device: Device = .cpu
    ) throws(TorchError) {
        let type = Element.elementType
        try Self.require(values.count * type.size, type, shape)
        self = try .written(shape, type) { target in
            values.withUnsafeBytes { target.copyMemory(from: $0) }
        }.to(device)
    }

    /// The bytes of numbers in row-major order, as many as `type` and `shape` say.
    ///
    /// They are copied once, and need not be aligned.
    public init(
        bytes: UnsafeRawBufferPointer, _ type: ElementType, shape: [Int], on device: Device = .cpu
    ) throws(TorchError) {
        try Self.require(bytes.count, type, shape)
        self = try .written(shape, type) { $0.copyMemory(from: bytes) }.to(device)
    }

    /// An array from a file of weights.
    ///
    /// Its numbers are copied once.
    public init(_ stored: StoredTensor, on device: Device = .cpu) throws(TorchError) {
        self = try .written(stored.shape, stored.type) { target in
            stored.bytes.withUnsafeBytes { target.copyMemory(from: $0) }
        }.to(device)
    }

    /// A tensor in main memory whose bytes `body` writes, all of them, in row-major order: for those who would otherwise
    /// make an array only to have it copied.
    public static func written(
        _ shape: [Int], _ type: ElementType, by body: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(TorchError) -> Tensor {
        var data: UnsafeMutableRawPointer?
        let tensor = try made("Tensor") { ct_uninitialised($0, shape, shape.count, type.torchNumber, &data) }
        withExtendedLifetime(tensor) {
            body(UnsafeMutableRawBufferPointer(start: data, count: shape.reduce(type.size, *)))
        }
        return tensor
    }

    private static func require(_ bytes: Int, _ type: ElementType, _ shape: [Int]) throws(TorchError) {
        // A negative size is left for libtorch to refuse.
        guard bytes == shape.reduce(type.size, *) else {
            throw TorchError("Tensor", reason: "\(bytes) bytes do not make \(shape) of \(type).")
        }
    }
}
