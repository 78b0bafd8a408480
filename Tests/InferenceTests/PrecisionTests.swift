// What bfloat16 changes: bounds by running error analysis (Higham, "Accuracy and Stability of Numerical Algorithms", 2002,
// section 3.3), which hold for every order of adding up.

import Foundation
import Inference
import Networks
import TestSupport
import Testing
import WeightFiles

/// Whether this machine's processor has the instructions; where not, there is nothing to compare.
let hasBFloat16 = (try? InferencePrecision.bfloat16.check()) != nil

/// By how much a number changes at most when it is written so, as a part of the number: half a unit in its last place.
///
/// Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 2.1.
private func unitRoundoff(_ precision: InferencePrecision) -> Double {
    switch precision {
    case .float32: 0x1p-24
    case .bfloat16: 0x1p-8
    }
}

@Suite struct PrecisionTests {
    /// 3 numbers of one pixel → 64 → 10 scores → probabilities.
    private let graph: Graph
    private let weights: Weights
    private let onnx: Data

    init() throws {
        graph = try Graph(.bytes(rows: 1, columns: 1)) { images in
            let pixels = try normalise(images, mean: [0, 0, 0], deviation: [0.25, 0.25, 0.25])
            let hidden = try relu(linear(globalAveragePool(pixels), WeightPath("a"), outputs: 64))
            let scores = try linear(hidden, WeightPath("b"), outputs: 10)
            return [("scores", scores), ("probabilities", try softmax(scores))]
        }
        weights = try Weights(formulaFor: graph.requirements)
        onnx = try ONNXModel(graph, weights: weights).data()
    }

    private func outputs(_ pixel: [UInt8], _ precision: InferencePrecision) async throws -> (
        scores: [Double], probabilities: [Double]
    ) {
        let found = try await InferenceEngine(onnx: onnx, batchSize: 1, precision: precision)(pixel)
        func values(_ name: String) throws -> [Double] { try #require(found[name]).map { Double($0) } }
        return (try values("scores"), try values("probabilities"))
    }

    /// A linear layer, and by how much its outputs may be off: each product by `roundings` relative roundings of size `u`,
    /// and by what its input is off already.
    private func layer(
        _ x: [Double], off: [Double], _ name: String, _ u: Double, roundings: Double
    ) throws -> (values: [Double], off: [Double]) {
        let (w, bias) = (try weights.tensor("\(name).weight").floats(), try weights.tensor("\(name).bias").floats())
        let part = pow(1 + u, roundings) - 1
        let rows = bias.indices.map { row in
            var (value, error) = (Double(bias[row]), part * abs(Double(bias[row])))
            for column in x.indices {
                let weight = Double(w[row * x.count + column])
                value += weight * x[column]
                error += abs(weight) * (off[column] + part * (abs(x[column]) + off[column]))
            }
            return (value, error)
        }
        return (rows.map(\.0), rows.map(\.1))
    }

    @Test(
        .enabled(if: hasBFloat16),
        arguments: [[0, 0, 0], [255, 255, 255], [200, 7, 91], [1, 128, 254]] as [[UInt8]])
    func keepsItsBounds(pixel: [UInt8]) async throws {
        let u = unitRoundoff(.bfloat16)
        let x = pixel.map { Double($0) / 255 / 0.25 }
        // The pixel divided, its scale, the mean over the picture, the weight, and the sum.
        let hidden = try layer(x, off: [0, 0, 0], "a", u, roundings: 5)
        // ReLU takes nothing further apart.
        let scores = try layer(hidden.values.map { max($0, 0) }, off: hidden.off, "b", u, roundings: 3)
        let exact = try await outputs(pixel, .float32)
        let rounded = try await outputs(pixel, .bfloat16)
        for index in 0..<10 {
            #expect(abs(exact.scores[index] - scores.values[index]) <= 1e-4 * max(abs(scores.values[index]), 1))
            #expect(abs(rounded.scores[index] - exact.scores[index]) <= scores.off[index] + 1e-4)
        }
        // A probability changes by at most a quarter of the largest change of a difference of two scores: its derivatives are
        // p(1 − p) times a mean of such differences.
        let most = zip(rounded.scores, exact.scores).map { $0 - $1 }
        let spread = (most.max() ?? 0) - (most.min() ?? 0)
        for (one, other) in zip(rounded.probabilities, exact.probabilities) {
            #expect(abs(one - other) <= spread / 4 + 1e-5)
        }
        #expect(abs(rounded.probabilities.reduce(0, +) - 1) <= 1e-4)
    }

    /// Without this the bounds would hold for a hint that nobody heeds.
    @Test(.enabled(if: hasBFloat16)) func isNotFloat32() async throws {
        let (exact, rounded) = (try await outputs([200, 7, 91], .float32), try await outputs([200, 7, 91], .bfloat16))
        let largest = exact.scores.map(abs).max() ?? 0
        let difference = zip(exact.scores, rounded.scores).map { abs($0 - $1) }.max() ?? 0
        // A hundred units in float32's last place.
        #expect(difference > 100 * unitRoundoff(.float32) * largest)
    }

    @Test func float32IsTheDefault() throws {
        #expect(try InferenceEngine(onnx: onnx, batchSize: 1).precision == .float32)
    }

    @Test func saysWhatTheProcessorLacks() {
        let error = InferenceError.precision(.bfloat16, processor: ["FP32", "INT8"])
        #expect(
            "\(error)"
                == "This processor has no instructions for bfloat16, so it would only be slower (it has: FP32, INT8). Compute with float32."
        )
    }

    @Test func oneSourceServesSeveralBatchSizes() async throws {
        let source = try NetworkSource(onnx: onnx)
        let three = try InferenceEngine(source, batchSize: 3)
        let one = try InferenceEngine(source, batchSize: 1)
        let pixels: [UInt8] = [1, 2, 3, 200, 100, 50, 9, 90, 200]
        let together = try #require(try await three(pixels)["scores"])
        for row in 0..<3 {
            let alone = try #require(try await one(Array(pixels[(3 * row)..<(3 * row + 3)]))["scores"])
            for (a, b) in zip(alone, together[(10 * row)..<(10 * row + 10)]) {
                #expect(abs(a - b) <= 1e-4 * max(abs(a), 1))
            }
        }
    }
}
