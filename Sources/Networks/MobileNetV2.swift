// MobileNetV2.
//
// Sandler, Howard, Zhu, Zhmoginov and Chen, "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018,
// https://arxiv.org/abs/1801.04381. Weights are called as in torchvision: features.0.0, …, features.18.1, classifier.1.

/// A network of depthwise convolutions, for little computation.
struct MobileNetV2: ConvolutionalNetwork {
    /// Table 2 of the paper: how much wider a block is inside, its channels, how often it comes, the stride of the first.
    private static let blocks: [(expansion: Int, channels: Int, count: Int, stride: Int)] = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]

    private static let features = WeightPath("features")

    let padding: PaddingStyle

    var featureCount: Int { 1280 }
    var classifier: Classifier { .linear(WeightPath("classifier")["1"], dropout: 0.2) }

    /// A new stage begins where the map becomes smaller.
    var stages: [Stage] {
        [0...1, 2...3, 4...6, 7...13, 14...18].enumerated().map { index, layers in
            Stage(index == 0 ? "stem" : "layer\(index)", layers.map { Self.features["\($0)"] })
        }
    }

    /// [N, 3, H, W] normalised pixels → [N, 1280, H / 32, W / 32], rounded up.
    func callAsFunction(_ x: Signal) throws -> Signal {
        let first = Self.features["0"]
        var x = try relu6(ConvBatchNorm(first["0"], first["1"], 32, kernel: 3, stride: 2, padding: padding)(x))
        var layer = 1
        for (expansion, channels, count, stride) in Self.blocks {
            for index in 0..<count {
                let block = InvertedResidual(
                    weights: Self.features["\(layer)", "conv"], expansion: expansion, outputs: channels,
                    stride: index == 0 ? stride : 1, padding: padding)
                x = try block(x)
                layer += 1
            }
        }
        let last = Self.features["\(layer)"]
        return try relu6(ConvBatchNorm(last["0"], last["1"], featureCount, kernel: 1)(x))
    }
}

/// Widens the map, filters each channel by itself, and narrows it again (figure 4d of the paper).
struct InvertedResidual {
    let weights: WeightPath
    let expansion: Int
    let outputs: Int
    let stride: Int
    let padding: PaddingStyle

    /// [N, C, H, W] → [N, outputs, H / stride, W / stride], rounded up.
    func callAsFunction(_ x: Signal) throws -> Signal {
        let inside = x.shape[0] * expansion
        var y = x
        var index = 0
        if expansion != 1 {
            y = try relu6(ConvBatchNorm(weights["0", "0"], weights["0", "1"], inside, kernel: 1)(y))
            index = 1
        }
        let filter = ConvBatchNorm(
            weights["\(index)", "0"], weights["\(index)", "1"], inside, kernel: 3, stride: stride, groups: inside,
            padding: padding)
        y = try relu6(filter(y))
        y = try ConvBatchNorm(weights["\(index + 1)"], weights["\(index + 2)"], outputs, kernel: 1)(y)
        return stride == 1 && x.shape[0] == outputs ? try x + y : y
    }
}
