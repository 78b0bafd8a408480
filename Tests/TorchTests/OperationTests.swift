// Every operation with its gradient against PyTorch (Tools/golden/torch_operations.py), to 1e-5 of the largest number.

import Networks
import TestSupport
import Testing
import Torch
import WeightFiles

struct OperationTests {
    @Test(arguments: try OperationGolden.all.get())
    func agreesWithPyTorch(_ golden: OperationGolden.Case) throws {
        let run = try #require(Self.operations[golden.name], "Nobody runs the case of this name.")
        var inputs = try golden.inputs.mapValues { try $0.tensor() }
        for name in (golden.gradients ?? [:]).keys { inputs[name] = try inputs[name]?.requiringGradient() }

        let outputs = try run(Arguments(tensors: inputs))

        #expect(outputs.count == golden.outputs.count)
        for (found, expected) in zip(outputs, golden.outputs) {
            #expect(found.shape == expected.shape)
            #expect(found.elementType.isFloatingPoint == (expected.type == "F32"))
            expectClose(try found.array(), expected.values, "\(golden.name), output")
        }
        guard let seed = golden.seed, let gradients = golden.gradients else { return }
        try outputs[0].backward(seed: seed.tensor().to(outputs[0].elementType))
        for (name, expected) in gradients {
            let gradient = try #require(try inputs[name]?.gradient, "no gradient of \(name)")
            #expect(gradient.shape == expected.shape)
            expectClose(try gradient.array(), expected.values, "\(golden.name), gradient of \(name)")
        }
    }

    @Test func everyOperationHasItsCase() throws {
        #expect(try Set(Self.operations.keys) == Set(OperationGolden.all.get().map(\.name)))
    }

    /// The inputs of a case, by name.
    struct Arguments {
        let tensors: [String: Tensor]

        subscript(_ name: String) -> Tensor {
            get throws { try #require(tensors[name], "The case has no input \(name).") }
        }
        var x: Tensor { get throws { try self["x"] } }
        var y: Tensor { get throws { try self["y"] } }
        var weight: Tensor { get throws { try self["weight"] } }
        var bias: Tensor { get throws { try self["bias"] } }
        var labels: Tensor { get throws { try self["labels"] } }
        var batchNorm: BatchNormState {
            get throws {
                try BatchNormState(weight: weight, bias: bias, mean: self["mean"], variance: self["variance"])
            }
        }
    }

    static let operations: [String: @Sendable (Arguments) throws -> [Tensor]] = [
        // Arithmetic.
        "add [3, 4] + [4]": { [try $0.x + $0.y] },
        "subtract [3, 4] - [3, 1]": { [try $0.x - $0.y] },
        "multiply [3, 4] * [4]": { [try $0.x * $0.y] },
        "divide [3, 4] / [3, 4]": { [try $0.x / $0.y] },
        "add 1.5": { [try $0.x + 1.5] },
        "subtract 1.5": { [try $0.x - 1.5] },
        "subtract from 1.5": { [try 1.5 - $0.x] },
        "multiply by -2.5": { [try -2.5 * $0.x] },
        "divide by 3": { [try $0.x / 3] },
        "negate": { [try -$0.x] },
        "power 3": { [try $0.x.power(3)] },
        "power -0.5": { [try $0.x.power(-0.5)] },
        "absolute": { [try $0.x.absolute()] },
        "exp": { [try $0.x.exp()] },
        "log": { [try $0.x.log()] },
        "square root": { [try $0.x.squareRoot()] },
        "sigmoid": { [try sigmoid($0.x)] },
        "clamp from -0.5 to 1": { [try $0.x.clamped(from: -0.5, to: 1)] },
        "clamp from 0.2": { [try $0.x.clamped(from: 0.2)] },
        "clamp to 0.2": { [try $0.x.clamped(to: 0.2)] },
        "minimum": { [try $0.x.minimum($0.y)] },
        "maximum": { [try $0.x.maximum($0.y)] },
        // Comparisons.
        "equal": { [try $0.x.isEqual(to: $0.y)] },
        "equal 2": { [try $0.x.isEqual(to: 2)] },
        "less": { [try $0.x.isLess(than: $0.y)] },
        "less than 0.5": { [try $0.x.isLess(than: 0.5)] },
        "less or equal": { [try $0.x.isLessOrEqual(to: $0.y)] },
        "greater than 0.5": { [try $0.x.isGreater(than: 0.5)] },
        // Shapes.
        "reshape [2, -1]": { [try $0.x.reshaped([2, -1])] },
        "permute [2, 0, 1]": { [try $0.x.permuted([2, 0, 1])] },
        "transpose": { [try $0.x.transposed()] },
        "transpose 0 and 2": { [try $0.x.transposed(0, 2)] },
        "flatten from 1": { [try $0.x.flattened(from: 1)] },
        "flatten through 1": { [try $0.x.flattened(through: 1)] },
        "broadcast to [2, 3, 4]": { [try $0.x.broadcast(to: [2, 3, 4])] },
        "insert dimension at 1": { [try $0.x.insertingDimension(at: 1)] },
        "drop dimension 1": { [try $0.x.droppingDimension(1)] },
        "select 1 along 1": { [try $0.x.selected(1, along: 1)] },
        "slice 1..<6 by 2 along 1": { [try $0.x.sliced(1..<6, along: 1, step: 2)] },
        "narrow from 1, length 2": { [try $0.x.narrowed(from: 1, length: 2)] },
        "concatenate along 1": { [try concatenate([$0.x, $0.y], along: 1)] },
        "stack along 1": { [try stack([$0.x, $0.y], along: 1)] },
        "pad top 1, left 2, right 3": {
            [try pad($0.x, Padding(top: 1, left: 2, bottom: 0, right: 3), value: 0.5)]
        },
        "pad channels 1 and 2": { [try pad($0.x, [(before: 1, behind: 2), (0, 0), (0, 0)])] },
        "pick 2, 0, 2 along 1": { [try $0.x.selected(at: $0["i"], along: 1)] },
        "gather along 1": { [try $0.x.gathered($0["i"], along: 1)] },
        "one-hot 5": { [try $0.labels.oneHot(5)] },
        "choose": { [try choose($0["condition"], $0.x, otherwise: $0.y)] },
        // Conversions.
        "to float64": { [try $0.x.to(.float64)] },
        "to channels last": { [try $0.x.toChannelsLast()] },
        "clone": { [try $0.x.clone()] },
        // Reductions.
        "sum": { [try $0.x.sum()] },
        "sum along 0 and 2, keeping": { [try $0.x.sum(along: [0, 2], keeping: true)] },
        "mean": { [try $0.x.mean()] },
        "mean along 1": { [try $0.x.mean(along: [1])] },
        "max": { [try $0.x.max()] },
        "max along 0": { [try $0.x.max(along: [0])] },
        "min along 1, keeping": { [try $0.x.min(along: [1], keeping: true)] },
        "norm": { [try $0.x.norm()] },
        "norm along 1": { [try $0.x.norm(along: [1])] },
        "norm of order 1 along 0": { [try $0.x.norm(order: 1, along: [0])] },
        "argmax along 1": { [try $0.x.argmax(along: 1)] },
        "top 2 along 1": {
            let (values, indices) = try $0.x.topK(2, along: 1)
            return [values, indices]
        },
        // Layers.
        "matmul": { [try matmul($0.x, $0.y)] },
        "matmul of batches": { [try matmul($0.x, $0.y)] },
        "linear": { [try linear($0.x, $0.weight, bias: $0.bias)] },
        "linear without bias": { [try linear($0.x, $0.weight)] },
        "conv2d 3x3": { [try conv2d($0.x, $0.weight)] },
        "conv2d 3x3, bias, stride 2, padding 1": {
            [try conv2d($0.x, $0.weight, bias: $0.bias, stride: 2, padding: .all(1))]
        },
        "conv2d 1x1": { [try conv2d($0.x, $0.weight)] },
        "conv2d 3x3, groups 2": { [try conv2d($0.x, $0.weight, bias: $0.bias, padding: .all(1), groups: 2)] },
        "conv2d 3x3, a group a channel": { [try conv2d($0.x, $0.weight, padding: .all(1), groups: 4)] },
        "conv2d 3x3, stride 2, padding bottom 1 and right 1": {
            [try conv2d($0.x, $0.weight, stride: 2, padding: .bottomRight(1))]
        },
        "conv2d 3x3, padding rows 2, columns 1": {
            [try conv2d($0.x, $0.weight, padding: Padding(top: 2, left: 1, bottom: 2, right: 1))]
        },
        "conv2d 3x3, dilation 2": { [try conv2d($0.x, $0.weight, dilation: 2)] },
        "conv2d 3x3, bias, stride 2, padding top 1 and right 2, groups 2": {
            let padding = Padding(top: 1, left: 0, bottom: 0, right: 2)
            return [try conv2d($0.x, $0.weight, bias: $0.bias, stride: 2, padding: padding, groups: 2)]
        },
        "batch norm, training": {
            let state = try $0.batchNorm
            return [try batchNorm($0.x, state, isTraining: true, epsilon: 1e-3), state.mean, state.variance]
        },
        "batch norm, evaluation": {
            let state = try $0.batchNorm
            return [try batchNorm($0.x, state, isTraining: false, epsilon: 1e-3), state.mean, state.variance]
        },
        "batch norm of vectors, training": {
            let state = try $0.batchNorm
            return [try batchNorm($0.x, state, isTraining: true, epsilon: 1e-3), state.mean, state.variance]
        },
        "batch norm of vectors, evaluation": {
            let state = try $0.batchNorm
            return [try batchNorm($0.x, state, isTraining: false, epsilon: 1e-3), state.mean, state.variance]
        },
        "relu": { [try relu($0.x)] },
        "relu6": { [try relu6($0.x)] },
        "relu at 0": { [try relu($0.x)] },
        "relu6 at its ends": { [try relu6($0.x)] },
        "max pool 3, stride 2, padding 1": { [try maxPool2d($0.x, kernel: 3, stride: 2, padding: 1)] },
        "max pool 3, stride 2, ceiling": { [try maxPool2d($0.x, kernel: 3, stride: 2, ceiling: true)] },
        "average pool 3, stride 2, padding 1": { [try averagePool2d($0.x, kernel: 3, stride: 2, padding: 1)] },
        "average pool 3, stride 2, ceiling": { [try averagePool2d($0.x, kernel: 3, stride: 2, ceiling: true)] },
        "global average pool": { [try globalAveragePool2d($0.x)] },
        "adaptive average pool 3x2": { [try adaptiveAveragePool2d($0.x, rows: 3, columns: 2)] },
        "adaptive max pool 3x2": { [try adaptiveMaxPool2d($0.x, rows: 3, columns: 2)] },
        "softmax": { [try softmax($0.x)] },
        "softmax along 0": { [try softmax($0.x, along: 0)] },
        "log softmax": { [try logSoftmax($0.x)] },
        "log softmax along 0": { [try logSoftmax($0.x, along: 0)] },
        "unit length": { [try unitLength($0.x)] },
        // Losses.
        "cross entropy": { [try crossEntropy($0.x, $0.labels)] },
        "cross entropy, smoothing 0.1": { [try crossEntropy($0.x, $0.labels, labelSmoothing: 0.1)] },
        "cross entropy, class weights": {
            [try crossEntropy($0.x, $0.labels, classWeights: $0["class_weights"])]
        },
        "cross entropy, class weights, smoothing 0.1": {
            [try crossEntropy($0.x, $0.labels, classWeights: $0["class_weights"], labelSmoothing: 0.1)]
        },
        "cross entropy with probabilities": { [try crossEntropy($0.x, $0.labels)] },
        "cross entropy with probabilities, class weights, smoothing 0.1": {
            [try crossEntropy($0.x, $0.labels, classWeights: $0["class_weights"], labelSmoothing: 0.1)]
        },
        // Layers of a network, as its executor carries them out.
        "network: subsample 2, channels 1 and 2": {
            [try carriedOut(.floats(rows: 7, columns: 6), $0.x) { try subsample($0, stride: 2, before: 1, after: 2) }]
        },
        "network: square root": { [try carriedOut(.vectors(count: 4), $0.x) { try squareRoot($0) }] },
        "network: relu6 of a sum beside the sum": {
            // The sum becomes part of y, which another reads: it must not be overwritten.
            [
                try carriedOut(.floats(rows: 7, columns: 6), $0.x) {
                    let y = try maxPool($0, kernel: 2, stride: 1)
                    return try concatenate(relu6(y + y), y)
                }
            ]
        },
        "network: softmax of unit length": {
            [try carriedOut(.vectors(count: 4), $0.x) { try softmax(unitLength($0)) }]
        },
        // Labels that do not exclude each other.
        "network: sigmoid": { [try carriedOut(.vectors(count: 4), $0.x) { try sigmoid($0) }] },
        "binary cross entropy": { [try binaryCrossEntropy($0.x, $0["targets"])] },
        "binary cross entropy, weights": {
            [try binaryCrossEntropy($0.x, $0["targets"], weights: ($0["ones"], $0["zeros"]))]
        },
    ]

    /// What a network of these layers makes of a batch in training.
    private static func carriedOut(
        _ input: Graph.Input, _ batch: Tensor, _ layers: (Signal) throws -> Signal
    ) throws -> Tensor {
        let graph = try Graph(input) { [("y", try layers($0))] }
        let executor = try NetworkExecutor(graph, weights: Weights())
        return try #require(executor(batch, phase: .training(using: Generator(seed: 0)))["y"])
    }
}
