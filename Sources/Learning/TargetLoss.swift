// How badly a network's answers fit the truth: cross-entropy between classes that exclude each other, and binary
// cross-entropy of each label where they do not.

import Foundation
import Torch
import WeightFiles

/// The loss of a training, and how much images count in it.
struct TargetLoss {
    private let targets: Targets
    private let smoothing: Double
    private let device: Device
    /// Whether every image counts the same, because its labels are blended with another's.
    private let isMixed: Bool
    /// How much an image of each class counts; nil if equally much.
    private let classWeights: (tensor: Tensor, values: [Double])?
    /// How much it counts that an image has a label, and that it has not; nil if equally much.
    private let labelWeights: (ones: Tensor, zeros: Tensor)?

    init(_ targets: Targets, _ choices: Optimisation, on device: Device) throws {
        (self.targets, self.device) = (targets, device)
        (smoothing, isMixed) = (choices.labelSmoothing, choices.mix != .none)
        guard choices.classWeights != .equal else {
            (classWeights, labelWeights) = (nil, nil)
            return
        }
        guard targets.sets == nil else {
            let weights = choices.classWeights.binaryWeights(counts: targets.counts, images: targets.images)
            let ones = try Tensor(weights.map { Float($0.with) }).to(device)
            let zeros = try Tensor(weights.map { Float($0.without) }).to(device)
            (classWeights, labelWeights) = (nil, (ones, zeros))
            return
        }
        let values = choices.classWeights.weights(counts: targets.counts)
        classWeights = (try Tensor(values.map(Float.init)).to(device), values)
        labelWeights = nil
    }

    /// What images of these numbers are to be answered with: [N] classes, or [N, labels] of 0 and 1.
    func targets(_ numbers: [Int]) throws -> Tensor {
        guard targets.sets != nil else { return try Tensor(numbers).to(device) }
        return try Tensor(numbers.flatMap(targets.row), shape: [numbers.count, targets.counts.count], on: device)
    }

    /// [N, classes] logits and targets → [], the mean over the images.
    ///
    /// Of labels that do not exclude each other, also the mean over the labels; smoothing moves each target towards one
    /// half.
    func callAsFunction(_ logits: Tensor, _ truth: Tensor) throws -> Tensor {
        guard targets.sets != nil else {
            return try crossEntropy(logits, truth, classWeights: classWeights?.tensor, labelSmoothing: smoothing)
        }
        let smooth = smoothing > 0 ? try truth * (1 - smoothing) + smoothing / 2 : truth
        return try binaryCrossEntropy(logits, smooth.to(logits.elementType), weights: labelWeights)
    }

    /// How many of the images are answered rightly; one with several labels counts by the share of labels that are right.
    func correct(_ logits: Tensor, _ numbers: [Int]) throws -> Double {
        guard let sets = targets.sets else {
            let answers: [Int] = try logits.argmax(along: 1).array()
            return Double(zip(answers, numbers).count { $0 == $1 })
        }
        let (values, labels): ([Float], Int) = (try logits.to(.float32).array(), targets.counts.count)
        return numbers.indices.reduce(0) { sum, index in
            sum + rightShare(values[(index * labels)..<((index + 1) * labels)], sets[numbers[index]])
        }
    }

    /// How much images of these numbers count together.
    func weight(of numbers: ArraySlice<Int>) -> Double {
        // With blended labels, and where each label is a question of its own, every image counts the same.
        guard let classWeights, !isMixed else { return Double(numbers.count) }
        return numbers.reduce(0) { $0 + classWeights.values[$1] }
    }
}

/// The share of labels that are answered rightly, yes above a logit of 0: 1 less the Hamming loss.
func rightShare(_ logits: ArraySlice<Float>, _ labels: [Int]) -> Double {
    let right = logits.indices.count { (logits[$0] > 0) == labels.contains($0 - logits.startIndex) }
    return Double(right) / Double(max(logits.count, 1))
}
