// The values that training events carry. Their JSON keys are relied on by scripts.

public import Datasets

extension TrainingEvent {
    /// Training began, with these choices.
    public struct Started: Codable, Hashable, Sendable {
        /// The number of the run in the history.
        public var run: Int?
        /// The data set, as it was given.
        public var dataset: String
        /// How the model is made.
        public var method: String
        /// The pretrained network.
        public var backbone: String
        /// Side of the image that the network sees, in pixels.
        public var imageSize: Int
        /// Where every choice by chance starts.
        public var seed: Int
        /// Where the network is computed.
        public var device: String

        /// Makes the value.
        public init(
            run: Int? = nil, dataset: String, method: String, backbone: String, imageSize: Int, seed: Int,
            device: String
        ) {
            self.run = run
            self.dataset = dataset
            self.method = method
            self.backbone = backbone
            self.imageSize = imageSize
            self.seed = seed
            self.device = device
        }

        private enum CodingKeys: String, CodingKey {
            case run, dataset, method, backbone, seed, device
            case imageSize = "image_size"
        }
    }

    /// What the data set holds, and how it was split.
    public struct DataSummary: Codable, Hashable, Sendable {
        /// Usable images of each class.
        public var classes: [String: Int]
        /// Images for training.
        public var train: Int
        /// Images that training is watched with.
        public var validation: Int
        /// Images for the test.
        public var test: Int
        /// Files that were left out.
        public var leftOut: [LeftOut]
        /// Sentences that the user should read: few images, duplicates, leaks.
        public var warnings: [String]

        /// Makes the value.
        public init(
            classes: [String: Int], train: Int, validation: Int = 0, test: Int, leftOut: [LeftOut], warnings: [String]
        ) {
            self.classes = classes
            self.train = train
            self.validation = validation
            self.test = test
            self.leftOut = leftOut
            self.warnings = warnings
        }

        private enum CodingKeys: String, CodingKey {
            case classes, train, validation, test, warnings
            case leftOut = "left_out"
        }
    }

    /// A file that was left out.
    public struct LeftOut: Codable, Hashable, Sendable {
        /// Where it lies in the data set.
        public var path: String
        /// Why it is not used.
        public var reason: String

        /// Makes the value.
        public init(
            path: String, reason: String
        ) {
            self.path = path
            self.reason = reason
        }
    }

    /// So many photos went through the network, or were found in the cache.
    public struct FeatureProgress: Codable, Hashable, Sendable {
        /// Photos done.
        public var done: Int
        /// All photos.
        public var total: Int
        /// Photos among those done whose features were in the cache.
        public var fromCache: Int
        /// Photos a second so far.
        public var imagesPerSecond: Double

        /// Makes the value.
        public init(
            done: Int, total: Int, fromCache: Int, imagesPerSecond: Double
        ) {
            self.done = done
            self.total = total
            self.fromCache = fromCache
            self.imagesPerSecond = imagesPerSecond
        }

        private enum CodingKeys: String, CodingKey {
            case done, total
            case fromCache = "from_cache"
            case imagesPerSecond = "images_per_second"
        }
    }

    /// One value of C was tried on held-out parts of the training images.
    public struct SVMTrial: Codable, Hashable, Sendable {
        /// The value.
        public var c: Double
        /// What was done to the features: `plain` or `root`.
        public var map: String
        /// The part of the held-out images that were put into the right class, 0…1.
        public var validationAccuracy: Double
        /// The mean over the labels of their average precision; nil where each image has one label.
        public var meanAveragePrecision: Double?

        /// Makes the value.
        public init(
            c: Double, map: String, validationAccuracy: Double, meanAveragePrecision: Double? = nil
        ) {
            self.c = c
            self.map = map
            self.validationAccuracy = validationAccuracy
            self.meanAveragePrecision = meanAveragePrecision
        }

        private enum CodingKeys: String, CodingKey {
            case c, map
            case validationAccuracy = "validation_accuracy"
            case meanAveragePrecision = "validation_mean_average_precision"
        }
    }

    /// The model was measured on one part of the data.
    public struct Evaluated: Codable, Hashable, Sendable {
        /// `train` or `test`.
        public var part: String
        /// How many images it has.
        public var images: Int
        /// The part of them that were put into the right class, 0…1.
        public var accuracy: Double

        /// Makes the value.
        public init(
            part: String, images: Int, accuracy: Double
        ) {
            self.part = part
            self.images = images
            self.accuracy = accuracy
        }
    }

    /// The end, with what scripts rely on.
    public struct Finished: Codable, Hashable, Sendable {
        /// The number of the run in the history.
        public var run: Int?
        /// The package, as seen from the workspace.
        public var model: String
        /// How the model was made.
        public var method: String
        /// The pretrained network.
        public var backbone: String
        /// The classes, sorted.
        public var classes: [String]
        /// On images that it has seen.
        public var train: Part
        /// On images that it has not seen.
        public var test: TestPart
        /// The C that was chosen; nil if the model is no support vector machine.
        public var bestC: Double?
        /// The epoch whose weights were kept; nil if the network was not trained.
        public var bestEpoch: Int?
        /// How many epochs the network was trained.
        public var epochs: Int?
        /// Where the time went.
        public var seconds: Seconds
        /// Photos a second, from file to features.
        public var imagesPerSecond: Double
        /// The report as an HTML file.
        public var report: String?
        /// Which test images have their like among those trained with, so that the accuracy is too good; nil if nobody looked.
        public var leaks: SplitAudit.Summary?

        /// Makes the value.
        public init(
            run: Int? = nil, model: String, method: String, backbone: String, classes: [String], train: Part,
            test: TestPart, bestC: Double? = nil, bestEpoch: Int? = nil, epochs: Int? = nil, seconds: Seconds,
            imagesPerSecond: Double, report: String? = nil
        ) {
            self.run = run
            self.model = model
            self.method = method
            self.backbone = backbone
            self.classes = classes
            self.train = train
            self.test = test
            self.bestC = bestC
            self.bestEpoch = bestEpoch
            self.epochs = epochs
            self.seconds = seconds
            self.imagesPerSecond = imagesPerSecond
            self.report = report
        }

        private enum CodingKeys: String, CodingKey {
            case run, model, method, backbone, classes, train, test, seconds, report, epochs, leaks
            case bestC = "best_c"
            case bestEpoch = "best_epoch"
            case imagesPerSecond = "images_per_second"
        }

        /// How the model does on images that it has seen.
        public struct Part: Codable, Hashable, Sendable {
            /// How many there are.
            public var images: Int
            /// The part that is right, 0…1.
            public var accuracy: Double

            /// Makes the value.
            public init(
                images: Int, accuracy: Double
            ) {
                self.images = images
                self.accuracy = accuracy
            }
        }

        /// How the model does on images that it has not seen.
        public struct TestPart: Codable, Hashable, Sendable {
            /// How many there are.
            public var images: Int
            /// The part that is right, 0…1.
            public var accuracy: Double
            /// The same for each class, averaged over the classes.
            public var classAveragedAccuracy: Double
            /// What guessing gives: 1 / classes.
            public var chance: Double
            /// The 95 % Wilson interval of the accuracy.
            public var accuracyInterval: [Double]
            /// Area under the ROC curve of each class against the rest.
            public var auc: [String: Double]
            /// What is measured where an image may have several labels; nil where it has one.
            ///
            /// `accuracy` is then the part of the images with all labels right and no other, `chance` the part that has the
            /// most frequent labels, and `classAveragedAccuracy` the mean over the labels of the part that is found.
            public var labels: LabelFigures?

            /// Makes the value.
            public init(
                images: Int, accuracy: Double, classAveragedAccuracy: Double, chance: Double,
                accuracyInterval: [Double], auc: [String: Double], labels: LabelFigures? = nil
            ) {
                self.labels = labels
                self.images = images
                self.accuracy = accuracy
                self.classAveragedAccuracy = classAveragedAccuracy
                self.chance = chance
                self.accuracyInterval = accuracyInterval
                self.auc = auc
            }

            private enum CodingKeys: String, CodingKey {
                case images, accuracy, chance, auc, labels
                case classAveragedAccuracy = "class_averaged_accuracy"
                case accuracyInterval = "accuracy_interval"
            }
        }

        /// How well labels are told that do not exclude each other.
        public struct LabelFigures: Codable, Hashable, Sendable {
            /// The mean over the labels of their average precision; nil if no label occurs.
            public var meanAveragePrecision: Double?
            /// The same of guessing: the mean part of the images that have a label.
            public var chanceAveragePrecision: Double?
            /// F1 of all answers together.
            public var microF1: Double?
            /// The mean over the labels of their F1.
            public var macroF1: Double?
            /// The part of all answers, one a label and image, that is wrong.
            public var hammingLoss: Double

            /// Makes the value.
            public init(
                meanAveragePrecision: Double?, chanceAveragePrecision: Double?, microF1: Double?, macroF1: Double?,
                hammingLoss: Double
            ) {
                self.meanAveragePrecision = meanAveragePrecision
                self.chanceAveragePrecision = chanceAveragePrecision
                self.microF1 = microF1
                self.macroF1 = macroF1
                self.hammingLoss = hammingLoss
            }

            private enum CodingKeys: String, CodingKey {
                case meanAveragePrecision = "mean_average_precision"
                case chanceAveragePrecision = "chance_average_precision"
                case microF1 = "micro_f1"
                case macroF1 = "macro_f1"
                case hammingLoss = "hamming_loss"
            }
        }

        /// Where the time went, in seconds.
        public struct Seconds: Codable, Hashable, Sendable {
            /// Reading the list of files.
            public var data: Double
            /// Reading, decoding, and the network.
            public var features: Double
            /// The search over C and the fit.
            public var train: Double
            /// Everything.
            public var total: Double

            /// Makes the value.
            public init(
                data: Double, features: Double, train: Double, total: Double
            ) {
                self.data = data
                self.features = features
                self.train = train
                self.total = total
            }
        }
    }
}
