// Which numbers become bytes, how, and what stands in the file.

import Foundation
import Networks
import TestSupport
import Testing
import WeightFiles

@Suite struct QuantisationTests {
    /// step = (upper − lower) / 255 with 0 among them, zero point = −lower / step, rounded.
    @Test(
        arguments: [
            (0, 6, 6.0 / 255, 0),
            // Nothing below 0 occurs, but 0 is needed: padding.
            (2, 6, 6.0 / 255, 0),
            (-6, -2, 6.0 / 255, 255),
            // 255 / 4 = 63.75.
            (-1, 3, 4.0 / 255, 64),
            (0, 0, 1, 0),
        ] as [(Float, Float, Double, UInt8)]) func scale(lower: Float, upper: Float, step: Double, zero: UInt8)
    {
        let scale = ByteScale(from: lower, to: upper)
        #expect(abs(Double(scale.step) - step) < 1e-8)
        #expect(scale.zeroPoint == zero)
        #expect(scale.range.contains(0))
    }

    /// The pool and both parts of the join have the scale of what follows; the last map's numbers stay as they are.
    @Test func whichNodes() throws {
        let graph = try Graph(.bytes(rows: 16, columns: 16)) { images in
            let x = try normalise(images, mean: [0, 0, 0], deviation: [1, 1, 1])  // 1
            let a = try relu(convolution(x, WeightPath("a"), outputs: 4, kernel: 3))  // 2, 3
            let p = try maxPool(a, kernel: 2, stride: 2)  // 4
            let l = try relu(convolution(p, WeightPath("l"), outputs: 2, kernel: 1))  // 5, 6
            let r = try relu(convolution(p, WeightPath("r"), outputs: 2, kernel: 1))  // 7, 8
            let joined = try dropout(concatenate(l, r), probability: 0.5)  // 9, 10
            let last = try relu(convolution(joined, WeightPath("c"), outputs: 3, kernel: 1))  // 11, 12
            return [("scores", try linear(globalAveragePool(last), WeightPath("fc"), outputs: 2))]
        }
        #expect(graph.byteNodes == [1: 1, 3: 4, 4: 4, 6: 9, 8: 9, 9: 9])
    }

    /// A node of kind "Conv" has the bytes 0x22, 4, C, o, n, v; see `ONNXTests`.
    private func count(_ kind: String, in file: Data) -> Int {
        file.ranges(of: Data([0x22, UInt8(kind.utf8.count)] + kind.utf8)).count
    }

    @Test func whatStandsInTheFile() throws {
        let graph = try Backbone.starter.graph(.bytes(rows: 64, columns: 64), outputs: [.logits(classes: 3)])
        let weights = try Weights(formulaFor: graph.requirements)
        let plain = try ONNXModel(graph, weights: weights).data()
        let scales = graph.byteNodes.mapValues { _ in ByteScale(from: 0, to: 8) }
        let rounded = try ONNXModel(graph, weights: weights, quantisation: Quantisation(scales: scales)).data()
        #expect(count("QuantizeLinear", in: plain) == 0)
        #expect(count("QuantizeLinear", in: rounded) == scales.count)
        // And the weights and the bias of each of 20 convolutions.
        #expect(count("DequantizeLinear", in: rounded) == scales.count + 40)
        #expect(count("Conv", in: rounded) == 20)
        // A byte in place of four for all but the classifier.
        #expect(Double(rounded.count) < 0.3 * Double(plain.count))
        #expect(try ONNXFile(rounded).pooledMap != nil)
    }
}
