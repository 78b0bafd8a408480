// Suspects where images may have several labels: each label is a question by itself, and an image is as suspect as its
// answers are improbable.
//
// Thyagarajan, Snorrason, Northcutt and Mueller, "Identifying Incorrect Annotations in Multi-Label Classification Data",
// 2022, https://arxiv.org/abs/2211.13895. The scores of an image's labels are put together by an exponential moving average
// from the surest to the least sure, as there and in cleanlab 2.9; which answers of a label are estimated to be wrong is
// confident learning between having it and not.

extension SuspectReport {
    /// How much the next, less sure answer counts in the moving average.
    private static let memory = 0.8

    /// Judges sets of labels.
    ///
    /// - Parameters:
    ///   - probabilities: [images, labels], each from 0 to 1 by itself, by models that had not seen the image.
    ///   - labelSets: The labels of each image, ascending.
    ///   - paths: Where each image lies, as the data set names it.
    ///   - classes: The names of the labels.
    /// - Throws: `SuspectsError` if they do not fit together.
    public init(probabilities: [[Double]], labelSets: [[Int]], paths: [String], classes: [String]) throws {
        guard probabilities.count == labelSets.count else {
            throw SuspectsError.labelCount(images: probabilities.count, labels: labelSets.count)
        }
        for (index, row) in probabilities.enumerated() where row.count != classes.count {
            throw SuspectsError.image(index, probabilities: row.count, label: -1, classes: classes.count)
        }
        let judged = try classes.indices.map { label in
            try ConfidentLearning(
                probabilities: probabilities.map { [1 - $0[label], $0[label]] },
                labels: labelSets.map { $0.contains(label) ? 1 : 0 })
        }
        let merits = labelSets.indices.map { image in Self.merit(judged.map { $0.selfConfidence[image] }) }
        let ranked = merits.indices.sorted { (merits[$0], $0) < (merits[$1], $1) }.enumerated().map { place, image in
            Suspect(rank: place + 1, image: image, path: paths[image], labelSets[image], judged, classes)
        }
        let right = judged.reduce(0) { sum, label in sum + label.selfConfidence.count { $0 >= 0.5 } }
        self.init(
            classes: classes, probabilities: probabilities, labelSets: labelSets, ranked: ranked,
            estimates: classes.indices.map { label in
                let joint = judged[label].confidentJoint
                let (lacking, needless) = (joint[0][1], joint[1][0])
                return ClassEstimate(
                    label: classes[label], images: joint[1].reduce(0, +), judged: labelSets.count,
                    wrong: lacking + needless,
                    mostly: lacking + needless == 0
                        ? nil : lacking > needless ? "images that lack it" : "images that should not have it")
            }, accuracy: Double(right) / Double(max(1, labelSets.count * classes.count)))
    }

    /// How probable an image's answers are: the average over them from the surest on, in which the next counts most.
    package static func merit(_ confidences: [Double]) -> Double {
        let sorted = confidences.sorted(by: >)
        return sorted.dropFirst().reduce(sorted.first ?? 1) { memory * $1 + (1 - memory) * $0 }
    }
}

extension SuspectReport.Suspect {
    /// The labels that are a third as probable as their opposite, or less, are turned round in the suggestion; the least
    /// probable one if there is none.
    fileprivate init(
        rank: Int, image: Int, path: String, _ labels: [Int], _ judged: [ConfidentLearning], _ classes: [String]
    ) {
        let confidences = judged.map { $0.selfConfidence[image] }
        let worst = confidences.indices.reduce(0) { confidences[$1] < confidences[$0] ? $1 : $0 }
        let turned = Set(confidences.indices.filter { $0 == worst || 3 * confidences[$0] <= 1 - confidences[$0] })
        func names(_ labels: some Sequence<Int>) -> String {
            labels.sorted().map { classes[$0] }.joined(separator: "|")
        }
        self.init(
            rank: rank, image: image, path: path, label: names(labels),
            suggestion: names(turned.symmetricDifference(labels)), probability: confidences[worst],
            suggestionProbability: 1 - confidences[worst], isFlagged: judged.contains { $0.isSuspect[image] })
    }
}
