// The nodes of a graph, one after another, in the words of ONNX.

import Foundation
import SwiftProtobuf
import WeightFiles

struct ONNXWriter {
    private let graph: Graph
    private let weights: Weights
    private let quantisation: Quantisation?
    /// What the result of each node of the graph is called.
    private var values: [String] = []
    /// Convolutions that wait for the batch norm after them, by the index of the batch norm.
    private var waiting: [Int: Int] = [:]
    var onnx = Onnx_GraphProto()

    init(_ graph: Graph, _ weights: Weights, inputName: String, quantisation: Quantisation?) throws {
        try graph.check(weights)
        (self.graph, self.weights, self.quantisation) = (graph, weights, quantisation)
        onnx.name = "network"
        switch graph.input {
        case .bytes(let rows, let columns):
            onnx.input = [Self.valueInfo(inputName, .uint8, [rows, columns, 3])]
        case .floats(let rows, let columns):
            onnx.input = [Self.valueInfo(inputName, .float, [3, rows, columns])]
        case .vectors(let count):
            onnx.input = [Self.valueInfo(inputName, .float, [count])]
        }
        onnx.output = graph.outputs.map { Self.valueInfo($0.name, .float, graph.nodes[$0.node].shape) }
        waiting = Self.foldable(graph)
        values = graph.nodes.indices.map { index in
            if index == 0 { return inputName }
            return graph.outputs.first { $0.node == index }?.name ?? "value\(index)"
        }
    }

    /// The batch norms whose input is a convolution that nothing else uses, and the index of that convolution.
    private static func foldable(_ graph: Graph) -> [Int: Int] {
        var uses = [Int](repeating: 0, count: graph.nodes.count)
        for input in graph.nodes.flatMap(\.inputs) + graph.outputs.map(\.node) { uses[input] += 1 }
        var result: [Int: Int] = [:]
        for (index, node) in graph.nodes.enumerated() {
            guard case .batchNorm = node.operation, let input = node.inputs.first, uses[input] == 1,
                case .convolution = graph.nodes[input].operation
            else { continue }
            result[index] = input
        }
        return result
    }

    mutating func writeNodes() throws {
        let folded = Set(waiting.values)
        for (index, node) in graph.nodes.enumerated() where !folded.contains(index) {
            try write(index, node)
        }
        // Two names for one value, or a name for the input itself.
        for output in graph.outputs where values[output.node] != output.name {
            add("Identity", [values[output.node]], output.name)
        }
    }

    private mutating func write(_ index: Int, _ node: Node) throws {
        let scale = quantisation?.scales[index]
        let output = scale == nil ? values[index] : "\(values[index]).exact"
        defer { if let scale { writeRounding(output, values[index], scale) } }
        let inputs = node.inputs.map { values[$0] }
        switch node.operation {
        case .input:
            break
        case .dropout:
            values[index] = inputs[0]
        case .normalise(let mean, let deviation):
            try writeNormalise(inputs[0], output, mean: mean, deviation: deviation)
        case .convolution:
            try writeConvolution(index, output, norm: nil)
        case .batchNorm(let path, let channels, let epsilon):
            if let convolution = waiting[index] {
                try writeConvolution(convolution, output, norm: (path, channels, epsilon))
            } else {
                let arrays = try ["weight", "bias", "running_mean", "running_var"].map { part in
                    try initializer("\(path).\(part)", weights.tensor("\(path).\(part)"))
                }
                add("BatchNormalization", inputs + arrays, output, [.float("epsilon", epsilon)])
            }
        case .relu:
            add("Relu", inputs, output)
        case .relu6:
            add("Clip", inputs + [try constant("zero", [0], []), try constant("six", [6], [])], output)
        case .maxPool(let kernel, let stride, let padding, let ceiling):
            add(
                "MaxPool", inputs, output,
                [
                    .integers("kernel_shape", [kernel, kernel]), .integers("strides", [stride, stride]),
                    .integers("pads", [padding, padding, padding, padding]), .integer("ceil_mode", ceiling ? 1 : 0),
                ])
        case .globalAveragePool:
            add("GlobalAveragePool", inputs, "\(output).pooled")
            add("Flatten", ["\(output).pooled"], output)
        case .add:
            add("Add", inputs, output)
        case .concatenate:
            add("Concat", inputs, output, [.integer("axis", 1)])
        case .subsample(let stride, let before, let after):
            let end = Int(Int32.max)
            let window = ["starts": [0, 0], "ends": [end, end], "axes": [2, 3], "steps": [stride, stride]]
            let arrays = ["starts", "ends", "axes", "steps"].map { integers("\(output).\($0)", window[$0] ?? []) }
            add("Slice", inputs + arrays, "\(output).sliced")
            let pads = integers("\(output).pads", [0, before, 0, 0, 0, after, 0, 0])
            add("Pad", ["\(output).sliced", pads, try constant("zero", [0], [])], output)
        case .linear(let path, _, _):
            let arrays = try ["weight", "bias"].map { part in
                try initializer("\(path).\(part)", weights.tensor("\(path).\(part)"))
            }
            add("Gemm", inputs + arrays, output, [.integer("transB", 1)])
        case .unitLength:
            // LpNormalization would divide a row of zeros by zero.
            add("ReduceL2", inputs, "\(output).length", [.integers("axes", [1]), .integer("keepdims", 1)])
            add("Max", ["\(output).length", try constant("tiny", [1e-12], [])], "\(output).divisor")
            add("Div", inputs + ["\(output).divisor"], output)
        case .squareRoot:
            add("Relu", inputs, "\(output).positive")
            add("Sqrt", ["\(output).positive"], output)
        case .softmax:
            add("Softmax", inputs, output, [.integer("axis", 1)])
        case .sigmoid:
            add("Sigmoid", inputs, output)
        }
    }

    /// (x / 255 − mean) / deviation as x · scale + shift.
    private mutating func writeNormalise(
        _ input: String, _ output: String, mean: [Float], deviation: [Float]
    ) throws {
        let scale = deviation.map { Float(1 / (255 * Double($0))) }
        let shift = zip(mean, deviation).map { Float(-Double($0) / Double($1)) }
        add("Cast", [input], "\(output).float", [.integer("to", Onnx_TensorProto.DataType.float.rawValue)])
        add("Transpose", ["\(output).float"], "\(output).planes", [.integers("perm", [0, 3, 1, 2])])
        add("Mul", ["\(output).planes", try constant("\(output).scale", scale, [1, 3, 1, 1])], "\(output).scaled")
        add("Add", ["\(output).scaled", try constant("\(output).shift", shift, [1, 3, 1, 1])], output)
    }

    private mutating func writeConvolution(
        _ index: Int, _ output: String, norm: (path: String, channels: Int, epsilon: Float)?
    ) throws {
        let node = graph.nodes[index]
        guard
            case .convolution(let path, _, _, let kernel, let stride, let padding, let groups, let hasBias) = node
                .operation
        else { return }
        var arrays = [try weights.tensor("\(path).weight")]
        if hasBias { arrays.append(try weights.tensor("\(path).bias")) }
        if let norm { arrays = try fold(norm, into: arrays) }
        let source = graph.source(node.inputs[0])
        let names =
            if let scale = quantisation?.scales[source] {
                try integers(path, arrays, groups: groups, input: scale, means: quantisation?.means[source])
            } else {
                try zip(["weight", "bias"], arrays).map { try initializer("\(path).\($0)", $1) }
            }
        add(
            "Conv", [values[node.inputs[0]]] + names, output,
            [
                .integers("kernel_shape", [kernel, kernel]), .integers("strides", [stride, stride]),
                .integers("pads", [padding.top, padding.left, padding.bottom, padding.right]),
                .integer("group", groups),
            ])
    }

    /// The weights and the bias of a convolution that does what it and the batch norm after it did.
    ///
    /// γ · (w ∗ x + b − μ) / √(σ² + ε) + β, in 64-bit floats: the weights are scaled, the rest is the new bias.
    private func fold(
        _ norm: (path: String, channels: Int, epsilon: Float), into arrays: [StoredTensor]
    ) throws -> [StoredTensor] {
        func numbers(_ part: String) throws -> [Double] {
            try weights.tensor("\(norm.path).\(part)").floats().map(Double.init)
        }
        let (gamma, beta) = (try numbers("weight"), try numbers("bias"))
        let (mean, variance) = (try numbers("running_mean"), try numbers("running_var"))
        let bias = arrays.count > 1 ? arrays[1].floats() : [Float](repeating: 0, count: norm.channels)
        var weight = arrays[0].floats()
        let size = weight.count / norm.channels
        var shift: [Float] = []
        for channel in 0..<norm.channels {
            let scale = gamma[channel] / (variance[channel] + Double(norm.epsilon)).squareRoot()
            for index in (channel * size)..<((channel + 1) * size) {
                weight[index] = Float(Double(weight[index]) * scale)
            }
            shift.append(Float(beta[channel] + (Double(bias[channel]) - mean[channel]) * scale))
        }
        return [
            try StoredTensor(floats: weight, shape: arrays[0].shape),
            try StoredTensor(floats: shift, shape: [norm.channels]),
        ]
    }

    mutating func add(
        _ kind: String, _ inputs: [String], _ output: String, _ attributes: [Onnx_AttributeProto] = []
    ) {
        onnx.node.append(
            .with {
                ($0.opType, $0.input, $0.output) = (kind, inputs, [output])
                ($0.name, $0.attribute) = (output, attributes)
            })
    }

    /// Adds an array of weights, without a copy if its numbers are 32-bit floats, and returns its name.
    private mutating func initializer(_ name: String, _ tensor: StoredTensor) throws -> String {
        let bytes =
            tensor.type == .float32
            ? tensor.bytes : try StoredTensor(floats: tensor.floats(), shape: tensor.shape).bytes
        onnx.initializer.append(
            .with {
                ($0.name, $0.dims, $0.rawData) = (name, tensor.shape.map(Int64.init), bytes)
                $0.dataType = Int32(Onnx_TensorProto.DataType.float.rawValue)
            })
        return name
    }

    /// Adds some numbers under a name, unless they are there already, and returns the name.
    private mutating func constant(_ name: String, _ floats: [Float], _ shape: [Int]) throws -> String {
        if onnx.initializer.contains(where: { $0.name == name }) { return name }
        return try initializer(name, StoredTensor(floats: floats, shape: shape))
    }

    private mutating func integers(_ name: String, _ values: [Int]) -> String {
        onnx.initializer.append(
            .with {
                ($0.name, $0.dims) = (name, [Int64(values.count)])
                $0.dataType = Int32(Onnx_TensorProto.DataType.int64.rawValue)
                $0.rawData = values.reduce(into: Data()) { data, value in
                    withUnsafeBytes(of: Int64(value).littleEndian) { data.append(contentsOf: $0) }
                }
            })
        return name
    }

    private static func valueInfo(
        _ name: String, _ type: Onnx_TensorProto.DataType, _ shape: [Int]
    ) -> Onnx_ValueInfoProto {
        .with {
            $0.name = name
            $0.type.tensorType.elemType = Int32(type.rawValue)
            $0.type.tensorType.shape.dim =
                [.with { $0.dimParam = "batch" }] + shape.map { size in .with { $0.dimValue = Int64(size) } }
        }
    }
}

extension Onnx_AttributeProto {
    static func integer(_ name: String, _ value: Int) -> Self {
        .with { ($0.name, $0.type, $0.i) = (name, .int, Int64(value)) }
    }

    fileprivate static func integers(_ name: String, _ values: [Int]) -> Self {
        .with { ($0.name, $0.type, $0.ints) = (name, .ints, values.map(Int64.init)) }
    }

    fileprivate static func float(_ name: String, _ value: Float) -> Self {
        .with { ($0.name, $0.type, $0.f) = (name, .float, value) }
    }
}
