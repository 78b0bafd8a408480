// The small residual networks for images of 32 × 32 pixels.
//
// He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015, section 4.2,
// https://arxiv.org/abs/1512.03385. Weights are called as in torchvision's ResNets: conv1, bn1, layer1.0.conv1, …, fc.

/// A residual network of `6 · blocksPerStage + 2` layers, without max pooling, whose shortcuts have no weights.
struct CIFARResNet: ConvolutionalNetwork {
    /// 3, 5, 7 or 9 for the networks of 20, 32, 44 and 56 layers.
    let blocksPerStage: Int

    var featureCount: Int { 64 }
    var classifier: Classifier { .linear(WeightPath("fc"), dropout: 0) }
    var stages: [Stage] {
        [Stage("stem", [WeightPath("conv1"), WeightPath("bn1")])]
            + (1...3).map { Stage("layer\($0)", [WeightPath("layer\($0)")]) }
    }

    /// [N, 3, H, W] normalised pixels → [N, 64, H / 4, W / 4], rounded up.
    func callAsFunction(_ x: Signal) throws -> Signal {
        var x = try relu(ConvBatchNorm(WeightPath("conv1"), WeightPath("bn1"), 16, kernel: 3)(x))
        for stage in 0..<3 {
            for index in 0..<blocksPerStage {
                let block = ResidualBlock(
                    WeightPath("layer\(stage + 1)")["\(index)"],
                    width: 16 << stage,
                    stride: stage > 0 && index == 0 ? 2 : 1,
                    isBottleneck: false,
                    shortcut: .optionA)
                x = try block(x)
            }
        }
        return x
    }
}
