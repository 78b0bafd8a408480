// A trained SVM as the files of a model package.

import Imaging
import Labels
import Models
import Networks
import WeightFiles

extension SVMTraining {
    /// The weights of the whole classifier: the backbone's under their own names, the SVM, and the calibration.
    func packaged(_ svm: LinearSVM, _ map: FeatureMap, calibration: ScoreCalibration, classes: Int) throws -> Weights {
        var all = Weights(metadata: [PaddingStyle.metadataKey: padding.rawValue])
        for requirement in try graph(map, classes: classes, labels: calibration.labelCount).requirements {
            all[requirement.name] = weights[requirement.name]
        }
        all["\(ClassifierPart.svm).weight"] = try StoredTensor(floats: svm.weights, shape: [classes, svm.featureCount])
        all["\(ClassifierPart.svm).bias"] = try StoredTensor(floats: svm.biases, shape: [classes])
        try all.calibrate(calibration, classes: classes)
        return all
    }

    /// The network from bytes to probabilities.
    func graph(_ map: FeatureMap, classes: Int, labels: LabelCount) throws -> Graph {
        try svmClassifierGraph(
            backbone, padding: padding, side: preprocessing.side, map: map, classes: classes, labels: labels)
    }
}
