// OpenVINO, fed with the ONNX files that `Networks` writes, against PyTorch: `Tools/golden/networks.py`.

import Foundation
import Inference
import Networks
import TestSupport
import Testing
import Torch
import WeightFiles

@Suite("OpenVINO computes what PyTorch computes")
struct ParityTests {
    @Test(arguments: try NetworkGolden.read().networks.keys.sorted())
    func formulaWeights(name: String) async throws {
        let all = try NetworkGolden.read()
        let golden = try #require(all.networks[name])
        let backbone = try #require(Backbone(rawValue: golden.backbone))
        let padding = try #require(PaddingStyle(rawValue: golden.padding))
        let graph = try backbone.graph(
            .bytes(rows: golden.side, columns: golden.side), padding: padding,
            outputs: [.features, .logits(classes: all.classes)])
        let onnx = try ONNXModel(graph, weights: Weights(formulaFor: graph.requirements)).data()
        let engine = try InferenceEngine(onnx: onnx, batchSize: all.images)
        let found = try await engine(NetworkGolden.images(all.images, side: golden.side))
        #expect(try NetworkGolden.relativeDifference(#require(found["features"]), golden.featureVectors) <= 1e-4)
        #expect(try NetworkGolden.relativeDifference(#require(found["logits"]), golden.logits) <= 1e-4)
    }

    /// A batch norm of vectors, as heads have it, which is no part of a convolution.
    @Test func aHeadOnANetwork() async throws {
        let graph = try Graph(.bytes(rows: 32, columns: 32)) { images in
            let pixels = try normalise(images, mean: Backbone.mean, deviation: Backbone.deviation)
            let features = try globalAveragePool(Backbone.starter.map(pixels))
            let x = try dropout(batchNorm(features, WeightPath("head.0")), probability: 0.5)
            let y = try batchNorm(relu(linear(x, WeightPath("head.2"), outputs: 48)), WeightPath("head.4"))
            return [("logits", try linear(y, WeightPath("head.6"), outputs: 5))]
        }
        let weights = try Weights(formulaFor: graph.requirements)
        let images = NetworkGolden.images(3, side: 32)
        let engine = try InferenceEngine(onnx: ONNXModel(graph, weights: weights).data(), batchSize: 3)
        let found = try #require(try await engine(images)["logits"])
        let batch = try Tensor(images, shape: [3, 32, 32, 3])
        let expected: [Float] = try #require(NetworkExecutor(graph, weights: weights)(batch)["logits"]).array()
        #expect(NetworkGolden.relativeDifference(found, expected) <= 1e-4)
    }

    @Test func aShortBatchGivesAsManyRows() async throws {
        let graph = try Backbone.starter.graph(.bytes(rows: 32, columns: 32), outputs: [.features])
        let onnx = try ONNXModel(graph, weights: Weights(formulaFor: graph.requirements)).data()
        let engine = try InferenceEngine(onnx: onnx, batchSize: 4)
        let images = NetworkGolden.images(4, side: 32)
        let whole = try #require(try await engine(images)["features"])
        let short = try #require(try await engine(Array(images.prefix(3 * 32 * 32 * 3)))["features"])
        #expect(short == Array(whole.prefix(3 * Backbone.starter.featureCount)))
        await #expect(throws: InferenceError.self) { try await engine(Array(images.dropLast())) }
    }

    @Test func manyCallersGetTheirOwnAnswers() async throws {
        let graph = try Backbone.starter.graph(.bytes(rows: 32, columns: 32), outputs: [.features])
        let onnx = try ONNXModel(graph, weights: Weights(formulaFor: graph.requirements)).data()
        let engine = try InferenceEngine(onnx: onnx, batchSize: 1, threads: 2, streams: 2)
        let images = (0..<24).map { number in
            (0..<(32 * 32 * 3)).map { UInt8(truncatingIfNeeded: $0 &* (number &* 2 &+ 3)) }
        }
        var expected: [[Float]] = []
        for image in images { expected.append(try await engine(image)["features"] ?? []) }
        try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
            for (number, image) in images.enumerated() {
                group.addTask { (number, try await engine(image)["features"] ?? []) }
            }
            for try await (number, features) in group { #expect(features == expected[number]) }
        }
    }

    @Test func whatIsNoNetworkIsRefused() {
        #expect(throws: InferenceError.self) { try InferenceEngine(onnx: Data("not a network".utf8), batchSize: 1) }
        #expect(throws: InferenceError.self) { try InferenceEngine(onnx: Data(), batchSize: 1) }
    }
}
