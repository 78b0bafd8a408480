// A graph with its weights as an ONNX file, which OpenVINO, ONNX Runtime and many others carry out.
//
// ONNX, "Operator Schemas", operator set 17, https://onnx.ai/onnx/operators/. Numbers are 32-bit floats; the size of the
// batch is open. A batch norm right after a convolution becomes part of it, which leaves a third of the nodes of a
// residual network; dropout, which does nothing outside training, is left out.

public import Foundation
import SwiftProtobuf
public import WeightFiles

/// An ONNX model, ready to be written.
public struct ONNXModel: Sendable {
    /// The operator set that the nodes keep to.
    public static let operatorSet = 17
    /// The version of the file format that came with it.
    static let formatVersion = 8

    private let model: Onnx_ModelProto

    /// Writes `graph` down with `weights`, which must have all arrays that it requires.
    ///
    /// The input is called `inputName`, the outputs as in the graph. `metadata` goes to the model's `metadata_props`. With a
    /// `quantisation`, its convolutions stand between `QuantizeLinear` and `DequantizeLinear`, by which engines know that they
    /// are to be computed with integers.
    public init(
        _ graph: Graph, weights: Weights, metadata: [String: String] = [:], inputName: String = "images",
        quantisation: Quantisation? = nil
    ) throws {
        var writer = try ONNXWriter(graph, weights, inputName: inputName, quantisation: quantisation)
        try writer.writeNodes()
        var model = Onnx_ModelProto()
        model.irVersion = Int64(Self.formatVersion)
        model.producerName = "ocelot"
        model.opsetImport = [.with { ($0.domain, $0.version) = ("", Int64(Self.operatorSet)) }]
        model.graph = writer.onnx
        model.metadataProps = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { entry in .with { ($0.key, $0.value) = (entry.key, entry.value) } }
        self.model = model
    }

    /// The file: the same bytes for the same graph, weights and metadata.
    public func data() throws -> Data { try model.serializedData() }
}
