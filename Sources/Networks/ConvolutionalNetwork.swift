// What the families of networks have in common.

/// A network that turns an image into a map of features, which a classifier reads.
protocol ConvolutionalNetwork {
    /// Channels of the map, and length of the feature vector of an image.
    var featureCount: Int { get }

    /// The layers in groups, from the image to the map.
    var stages: [Stage] { get }

    /// What reads the map.
    var classifier: Classifier { get }

    /// [N, 3, H, W] normalised pixels → [N, featureCount, h, w].
    func callAsFunction(_ x: Signal) throws -> Signal
}

/// What turns the map of features into one number for each class.
enum Classifier {
    /// The mean of the map, then a linear layer.
    case linear(WeightPath, dropout: Float)
    /// A 1 × 1 convolution, relu, then the mean.
    case convolution(WeightPath, dropout: Float)

    var path: WeightPath {
        switch self {
        case .linear(let path, _), .convolution(let path, _): path
        }
    }
}

/// Layers that are frozen, or learn at one rate, together.
public struct Stage: Hashable, Sendable {
    /// What it is called, such as `layer1`.
    public let name: String
    /// Where its weights are.
    public let paths: [WeightPath]

    package init(_ name: String, _ paths: [WeightPath]) { (self.name, self.paths) = (name, paths) }

    /// Whether the array `name` belongs to this stage.
    public func owns(_ name: String) -> Bool { paths.contains { name.hasPrefix("\($0).") } }
}
