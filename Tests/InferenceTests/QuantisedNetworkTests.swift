// A network of 8-bit integers, as PyTorch computes it.

import Foundation
import Inference
import Networks
import TestSupport
import Testing
import WeightFiles

@Suite struct QuantisedNetworkTests {
    /// Made by `Tools/golden/quantisation.py`, which says with what.
    private struct Golden: Decodable {
        var ranges: [String: [Float]]
        var scales: [String: [Double]]
        var plain: [Float]
        /// As the file says, and as ONNX Runtime does it.
        var rounded: [Float]
        /// As OpenVINO does it: without rounding between a convolution and the sum after it.
        var fused: [Float]
    }

    /// Every kind of layer around which numbers are rounded; the script has the same.
    private func graph() throws -> Graph {
        func convolved(
            _ x: Signal, _ name: String, _ outputs: Int, kernel: Int = 1, stride: Int = 1, groups: Int = 1
        ) throws -> Signal {
            let y = try convolution(
                x, WeightPath(name), outputs: outputs, kernel: kernel, stride: stride, padding: .all(kernel / 2),
                groups: groups, hasBias: false)
            return try batchNorm(y, WeightPath("\(name)n"))
        }
        return try Graph(.bytes(rows: 16, columns: 16)) { images in
            let x = try normalise(images, mean: Backbone.mean, deviation: Backbone.deviation)
            let a = try relu(convolved(x, "a", 8, kernel: 3, stride: 2))
            let p = try maxPool(a, kernel: 3, stride: 2, padding: 1)
            let b = try relu6(convolved(p, "b", 8, kernel: 3, groups: 8))
            let s = try relu(convolved(b, "c", 8) + p)
            let left = try relu(convolution(s, WeightPath("l"), outputs: 4, kernel: 1))
            let right = try relu(convolution(s, WeightPath("r"), outputs: 4, kernel: 3, padding: .all(1)))
            let joined = try concatenate(left, right)
            let e = try relu(convolution(joined, WeightPath("e"), outputs: 6, kernel: 3, padding: .all(1)))
            return [("features", try globalAveragePool(e))]
        }
    }

    private func golden() throws -> Golden {
        try JSONDecoder().decode(Golden.self, from: Data(contentsOf: Fixtures.golden("quantisation.json")))
    }

    private func scales(_ golden: Golden) throws -> [Int: ByteScale] {
        Dictionary(
            uniqueKeysWithValues: try golden.ranges.map { node, ends in
                (try #require(Int(node)), ByteScale(from: ends[0], to: ends[1]))
            })
    }

    private func features(_ graph: Graph, _ quantisation: Quantisation?) async throws -> [Float] {
        let weights = try Weights(formulaFor: graph.requirements)
        let onnx = try ONNXModel(graph, weights: weights, quantisation: quantisation).data()
        if let folder = ProcessInfo.processInfo.environment["OCELOT_ONNX_FOLDER"], quantisation != nil {
            try onnx.write(to: URL(filePath: folder).appending(path: "quantised.onnx"))
        }
        return try await InferenceEngine(onnx: onnx, batchSize: 4)(NetworkGolden.images(4, side: 16))["features"] ?? []
    }

    @Test func sameScalesForTheSameNodes() throws {
        let golden = try golden()
        let scales = try scales(golden)
        #expect(try Set(graph().byteNodes.keys) == Set(scales.keys))
        for (node, scale) in scales {
            let expected = try #require(golden.scales["\(node)"])
            #expect(abs(Double(scale.step) - expected[0]) <= 1e-7 && Double(scale.zeroPoint) == expected[1], "\(node)")
        }
    }

    /// Sums of integers are exact, so only the last digits of what they are scaled by can differ.
    ///
    /// Rounding changes the features by a thousand times as much. An engine may leave out the rounding before a sum, or not.
    @Test func computesWhatPyTorchRounds() async throws {
        let golden = try golden()
        let rounded = try await features(graph(), Quantisation(scales: scales(golden)))
        let plain = try await features(graph(), nil)
        func largest(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).map { abs($0 - $1) }.max() ?? .infinity }
        #expect(rounded.count == golden.fused.count)
        #expect(largest(plain, golden.plain) < 1e-5)
        #expect(min(largest(rounded, golden.fused), largest(rounded, golden.rounded)) < 1e-5)
        #expect(largest(golden.plain, golden.fused) > 0.01)
    }

    /// Channels whose weights are all 0, some with a bias, as training leaves some; and weights that are tiny beside their bias.
    @Test(arguments: [0, 1e-30, 1e-6] as [Float]) func channelsOfNothing(weight: Float) async throws {
        let graph = try Graph(.bytes(rows: 4, columns: 4)) { images in
            let x = try normalise(images, mean: [0, 0, 0], deviation: [1, 1, 1])
            let y = try convolution(x, WeightPath("c"), outputs: 3, kernel: 1)
            return [("features", try globalAveragePool(y))]
        }
        let weights = try Weights([
            "c.weight": StoredTensor(floats: [Float](repeating: weight, count: 9), shape: [3, 3, 1, 1]),
            "c.bias": StoredTensor(floats: [0, 0.75, -200], shape: [3]),
        ])
        let quantisation = Quantisation(scales: [1: ByteScale(from: 0, to: 1)])
        let onnx = try ONNXModel(graph, weights: weights, quantisation: quantisation).data()
        let image = [UInt8](repeating: 255, count: 48)
        let features = try #require(try await InferenceEngine(onnx: onnx, batchSize: 1)(image)["features"])
        // Of 1 in each of three channels.
        for (found, expected) in zip(features, [3 * weight, 0.75 + 3 * weight, -200 + 3 * weight]) {
            #expect(abs(found - expected) <= 1e-6 * max(abs(expected), 1))
        }
    }

    @Test func weightsThatAreNotFiniteAreRefused() throws {
        let graph = try graph()
        var weights = try Weights(formulaFor: graph.requirements)
        let shape = try weights.tensor("l.weight").shape
        weights["l.weight"] = try StoredTensor(
            floats: [Float](repeating: .nan, count: shape.reduce(1, *)), shape: shape)
        #expect(throws: WeightsError.damaged(format: "weights", problem: "l has numbers that are not finite")) {
            try ONNXModel(graph, weights: weights, quantisation: Quantisation(scales: scales(golden())))
        }
    }
}
