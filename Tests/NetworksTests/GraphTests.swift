// The layers by themselves: shapes after them, and what they refuse.

import Networks
import Testing

struct GraphTests {
    /// The shape after `layer` for an image of [3, rows, columns].
    private func shape(_ rows: Int, _ columns: Int, _ layer: (Signal) throws -> Signal) throws -> [Int] {
        let graph = try Graph(.floats(rows: rows, columns: columns)) { [("y", try layer($0))] }
        return graph.nodes[graph.outputs[0].node].shape
    }

    @Test func convolutions() throws {
        // (7 + 1 + 1 − 3) / 2 + 1 = 4; (8 + 1 − 3) / 2 + 1 = 4; (9 − 3) / 1 + 1 = 7.
        #expect(
            try shape(7, 8) {
                let padding = Padding(top: 1, left: 0, bottom: 1, right: 1)
                return try convolution($0, WeightPath("c"), outputs: 5, kernel: 3, stride: 2, padding: padding)
            } == [5, 4, 4])
        #expect(
            try shape(9, 9) { try convolution($0, WeightPath("c"), outputs: 6, kernel: 3, groups: 3) } == [6, 7, 7])
    }

    @Test func maxPools() throws {
        // Down: (6 − 3) / 2 + 1 = 2. Up: a third window begins at 4 and hangs over by one.
        #expect(try shape(6, 5) { try maxPool($0, kernel: 3, stride: 2) } == [3, 2, 2])
        #expect(try shape(6, 5) { try maxPool($0, kernel: 3, stride: 2, ceiling: true) } == [3, 3, 2])
        // A second window would begin at 3, outside of 2 rows; at 4 columns it begins at 3, inside.
        #expect(try shape(2, 4) { try maxPool($0, kernel: 1, stride: 3, ceiling: true) } == [3, 1, 2])
        #expect(try shape(7, 8) { try maxPool($0, kernel: 3, stride: 2, padding: 1) } == [3, 4, 4])
    }

    @Test func shapesThatFollow() throws {
        #expect(try shape(5, 6) { try subsample($0, stride: 2, before: 1, after: 2) } == [6, 3, 3])
        #expect(try shape(5, 6) { try concatenate($0, relu($0), relu6($0)) } == [9, 5, 6])
        #expect(try shape(5, 6) { try $0 + batchNorm($0, WeightPath("b")) } == [3, 5, 6])
        #expect(try shape(5, 6) { try linear(globalAveragePool($0), WeightPath("l"), outputs: 4) } == [4])
        #expect(try shape(5, 6) { try softmax(unitLength(dropout(globalAveragePool($0), probability: 0.5))) } == [3])
    }

    @Test func vectors() throws {
        let graph = try Graph(.vectors(count: 24)) { x in
            let y = try relu(
                linear(dropout(batchNorm(x, WeightPath("n")), probability: 0.5), WeightPath("a"), outputs: 8))
            return [("logits", try linear(y, WeightPath("b"), outputs: 3))]
        }
        #expect(graph.nodes.map(\.shape) == [[24], [24], [24], [8], [8], [3]])
        #expect(graph.input.imageSize == nil)
        // 2 · 24 of the norm, 24 · 8 + 8, 8 · 3 + 3.
        #expect(graph.parameterCount == 48 + 200 + 27)
        let summary = NetworkSummary(graph)
        #expect(summary.layers.map(\.output) == graph.nodes.map(\.shape))
        #expect(summary.warning == nil)
    }

    @Test func backbonesTakeImages() {
        #expect(throws: NetworkError.notImages(count: 4, network: "resnet18")) {
            try Backbone.resNet18.graph(.vectors(count: 4), outputs: [.features])
        }
    }

    @Test func refusals() {
        #expect(throws: NetworkError.imageTooSmall(rows: 2, columns: 9, kernel: 3, layer: "a.b")) {
            try shape(2, 9) { try convolution($0, WeightPath("a")["b"], outputs: 1, kernel: 3) }
        }
        #expect { try shape(2, 9) { try maxPool($0, kernel: 3, stride: 2) } } throws: { error in
            "\(error)".hasPrefix("The image is too small: only 2 × 9 of it are left at a max pool")
        }
        #expect { try shape(8, 8) { try $0 + maxPool($0, kernel: 2, stride: 2) } } throws: { error in
            "\(error)" == "add takes two inputs of one shape, not [3, 8, 8] and [3, 4, 4]."
        }
        #expect(throws: NetworkError.self) { try shape(8, 8) { try linear($0, WeightPath("l"), outputs: 2) } }
        #expect(throws: NetworkError.self) { try shape(8, 8) { try globalAveragePool(globalAveragePool($0)) } }
        #expect(throws: NetworkError.self) {
            try shape(8, 8) { try convolution($0, WeightPath("c"), outputs: 3, kernel: 1, groups: 2) }
        }
        #expect(throws: NetworkError.self) {
            try shape(8, 8) { try concatenate($0, maxPool($0, kernel: 2, stride: 2)) }
        }
        #expect(throws: NetworkError.self) { try shape(8, 8) { try softmax($0) } }
        #expect(throws: NetworkError.self) { try Graph(.vectors(count: 4)) { [("y", try globalAveragePool($0))] } }
    }

    @Test func pathsJoinWithDots() {
        #expect(WeightPath()["layer1", "0"]["conv1"].description == "layer1.0.conv1")
        #expect(WeightPath("fc").description == "fc")
    }

    @Test func graphsAreValues() throws {
        func make(_ stride: Int) throws -> Graph {
            try Graph(.floats(rows: 8, columns: 8)) { [("y", try maxPool($0, kernel: 2, stride: stride))] }
        }
        #expect(try make(2) == make(2))
        #expect(try make(2).hashValue == make(2).hashValue)
        #expect(try make(2) != make(1))
    }
}
