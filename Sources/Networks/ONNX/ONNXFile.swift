// An ONNX file that was written by `ONNXModel`, opened again: for the arrays in it, and for a look inside its network.

public import Foundation
import SwiftProtobuf

/// An ONNX file, taken apart as far as is needed to explain what its network answers.
public struct ONNXFile: Sendable {
    private var model: Onnx_ModelProto

    /// Reads the bytes of a file.
    ///
    /// - Throws: `ONNXFileError` if they are no ONNX file.
    public init(_ data: Data) throws(ONNXFileError) {
        do {
            model = try Onnx_ModelProto(serializedBytes: data)
        } catch {
            throw ONNXFileError()
        }
    }

    /// The numbers of an array of 32-bit floats, whatever its shape; nil if there is none of this name.
    public func floats(_ name: String) -> [Float]? {
        guard let array = model.graph.initializer.first(where: { $0.name == name }),
            array.dataType == Int32(Onnx_TensorProto.DataType.float.rawValue), array.rawData.count % 4 == 0
        else { return nil }
        return array.rawData.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 4).map { offset in
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            }
        }
    }

    /// What the last map is called, whose mean over rows and columns is taken; nil unless that happens just once.
    public var pooledMap: String? {
        let pools = model.graph.node.filter { $0.opType == "GlobalAveragePool" }
        return pools.count == 1 ? pools[0].input.first : nil
    }

    /// The same network, which gives the map `name` too: [N, channels, rows, columns], after its other outputs.
    public func revealing(_ name: String) throws -> Data {
        var model = model
        guard !model.graph.output.contains(where: { $0.name == name }) else { return try model.serializedData() }
        model.graph.output.append(
            .with {
                $0.name = name
                $0.type.tensorType.elemType = Int32(Onnx_TensorProto.DataType.float.rawValue)
            })
        return try model.serializedData()
    }
}

/// The bytes are no ONNX file.
public struct ONNXFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence: what is wrong, and what to do.
    public var description: String { "The network is not an ONNX file that can be read. Copy the package again." }
}
