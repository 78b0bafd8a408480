// What to try next, by the founding documents' rules of thumb.

import Evaluation
import Foundation
import Learning

/// Sentences for the end of a training, the most promising first.
///
/// `model` is the package as the commands that are suggested can find it.
func adviseNext(_ finished: TrainingEvent.Finished, _ report: EvaluationReport, model: String) -> [String] {
    var advice: [String] = []
    let wrong = report.mistakeCount
    if wrong > 0 {
        advice.append(
            "Look at the \(wrong) mistakes in the report: wrong or ambiguous labels cost more accuracy than any setting."
        )
    }
    advice += adviseOnTraining(finished)
    if finished.backbone == "starter" {
        advice.append(
            "The embedded starter network is small. On real photos ImageNet weights are usually better: "
                + "ocelot weights pull mobilenet_v2, then --backbone mobilenet_v2.")
    }
    let scarce = report.imageCounts.filter { $0.images < 25 }
    if !scarce.isEmpty {
        let names = scarce.prefix(8).map(\.label).joined(separator: ", ")
        let others = scarce.count > 8 ? " and \(scarce.count - 8) more classes" : ""
        advice.append("More photos of \(names)\(others): with about 100 a class the figures become reliable.")
    }
    if finished.test.labels?.meanAveragePrecision ?? report.accuracy < 0.95 {
        advice.append(
            "A larger --image-size, such as 448, often helps where the difference is in the detail; it costs time.")
    }
    advice.append("Ask it: ocelot predict \(model) PHOTO…")
    advice.append("Take it elsewhere: ocelot export \(model) --format onnx --out model.onnx")
    return advice
}

/// What the figures of training and test together say: the founding guides' rules.
private func adviseOnTraining(_ finished: TrainingEvent.Finished) -> [String] {
    let (train, test) = (finished.train.accuracy, finished.test.labels?.meanAveragePrecision ?? finished.test.accuracy)
    guard finished.method != "svm" else {
        return test < 0.98
            ? ["Training the network itself is usually more accurate, and takes minutes to hours: --method fine-tune."]
            : []
    }
    // All labels right is too much to ask of each photo: what holds for one class a photo does not hold for it.
    guard finished.test.labels == nil else { return [] }
    if train < 0.95 {
        return [
            "Even of the training photos \(String(format: "%.0f", 100 * (1 - train))) % are wrong: the learning rate does not suit, or "
                + "there were too few epochs. Try --learning-rate auto, or more --epochs."
        ]
    }
    guard train - test > 0.1 else { return [] }
    return [
        "The training photos are known far better than new ones (over-fitting). In this order: more photos; --augment strong, if it "
            + "leaves photos in their class; a smaller network; a higher --dropout or --weight-decay."
    ]
}
