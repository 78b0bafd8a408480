// The table of a network's layers.

import Foundation
import Networks
import Testing

struct SummaryTests {
    private func summary(_ backbone: Backbone, side: Int, isFrozen: (String) -> Bool = { _ in false }) throws
        -> NetworkSummary
    {
        let graph = try backbone.graph(.bytes(rows: side, columns: side), outputs: [.features, .logits(classes: 3)])
        return NetworkSummary(graph, isFrozen: isFrozen)
    }

    @Test func countsWhatIsFrozen() throws {
        // The classifier of 2048 features and 3 classes: 3 · 2048 weights and 3 biases; the rest is 25,557,032 − 2,049,000.
        let stages = Backbone.resNet50.stages.dropLast()
        let summary = try summary(.resNet50, side: 224) { name in stages.contains { $0.owns(name) } }
        #expect(summary.trainable == 6147)
        #expect(summary.parameters == 23_508_032 + 6147)
        #expect(summary.parameters == summary.layers.reduce(0) { $0 + $1.parameters })
        #expect(summary.features == 2048)
        #expect(summary.warning == nil)
        let first = try #require(summary.layers.first { $0.kind == "convolution" })
        // 64 · 3 · 7 · 7 weights.
        #expect(first.name == "conv1" && first.output == [64, 112, 112] && first.parameters == 9408)
    }

    @Test func warnsWhereTheMapEndsInAPoint() throws {
        #expect(try summary(.resNet18, side: 32).warning?.contains("At 32 × 32 the last map is a single point") == true)
        #expect(try summary(.resNet18, side: 33).warning == nil)
        #expect(try summary(.squeezeNet11, side: 32).warning?.isEmpty == false)
        #expect(try summary(.resNet20CIFAR, side: 32).warning == nil)
    }

    @Test func hasTheKeysOfTheCommand() throws {
        let json = try JSONEncoder().encode(summary(.starter, side: 128))
        let object = try #require(JSONSerialization.jsonObject(with: json) as? [String: Any])
        #expect(Set(object.keys) == ["parameters", "trainable", "layers", "features"])
        let layers = try #require(object["layers"] as? [[String: Any]])
        #expect(Set(layers[0].keys) == ["name", "kind", "output", "parameters"])
        #expect(try JSONDecoder().decode(NetworkSummary.self, from: json) == summary(.starter, side: 128))
    }

    @Test func isATable() throws {
        let lines = try summary(.resNet18, side: 224).table.split(separator: "\n")
        #expect(lines[0].hasPrefix("layer ") && lines[0].hasSuffix("parameters"))
        #expect(lines.contains { $0.hasPrefix("layer4.1.conv2 ") && $0.hasSuffix(" 2,359,296") })
        // 11,689,512 with 1000 classes: 512 · 1000 + 1000 less, 512 · 3 + 3 more.
        #expect(lines.contains("11,178,051 parameters, 11,178,051 of them trainable"))
        #expect(Set(lines.prefix(60).map(\.count)).count == 1)
    }
}
