// What is kept of a run: plain values, the same for the terminal, for `--json` and for the studio.
public import Foundation

/// One training, evaluation or search, from its start to its end.
public struct Run: Codable, Hashable, Sendable, Identifiable {
    /// How far a run is.
    public enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// Its process is at work.
        case running
        /// It did what it was started for.
        case done
        /// It ended with an error; `message` says which.
        case failed
        /// Its loss was no longer a finite number.
        case diverged
        /// It was stopped by the user or by the system before it was done.
        case interrupted
    }

    /// Its number, 1 for the first in a workspace.
    ///
    /// Numbers are never used twice.
    public var id: Int
    /// When it began.
    public var started: Date
    /// When it ended; nil while it is running, and where it could not say.
    public var ended: Date?
    /// How far it is.
    public var state: State
    /// What was done, such as `train classifier`.
    public var kind: String
    /// What the user calls it.
    public var name: String
    /// The command line that started it.
    public var command: String
    /// The data set's path, as it was given.
    public var data: String
    /// A digest over the data set's contents.
    public var dataFingerprint: String?
    /// The seed of everything that is random in it.
    public var seed: UInt64?
    /// What it was told to do, and what it chose, by name.
    public var parameters: [String: String]
    /// Names of programs and libraries, with versions.
    public var software: [String: String]
    /// The last word: why it failed, or what stood out.
    public var message: String?

    enum CodingKeys: String, CodingKey {
        case id, started, ended, state, kind, name, command, data, seed, parameters, software, message
        case dataFingerprint = "data_fingerprint"
    }

    /// How long it took, in seconds; nil if it has not ended.
    public var seconds: Double? { ended.map { $0.timeIntervalSince(started) } }
}

/// What is known of a run when it begins.
public struct RunStart: Hashable, Sendable {
    /// What is done, such as `train classifier`.
    public var kind: String
    /// What the user calls it.
    public var name: String
    /// The command line.
    public var command: String
    /// The data set's path, as it was given.
    public var data: String
    /// A digest over the data set's contents.
    public var dataFingerprint: String?
    /// The seed of everything that is random in it.
    public var seed: UInt64?
    /// The recipe as a parameter file, with which the run can be repeated.
    public var recipe: String?
    /// What it is told to do, by name.
    public var parameters: [String: String]
    /// Names of programs and libraries, with versions.
    public var software: [String: String]

    /// Makes a description of a run that begins.
    public init(
        kind: String, name: String, command: String, data: String, dataFingerprint: String? = nil, seed: UInt64? = nil,
        recipe: String? = nil, parameters: [String: String] = [:], software: [String: String] = [:]
    ) {
        self.kind = kind
        self.name = name
        self.command = command
        self.data = data
        self.dataFingerprint = dataFingerprint
        self.seed = seed
        self.recipe = recipe
        self.parameters = parameters
        self.software = software
    }
}

/// One number that was measured in a run.
public struct Metric: Codable, Hashable, Sendable {
    /// What was measured, such as `test.accuracy`.
    public var name: String
    /// Of which class; nil for the whole.
    public var label: String?
    /// After which epoch or step; nil for a final result.
    public var step: Int?
    /// The number; nil if it was not a finite one.
    public var value: Double?

    /// Makes a measurement.
    public init(_ name: String, label: String? = nil, step: Int? = nil, _ value: Double) {
        self.name = name
        self.label = label
        self.step = step
        self.value = value.isFinite ? value : nil
    }

    /// The share of right answers on the test images, 0…1; with a label, of one class.
    public static let testAccuracy = "test.accuracy"
}

/// A file that a run made and that is kept with it.
public struct Artefact: Codable, Hashable, Sendable {
    /// A plain file name, such as `report.html`.
    public var name: String
    /// What it is for, such as `report`.
    public var kind: String
    /// Its media type, such as `text/html`.
    public var mediaType: String
    /// Its length in bytes.
    public var bytes: Int
    /// Where it lies, as seen from the workspace; nil if the store holds its contents.
    public var path: String?

    enum CodingKeys: String, CodingKey {
        case name, kind, bytes, path
        case mediaType = "media_type"
    }
}

/// A version of a model that was published in the workspace.
public struct PublishedModel: Codable, Hashable, Sendable {
    /// The model's name.
    public var name: String
    /// Its version, from 1.
    public var version: Int
    /// The run that made it; nil if that was deleted.
    public var run: Int?
    /// Where the package lies, as seen from the workspace.
    public var path: String
    /// The package's digest, in hexadecimal.
    public var sha256: String
    /// When it was published.
    public var created: Date
}

/// What a model answered for one test image, by names.
public struct StoredPrediction: Codable, Hashable, Sendable {
    /// The image, as the data set names it.
    public var path: String
    /// Its true class.
    public var truth: String
    /// The class that the model chose.
    public var predicted: String
    /// How likely the model held that to be, 0…1.
    public var probability: Double

    /// Makes a prediction.
    public init(path: String, truth: String, predicted: String, probability: Double) {
        self.path = path
        self.truth = truth
        self.predicted = predicted
        self.probability = probability
    }
}

/// A run with the number that one looks for first.
public struct RunSummary: Codable, Hashable, Sendable {
    /// The run itself.
    public var run: Run
    /// The share of right answers on the test images, 0…1; nil if it was not measured.
    public var testAccuracy: Double?

    enum CodingKeys: String, CodingKey {
        case run
        case testAccuracy = "test_accuracy"
    }
}

/// A run with all that was measured in it and made by it.
public struct RunDetails: Codable, Hashable, Sendable {
    /// The run itself.
    public var run: Run
    /// The recipe as a parameter file.
    public var recipe: String?
    /// All measurements, in the order in which they were made.
    public var metrics: [Metric]
    /// The files that are kept with it, by name.
    public var artefacts: [Artefact]
    /// The models that it published.
    public var models: [PublishedModel]

    /// The last final value of each metric.
    public func final(_ name: String, label: String? = nil) -> Double? {
        metrics.last { $0.name == name && $0.label == label && $0.step == nil }?.value
    }
}
