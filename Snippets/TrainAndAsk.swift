// Trains a classifier on a folder of photos, and asks it about one: swift run TrainAndAsk PHOTOS PHOTO

import Foundation
import Ocelot

let arguments = CommandLine.arguments
guard arguments.count == 3 else { exit(2) }
var recipe = ClassifierRecipe()
recipe.backbone = "starter"
let training = ClassifierTraining(
    dataset: URL(filePath: arguments[1]), recipe: recipe, workspace: URL(filePath: "workspace"))
let result = try await training.run { _ in }
print("Accuracy on photos that it has not seen: \(result.finished.test.accuracy)")
let classifier = try ImageClassifier(result.package)
for answer in try await classifier.classify(URL(filePath: arguments[2])).prefix(3) {
    print("\(answer.label): \(answer.probability)")
}
