// The parameters of labels that do not exclude each other, and what cannot be had with them.

import Datasets
import Labels
import Learning

extension ClassifierRecipe {
    /// Those of how many labels a photo may have.
    static let labelParameters: [Parameter] = [
        Parameter(
            name: "labels", aliases: ["multilabel", "multi_label"],
            help: """
                How many labels a photo may have. one: each photo shows one class, and the answer is the likeliest. many: any \
                number, also none; each label is learnt and answered by itself, as yes or no. auto: many if a table has a photo with \
                several labels, such as 'can|carton', otherwise one.
                """,
            range: "auto, one or many",
            read: { recipe, value, key in
                let names = ["true": "many", "false": "one"]
                let text = value.text.lowercased()
                guard text != "auto" else { return recipe.labels = nil }
                guard let count = LabelCount(rawValue: names[text] ?? text) else {
                    throw RecipeProblem.notOne(key: key, value: value.text, of: ["auto", "one", "many"])
                }
                recipe.labels = count
            }, write: { $0.labels?.rawValue ?? "auto" }),
        Parameter(
            name: "thresholds", aliases: ["label_thresholds"],
            help: """
                From which probability on a label counts as an answer, where a photo may have several. half: one half for all, more \
                likely than not. best-f1: for each label where precision and recall together (F1) are highest on photos that the \
                model has not learnt from; with few photos that is partly chance.
                """,
            range: "half or best-f1",
            read: { recipe, value, key in
                guard let rule = ThresholdRule(rawValue: value.text.lowercased()) else {
                    throw RecipeProblem.notOne(key: key, value: value.text, of: ThresholdRule.allCases.map(\.rawValue))
                }
                recipe.thresholds = rule
            }, write: { $0.thresholds.rawValue }),
    ]

    /// How the data set of this recipe is read.
    var readingOptions: Dataset.ReadingOptions { Dataset.ReadingOptions(labels: labels) }

    /// Checks that every choice means something for photos with so many labels.
    func check(for count: LabelCount) throws {
        guard count == .many, method != .svm else { return }
        if refinement.sampling == .balanced {
            throw RecipeProblem.notWithSeveralLabels(
                key: "sampling", value: refinement.sampling.rawValue,
                advice: "a photo with two labels belongs to both, so they cannot be drawn equally often. Use "
                    + "class_weights=balanced instead")
        }
        if refinement.monitor == .validationAccuracy || refinement.monitor == .trainingAccuracy {
            throw RecipeProblem.notWithSeveralLabels(
                key: "monitor", value: refinement.monitor.rawValue,
                advice: "there is no single right answer whose share could be watched. Use validation_loss")
        }
    }
}
