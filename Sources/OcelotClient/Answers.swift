// What a prediction service answers: the JSON of its friendly interface.

/// What a service says of a model.
public struct ServedModel: Codable, Hashable, Sendable {
    /// The model's name.
    public var name: String
    /// Its version.
    public var version: String
    /// The classes, in the order of their indices.
    public var labels: [String]?
}

struct ServedModels: Codable {
    var models: [ServedModel]
}

/// The answer about one request.
public struct PredictionAnswer: Codable, Hashable, Sendable {
    /// What answered.
    public var model: ServedModel
    /// The request's own name, which the service's log has too.
    public var id: String
    /// One for each photo.
    public var predictions: [Prediction]
    /// Where the time went in the service, in milliseconds.
    public var timing: Timing?

    /// What one photo shows.
    public struct Prediction: Codable, Hashable, Sendable {
        /// The most probable labels, the best first.
        public var top: [Label]
        /// Whether the best is probable enough to be taken.
        public var accepted: Bool?
    }

    /// A class with its probability.
    public struct Label: Codable, Hashable, Sendable {
        /// The class.
        public var label: String
        /// Its probability, 0…1.
        public var probability: Double
    }

    /// Milliseconds of each part.
    public struct Timing: Codable, Hashable, Sendable {
        /// Waiting for a free engine.
        public var queue: Double?
        /// From the file's bytes to pixels.
        public var decode: Double?
        /// From pixels to the network's input.
        public var preprocess: Double?
        /// The network.
        public var infer: Double?
        /// Everything, from the last byte of the request to the answer.
        public var total: Double?
    }

    private enum CodingKeys: String, CodingKey {
        case model, id, predictions
        case timing = "timing_ms"
    }
}

struct EmbeddingAnswer: Codable {
    var embeddings: [[Float]]
}

struct ErrorAnswer: Codable {
    var error: String
}
