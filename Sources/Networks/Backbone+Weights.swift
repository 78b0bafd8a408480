// Whether weights are those of a network, and if not, what differs.

public import WeightFiles

extension Backbone {
    /// The arrays that the network needs; with a classifier for `classes`, or without one.
    public func requirements(classes: Int?) throws -> [WeightRequirement] {
        let side = defaultImageSize
        let outputs: [Output] = classes.map { [.logits(classes: $0)] } ?? [.features]
        return try graph(.floats(rows: side, columns: side), outputs: outputs).requirements
    }

    /// How many numbers training may change; with a classifier for `classes`, or without one.
    public func parameterCount(classes: Int?) throws -> Int {
        try requirements(classes: classes).reduce(0) { $0 + ($1.role == .parameter ? $1.count : 0) }
    }

    /// How many classes `weights` tell apart; nil if they have no classifier of this network.
    public func classCount(of weights: Weights) -> Int? { weights["\(classifierPath).weight"]?.shape.first }

    /// Throws `WeightsError.mismatch` unless `weights` have all arrays of this network in their shapes, and no others.
    ///
    /// Without `classes`, a classifier may be there or not, for any number of classes. The counters of batch norms
    /// (`num_batches_tracked`) are not needed, and may be there.
    public func check(_ weights: Weights, classes: Int? = nil) throws {
        var mismatch = try mismatch(weights, classes: classes)
        guard !mismatch.isEmpty else { return }
        for other in Self.allCases where other != self {
            if try other.mismatch(weights, classes: nil).isEmpty { mismatch.fits = other.rawValue }
        }
        throw WeightsError.mismatch(mismatch)
    }

    /// The network whose weights these seem to be, by names and shapes.
    public static func fitting(_ weights: Weights) throws -> Backbone? {
        try allCases.first { try $0.mismatch(weights, classes: nil).isEmpty }
    }

    private func mismatch(_ weights: Weights, classes: Int?) throws -> WeightsMismatch {
        let requirements = try requirements(classes: classes)
        var result = WeightsMismatch(of: weights, to: requirements, network: rawValue)
        let names = Set(requirements.map(\.name))
        // What stands behind the backbone in a model of ours, whose weights may be gone on with.
        let ignored = classes == nil ? ["\(classifierPath).", "\(Head.path).", "svm.", "calibration."] : []
        result.unexpected = weights.names.filter { name in
            !names.contains(name) && !name.hasSuffix(".num_batches_tracked")
                && !ignored.contains { name.hasPrefix($0) }
        }
        return result
    }
}

extension PaddingStyle {
    /// Published files whose padding is known, though they do not record it, by SHA-256.
    ///
    /// The file of MobileNetV2 weights that was made from google-coral/test_data at commit 104342d,
    /// `tf2_mobilenet_v2_1.0_224_ptq.tflite`: TensorFlow trained it.
    private static let published: [String: PaddingStyle] = [
        "7b2c576a73d3a8bfbd21e4dba157f16c8cce0e50582a51a05d9d8b30029c073e": .bottomRight
    ]

    /// The style of a file: what its metadata say, or else what is known of the file with this SHA-256, or else
    /// torchvision's.
    public init(of weights: Weights, fileDigest: String?) {
        self = PaddingStyle(recordedIn: weights) ?? fileDigest.flatMap { Self.published[$0] } ?? .torchvision
    }
}
