// What comes after the features: as text, as layers, and the founding tutorial's head by its numbers.

import Foundation
import Networks
import Testing

@Suite struct HeadTests {
    /// The founding tutorial's (E9): pool, norm, dropout, dense 512 with relu, norm, dropout, dense 3.
    private static let founding = "norm, dropout 0.5, dense 512, norm, dropout 0.5"

    private func graph(_ head: Head, features: Int, classes: Int) throws -> Graph {
        try Graph(.vectors(count: features)) { [("scores", try head($0, classes: classes))] }
    }

    private func kinds(_ graph: Graph) -> [String] { NetworkSummary(graph).layers.map(\.kind) }

    // MARK: - Text

    @Test(arguments: [
        founding, "dense 256, dropout 0.5", "norm", "dropout 0.25", "dense 1", "dense 65536, norm", "linear",
    ])
    func readsAndWrites(_ text: String) throws {
        let head = try #require(Head(text))
        #expect("\(head)" == text)
        #expect(Head("\(head)") == head)
        #expect(try JSONDecoder().decode(Head.self, from: JSONEncoder().encode(head)) == head)
    }

    @Test func readsWhatPeopleWrite() {
        #expect(Head("Norm,DROPOUT .5,  dense 512 relu , norm,dropout 0.5") == Head(Self.founding))
        #expect(Head("dense 8") == Head([.dense(8)]))
        #expect(Head(" Linear ") == Head([]))
    }

    @Test(arguments: [
        "", ",", "norm 2", "dropout", "dropout 1", "dropout -0.1", "dropout nan", "dense", "dense 0", "dense 65537",
        "dense 2.5", "dense 512 tanh", "dense 512 relu relu", "softmax", "norm dropout 0.5", "linear, norm",
    ])
    func refuses(_ text: String) { #expect(Head(text) == nil) }

    @Test func theUsualHeads() {
        #expect(Head(dropout: 0.5).layers == [.dropout(0.5)])
        #expect(Head(dropout: 0).layers.isEmpty && "\(Head(dropout: 0))" == "linear")
        #expect(Head(dropout: 0.25, width: 256).layers == [.dense(256), .dropout(0.25)])
    }

    // MARK: - Layers

    /// PyTorch's `Sequential(BatchNorm1d, Dropout, Linear, ReLU, BatchNorm1d, Dropout, Linear)` has these names.
    @Test func weightsAreCalledAsInASequential() throws {
        let graph = try graph(#require(Head(Self.founding)), features: 2048, classes: 3)
        let names = ["weight", "bias", "running_mean", "running_var"]
        let expected = names.map { "head.0.\($0)" } + ["head.2.weight", "head.2.bias"] + names.map { "head.4.\($0)" }
        #expect(Set(graph.requirements.map(\.name)) == Set(expected + ["head.6.weight", "head.6.bias"]))
        let shapes = Dictionary(uniqueKeysWithValues: graph.requirements.map { ($0.name, $0.shape) })
        #expect(shapes["head.0.weight"] == [2048])
        #expect(shapes["head.2.weight"] == [512, 2048])
        #expect(shapes["head.4.running_var"] == [512])
        #expect(shapes["head.6.weight"] == [3, 512])
        #expect(shapes["head.6.bias"] == [3])
        #expect(
            kinds(graph).dropFirst() == ["batch norm", "dropout", "linear", "relu", "batch norm", "dropout", "linear"])
    }

    @Test func withoutLayersOnlyTheClasses() throws {
        let graph = try graph(Head(dropout: 0), features: 64, classes: 5)
        #expect(graph.requirements.map(\.name).sorted() == ["head.0.bias", "head.0.weight"])
        #expect(graph.nodes.last?.shape == [5])
    }

    /// The founding tutorial's summary (E10): 24,648,579 numbers, 1,055,747 of them trainable, on a frozen ResNet-50.
    ///
    /// Keras's ResNet-50 has a bias in each of its convolutions, one for each channel, which the batch norm after it makes
    /// useless and torchvision's does not have: 26,560. Keras counts the running means and variances as well.
    @Test func countsAsTheFoundingTutorial() throws {
        let head = try #require(Head(Self.founding))
        let graph = try Graph(.bytes(rows: 256, columns: 256)) { images in
            let pixels = try normalise(images, mean: Backbone.mean, deviation: Backbone.deviation)
            return [("scores", try head(globalAveragePool(Backbone.resNet50.map(pixels)), classes: 3))]
        }
        let summary = NetworkSummary(graph) { !$0.hasPrefix("head.") }
        #expect(summary.trainable == 1_055_747)
        let all = graph.requirements.reduce(0) { $0 + $1.count }
        let biases = graph.requirements.filter { $0.shape.count == 4 }.reduce(0) { $0 + $1.shape[0] }
        #expect(biases == 26_560)
        #expect(all + biases == 24_648_579)
        // What is trained by hand: 2 · 2048, then 2048 · 512 + 512, then 2 · 512, then 512 · 3 + 3.
        #expect(summary.trainable == 4096 + 1_049_088 + 1024 + 1539)
    }
}
