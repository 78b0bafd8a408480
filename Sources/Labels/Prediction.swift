// What a model says of one image: each class with its score and probability.

/// One class, and how much a model believes in it.
public struct ScoredLabel: Codable, Hashable, Sendable {
    /// The class, by name.
    public var label: String
    /// How likely the model holds the class to be, 0…1; the probabilities of an image add up to 1.
    public var probability: Double

    /// Makes a scored label.
    public init(label: String, probability: Double) {
        self.label = label
        self.probability = probability
    }
}

/// What a model answered for one image whose true class is known.
public struct LabelledPrediction: Codable, Hashable, Sendable {
    /// Where the image lies, as the data set names it.
    public var path: String
    /// The true class, as an index into the classes.
    public var truth: Int
    /// One score a class; the higher, the more the model believes in it.
    ///
    /// For a linear SVM, the signed distance times the length of its weight vector.
    public var scores: [Double]
    /// One probability a class, adding up to 1.
    public var probabilities: [Double]

    /// The class with the highest score; the first of several equal ones.
    public var predicted: Int { scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 } }

    /// Makes a prediction whose truth is known.
    public init(path: String, truth: Int, scores: [Double], probabilities: [Double]) {
        self.path = path
        self.truth = truth
        self.scores = scores
        self.probabilities = probabilities
    }
}
