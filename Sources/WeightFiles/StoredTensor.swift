// An array of numbers as it lies in a file of weights: element type, shape, bytes.

public import Foundation

/// The type of the numbers of an array; the raw values are those of the safetensors format.
public enum ElementType: String, CaseIterable, Codable, Sendable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint8 = "U8"
    case bool = "BOOL"

    /// Bytes of one number.
    public var size: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// Whether the numbers can have a fraction.
    public var isFloatingPoint: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: true
        case .int64, .int32, .int16, .int8, .uint8, .bool: false
        }
    }
}

/// An array of numbers: row by row, without gaps, little-endian.
public struct StoredTensor: Hashable, Sendable {
    /// Type of each number.
    public let type: ElementType
    /// Sizes of the dimensions, the slowest first; empty for a single number.
    public let shape: [Int]
    /// The numbers; as long as `type` and `shape` say.
    ///
    /// May be a slice of a file that is mapped into memory: indices start at `bytes.startIndex`, and nothing is aligned.
    public let bytes: Data

    /// How many numbers there are.
    public var count: Int { bytes.count / type.size }

    /// Makes an array of `bytes`, which must be as many as `type` and `shape` say.
    public init(type: ElementType, shape: [Int], bytes: Data) throws {
        guard let expected = Self.byteCount(type, shape), expected == bytes.count else {
            throw WeightsError.size(type: type, shape: shape, bytes: bytes.count)
        }
        (self.type, self.shape, self.bytes) = (type, shape, bytes)
    }

    /// Makes an array of 32-bit floats, which must be as many as `shape` says.
    public init(floats: [Float], shape: [Int]) throws {
        let bytes = floats.withUnsafeBufferPointer { floats in
            #if _endian(little)
                Data(buffer: floats)
            #else
                Data(floats.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) })
            #endif
        }
        try self.init(type: .float32, shape: shape, bytes: bytes)
    }

    /// The numbers as 32-bit floats, rounded to the nearest where the type holds more digits.
    public func floats() -> [Float] {
        switch type {
        case .float32: elements(UInt32.self) { Float(bitPattern: $0) }
        case .float64: elements(UInt64.self) { Float(Double(bitPattern: $0)) }
        case .float16: elements(UInt16.self) { Float(Float16(bitPattern: $0)) }
        case .bfloat16: elements(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .int64: elements(Int64.self) { Float($0) }
        case .int32: elements(Int32.self) { Float($0) }
        case .int16: elements(Int16.self) { Float($0) }
        case .int8: elements(Int8.self) { Float($0) }
        case .uint8: elements(UInt8.self) { Float($0) }
        case .bool: elements(UInt8.self) { $0 == 0 ? 0 : 1 }
        }
    }

    /// The same numbers as 16-bit floats, rounded to the nearest, ties to even; unchanged if the type is not a longer
    /// floating-point one, or if a number is too large for 16 bits (beyond ±65504).
    public func asFloat16() -> StoredTensor {
        guard type.isFloatingPoint, type != .float16 else { return self }
        var bytes = Data(capacity: count * 2)
        for value in floats() {
            let half = Float16(value)
            if half.isInfinite && value.isFinite { return self }
            withUnsafeBytes(of: half.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return (try? StoredTensor(type: .float16, shape: shape, bytes: bytes)) ?? self
    }

    private func elements<Bits: FixedWidthInteger>(_: Bits.Type, _ convert: (Bits) -> Float) -> [Float] {
        bytes.withUnsafeBytes { raw in
            [Float](unsafeUninitializedCapacity: count) { result, initialised in
                for index in 0..<count {
                    let bits = raw.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
                    result.initializeElement(at: index, to: convert(Bits(littleEndian: bits)))
                }
                initialised = count
            }
        }
    }

    /// Bytes that an array takes, or nil if a size is negative or the product overflows.
    ///
    /// A size of zero does not excuse the others: whoever multiplies them in another order must not overflow either.
    static func byteCount(_ type: ElementType, _ shape: [Int]) -> Int? {
        var count = type.size
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: max(size, 1))
            guard size >= 0, !overflow else { return nil }
            count = product
        }
        return shape.contains(0) ? 0 : count
    }
}
