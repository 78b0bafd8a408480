// From tensors back to plain numbers, which may cross threads. On a GPU, reading waits until it has finished.

internal import CTorch
internal import Foundation
public import WeightFiles

extension Tensor {
    /// All numbers in row-major order, converted to `Element` where they are of another type.
    public func array<Element: TensorElement>(of element: Element.Type = Element.self) throws(TorchError) -> [Element] {
        let converted = try self.to(Element.elementType)
        let count = converted.count
        var status: Int32 = 0
        let result = [Element](unsafeUninitializedCapacity: count) { buffer, initialised in
            status = converted.asking { ct_read($0, buffer.baseAddress, buffer.count * MemoryLayout<Element>.stride) }
            initialised = status == 0 ? count : 0
        }
        guard status == 0 else { throw .last("array", shapes: [shape]) }
        return result
    }

    /// The only number of a tensor that has one.
    public func number() throws(TorchError) -> Double {
        guard count == 1 else {
            throw TorchError("number", shapes: [shape], reason: "It has \(count) numbers, not one.")
        }
        return try array(of: Double.self)[0]
    }

    /// The numbers as they go into a file of weights.
    public func stored() throws(TorchError) -> StoredTensor {
        let type = elementType
        var bytes = Data(count: count * type.size)
        let status = bytes.withUnsafeMutableBytes { target in
            asking { ct_read($0, target.baseAddress, target.count) }
        }
        guard status == 0 else { throw .last("stored", shapes: [shape]) }
        do {
            return try StoredTensor(type: type, shape: shape, bytes: bytes)
        } catch {
            throw TorchError("stored", shapes: [shape], reason: "\(error)")
        }
    }
}
