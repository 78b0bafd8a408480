// The layers between a backbone's features and the classes, as text that a parameter file can hold.
//
// The head of the founding tutorial (pool, norm, dropout, dense 512 with relu, norm, dropout, dense) is
// `norm, dropout 0.5, dense 512, norm, dropout 0.5`: pooling comes before every head, and the last dense layer, one number
// for each class, after it.

/// What turns a feature vector into one number for each class.
///
/// Its weights are called after the place of their layer, as in a PyTorch `Sequential`: `head.0.weight`, ….
public struct Head: Codable, Hashable, Sendable {
    /// One layer.
    public enum Layer: Codable, Hashable, Sendable {
        /// Batch normalisation.
        case norm
        /// Numbers are set to zero with this probability in training, 0..<1.
        case dropout(Float)
        /// So many weighted sums, and relu.
        case dense(Int)
    }

    /// Where the weights are.
    public static let path = WeightPath("head")

    /// The layers in front of the last, which gives the classes.
    public var layers: [Layer]

    /// Makes a head of these layers and a dense layer for the classes.
    public init(_ layers: [Layer]) { self.layers = layers }

    /// The usual head: dropout and a dense layer for the classes; with `width`, a dense layer of that size before.
    public init(dropout: Double, width: Int? = nil) {
        let drop: [Layer] = dropout > 0 ? [.dropout(Float(dropout))] : []
        layers = (width.map { [.dense($0)] } ?? []) + drop
    }

    /// Reads layers separated by commas, or `linear`, which is none; nil if the text is neither.
    public init?(_ text: String) {
        layers = []
        if text.split(whereSeparator: \.isWhitespace).map({ $0.lowercased() }) == ["linear"] { return }
        for part in text.split(separator: ",") {
            let words = part.split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
            switch (words.first, words.count) {
            case ("norm", 1): layers.append(.norm)
            case ("dropout", 2):
                guard let probability = Float(words[1]), (0..<1).contains(probability) else { return nil }
                layers.append(.dropout(probability))
            case ("dense", 2), ("dense", 3):
                guard let size = Int(words[1]), (1...65_536).contains(size), words.count == 2 || words[2] == "relu"
                else {
                    return nil
                }
                layers.append(.dense(size))
            default: return nil
            }
        }
        guard !layers.isEmpty else { return nil }
    }

    /// [N, features] → [N, classes].
    public func callAsFunction(_ features: Signal, classes: Int) throws -> Signal {
        var x = features
        var place = 0
        for layer in layers {
            let path = Self.path["\(place)"]
            switch layer {
            case .norm: x = try batchNorm(x, path)
            case .dropout(let probability): x = try dropout(x, probability: probability)
            case .dense(let size):
                x = try relu(linear(x, path, outputs: size))
                // The relu has a place of its own.
                place += 1
            }
            place += 1
        }
        return try linear(x, Self.path["\(place)"], outputs: classes)
    }
}

extension Head: CustomStringConvertible {
    /// The layers as `init(_:)` reads them.
    public var description: String {
        guard !layers.isEmpty else { return "linear" }
        return layers.map { layer in
            switch layer {
            case .norm: "norm"
            case .dropout(let probability): "dropout \(probability)"
            case .dense(let size): "dense \(size)"
            }
        }.joined(separator: ", ")
    }
}
