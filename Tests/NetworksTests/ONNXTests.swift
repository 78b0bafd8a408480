// The ONNX file of a graph. That it computes the right numbers is shown where there is an engine to carry it out; here,
// that it has the right nodes. In the encoding of protocol buffers, a node of kind "Conv" has the bytes 0x22 (field 4,
// with a length), 4, C, o, n, v.

import Foundation
import Networks
import TestSupport
import Testing
import WeightFiles

struct ONNXTests {
    private func count(_ kind: String, in file: Data) -> Int {
        let pattern = Data([0x22, UInt8(kind.utf8.count)] + kind.utf8)
        var count = 0
        var rest = file[...]
        while let found = rest.range(of: pattern) {
            count += 1
            rest = rest[found.upperBound...]
        }
        return count
    }

    private func file(_ graph: Graph, metadata: [String: String] = [:]) throws -> Data {
        try ONNXModel(graph, weights: Weights(formulaFor: graph.requirements), metadata: metadata).data()
    }

    @Test func batchNormsBecomePartOfConvolutions() throws {
        let graph = try Backbone.starter.graph(
            .bytes(rows: 64, columns: 64), outputs: [.features, .logits(classes: 3)])
        let file = try file(graph)
        #expect(count("Conv", in: file) == 20)
        #expect(count("BatchNormalization", in: file) == 0)
        // One after the stem, two in each of 8 blocks; one sum in each.
        #expect(count("Relu", in: file) == 17)
        // And one sum for the normalisation.
        #expect(count("Add", in: file) == 9)
        #expect(count("Gemm", in: file) == 1)
    }

    @Test func batchNormsStayWhereAConvolutionIsUsedTwice() throws {
        let graph = try Graph(.floats(rows: 8, columns: 8)) { x in
            let y = try convolution(x, WeightPath("c"), outputs: 4, kernel: 3)
            return [("y", try y + batchNorm(y, WeightPath("b")))]
        }
        let file = try file(graph)
        #expect(count("Conv", in: file) == 1)
        #expect(count("BatchNormalization", in: file) == 1)
    }

    /// A head on features, as in the `head` of the golden file of the optimisers.
    private func head() throws -> Graph {
        try Graph(.vectors(count: 24)) { vectors in
            let x = try dropout(batchNorm(vectors, WeightPath("norm1")), probability: 0.5)
            let y = try dropout(relu(linear(x, WeightPath("fc1"), outputs: 32)), probability: 0.5)
            return [("logits", try linear(batchNorm(y, WeightPath("norm2")), WeightPath("fc"), outputs: 10))]
        }
    }

    @Test func vectorsMayEnter() throws {
        let file = try file(head())
        #expect(count("BatchNormalization", in: file) == 2)
        #expect(count("Gemm", in: file) == 2)
        #expect(count("Dropout", in: file) == 0)
        // An input of 32-bit floats (type 1) of [batch, 24].
        let dimensions = Data([0x0A, 0x07, 0x12, 0x05]) + Data("batch".utf8) + Data([0x0A, 0x02, 0x08, 24])
        let type = Data([0x0A, UInt8(dimensions.count + 4), 0x08, 1, 0x12, UInt8(dimensions.count)]) + dimensions
        #expect(file.range(of: type) != nil)
    }

    @Test func dropoutIsLeftOut() throws {
        let graph = try Backbone.squeezeNet11.graph(.floats(rows: 64, columns: 64), outputs: [.logits(classes: 3)])
        let file = try file(graph)
        #expect(count("Dropout", in: file) == 0)
        #expect(count("Conv", in: file) == 26)
        #expect(count("Identity", in: file) == 0)
    }

    @Test func oneValueMayHaveTwoNames() throws {
        let graph = try Graph(.floats(rows: 8, columns: 8)) { x in
            let y = try dropout(relu(x), probability: 0.5)
            return [("a", y), ("b", y), ("x", x)]
        }
        #expect(try count("Identity", in: file(graph)) == 3)
    }

    @Test func equalModelsHaveEqualBytes() throws {
        let graph = try Backbone.resNet20CIFAR.graph(.bytes(rows: 32, columns: 32), outputs: [.features])
        let metadata = Dictionary(uniqueKeysWithValues: (0..<20).map { ("key\($0)", "value\($0)") })
        let first = try file(graph, metadata: metadata)
        #expect(try file(graph, metadata: metadata) == first)
        #expect(try file(graph) != first)
        #expect(first.range(of: Data("key7\u{12}\u{6}value7".utf8)) != nil)
    }

    /// Weights in 16 bits become 32-bit floats: the file has the size of one from 32 bits.
    @Test func halvesBecomeFloats() throws {
        let graph = try Backbone.resNet20CIFAR.graph(.bytes(rows: 32, columns: 32), outputs: [.features])
        let weights = try Weights(formulaFor: graph.requirements)
        let whole = try ONNXModel(graph, weights: weights).data()
        let half = try ONNXModel(graph, weights: weights.asFloat16()).data()
        #expect(half.count == whole.count)
    }

    private static let folder = ProcessInfo.processInfo.environment["OCELOT_ONNX_FOLDER"].map { URL(filePath: $0) }

    /// Writes every network of the golden file, for `Tools/golden/networks.py --check` to carry out in ONNX Runtime.
    @Test(.enabled(if: folder != nil)) func filesForONNXRuntime() throws {
        let folder = try #require(Self.folder)
        let golden = try NetworkGolden.read()
        for (name, entry) in golden.networks {
            let graph = try #require(Backbone(rawValue: entry.backbone)).graph(
                .bytes(rows: entry.side, columns: entry.side), padding: #require(PaddingStyle(rawValue: entry.padding)),
                outputs: [.features, .logits(classes: golden.classes)])
            try file(graph).write(to: folder.appending(path: "\(name).onnx"))
        }
        try file(head()).write(to: folder.appending(path: "head.onnx"))
    }

    @Test func refusesWeightsOfAnotherNetwork() throws {
        let graph = try Backbone.resNet20CIFAR.graph(.bytes(rows: 32, columns: 32), outputs: [.features])
        #expect { try ONNXModel(graph, weights: Weights()) } throws: { "\($0)".contains("Missing: conv1.weight") }
    }
}
