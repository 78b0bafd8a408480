// Refining the network: a head on frozen features first, then all of the network or its last stages; or all from nothing.
//
// Yosinski, Clune, Bengio and Lipson, "How transferable are features in deep neural networks?", 2014,
// https://arxiv.org/abs/1411.1792. Validation photos come from the training photos; test photos are looked at once, at
// the end.

public import Datasets
public import Foundation
public import Imaging
public import Labels
public import Models
public import Networks
public import Torch
public import WeightFiles
public import Workers

/// The choices of training a network.
public struct NetworkTraining: Sendable {
    /// The network.
    public var backbone: Backbone
    /// Its pretrained weights; nil begins with random ones.
    public var weights: Weights?
    /// How its weights expect convolutions to be padded.
    public var padding: PaddingStyle
    /// How photos become its input.
    public var preprocessing: Preprocessing
    /// What makes classes of its features.
    public var head: Head
    /// How the head is trained on the features of the frozen network; nil leaves that out.
    public var headChoices: Optimisation?
    /// How the network is trained; nil leaves it frozen.
    public var networkChoices: Optimisation?
    /// How many of the last stages of the backbone are trained with the head; nil: all.
    public var trainedStages: Int?
    /// Whether batch norms keep their statistics, scales and shifts also where the layers around them are trained.
    ///
    /// For few photos, small batches, and for several workers that are to give what one would.
    public var freezesNorms = false
    /// How photos are varied in training.
    public var augmentation: Augmentation
    /// How many varied copies of each photo the frozen network describes for the head, beside the photo itself.
    public var variedCopies: Int
    /// Whether a head that is all that learns does so once more at the end, with the photos of validation.
    public var refitsHead = false
    /// From which probability on a label counts, where an image may have several.
    public var thresholds = ThresholdRule.half
    /// Whether the learning-rate finder chooses the rate of the network, or of the head if only that is trained.
    public var findsRate = false
    /// The part of each class that is kept for the test, 0…1, where the data set does not say it.
    public var testFraction: Double
    /// At most so many photos are trained with; nil: all that are not for the test.
    public var trainLimit: Int?
    /// The part of the remaining photos of each class that training is watched with, 0…1; nil: by the founding rule.
    public var validationFraction: Double?
    /// What all choices by chance follow from.
    public var seed: UInt64
    /// Larger pictures are left out.
    public var limits: DecodingLimits
    /// Where the network learns.
    public var device: Device
    /// In which precision it computes while it learns.
    public var precision: Precision
    /// Where features are kept; nil computes all.
    public var cache: URL?
    /// Cores to use.
    public var threads: Int
    /// At most so many bytes of memory for tensors; nil: what the machine has.
    public var memoryLimit: Int?
    /// The workers that learn together; nil if this process learns alone.
    public var place: WorkerPlace?
    /// Whether somebody asks a worker other than the first to stop; the first has a `CheckpointKeeper` that knows.
    public var isStopRequested: @Sendable () -> Bool = { false }

    /// Makes the choices; what is not given has the value that suits most data.
    public init(
        _ backbone: Backbone, weights: Weights?, padding: PaddingStyle, preprocessing: Preprocessing,
        head: Head = Head(dropout: 0.5), headChoices: Optimisation?, networkChoices: Optimisation?, seed: UInt64 = 42
    ) {
        self.backbone = backbone
        self.weights = weights
        self.padding = padding
        self.preprocessing = preprocessing
        self.head = head
        self.headChoices = headChoices
        self.networkChoices = networkChoices
        self.seed = seed
        augmentation = .none
        variedCopies = 0
        testFraction = 0.25
        limits = .default
        device = .cpu
        precision = .float32
        threads = ProcessInfo.processInfo.activeProcessorCount
    }

    /// [N, side, side, 3] bytes → `scores` [N, classes]: what is trained.
    public func graph(classes: Int) throws -> Graph {
        let side = preprocessing.side
        return try Graph(.bytes(rows: side, columns: side)) { images in
            let pixels = try normalise(images, mean: Backbone.mean, deviation: Backbone.deviation)
            let pooled = try globalAveragePool(backbone.map(pixels, padding: padding))
            return [("scores", try head(pooled, classes: classes))]
        }
    }

    /// [N, features] → `scores` [N, classes]: what is trained on the features of the frozen network.
    package func headGraph(classes: Int) throws -> Graph {
        try Graph(.vectors(count: backbone.featureCount)) { [("scores", try head($0, classes: classes))] }
    }

    /// Whether training changes the array `name` of the network; `norms` are the paths of its batch norms.
    public func trains(_ name: String, norms: Set<String> = []) -> Bool {
        let path = name.split(separator: ".").dropLast().joined(separator: ".")
        if freezesNorms, norms.contains(path), !name.hasPrefix("\(Head.path).") { return false }
        guard networkChoices != nil, !name.hasPrefix("\(Head.path).") else { return name.hasPrefix("\(Head.path).") }
        guard let trainedStages else { return true }
        return backbone.stages.dropLast().suffix(trainedStages).contains { $0.owns(name) }
    }
}

/// One part of a training: the head alone, or the network.
public struct TrainingPhase: Sendable {
    /// `head` or `network`.
    public var name: String
    /// What was done.
    public var history: TrainingHistory
    /// How many epochs were planned.
    public var epochs: Int
    /// The epoch whose weights were kept; nil if that is the last.
    public var bestEpoch: Int?
}

/// A classifier as training leaves it: everything that its package, report and record need.
public struct TrainedClassifier: Sendable {
    /// The usable images, with what their files hold.
    public var dataset: Dataset
    /// Which images were for which part.
    public var split: Split
    /// The whole classifier, from bytes to probabilities.
    public var graph: Graph
    /// Its weights.
    public var weights: Weights
    /// What makes probabilities of the scores.
    public var calibration: ScoreCalibration
    /// What the model says of the images that it was trained with.
    public var training: [LabelledPrediction]
    /// What it says of the images that it has not seen.
    public var test: [LabelledPrediction]
    /// What the features of the images are like that it was trained with.
    public var features: FeatureStatistics?
    /// What the linear support vector machine chose; nil if there is none.
    public var svm: SVMOutcome?
    /// How the network was trained, phase by phase; empty if it was not.
    public var phases: [TrainingPhase] = []
    /// The weights of the last step, where those that are kept are of an earlier epoch.
    public var lastWeights: Weights?
    /// Sentences that the user should read.
    public var warnings: [String]
    /// Where the time went.
    public var seconds: TrainingEvent.Finished.Seconds
    /// Photos a second: in training the network, or through the frozen network.
    public var imagesPerSecond: Double

    /// What a linear support vector machine chose.
    public struct SVMOutcome: Sendable {
        /// How much a misclassified image counts.
        public var c: Double
        /// What is done to features before they are scaled to length 1.
        public var featureMap: FeatureMap
        /// How much an image of each class counts, in the order of the classes.
        public var classWeights: [Double]
        /// Every C that was tried.
        public var trials: [CSearch.Trial]
    }
}
