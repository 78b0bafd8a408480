// A trained SVM as the files of a model package.

import Datasets
import Imaging
import Models
public import Networks
public import WeightFiles

extension TrainedSVM {
    /// The weights of the whole classifier: the backbone's under their own names, the SVM, and the calibration.
    public func weights(of training: SVMTraining) throws -> Weights {
        let graph = try graph(of: training)
        let count = dataset.classes.count
        var all = Weights(metadata: [PaddingStyle.metadataKey: training.padding.rawValue])
        for requirement in graph.requirements { all[requirement.name] = training.weights[requirement.name] }
        all["\(ClassifierPart.svm).weight"] = try StoredTensor(floats: svm.weights, shape: [count, svm.featureCount])
        all["\(ClassifierPart.svm).bias"] = try StoredTensor(floats: svm.biases, shape: [count])
        // softmax(scores / temperature) is a linear layer with 1 / temperature on its diagonal.
        var diagonal = [Float](repeating: 0, count: count * count)
        for index in 0..<count { diagonal[index * count + index] = Float(1 / temperature) }
        all["\(ClassifierPart.calibration).weight"] = try StoredTensor(floats: diagonal, shape: [count, count])
        all["\(ClassifierPart.calibration).bias"] = try StoredTensor(
            floats: [Float](repeating: 0, count: count), shape: [count])
        return all
    }

    /// The network from bytes to probabilities.
    public func graph(of training: SVMTraining) throws -> Graph {
        try svmClassifierGraph(
            training.backbone, padding: training.padding, side: training.preprocessing.side, map: featureMap,
            classes: dataset.classes.count)
    }
}
