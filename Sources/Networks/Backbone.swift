// The networks that there are, by name.

/// A network that turns images into features, as it is called on the command line.
public enum Backbone: String, CaseIterable, Codable, Sendable {
    case resNet18 = "resnet18"
    case resNet34 = "resnet34"
    case resNet50 = "resnet50"
    case resNet101 = "resnet101"
    case resNet152 = "resnet152"
    case mobileNetV2 = "mobilenet_v2"
    case squeezeNet11 = "squeezenet1_1"
    case resNet20CIFAR = "resnet20-cifar"
    case resNet32CIFAR = "resnet32-cifar"
    case resNet44CIFAR = "resnet44-cifar"
    case resNet56CIFAR = "resnet56-cifar"
    /// A ResNet-18 of half the width, whose weights come with the program.
    case starter

    /// Something that a graph of the network gives.
    public enum Output: Hashable, Sendable {
        /// `map`: [N, featureCount, h, w], the last map before its mean is taken.
        case map
        /// `features`: [N, featureCount].
        case features
        /// `logits`: [N, classes], one number for each class; the largest is the answer.
        case logits(classes: Int)
        /// `probabilities`: [N, classes], the softmax of the logits.
        case probabilities(classes: Int)
    }

    /// The mean of each channel of the pixels (0…1) that all these networks expect to be subtracted.
    public static let mean: [Float] = [0.485, 0.456, 0.406]
    /// The deviation of each channel that they expect to be divided by.
    public static let deviation: [Float] = [0.229, 0.224, 0.225]
    /// The smallest side of an image that is taken, in pixels.
    public static let minimumImageSize = 32

    /// Length of the feature vector of an image.
    public var featureCount: Int { network(.torchvision).featureCount }

    /// The side of the images that it was trained with, in pixels.
    public var defaultImageSize: Int {
        switch self {
        case .resNet18, .resNet34, .resNet50, .resNet101, .resNet152, .mobileNetV2, .squeezeNet11: 224
        case .resNet20CIFAR, .resNet32CIFAR, .resNet44CIFAR, .resNet56CIFAR: 32
        case .starter: 224
        }
    }

    /// How many classes its published weights tell apart; nil where that is ours to choose.
    public var publishedClassCount: Int? {
        switch self {
        case .resNet18, .resNet34, .resNet50, .resNet101, .resNet152, .mobileNetV2, .squeezeNet11: 1000
        case .resNet20CIFAR, .resNet32CIFAR, .resNet44CIFAR, .resNet56CIFAR: 10
        case .starter: nil
        }
    }

    /// Where the weights of the layer are that tells the classes apart.
    public var classifierPath: WeightPath { network(.torchvision).classifier.path }

    /// All layers in groups, from the image to the classes; the last is the `classifier`.
    public var stages: [Stage] { network(.torchvision).stages + [Stage("classifier", [classifierPath])] }

    /// Whether the style of padding changes what the network does.
    public var dependsOnPadding: Bool { self == .mobileNetV2 }

    /// Writes the network down for one size of image.
    ///
    /// If `input` is bytes, the graph begins with their normalisation. `dropout`, if given, is the probability before the
    /// classifier; otherwise it is the one that the network was published with.
    public func graph(
        _ input: Graph.Input, padding: PaddingStyle = .torchvision, dropout: Float? = nil, outputs: [Output]
    ) throws -> Graph {
        try checkSize(of: input)
        return try Graph(input) { images in
            var pixels = images
            if case .bytes = input { pixels = try normalise(images, mean: Self.mean, deviation: Self.deviation) }
            let map = try map(pixels, padding: padding)
            // Each is made once, however many outputs use it.
            var features: Signal?
            var logits: [Int: Signal] = [:]
            func pooled() throws -> Signal {
                let signal = try features ?? globalAveragePool(map)
                features = signal
                return signal
            }
            func scores(_ classes: Int) throws -> Signal {
                let signal = try logits[classes] ?? classify(map, pooled, classes: classes, dropout: dropout)
                logits[classes] = signal
                return signal
            }
            return try outputs.map { output in
                switch output {
                case .map: ("map", map)
                case .features: ("features", try pooled())
                case .logits(let classes): ("logits", try scores(classes))
                case .probabilities(let classes): ("probabilities", try softmax(scores(classes)))
                }
            }
        }
    }

    /// [N, 3, H, W] normalised pixels → [N, featureCount, h, w]; for graphs that go on otherwise than with a classifier.
    public func map(_ pixels: Signal, padding: PaddingStyle = .torchvision) throws -> Signal {
        // Spelt out: Swift 6.3 crashes on `network(padding)(pixels)`, where the callee is an existential.
        try network(padding).callAsFunction(pixels)
    }

    private func classify(
        _ map: Signal, _ pooled: () throws -> Signal, classes: Int, dropout rate: Float?
    ) throws -> Signal {
        func dropped(_ x: Signal, _ probability: Float) throws -> Signal {
            let probability = rate ?? probability
            return probability > 0 ? try dropout(x, probability: probability) : x
        }
        switch network(.torchvision).classifier {
        case .linear(let path, let probability):
            return try linear(dropped(pooled(), probability), path, outputs: classes)
        case .convolution(let path, let probability):
            return try globalAveragePool(
                relu(convolution(dropped(map, probability), path, outputs: classes, kernel: 1)))
        }
    }

    private func checkSize(of input: Graph.Input) throws {
        if case .vectors(let count) = input { throw NetworkError.notImages(count: count, network: rawValue) }
        guard let (rows, columns) = input.imageSize else { return }
        guard min(rows, columns) >= Self.minimumImageSize else {
            throw NetworkError.imageBelowMinimum(
                rows: rows, columns: columns, minimum: Self.minimumImageSize, network: rawValue)
        }
    }

    private func network(_ padding: PaddingStyle) -> any ConvolutionalNetwork {
        switch self {
        case .resNet18: ResNet(.resNet18)
        case .resNet34: ResNet(.resNet34)
        case .resNet50: ResNet(.resNet50)
        case .resNet101: ResNet(.resNet101)
        case .resNet152: ResNet(.resNet152)
        case .mobileNetV2: MobileNetV2(padding: padding)
        case .squeezeNet11: SqueezeNet()
        case .resNet20CIFAR: CIFARResNet(blocksPerStage: 3)
        case .resNet32CIFAR: CIFARResNet(blocksPerStage: 5)
        case .resNet44CIFAR: CIFARResNet(blocksPerStage: 7)
        case .resNet56CIFAR: CIFARResNet(blocksPerStage: 9)
        case .starter: ResNet(.resNet18, width: 32)
        }
    }
}
