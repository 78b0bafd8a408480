// Where an answer comes from, against Grad-CAM by PyTorch: `Tools/golden/explanations.py`.

import Foundation
import Imaging
import Models
import Networks
import TestSupport
import Testing
import WeightFiles

/// The golden file.
private struct ExplanationGolden: Decodable {
    struct Entry: Decodable {
        var backbone: String
        var side: Int
        var head: String
        var `class`: Int
        var score: Float
        var rows: Int
        var map: [Float]
    }

    var maps: [Entry]

    static func read() throws -> [Entry] {
        let data = try Data(contentsOf: Fixtures.golden("explanations.json"))
        return try JSONDecoder().decode(ExplanationGolden.self, from: data).maps
    }
}

/// A classifier of 10 classes whose weights follow from a formula; `head` as the golden file calls it, or as `Head` reads it.
private func writeModel(_ folder: URL, _ backbone: Backbone, side: Int, head: String) throws -> (ModelPackage, Weights)
{
    let layers = ["linear": "", "norm": "norm"][head] ?? head
    let map = FeatureMap(rawValue: head)
    let graph =
        if let map {
            try svmClassifierGraph(backbone, padding: .torchvision, side: side, map: map, classes: 10)
        } else {
            try networkClassifierGraph(
                backbone, padding: .torchvision, side: side, head: Head(layers) ?? Head([]), classes: 10)
        }
    let weights = try Weights(formulaFor: graph.requirements)
    let manifest = ModelManifest(
        method: "svm", classes: (0..<10).map { "class \($0)" },
        preprocessing: Preprocessing(resize: .squash, side: side),
        backbone: .init(
            name: backbone.rawValue, padding: "torchvision", featureCount: backbone.featureCount,
            weights: .init(name: "formula", source: "FormulaWeights.swift", licence: "none", sha256: "")),
        svm: map.map { .init(c: 1, featureMap: $0, classWeights: [:]) }, head: map == nil ? layers : nil,
        recipe: [:], data: .init(fingerprint: "", training: [:], test: [:]), software: [:])
    let package = try ModelPackage.write(manifest, to: folder) { partial in
        try ONNXModel(graph, weights: weights).data().write(to: partial.appending(path: "model.onnx"))
        try weights.write(to: partial.appending(path: "weights.safetensors"))
    }
    return (package, weights)
}

private func formulaPhoto(side: Int) throws -> [UInt8] {
    try Picture(width: side, height: side, pixels: NetworkGolden.images(1, side: side)).png()
}

@Suite("Explanations")
struct ExplanationTests {
    @Test(arguments: ["resnet20-cifar", "squeezenet1_1", "mobilenet_v2"]) func isGradCAM(name: String) async throws {
        let entries = try ExplanationGolden.read().filter { $0.backbone == name }
        let backbone = try #require(Backbone(rawValue: name))
        #expect(entries.count == 8)
        for head in Set(entries.map(\.head)) {
            try await withTemporaryFolder { folder in
                let side = try #require(entries.first).side
                let (package, weights) = try writeModel(folder.appending(path: "m"), backbone, side: side, head: head)
                let explainer = try PhotoExplainer(package)
                #expect(explainer.method == .classActivation)
                for entry in entries where entry.head == head {
                    let result = try await explainer(formulaPhoto(side: side), ofClass: entry.class)
                    let found = result.explanation
                    #expect(found.rows == entry.rows && found.classIndex == entry.class)
                    // The derivative of √x is half of what √x is to x.
                    let expected = entry.map.map { head == "root" ? 2 * $0 : $0 }
                    #expect(NetworkGolden.relativeDifference(found.values, expected) <= 1e-3, "\(head)")
                    // All parts and the bias are the score, but for a norm, which adds something of its own.
                    guard head != "norm" else { continue }
                    let bias = try weights.tensor(head == "linear" ? "head.0.bias" : "svm.bias").floats()[entry.class]
                    #expect(abs(found.values.reduce(0, +) + bias - entry.score) <= 1e-4, "\(head)")
                    #expect(abs(Float(result.answer.scores[entry.class]) - entry.score) <= 1e-4)
                }
            }
        }
    }

    /// What stands behind a hidden layer is covered part by part; the map is where covering costs the most.
    @Test func coversWhatCannotBeTakenApart() async throws {
        try await withTemporaryFolder { folder in
            let (package, _) = try writeModel(
                folder.appending(path: "m"), .resNet20CIFAR, side: 32, head: "dense 16, dropout 0.5")
            let explainer = try PhotoExplainer(package)
            #expect(explainer.method == .occlusion)
            let photo = try formulaPhoto(side: 32)
            let result = try await explainer(photo)
            let found = result.explanation
            #expect(found.rows == 7 && found.columns == 7)
            // The likeliest class, and the fall of its score when the part in row 2, column 5 is covered.
            let best = result.answer.probabilities.indices.max {
                result.answer.probabilities[$0] < result.answer.probabilities[$1]
            }
            #expect(found.classIndex == best)
            var pixels = NetworkGolden.images(1, side: 32)
            // ((2 − 0.5) · 32 / 7, (2 + 1.5) · 32 / 7) rounded is 7..<16; (4.5, 6.5) · 32 / 7 is 21..<30.
            for y in 7..<16 {
                for x in 21..<30 { for c in 0..<3 { pixels[3 * (y * 32 + x) + c] = [124, 116, 104][c] } }
            }
            let covered = try await Predictor(package, for: .latency)(
                Picture(width: 32, height: 32, pixels: pixels).png())
            let fall = result.answer.scores[found.classIndex] - covered.scores[found.classIndex]
            #expect(abs(Double(found.values[2 * 7 + 5]) - fall) <= 1e-4)
        }
    }

    /// By the same network both ways; they answer different questions, so they are alike, not equal.
    @Test func isAskedForBothWays() async throws {
        try await withTemporaryFolder { folder in
            let (package, _) = try writeModel(folder.appending(path: "m"), .resNet20CIFAR, side: 32, head: "plain")
            let photo = try formulaPhoto(side: 32)
            let covering = try await PhotoExplainer(package, by: .occlusion)(photo, ofClass: 3)
            let reading = try await PhotoExplainer(package)(photo, ofClass: 3)
            #expect(covering.explanation.method == .occlusion && reading.explanation.method == .classActivation)
            #expect(zip(covering.answer.scores, reading.answer.scores).allSatisfy { abs($0 - $1) <= 1e-4 })
        }
    }

    @Test func tellsWhichPartOfThePhotoIsMeant() {
        // The shorter side becomes 256 of which 224 are cut out: of 640 × 480 the middle 420 × 420. The picture is resized
        // to 341 × 256, of which columns 58 (of 58.5) to 282 are kept: x = 58 · 640 / 341.
        let crop = Preprocessing().region(width: 640, height: 480)
        #expect(abs(crop.width - 224 * 640.0 / 341) < 1e-9 && abs(crop.height - 420) < 1e-9)
        #expect(abs(crop.x - 58 * 640.0 / 341) < 1e-9 && abs(crop.y - 30) < 1e-9)
        // A letterbox reaches 80 pixels beyond the photo, above and below.
        let box = Preprocessing(resize: .letterbox, side: 64).region(width: 640, height: 480)
        let expected = Rectangle(x: 0, y: -80, width: 640, height: 640)
        #expect(abs(box.x - expected.x) < 1e-9 && abs(box.y - expected.y) < 1e-9)
        #expect(abs(box.width - expected.width) < 1e-9 && abs(box.height - expected.height) < 1e-9)
    }

    @Test func drawsWhatSpeaksForTheClass() {
        // Two parts side by side: the left speaks against the class, the right for it.
        let explanation = Explanation(method: .occlusion, classIndex: 0, rows: 1, columns: 2, values: [-3, 2])
        #expect(explanation.shares == [0, 1])
        let picture = Picture(width: 4, height: 1, pixels: [UInt8](repeating: 100, count: 12))
        let drawn = explanation.overlay(on: picture).pixels
        // Left of the left part's middle: half of grey 100, half of (0, 0, 4).
        #expect(Array(drawn[0..<3]) == [50, 50, 52])
        // Right of the right part's middle: half of grey 100, half of (252, 255, 164).
        #expect(Array(drawn[9..<12]) == [176, 178, 132])
        // A quarter of the way from the left part's middle to the right one's: half of grey 100, half of (87, 16, 110).
        #expect(Array(drawn[3..<6]) == [94, 58, 105])
        // Where nothing speaks for the class, all is dark.
        let none = Explanation(method: .occlusion, classIndex: 0, rows: 1, columns: 1, values: [-1])
        #expect(none.shares == [0])
    }
}
