// Packages of models whose labels do not exclude each other.

import Foundation
import Labels
import Models
import Networks
import TestSupport
import Testing
import WeightFiles

@Suite struct SeveralLabelsTests {
    private func several(_ thresholds: [String: Double]?) -> ModelManifest {
        var several = manifest()
        (several.labels, several.thresholds, several.temperature) = (.many, thresholds, 1)
        return several
    }

    private let thresholds = ["dotted": 0.5, "leopard": 0.2, "striped": 0.9]

    @Test func thresholdsSurviveTheirFile() async throws {
        try await withTemporaryFolder { folder in
            let written = try writePackage(folder.appending(path: "1"), several(thresholds))
            let opened = try ModelPackage.open(folder.appending(path: "1"))
            #expect(opened == written)
            #expect(opened.manifest.labelCount == .many)
            #expect(opened.manifest.labelThresholds == [0.5, 0.2, 0.9])
        }
    }

    /// The manifest of one label an image says nothing of labels, as before there was a choice.
    @Test func olderPackagesHaveOneLabelAnImage() throws {
        let text = String(decoding: try JSONEncoder().encode(manifest()), as: UTF8.self)
        #expect(!text.contains("\"labels\"") && !text.contains("\"thresholds\""))
        #expect(manifest().labelCount == .one && manifest().labelThresholds == nil)
    }

    @Test func eachLabelNeedsAThreshold() async throws {
        try await withTemporaryFolder { folder in
            for wrong in [nil, ["dotted": 0.5], ["dotted": 0.5, "leopard": 0.5, "striped": 1.5]] {
                #expect(throws: ModelPackageError.self) {
                    try writePackage(folder.appending(path: "1"), several(wrong))
                }
            }
            var one = manifest()
            one.thresholds = thresholds
            #expect(throws: ModelPackageError.self) { try writePackage(folder.appending(path: "1"), one) }
        }
    }

    @Test func labelsAreAcceptedFromTheirThresholdOn() {
        let many = several(thresholds)
        #expect(many.accepted([0.5, 0.19, 0.95]) == ["striped", "dotted"])
        #expect(many.accepted([0.1, 0.1, 0.1]) == [])
        #expect(many.accepted([0.5, 0.19, 0.95], threshold: 0.1) == ["striped", "dotted", "leopard"])
        // Of one label, the likeliest, or none if it is not likely enough.
        #expect(manifest().accepted([0.2, 0.5, 0.3]) == ["leopard"])
        #expect(manifest().accepted([0.2, 0.5, 0.3], threshold: 0.6) == [])
    }

    /// slope · score + offset for each label, and the sigmoid of it.
    @Test func probabilitiesAreSigmoids() throws {
        let graph = try svmClassifierGraph(
            .starter, padding: .torchvision, side: 32, map: .plain, classes: 2, labels: .many)
        #expect(graph.nodes.contains { $0.operation == .sigmoid } && !graph.nodes.contains { $0.operation == .softmax })
        let one = try svmClassifierGraph(.starter, padding: .torchvision, side: 32, map: .plain, classes: 2)
        #expect(one.nodes.contains { $0.operation == .softmax } && !one.nodes.contains { $0.operation == .sigmoid })
        let weights = try ClassifierPart.calibrationWeights(slopes: [2, 3], offsets: [-1, 0.5])
        #expect(weights["calibration.weight"]?.floats() == [2, 0, 0, 3])
        #expect(weights["calibration.bias"]?.floats() == [-1, 0.5])
    }
}
