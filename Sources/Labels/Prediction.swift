// What a model says of one image: each class with its score and probability.

/// One class, and how much a model believes in it.
public struct ScoredLabel: Codable, Hashable, Sendable {
    /// The class, by name.
    public var label: String
    /// How likely the model holds the class to be, 0…1.
    ///
    /// The probabilities of an image add up to 1 where each image has one label.
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
    /// The true labels, as ascending indices into the classes: exactly one, unless images may have several.
    public var truths: [Int]
    /// One score a class; the higher, the more the model believes in it.
    ///
    /// For a linear SVM, the signed distance times the length of its weight vector.
    public var scores: [Double]
    /// One probability a class; they add up to 1, unless images may have several labels.
    public var probabilities: [Double]

    /// The true class, where each image has one; otherwise the first, and −1 where there is none.
    public var truth: Int {
        get { truths.first ?? -1 }
        set { truths = [newValue] }
    }

    /// The class with the highest score; the first of several equal ones.
    public var predicted: Int { scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 } }

    /// Makes a prediction for an image of one class.
    public init(path: String, truth: Int, scores: [Double], probabilities: [Double]) {
        self.init(path: path, truths: [truth], scores: scores, probabilities: probabilities)
    }

    /// Makes a prediction for an image of any number of labels.
    public init(path: String, truths: [Int], scores: [Double], probabilities: [Double]) {
        self.path = path
        self.truths = truths
        self.scores = scores
        self.probabilities = probabilities
    }
}
