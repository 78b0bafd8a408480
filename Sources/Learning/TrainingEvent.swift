// What happens while a model is made, as values: the terminal's lines, `--json`, and the run store are readings of these.

/// One thing that happened in training.
public enum TrainingEvent: Codable, Hashable, Sendable {
    case started(Started)
    case data(DataSummary)
    case features(FeatureProgress)
    case svm(SVMTrial)
    case evaluated(Evaluated)
    case finished(Finished)

    /// Training began, with these choices.
    public struct Started: Codable, Hashable, Sendable {
        public var run: Int?
        public var dataset: String
        public var method: String
        public var backbone: String
        public var imageSize: Int
        public var seed: Int
        public var device: String

        enum CodingKeys: String, CodingKey {
            case run, dataset, method, backbone, seed, device
            case imageSize = "image_size"
        }
    }

    /// The data set was read and split.
    public struct DataSummary: Codable, Hashable, Sendable {
        /// Usable images of each class.
        public var classes: [String: Int]
        public var train: Int
        public var test: Int
        /// Files that were left out, with the reason.
        public var leftOut: [LeftOut]
        /// Sentences that the user should read: few images, duplicates across classes, leaks.
        public var warnings: [String]

        enum CodingKeys: String, CodingKey {
            case classes, train, test, warnings
            case leftOut = "left_out"
        }
    }

    /// A file that was left out.
    public struct LeftOut: Codable, Hashable, Sendable {
        public var path: String
        public var reason: String

        /// Makes a record of a file and why it was left out.
        public init(path: String, reason: String) {
            self.path = path
            self.reason = reason
        }
    }

    /// So many photos went through the network, or were found in the cache.
    public struct FeatureProgress: Codable, Hashable, Sendable {
        public var done: Int
        public var total: Int
        public var fromCache: Int
        public var imagesPerSecond: Double

        enum CodingKeys: String, CodingKey {
            case done, total
            case fromCache = "from_cache"
            case imagesPerSecond = "images_per_second"
        }
    }

    /// One value of C was tried on validation parts of the training images.
    public struct SVMTrial: Codable, Hashable, Sendable {
        public var c: Double
        public var validationAccuracy: Double

        enum CodingKeys: String, CodingKey {
            case c
            case validationAccuracy = "validation_accuracy"
        }
    }

    /// The model was measured on one part of the data.
    public struct Evaluated: Codable, Hashable, Sendable {
        public var part: String
        public var images: Int
        public var accuracy: Double
    }

    /// The end, with what scripts rely on.
    public struct Finished: Codable, Hashable, Sendable {
        public var run: Int?
        public var model: String
        public var method: String
        public var backbone: String
        public var classes: [String]
        public var train: Part
        public var test: TestPart
        public var bestC: Double
        public var seconds: Seconds
        public var imagesPerSecond: Double
        public var report: String?

        /// How the model does on images that it has seen.
        public struct Part: Codable, Hashable, Sendable {
            public var images: Int
            public var accuracy: Double
        }

        /// How the model does on images that it has not seen.
        public struct TestPart: Codable, Hashable, Sendable {
            public var images: Int
            public var accuracy: Double
            public var classAveragedAccuracy: Double?
            public var chance: Double
            /// The 95 % Wilson interval.
            public var accuracyInterval: [Double]
            public var auc: [String: Double]

            enum CodingKeys: String, CodingKey {
                case images, accuracy, chance, auc
                case classAveragedAccuracy = "class_averaged_accuracy"
                case accuracyInterval = "accuracy_interval"
            }
        }

        /// Where the time went, in seconds.
        public struct Seconds: Codable, Hashable, Sendable {
            public var data: Double
            public var features: Double
            public var train: Double
            public var total: Double
        }

        enum CodingKeys: String, CodingKey {
            case run, model, method, backbone, classes, train, test, seconds, report
            case bestC = "best_c"
            case imagesPerSecond = "images_per_second"
        }
    }

    private enum Kind: String, Codable { case started, data, features, svm, evaluated, finished }
    private enum CodingKeys: String, CodingKey { case event }

    /// Reads one line of `--json`.
    public init(from decoder: any Decoder) throws {
        self =
            switch try decoder.container(keyedBy: CodingKeys.self).decode(Kind.self, forKey: .event) {
            case .started: .started(try Started(from: decoder))
            case .data: .data(try DataSummary(from: decoder))
            case .features: .features(try FeatureProgress(from: decoder))
            case .svm: .svm(try SVMTrial(from: decoder))
            case .evaluated: .evaluated(try Evaluated(from: decoder))
            case .finished: .finished(try Finished(from: decoder))
            }
    }

    /// Writes one line of `--json`: the kind stands beside the values.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .started(let value):
            try container.encode(Kind.started, forKey: .event)
            try value.encode(to: encoder)
        case .data(let value):
            try container.encode(Kind.data, forKey: .event)
            try value.encode(to: encoder)
        case .features(let value):
            try container.encode(Kind.features, forKey: .event)
            try value.encode(to: encoder)
        case .svm(let value):
            try container.encode(Kind.svm, forKey: .event)
            try value.encode(to: encoder)
        case .evaluated(let value):
            try container.encode(Kind.evaluated, forKey: .event)
            try value.encode(to: encoder)
        case .finished(let value):
            try container.encode(Kind.finished, forKey: .event)
            try value.encode(to: encoder)
        }
    }
}
