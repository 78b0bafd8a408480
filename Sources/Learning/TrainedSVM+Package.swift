// A trained SVM as the files of a model package.

import Imaging
import Models
import Networks
import WeightFiles

extension SVMTraining {
    /// The weights of the whole classifier: the backbone's under their own names, the SVM, and the calibration.
    func packaged(_ svm: LinearSVM, _ map: FeatureMap, temperature: Double, classes: Int) throws -> Weights {
        var all = Weights(metadata: [PaddingStyle.metadataKey: padding.rawValue])
        for requirement in try graph(map, classes: classes).requirements {
            all[requirement.name] = weights[requirement.name]
        }
        all["\(ClassifierPart.svm).weight"] = try StoredTensor(floats: svm.weights, shape: [classes, svm.featureCount])
        all["\(ClassifierPart.svm).bias"] = try StoredTensor(floats: svm.biases, shape: [classes])
        try all.calibrate(temperature: temperature, classes: classes)
        return all
    }

    /// The network from bytes to probabilities.
    func graph(_ map: FeatureMap, classes: Int) throws -> Graph {
        try svmClassifierGraph(backbone, padding: padding, side: preprocessing.side, map: map, classes: classes)
    }
}
