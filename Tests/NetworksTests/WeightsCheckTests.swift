// Whether weights are those of a network, and the formula that gives some to any network.

import Foundation
import Networks
import TestSupport
import Testing
import WeightFiles

struct WeightsCheckTests {
    private static func weights(_ backbone: Backbone, classes: Int? = 5) throws -> Weights {
        try Weights(formulaFor: backbone.requirements(classes: classes))
    }

    @Test func formulaIsPythons() throws {
        let golden = try NetworkGolden.read()
        let shapes = ["conv1.weight": [2, 3, 1, 1], "fc.weight": [2, 2]]
        #expect(golden.formula.count == 6)
        for (name, floats) in golden.formula {
            let requirement = WeightRequirement(name: name, shape: shapes[name] ?? [2], role: .parameter)
            #expect(try Weights(formulaFor: [requirement])[name]?.floats() == floats, "\(name)")
        }
        let bytes = NetworkGolden.images(2, side: 5)
        #expect(Array(bytes.prefix(12)) == golden.imageBytes.first)
        #expect(bytes.reduce(0) { $0 + Int($1) } == golden.imageBytes.sum)
    }

    @Test func weightsFitTheirNetworkOnly() throws {
        for backbone in [Backbone.resNet18, .mobileNetV2, .squeezeNet11, .resNet20CIFAR, .starter] {
            var weights = try Self.weights(backbone)
            weights["bn1.num_batches_tracked"] = try StoredTensor(type: .int64, shape: [], bytes: Data(count: 8))
            try backbone.check(weights)
            try backbone.check(weights, classes: 5)
            try backbone.check(Self.weights(backbone, classes: nil))
            #expect(backbone.classCount(of: weights) == 5)
            for other in Backbone.allCases where other != backbone {
                #expect(throws: WeightsError.self, "\(backbone) as \(other)") { try other.check(weights) }
            }
            #expect(try Backbone.fitting(weights) == backbone)
        }
        #expect(try Backbone.fitting(Weights()) == nil)
    }

    @Test func saysWhichNetworkWeightsFit() throws {
        #expect { try Backbone.resNet34.check(Self.weights(.resNet18)) } throws: { error in
            // ResNet-34 has 3 + 4 + 6 + 3 blocks, ResNet-18 two each: 8 blocks of 10 arrays more.
            "\(error)" == "The weights are not those of resnet34. Missing: layer1.2.conv1.weight, layer1.2.bn1.weight, "
                + "layer1.2.bn1.bias and 77 more. They fit resnet18."
        }
        #expect { try Backbone.resNet18.check(Self.weights(.starter)) } throws: { error in
            let text = "\(error)"
            return text.contains("conv1.weight should be [64, 3, 7, 7] and is [32, 3, 7, 7] (and ")
                && text.hasSuffix("They fit starter.")
        }
    }

    @Test func namesWhatDiffers() throws {
        var weights = try Self.weights(.resNet20CIFAR)
        weights["linear.bias"] = weights["fc.bias"]
        weights["fc.bias"] = nil
        #expect { try Backbone.resNet20CIFAR.check(weights, classes: 10) } throws: { error in
            "\(error)" == "The weights are not those of resnet20-cifar. fc.weight should be [10, 64] and is [5, 64]. "
                + "Missing: fc.bias. Unknown: linear.bias."
        }
        // Whoever wants features only has no use for the classifier.
        weights["linear.bias"] = nil
        try Backbone.resNet20CIFAR.check(weights)
    }

    @Test func paddingIsRecordedOrKnown() throws {
        var weights = Weights()
        let known = "7b2c576a73d3a8bfbd21e4dba157f16c8cce0e50582a51a05d9d8b30029c073e"
        #expect(PaddingStyle(of: weights, fileDigest: nil) == .torchvision)
        #expect(PaddingStyle(of: weights, fileDigest: known) == .bottomRight)
        weights.metadata[PaddingStyle.metadataKey] = PaddingStyle.bottomRight.rawValue
        #expect(PaddingStyle(of: weights, fileDigest: nil) == .bottomRight)
        weights.metadata[PaddingStyle.metadataKey] = "torchvision"
        #expect(PaddingStyle(of: weights, fileDigest: known) == .torchvision)
    }

    @Test(
        .enabled(if: Fixtures.photos != nil),
        arguments: [
            ("mobilenet_v2-imagenet", Backbone.mobileNetV2, PaddingStyle.bottomRight),
            ("squeezenet1_1-imagenet", .squeezeNet11, .torchvision), ("resnet20-cifar10", .resNet20CIFAR, .torchvision),
            ("resnet56-cifar10", .resNet56CIFAR, .torchvision),
        ]) func realWeightsFit(_ file: String, _ backbone: Backbone, _ padding: PaddingStyle) throws
    {
        let folder = try #require(Fixtures.photos)
        let url = folder.appending(path: "weights/\(file).safetensors")
        let weights = try Weights.read(url)
        try backbone.check(weights, classes: backbone.publishedClassCount)
        #expect(try Backbone.fitting(weights) == backbone)
        #expect(try PaddingStyle(of: weights, fileDigest: sha256(ofFile: url)) == padding)
    }
}
