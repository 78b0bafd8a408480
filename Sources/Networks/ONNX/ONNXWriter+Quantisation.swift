// Numbers that are rounded to 8-bit integers, in the words of ONNX.
//
// ONNX, "QuantizeLinear" and "DequantizeLinear", operator set 13. Nothing in the file computes with integers: an engine
// knows by these pairs where it may. Where it does not, it gets the same numbers, but more slowly.

import Foundation
import SwiftProtobuf
import WeightFiles

extension ONNXWriter {
    /// `output`: `input` rounded to what bytes of this scale can say.
    mutating func writeRounding(_ input: String, _ output: String, _ scale: ByteScale) {
        let arrays = [
            array("\(output).step", [scale.step], .float), array("\(output).zero", [scale.zeroPoint], .uint8),
        ]
        add("QuantizeLinear", [input] + arrays, "\(output).bytes")
        add("DequantizeLinear", ["\(output).bytes"] + arrays, output)
    }

    /// The weights and the bias of a convolution as integers, and the names of what they mean.
    mutating func integers(
        _ path: String, _ arrays: [StoredTensor], groups: Int, input: ByteScale, means: [Float]?
    ) throws -> [String] {
        let (weights, outputs) = (arrays[0].floats(), arrays[0].shape[0])
        var bias = arrays.count > 1 ? arrays[1].floats().map(Double.init) : nil
        guard weights.allSatisfy(\.isFinite), bias?.allSatisfy(\.isFinite) ?? true else {
            throw WeightsError.damaged(format: "weights", problem: "\(path) has numbers that are not finite")
        }
        let rounded = ByteWeights(
            weights, outputs: outputs,
            bias: bias.map { $0.map { $0 / Double(input.step) } } ?? Array(repeating: 0, count: outputs))
        if let means, let uncorrected = bias {
            bias = zip(uncorrected, rounded.loss(weights, means: means, groups: groups)).map { $0 + $1 }
        }
        var names = [
            scaled(
                "\(path).weight", array("\(path).weight.integers", rounded.integers, .int8, arrays[0].shape),
                rounded.steps)
        ]
        if let bias {
            let steps = rounded.steps.map { $0 * input.step }
            let integers = zip(bias, steps).map { value, step in
                // Of the tiniest steps the product is 0.
                step == 0
                    ? 0
                    : Int32(
                        min(max((value / Double(step)).rounded(.toNearestOrEven), Double(Int32.min)), Double(Int32.max))
                    )
            }
            names.append(scaled("\(path).bias", array("\(path).bias.integers", integers, .int32, [outputs]), steps))
        }
        return names
    }

    /// Integers times one step for each output.
    private mutating func scaled(_ name: String, _ integers: String, _ steps: [Float]) -> String {
        add(
            "DequantizeLinear", [integers, array("\(name).steps", steps, .float, [steps.count])], name,
            [.integer("axis", 0)])
        return name
    }

    /// Adds an array of numbers, without dimensions unless there is a `shape`, and returns its name.
    private mutating func array<Number: BitwiseCopyable>(
        _ name: String, _ numbers: [Number], _ type: Onnx_TensorProto.DataType, _ shape: [Int] = []
    ) -> String {
        onnx.initializer.append(
            .with {
                ($0.name, $0.dims, $0.dataType) = (name, shape.map(Int64.init), Int32(type.rawValue))
                // Little-endian in the file, as on every processor that there is an engine for.
                $0.rawData = numbers.withUnsafeBytes { Data($0) }
            })
        return name
    }
}
