// What `manifest.json` holds: all that a model's answer depends on, except the numbers of the network.
//
// A manifest has no times, no absolute paths and no machine names: the same recipe, seed and photos on the same machine
// give the same bytes. Keys are sorted, numbers are written as the shortest text that reads back to the same value.

public import Imaging
public import Inference
public import Labels

/// All that a model's answer depends on, except the numbers of the network.
public struct ModelManifest: Codable, Hashable, Sendable {
    /// What a model is for.
    public enum Purpose: String, Codable, Hashable, Sendable {
        /// One class for each image, or any number of labels.
        case classification
    }

    /// What the model is for.
    public var task: Purpose
    /// How many labels an image may have; nil: one.
    public var labels: LabelCount?
    /// How it was trained, such as `svm`.
    public var method: String
    /// The classes by name; the network's scores come in this order.
    public var classes: [String]
    /// From the picture's file to the bytes that enter the network.
    public var preprocessing: Preprocessing
    /// The network in front of the classifier.
    public var backbone: Backbone
    /// What was chosen for the linear support vector machine, where the method has one.
    public var svm: SupportVectorMachine?
    /// The layers behind the network, as `Head` reads them; nil where a support vector machine stands there.
    public var head: String?
    /// Scores are divided by it before the softmax; fitted on images that the classifier was not trained on.
    ///
    /// 1 where an image may have several labels: each then has a scaling of its own, which is among the weights.
    public var temperature: Double
    /// Below this probability of its best class an image counts as none of the classes; nil: never.
    public var threshold: Double?
    /// The probability from which on each label counts, by label; nil where an image has one.
    public var thresholds: [String: Double]?
    /// Every parameter of the training by name, each as `--set name=value` takes it.
    public var recipe: [String: String]
    /// The images that the model learned from.
    public var data: TrainingData
    /// How well it did on images that it never saw; nil where none were kept back.
    public var test: TestResult?
    /// How its network was rounded to 8-bit integers; nil where it computes with the numbers that it was trained with.
    public var quantization: Quantization?
    /// What made the package: names of programs and libraries, with versions.
    public var software: [String: String]

    /// Makes the manifest of a model.
    public init(
        task: Purpose = .classification, labels: LabelCount? = nil, method: String, classes: [String],
        preprocessing: Preprocessing,
        backbone: Backbone, svm: SupportVectorMachine? = nil, head: String? = nil, temperature: Double = 1,
        threshold: Double? = nil, thresholds: [String: Double]? = nil,
        recipe: [String: String], data: TrainingData, test: TestResult? = nil, software: [String: String]
    ) {
        self.task = task
        self.labels = labels
        self.method = method
        self.classes = classes
        self.preprocessing = preprocessing
        self.backbone = backbone
        self.svm = svm
        self.head = head
        self.temperature = temperature
        self.threshold = threshold
        self.thresholds = thresholds
        self.recipe = recipe
        self.data = data
        self.test = test
        self.software = software
    }
}

extension ModelManifest {
    /// The network in front of the classifier, and where its weights are from.
    public struct Backbone: Codable, Hashable, Sendable {
        /// The architecture, such as `resnet18`.
        public var name: String
        /// How its strided convolutions pad: part of the weights, for the same weights answer differently otherwise.
        public var padding: String
        /// Length of the feature vector of an image.
        public var featureCount: Int
        /// The pretrained weights.
        public var weights: WeightsOrigin

        /// Makes a description of a network.
        public init(name: String, padding: String, featureCount: Int, weights: WeightsOrigin) {
            self.name = name
            self.padding = padding
            self.featureCount = featureCount
            self.weights = weights
        }

        enum CodingKeys: String, CodingKey {
            case name, padding, weights
            case featureCount = "feature_count"
        }
    }

    /// Where pretrained weights are from, and under which terms.
    public struct WeightsOrigin: Codable, Hashable, Sendable {
        /// What they are called, such as `resnet18-f37072fd`.
        public var name: String
        /// Who published them, and where.
        public var source: String
        /// The licence, as the publisher states it.
        public var licence: String
        /// SHA-256 of the file that they were read from, in hexadecimal.
        public var sha256: String

        /// Makes a statement of origin.
        public init(name: String, source: String, licence: String, sha256: String) {
            self.name = name
            self.source = source
            self.licence = licence
            self.sha256 = sha256
        }
    }

    /// What was chosen for a linear support vector machine.
    public struct SupportVectorMachine: Codable, Hashable, Sendable {
        /// The weight of the errors against the length of the weight vectors.
        public var c: Double
        /// What is done to features before they are scaled to length 1: `plain` or `root`.
        public var featureMap: FeatureMap
        /// How much an image of each class counts, by class.
        public var classWeights: [String: Double]

        /// Makes a description of a machine.
        public init(c: Double, featureMap: FeatureMap = .plain, classWeights: [String: Double]) {
            self.c = c
            self.featureMap = featureMap
            self.classWeights = classWeights
        }

        enum CodingKeys: String, CodingKey {
            case c
            case featureMap = "feature_map"
            case classWeights = "class_weights"
        }
    }

    /// The images that a model learned from.
    public struct TrainingData: Codable, Hashable, Sendable {
        /// A digest over the names, labels and contents of the whole data set.
        public var fingerprint: String
        /// Training images of each class.
        public var training: [String: Int]
        /// Images of each class that were kept back for the test.
        public var test: [String: Int]

        /// Makes a description of a data set.
        public init(fingerprint: String, training: [String: Int], test: [String: Int]) {
            self.fingerprint = fingerprint
            self.training = training
            self.test = test
        }
    }

    /// How well a model did on images that it never saw.
    public struct TestResult: Codable, Hashable, Sendable {
        /// How many images that were.
        public var images: Int
        /// The share of right answers, 0…1.
        public var accuracy: Double
        /// The mean over the classes of the share of right answers, 0…1.
        public var classAveragedAccuracy: Double
        /// The share of right answers in each class, 0…1.
        public var perClass: [String: Double]
        /// The mean over the labels of their average precision; nil where an image has one label.
        ///
        /// Where it may have several, `accuracy` is the share of the images with all labels right, and `perClass` the share
        /// of each label's images that are found.
        public var meanAveragePrecision: Double?

        /// Makes a test result.
        public init(
            images: Int, accuracy: Double, classAveragedAccuracy: Double, perClass: [String: Double],
            meanAveragePrecision: Double? = nil
        ) {
            self.meanAveragePrecision = meanAveragePrecision
            self.images = images
            self.accuracy = accuracy
            self.classAveragedAccuracy = classAveragedAccuracy
            self.perClass = perClass
        }

        enum CodingKeys: String, CodingKey {
            case images, accuracy
            case classAveragedAccuracy = "class_averaged_accuracy"
            case perClass = "per_class"
            case meanAveragePrecision = "mean_average_precision"
        }
    }

    /// What its network is computed with where `precision` is asked for: a network of 8-bit integers has its own, `int8`.
    public func numbers(_ precision: InferencePrecision) -> String {
        quantization == nil ? precision.rawValue : "int8"
    }

    /// How a network was rounded to 8-bit integers, and what that changed.
    public struct Quantization: Codable, Hashable, Sendable {
        /// The digest of the package whose network was rounded.
        public var source: String
        /// How many photos its ranges were found with.
        public var photos: Int
        /// The share of right answers of the model before, on the photos of `test`, 0…1.
        public var accuracyBefore: Double
        /// How many of the answers to the photos of `test` are others than before.
        public var changedAnswers: Int

        /// Makes a statement of what was rounded.
        public init(source: String, photos: Int, accuracyBefore: Double, changedAnswers: Int) {
            self.source = source
            self.photos = photos
            self.accuracyBefore = accuracyBefore
            self.changedAnswers = changedAnswers
        }

        enum CodingKeys: String, CodingKey {
            case source, photos
            case accuracyBefore = "accuracy_before"
            case changedAnswers = "changed_answers"
        }
    }
}
