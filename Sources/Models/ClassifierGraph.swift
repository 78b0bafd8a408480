// A whole classifier as one graph: from bytes to probabilities.

public import Networks

/// Names of the parts of a classifier behind its backbone, and of what it gives.
public enum ClassifierPart {
    /// The linear SVM: `svm.weight` [classes, features] and `svm.bias` [classes].
    public static let svm = WeightPath("svm")
    /// What makes probabilities of scores: `calibration.weight` [classes, classes] and `calibration.bias` [classes].
    public static let calibration = WeightPath("calibration")
    /// The outputs, in the order of the ONNX file.
    public static let outputs = ["probabilities", "scores", "features"]
}

/// Writes down a classifier that is a linear SVM on the unit-length features of a frozen backbone.
///
/// [N, side, side, 3] bytes → `probabilities` and `scores` [N, classes], and `features` [N, featureCount] of length 1.
public func svmClassifierGraph(
    _ backbone: Backbone, padding: PaddingStyle, side: Int, classes: Int
) throws -> Graph {
    try Graph(.bytes(rows: side, columns: side)) { images in
        let pixels = try normalise(images, mean: Backbone.mean, deviation: Backbone.deviation)
        let features = try unitLength(globalAveragePool(backbone.map(pixels, padding: padding)))
        let scores = try linear(features, ClassifierPart.svm, outputs: classes)
        let probabilities = try softmax(linear(scores, ClassifierPart.calibration, outputs: classes))
        return [("probabilities", probabilities), ("scores", scores), ("features", features)]
    }
}
