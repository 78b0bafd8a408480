// A whole classifier as one graph: from bytes to probabilities.

import Imaging
public import Labels
public import Networks
public import WeightFiles

/// Names of the parts of a classifier behind its backbone, and of what it gives.
public enum ClassifierPart {
    /// The linear SVM: `svm.weight` [classes, features] and `svm.bias` [classes].
    public static let svm = WeightPath("svm")
    /// What makes probabilities of scores: `calibration.weight` [classes, classes] and `calibration.bias` [classes].
    public static let calibration = WeightPath("calibration")
    /// The outputs, in the order of the ONNX file.
    public static let outputs = ["probabilities", "scores", "features"]
}

/// What is done to features before a linear SVM sees them.
public enum FeatureMap: String, Codable, CaseIterable, Hashable, Sendable {
    /// The square root of each: the inner product of two images becomes the Hellinger kernel, which keeps a few large
    /// features from drowning the many small ones. Arandjelović and Zisserman, "Three things everyone should know to
    /// improve object retrieval", 2012.
    case root
    /// Nothing.
    case plain
}

/// Writes down a classifier that is a linear SVM on the unit-length features of a frozen backbone.
///
/// `map` is applied to the features before they are scaled to length 1.
///
/// [N, side, side, 3] bytes → `probabilities` and `scores` [N, classes], and `features` [N, featureCount] of length 1.
/// Where an image may have several labels, each probability is one by itself.
public func svmClassifierGraph(
    _ backbone: Backbone, padding: PaddingStyle, side: Int, map: FeatureMap, classes: Int, labels: LabelCount = .one
) throws -> Graph {
    try Graph(.bytes(rows: side, columns: side)) { images in
        let pixels = try normalise(images, mean: Backbone.mean, deviation: Backbone.deviation)
        let pooled = try globalAveragePool(backbone.map(pixels, padding: padding))
        let features = try unitLength(map == .root ? squareRoot(pooled) : pooled)
        let scores = try linear(features, ClassifierPart.svm, outputs: classes)
        return [
            ("probabilities", try probabilities(scores, classes, labels)), ("scores", scores), ("features", features),
        ]
    }
}

/// Writes down a classifier that is a backbone with a head.
///
/// [N, side, side, 3] bytes → `probabilities` and `scores` [N, classes], and `features` [N, featureCount] of length 1.
/// Where an image may have several labels, each probability is one by itself.
public func networkClassifierGraph(
    _ backbone: Backbone, padding: PaddingStyle, side: Int, head: Head, classes: Int, labels: LabelCount = .one
) throws -> Graph {
    try Graph(.bytes(rows: side, columns: side)) { images in
        let pixels = try normalise(images, mean: Backbone.mean, deviation: Backbone.deviation)
        let pooled = try globalAveragePool(backbone.map(pixels, padding: padding))
        let scores = try head(pooled, classes: classes)
        return [
            ("probabilities", try probabilities(scores, classes, labels)), ("scores", scores),
            ("features", try unitLength(pooled)),
        ]
    }
}

extension ModelManifest {
    /// The network that it describes, from bytes to probabilities; nil if this version does not know its backbone.
    ///
    /// Its weights are the package's.
    package func graph() throws -> Graph? {
        guard let network = Networks.Backbone(rawValue: backbone.name),
            let padding = PaddingStyle(rawValue: backbone.padding)
        else { return nil }
        let side = preprocessing.side
        if let head = head.flatMap(Head.init) {
            return try networkClassifierGraph(
                network, padding: padding, side: side, head: head, classes: classes.count, labels: labelCount)
        }
        return try svmClassifierGraph(
            network, padding: padding, side: side, map: svm?.featureMap ?? .plain, classes: classes.count,
            labels: labelCount)
    }
}

/// [N, classes] scores → [N, classes] probabilities.
private func probabilities(_ scores: Signal, _ classes: Int, _ labels: LabelCount) throws -> Signal {
    let calibrated = try linear(scores, ClassifierPart.calibration, outputs: classes)
    return labels == .many ? try sigmoid(calibrated) : try softmax(calibrated)
}

extension ClassifierPart {
    /// The weights of `calibration` for a temperature: softmax(scores / temperature) is a linear layer with 1 / temperature
    /// on its diagonal.
    public static func calibrationWeights(temperature: Double, classes: Int) throws -> [String: StoredTensor] {
        try calibrationWeights(
            slopes: Array(repeating: 1 / temperature, count: classes), offsets: Array(repeating: 0, count: classes))
    }

    /// The weights of `calibration` for labels that are questions of their own: slope · score + offset for each.
    public static func calibrationWeights(slopes: [Double], offsets: [Double]) throws -> [String: StoredTensor] {
        let classes = slopes.count
        var diagonal = [Float](repeating: 0, count: classes * classes)
        for index in 0..<classes { diagonal[index * classes + index] = Float(slopes[index]) }
        return [
            "\(calibration).weight": try StoredTensor(floats: diagonal, shape: [classes, classes]),
            "\(calibration).bias": try StoredTensor(floats: offsets.map { Float($0) }, shape: [classes]),
        ]
    }
}
