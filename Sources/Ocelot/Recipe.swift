// Every choice of a training, as one flat value.

public import Foundation
public import Imaging
public import Labels
public import Learning
public import Models
public import Networks

/// The choices of one training of a classifier.
///
/// Every one has a default that suits most data.
///
/// What each means, its range and its other names stand in `ClassifierRecipe.parameters`, from which the parameter file,
/// `--set` and the documentation are made.
public struct ClassifierRecipe: Codable, Hashable, Sendable {
    /// How a model is made.
    public enum Method: String, Codable, CaseIterable, Sendable {
        /// A linear SVM on the features of a frozen network.
        case svm
        /// A small network, trained on the features of a frozen one.
        case head
        /// The head, and then the network itself.
        case fineTune = "fine-tune"
        /// A linear SVM on the features of the network that was trained so.
        case svmRefined = "svm-refined"
        /// A network without pretrained weights.
        case scratch

        /// Whether several processes can share the work.
        public var isSharedAmongWorkers: Bool { self == .fineTune || self == .svmRefined || self == .scratch }
    }

    /// How the model is made.
    public var method: Method = .svm
    /// How many labels a photo may have; nil: many if a table has a photo with several, otherwise one.
    public var labels: LabelCount?
    /// From which probability on a label counts, where a photo may have several.
    public var thresholds = ThresholdRule.half
    /// The pretrained network; nil takes the best whose weights are at hand.
    public var backbone: String?
    /// A file of weights; nil takes what is kept for the backbone.
    public var weights: String?
    /// Side of the image that the network sees, in pixels; nil takes the backbone's.
    public var imageSize: Int?
    /// How a photo becomes a square.
    public var resize: Preprocessing.Resize = .crop
    /// Part of each class that is kept for the test.
    public var test = 0.25
    /// At most so many photos are trained with; nil: all that are not for the test.
    public var maxTrainPhotos: Int?
    /// Seed of every choice by chance.
    public var seed = 42
    /// The values of C to choose from.
    public var cs: [Double] = CSearch.decades
    /// What may be done to features; of several, the best on held-out training photos is taken.
    public var featureMaps: [FeatureMap] = FeatureMap.allCases
    /// In how many parts the training photos are divided to choose C.
    public var folds = 3
    /// How much a photo of each class counts.
    public var classWeights: ClassWeights = .balanced
    /// Larger pictures are left out.
    public var maxPixels = DecodingLimits.default.pixels
    /// Where the network is computed: `cpu`, `cuda`, `cuda:1`.
    public var device = "cpu"

    /// How the network itself is trained, where the method does that.
    public var refinement = Refinement()
    /// The named set of choices that it began with; nil: none.
    public var preset: Preset?

    /// Makes the recipe of all defaults.
    public init() {}

    /// Takes over the choices of a preset.
    public mutating func apply(_ preset: Preset) throws {
        for (key, value) in preset.parameters { try set(key, to: value) }
        self.preset = preset
    }

    /// Parameters that were changed and do nothing with this method.
    public var ineffective: [String] {
        let usual = ClassifierRecipe()
        return Self.parameters.filter { parameter in
            !parameter.methods.contains(method) && parameter.write(self) != parameter.write(usual)
        }.map(\.name)
    }

    /// Reads a parameter file.
    public init(file: URL) throws {
        let text: String
        do { text = try String(contentsOf: file, encoding: .utf8) } catch {
            throw RecipeProblem.unreadable(path: file.relativePath, reason: error.localizedDescription)
        }
        try self.init(yaml: text, from: file.relativePath)
    }

    /// Sets one parameter from `key=value`, as `--set` takes it.
    public mutating func set(assignment: String) throws {
        let (key, value) = try Self.assignment(assignment)
        try set(key, to: value)
    }

    /// The two sides of `key=value`.
    public static func assignment(_ text: String) throws -> (key: String, value: String) {
        guard let sign = text.firstIndex(of: "=") else { throw RecipeProblem.notAnAssignment(text) }
        return (
            text[..<sign].trimmingCharacters(in: .whitespaces),
            text[text.index(after: sign)...].trimmingCharacters(in: .whitespaces)
        )
    }

    /// Sets one parameter by any of its names.
    public mutating func set(_ key: String, to text: String) throws {
        try Parameter.named(key).set(&self, to: text, key)
    }

    /// Every parameter by name, as text; for the run store and the package.
    public func parameters() -> [String: String] {
        Dictionary(uniqueKeysWithValues: Self.parameters.map { ($0.name, $0.write(self)) })
    }

    /// The weights to start from.
    ///
    /// Without a backbone: those of MobileNetV2 or ResNet-18 if they are kept, and otherwise the embedded starter.
    public func backboneWeights() throws -> BackboneWeights {
        let store = WeightStore()
        if method == .scratch {
            let network = try backbone.map { try Backbone(named: $0) } ?? .starter
            return .random(network)
        }
        if let backbone {
            let backbone = try Backbone(named: backbone)
            if let weights { return try .read(URL(filePath: weights), for: backbone) }
            if let kept = store.file(for: backbone) { return try .read(kept, for: backbone) }
            if backbone == .starter { return try .starter() }
            throw RecipeProblem.noWeights(backbone: backbone.rawValue)
        }
        if let weights { throw RecipeProblem.weightsWithoutBackbone(file: weights) }
        for candidate in [Backbone.mobileNetV2, .resNet18] {
            if let kept = store.file(for: candidate) { return try .read(kept, for: candidate) }
        }
        return try .starter()
    }
}

extension Backbone {
    /// The network of this name, in any of the ways in which people write it; an error with the nearest name otherwise.
    public init(named name: String) throws {
        let plain = name.lowercased().replacingOccurrences(of: "-", with: "_")
        for backbone in Backbone.allCases where backbone.rawValue.replacingOccurrences(of: "-", with: "_") == plain {
            self = backbone
            return
        }
        throw RecipeProblem.unknownBackbone(
            name, suggestion: NearMiss.suggestion(for: name, among: Backbone.allCases.map(\.rawValue)))
    }
}
