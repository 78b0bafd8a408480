// Every network against torchvision: its layers, names, shapes and counts.

import Foundation
import Networks
import TestSupport
import Testing
import WeightFiles

struct BackboneTests {
    private func graph(_ backbone: Backbone, side: Int? = nil, _ outputs: [Backbone.Output]) throws -> Graph {
        let side = side ?? backbone.defaultImageSize
        return try backbone.graph(.floats(rows: side, columns: side), outputs: outputs)
    }

    /// Table 1 of the ResNet paper, and one more for each projection: 20 = 1 + 2·8 + 3, 53 = 1 + 3·16 + 4.
    @Test(arguments: [
        (Backbone.resNet18, 20), (.resNet34, 36), (.resNet50, 53), (.resNet101, 104), (.resNet152, 155),
        (.starter, 20), (.resNet20CIFAR, 19), (.resNet56CIFAR, 55), (.mobileNetV2, 52), (.squeezeNet11, 25),
    ]) func countsOfConvolutions(_ backbone: Backbone, _ count: Int) throws {
        let convolutions = try graph(backbone, [.features]).nodes.filter { $0.operation.kind == "convolution" }
        #expect(convolutions.count == count)
    }

    /// https://docs.pytorch.org/vision/stable/models.html, column "Params" of each network's page.
    @Test(arguments: [
        (Backbone.resNet18, 11_689_512), (.resNet34, 21_797_672), (.resNet50, 25_557_032), (.resNet101, 44_549_160),
        (.resNet152, 60_192_808), (.mobileNetV2, 3_504_872), (.squeezeNet11, 1_235_496),
    ]) func publishedParameterCounts(_ backbone: Backbone, _ count: Int) throws {
        #expect(try backbone.parameterCount(classes: 1000) == count)
    }

    @Test func namesAndShapesAreTorchvisions() async throws {
        let golden = try NetworkGolden.read()
        #expect(golden.shapes.count == Backbone.allCases.count)
        try await withTemporaryFolder { folder in
            for backbone in Backbone.allCases {
                let expected = try #require(golden.shapes[backbone.rawValue])
                let requirements = try backbone.requirements(classes: expected.classes)
                #expect(try backbone.parameterCount(classes: expected.classes) == expected.parameters)
                let lines = requirements.map { "\($0.name) \($0.shape)\n" }.sorted()
                let list = folder.appending(path: backbone.rawValue)
                try Data(lines.joined().utf8).write(to: list)
                #expect(try sha256(ofFile: list) == expected.names, "\(backbone)")
            }
        }
    }

    /// The sizes of the last maps: 224 / 32, two thirds of the way for SqueezeNet (224 → 111 → 55 → 27 → 13), 32 / 4.
    @Test(arguments: [
        (Backbone.resNet18, [512, 7, 7]), (.resNet50, [2048, 7, 7]), (.mobileNetV2, [1280, 7, 7]),
        (.squeezeNet11, [512, 13, 13]), (.resNet44CIFAR, [64, 8, 8]), (.starter, [256, 7, 7]),
    ]) func mapsHaveTheseShapes(_ backbone: Backbone, _ shape: [Int]) throws {
        let graph = try graph(backbone, [.map, .features, .logits(classes: 3), .probabilities(classes: 3)])
        #expect(graph.outputs.map(\.name) == ["map", "features", "logits", "probabilities"])
        let shapes = graph.outputs.map { graph.nodes[$0.node].shape }
        #expect(shapes == [shape, [shape[0]], [3], [3]])
        #expect(backbone.featureCount == shape[0])
    }

    @Test func outputsShareTheirLayers() throws {
        let one = try graph(.resNet18, [.logits(classes: 3)])
        let three = try graph(.resNet18, [.features, .logits(classes: 3), .probabilities(classes: 3)])
        // One more node: the softmax.
        #expect(three.nodes.count == one.nodes.count + 1)
        #expect(three.requirements == one.requirements)
    }

    @Test func dropoutIsThePublishedOneUnlessGiven() throws {
        func probabilities(_ backbone: Backbone, _ dropout: Float?) throws -> [Float] {
            let input = Graph.Input.floats(rows: 64, columns: 64)
            return try backbone.graph(input, dropout: dropout, outputs: [.logits(classes: 2)]).nodes.compactMap {
                node in
                if case .dropout(let probability) = node.operation { probability } else { nil }
            }
        }
        #expect(try probabilities(.mobileNetV2, nil) == [0.2])
        #expect(try probabilities(.squeezeNet11, nil) == [0.5])
        #expect(try probabilities(.resNet18, nil) == [])
        #expect(try probabilities(.resNet18, 0.4) == [0.4])
        #expect(try probabilities(.mobileNetV2, 0) == [])
    }

    /// Every array belongs to exactly one stage, whatever the network.
    @Test(arguments: Backbone.allCases) func stagesOwnAllWeights(_ backbone: Backbone) throws {
        let stages = backbone.stages
        #expect(stages.last?.name == "classifier")
        for requirement in try backbone.requirements(classes: 2) {
            #expect(stages.filter { $0.owns(requirement.name) }.count == 1, "\(requirement.name)")
        }
        // `features.1` is not the beginning of `features.10`.
        for stage in stages {
            #expect(try backbone.requirements(classes: 2).contains { stage.owns($0.name) }, "\(stage.name)")
        }
    }

    @Test func tensorFlowsPaddingIsAtTheBottomAndRight() throws {
        func paddings(side: Int) throws -> [Padding] {
            let input = Graph.Input.floats(rows: side, columns: side)
            return try Backbone.mobileNetV2.graph(input, padding: .bottomRight, outputs: [.features]).nodes.compactMap {
                if case .convolution(_, _, _, 3, 2, let padding, _, _) = $0.operation { padding } else { nil }
            }
        }
        #expect(try paddings(side: 224) == Array(repeating: .bottomRight(1), count: 5))
        // Sizes before the five convolutions: 90, 45, 23, 12, 6. An odd size needs (⌈n/2⌉ − 1)·2 + 3 − n = 2 rows.
        #expect(try paddings(side: 90) == [.bottomRight(1), .all(1), .all(1), .bottomRight(1), .bottomRight(1)])
    }

    @Test func tooSmallImagesAreRefused() throws {
        #expect { try graph(.resNet18, side: 31, [.features]) } throws: { error in
            "\(error)".contains("31 × 31, and resnet18 needs at least 32 × 32")
        }
        for backbone in Backbone.allCases {
            let graph = try graph(backbone, side: Backbone.minimumImageSize, [.features])
            #expect(graph.nodes.last?.shape == [backbone.featureCount])
        }
    }

    @Test func bytesAreNormalisedFirst() throws {
        let graph = try Backbone.starter.graph(.bytes(rows: 40, columns: 48), outputs: [.map])
        #expect(graph.nodes[0].shape == [40, 48, 3])
        #expect(graph.nodes[1].operation == .normalise(mean: Backbone.mean, deviation: Backbone.deviation))
        #expect(graph.nodes[1].shape == [3, 40, 48])
        #expect(graph.nodes.last?.shape == [256, 2, 2])
    }
}
