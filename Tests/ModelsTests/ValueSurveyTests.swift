// The scales that photos lead to.

import Foundation
import Inference
import Models
import Networks
import TestSupport
import Testing
import WeightFiles

@Suite struct ValueSurveyTests {
    /// Numbers like those between layers: many small ones, few large ones; with `signs`, on both sides of 0.
    private func numbers(_ seed: UInt64, signs: Bool) -> [Float] {
        var state = seed
        func unit() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Double(state >> 11) + 0.5) * 0x1p-53
        }
        return (0..<6000).map { _ in
            let size = pow(-log(unit()), 2)
            return Float(signs && unit() < 0.5 ? -0.6 * size : size)
        }
    }

    private func survey(_ numbers: [Float], channels: Int = 1) -> ValueSurvey {
        var survey = ValueSurvey(channels: channels)
        survey.measure(numbers)
        survey.tally(numbers)
        return survey
    }

    /// The mean squared error of rounding the numbers themselves.
    private func error(_ numbers: [Float], _ scale: ByteScale) -> Double {
        numbers.reduce(0) { sum, number in
            let byte = min(max((number / scale.step).rounded() + Float(scale.zeroPoint), 0), 255)
            let off = Double(number - scale.step * (byte - Float(scale.zeroPoint)))
            return sum + off * off
        } / Double(numbers.count)
    }

    @Test(arguments: 0..<8, [false, true]) func noOtherRangeIsMuchBetter(seed: Int, signs: Bool) {
        let numbers = numbers(UInt64(seed), signs: signs)
        let (smallest, largest) = (numbers.min() ?? 0, numbers.max() ?? 0)
        let found = error(numbers, survey(numbers).scale)
        let best =
            (1...200).map { part in
                error(numbers, ByteScale(from: smallest * Float(part) / 200, to: largest * Float(part) / 200))
            }.min() ?? 0
        // step² / 12 is the mean of the errors of numbers that lie evenly; beside the whole range that loses up to 2 % here.
        #expect(found <= 1.05 * best)
    }

    /// A million numbers from 0 to 1, and one of 8.
    ///
    /// With the range up to t, that one is off by 8 − t, and the others by t² / 255² / 12
    /// in the mean of squares: together the least at t = 8 · 780,300 / (1,000,000 + 780,300) = 3.51. Ranges are tried in steps
    /// of an eighth.
    @Test func cutsOffTheFewWhereThatCostsLess() {
        let numbers = (0..<1_000_000).map { Float($0) / 1_000_000 } + [8]
        #expect(abs(survey(numbers).scale.range.upperBound - 3.5) < 1e-4)
    }

    @Test func extremesAndMeansOfChannels() {
        // Two channels of 11: more than the eight that are counted together, and a rest.
        let first = (1...11).map { Float($0) }
        let survey = survey(first + first.map { -2 * $0 }, channels: 2)
        #expect(survey.smallest == -22 && survey.largest == 11)
        #expect(survey.means == [6, -12])
    }

    @Test func numbersThatAreAllTheSame() {
        #expect(survey([Float](repeating: 0, count: 9)).scale == ByteScale(from: 0, to: 0))
        #expect(survey([Float](repeating: 3, count: 9)).scale == ByteScale(from: 3, to: 3))
    }

    /// A whole network, with the scales that its own images lead to, answers nearly as it did.
    @Test(arguments: [Backbone.starter, .resNet20CIFAR, .squeezeNet11, .mobileNetV2]) func answersNearlyAsBefore(
        backbone: Backbone
    ) async throws {
        let side = 64
        let graph = try backbone.graph(.bytes(rows: side, columns: side), outputs: [.features])
        let weights = try Weights(formulaFor: graph.requirements)
        let images = (0..<4).map { number in
            Array(NetworkGolden.images(4, side: side)[(number * side * side * 3)...].prefix(side * side * 3))
        }
        var steps: [[Int]] = []
        let quantisation = try await Quantisation.calibrated(graph, weights: weights, images: images) {
            steps.append([$0, $1])
        }
        #expect(steps == (1...8).map { [$0, 8] })
        let engines = try [nil, quantisation].map {
            try InferenceEngine(onnx: ONNXModel(graph, weights: weights, quantisation: $0).data(), batchSize: 1)
        }
        for image in images {
            let before = try #require(try await engines[0](image)["features"])
            let after = try #require(try await engines[1](image)["features"])
            let product = zip(before, after).reduce(0) { $0 + $1.0 * $1.1 }
            let lengths = [before, after].map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            #expect(product / (lengths[0] * lengths[1]) > 0.99)
        }
    }
}
