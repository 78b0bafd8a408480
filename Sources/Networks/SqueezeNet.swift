// SqueezeNet 1.1.
//
// Iandola, Han, Moskewicz, Ashraf, Dally and Keutzer, "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and
// <0.5MB model size", 2016, https://arxiv.org/abs/1602.07360, in the authors' later version 1.1. Weights are called as
// in torchvision: features.0, features.3.squeeze, …, classifier.1.

/// A network of narrow and wide 1 × 1 convolutions, for few weights.
///
/// The feature vector is the mean of its last map.
struct SqueezeNet: ConvolutionalNetwork {
    /// Index in torchvision's `features`, channels after squeezing, and channels of each of the two expansions.
    private static let modules: [(index: Int, squeeze: Int, expand: Int)] = [
        (3, 16, 64), (4, 16, 64), (6, 32, 128), (7, 32, 128), (9, 48, 192), (10, 48, 192), (11, 64, 256), (12, 64, 256),
    ]

    private static let features = WeightPath("features")

    var featureCount: Int { 512 }
    var classifier: Classifier { .convolution(WeightPath("classifier")["1"], dropout: 0.5) }

    /// A new stage begins where the map becomes smaller.
    var stages: [Stage] {
        [0...0, 3...4, 6...7, 9...12].enumerated().map { index, layers in
            Stage(index == 0 ? "stem" : "layer\(index)", layers.map { Self.features["\($0)"] })
        }
    }

    /// [N, 3, H, W] normalised pixels → [N, 512, about H / 16, about W / 16].
    func callAsFunction(_ x: Signal) throws -> Signal {
        var x = try relu(convolution(x, Self.features["0"], outputs: 64, kernel: 3, stride: 2))
        for (index, squeeze, expand) in Self.modules {
            if [3, 6, 9].contains(index) { x = try maxPool(x, kernel: 3, stride: 2, ceiling: true) }
            x = try fire(x, Self.features["\(index)"], squeeze: squeeze, expand: expand)
        }
        return x
    }

    /// Narrows the map, then widens it by 1 × 1 and by 3 × 3 windows side by side: [N, C, H, W] → [N, 2 · expand, H, W].
    private func fire(_ x: Signal, _ weights: WeightPath, squeeze: Int, expand: Int) throws -> Signal {
        let narrow = try relu(convolution(x, weights["squeeze"], outputs: squeeze, kernel: 1))
        return try concatenate(
            relu(convolution(narrow, weights["expand1x1"], outputs: expand, kernel: 1)),
            relu(convolution(narrow, weights["expand3x3"], outputs: expand, kernel: 3, padding: .all(1))))
    }
}
