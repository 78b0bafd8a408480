// ResNet, by depth.
//
// He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015, https://arxiv.org/abs/1512.03385.
//
// Two choices follow torchvision, so that its ImageNet weights load by name: a bottleneck strides in its 3×3
// convolution, not in the first 1×1 ("v1.5"), and weights are called conv1, bn1, layer1.0.conv1, …, fc.

/// A residual network for images, with everything up to its classifier.
struct ResNet: ConvolutionalNetwork {
    /// The networks of table 1 of the paper.
    enum Depth: Int, CaseIterable {
        case resNet18 = 18, resNet34 = 34, resNet50 = 50, resNet101 = 101, resNet152 = 152

        /// Blocks in each of the four stages.
        var blocks: [Int] {
            switch self {
            case .resNet18: [2, 2, 2, 2]
            case .resNet34, .resNet50: [3, 4, 6, 3]
            case .resNet101: [3, 4, 23, 3]
            case .resNet152: [3, 8, 36, 3]
            }
        }

        var hasBottlenecks: Bool { rawValue >= 50 }
    }

    let depth: Depth
    /// Channels of the first stage: 64 in the paper; fewer make a slim network.
    let width: Int
    let weights: WeightPath

    var featureCount: Int { (depth.hasBottlenecks ? 32 : 8) * width }
    var classifier: Classifier { .linear(weights["fc"], dropout: 0) }
    var stages: [Stage] {
        [Stage("stem", [weights["conv1"], weights["bn1"]])]
            + (1...4).map { Stage("layer\($0)", [weights["layer\($0)"]]) }
    }

    init(_ depth: Depth, width: Int = 64, _ weights: WeightPath = WeightPath()) {
        (self.depth, self.width, self.weights) = (depth, width, weights)
    }

    /// [N, 3, H, W] normalised pixels → [N, featureCount, H / 32, W / 32], rounded up.
    func callAsFunction(_ x: Signal) throws -> Signal {
        let stem = ConvBatchNorm(weights["conv1"], weights["bn1"], width, kernel: 7, stride: 2)
        var x = try maxPool(relu(stem(x)), kernel: 3, stride: 2, padding: 1)
        for (stage, count) in depth.blocks.enumerated() {
            for index in 0..<count {
                let block = ResidualBlock(
                    weights["layer\(stage + 1)", "\(index)"],
                    width: width << stage,
                    stride: stage > 0 && index == 0 ? 2 : 1,
                    isBottleneck: depth.hasBottlenecks)
                x = try block(x)
            }
        }
        return x
    }
}

/// Two or three convolutions and the path around them (figure 5 of the paper).
struct ResidualBlock {
    /// How the input is brought to the shape of the output, where the two differ (section 4.1 of the paper).
    enum Shortcut {
        /// Every second row and column, and zeros for the channels that are not there.
        case optionA
        /// A 1 × 1 convolution.
        case optionB
    }

    let weights: WeightPath
    let convolutions: [ConvBatchNorm]
    let stride: Int
    let shortcut: Shortcut

    init(_ weights: WeightPath, width: Int, stride: Int, isBottleneck: Bool, shortcut: Shortcut = .optionB) {
        func convolution(_ n: Int, _ outputs: Int, _ kernel: Int, stride: Int = 1) -> ConvBatchNorm {
            ConvBatchNorm(weights["conv\(n)"], weights["bn\(n)"], outputs, kernel: kernel, stride: stride)
        }
        (self.weights, self.stride, self.shortcut) = (weights, stride, shortcut)
        convolutions =
            isBottleneck
            ? [convolution(1, width, 1), convolution(2, width, 3, stride: stride), convolution(3, 4 * width, 1)]
            : [convolution(1, width, 3, stride: stride), convolution(2, width, 3)]
    }

    /// [N, C, H, W] → [N, outputs of the last convolution, H / stride, W / stride], rounded up.
    func callAsFunction(_ x: Signal) throws -> Signal {
        let last = convolutions[convolutions.count - 1]
        var y = x
        for convolution in convolutions.dropLast() { y = try relu(convolution(y)) }
        y = try last(y)
        return try relu(y + around(x, outputs: last.outputs))
    }

    private func around(_ x: Signal, outputs: Int) throws -> Signal {
        if stride == 1 && x.shape[0] == outputs { return x }
        switch shortcut {
        case .optionA:
            let missing = outputs - x.shape[0]
            return try subsample(x, stride: stride, before: missing / 2, after: missing - missing / 2)
        case .optionB:
            return try ConvBatchNorm(
                weights["downsample", "0"], weights["downsample", "1"], outputs, kernel: 1, stride: stride)(x)
        }
    }
}
