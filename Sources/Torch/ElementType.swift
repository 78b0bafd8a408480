// The types of a tensor's numbers are those of the files of weights; here they meet libtorch's.

public import WeightFiles

extension ElementType {
    /// libtorch's own number (c10/core/ScalarType.h); `tensors.cpp` asserts them.
    var torchNumber: Int32 {
        switch self {
        case .uint8: 0
        case .int8: 1
        case .int16: 2
        case .int32: 3
        case .int64: 4
        case .float16: 5
        case .float32: 6
        case .float64: 7
        case .bool: 11
        case .bfloat16: 15
        }
    }

    init?(torchNumber: Int32) {
        guard let type = Self.allCases.first(where: { $0.torchNumber == torchNumber }) else { return nil }
        self = type
    }
}

/// A Swift number that can be an element of a tensor.
public protocol TensorElement: BitwiseCopyable {
    /// The type of a tensor of these numbers.
    static var elementType: ElementType { get }
}

extension Float: TensorElement {
    /// 32-bit floats.
    public static var elementType: ElementType { .float32 }
}

extension Double: TensorElement {
    /// 64-bit floats.
    public static var elementType: ElementType { .float64 }
}

extension Int: TensorElement {
    /// 64-bit integers.
    public static var elementType: ElementType { .int64 }
}

extension Int32: TensorElement {
    /// 32-bit integers.
    public static var elementType: ElementType { .int32 }
}

extension UInt8: TensorElement {
    /// Bytes.
    public static var elementType: ElementType { .uint8 }
}

extension Bool: TensorElement {
    /// Truth values, one byte each.
    public static var elementType: ElementType { .bool }
}
