// From a data set to the labels that are probably wrong.

public import Datasets
public import Evaluation
public import Foundation
import Imaging
public import Learning

/// A search for wrong labels, as `ocelot data suspects` does it.
public struct SuspectSearch: Sendable {
    /// The data set.
    public var dataset: URL
    /// Backbone, weights, preprocessing, seed and device; what concerns training only has no effect.
    public var recipe: ClassifierRecipe
    /// The folder of caches.
    public var workspace: URL
    /// In how many parts the photos are divided: each is judged by models that were fitted to the others.
    public var folds = 5
    /// Whether features of photos are kept for the next time.
    public var usesCache = true

    /// Makes a search.
    public init(dataset: URL, recipe: ClassifierRecipe = ClassifierRecipe(), workspace: URL) {
        self.dataset = dataset
        self.recipe = recipe
        self.workspace = workspace
    }

    /// Searches all photos, whatever part of the data set they are in: a wrong label in the test part is as bad.
    public func run(report: (TrainingEvent) -> Void) async throws -> Suspects {
        let start = ContinuousClock.now
        let read = try Dataset.read(dataset, options: recipe.readingOptions)
        try read.requireTrainable()
        let photos = try await recipe.describe(read, workspace: usesCache ? workspace : nil, report: report)
        var judges = HeldOutJudges()
        (judges.maps, judges.cs, judges.classWeights) = (recipe.featureMaps, recipe.cs, recipe.classWeights)
        judges.threads = photos.job.threads
        let (report, folds) =
            photos.dataset.isMultiLabel ? try labelReport(photos, judges) : try classReport(photos, judges)
        return Suspects(
            report: report, dataset: photos.dataset, backbone: photos.job.origin.name,
            imageSize: photos.job.preprocessing.side, folds: folds,
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    /// Judges labels of which each photo has one.
    private func classReport(
        _ photos: PhotoDescriptions, _ judges: HeldOutJudges
    ) throws -> (SuspectReport, folds: Int) {
        let dataset = photos.dataset
        let labels = dataset.images.map(\.label)
        let count = CSearch.foldCount(labels: labels, classCount: dataset.classes.count, preferred: folds) ?? 2
        let folds = foldNumbers(of: dataset, count)
        for (label, name) in dataset.classes.enumerated() {
            let members = labels.indices.filter { labels[$0] == label }
            guard Set(members.map { folds[$0] }).count > 1 else {
                throw SuspectsError.tooFew(label: name, images: members.count)
            }
        }
        let probabilities = try judges.probabilities(
            photos.features, labels: labels, classCount: dataset.classes.count, folds: folds)
        let report = try SuspectReport(
            probabilities: probabilities, labels: labels, paths: dataset.images.map(\.path), classes: dataset.classes)
        return (report, (folds.max() ?? 0) + 1)
    }

    /// Judges labels of which a photo may have any number.
    private func labelReport(
        _ photos: PhotoDescriptions, _ judges: HeldOutJudges
    ) throws -> (SuspectReport, folds: Int) {
        let dataset = photos.dataset
        let labels = dataset.images.map(\.labels)
        let count = CSearch.foldCount(labels: labels, labelCount: dataset.classes.count, preferred: folds) ?? 2
        let folds = foldNumbers(of: dataset, count)
        do {
            let probabilities = try judges.probabilities(
                photos.features, labels: labels, labelCount: dataset.classes.count, folds: folds)
            let report = try SuspectReport(
                probabilities: probabilities, labelSets: labels, paths: dataset.images.map(\.path),
                classes: dataset.classes)
            return (report, (folds.max() ?? 0) + 1)
        } catch LinearSVMError.emptyClassOutsideFold(let label, _) {
            throw SuspectsError.oneSided(label: dataset.classes[label])
        }
    }

    /// The fold of each photo; copies and groups are in one.
    private func foldNumbers(of dataset: Dataset, _ count: Int) -> [Int] {
        var numbers = [Int](repeating: 0, count: dataset.images.count)
        let parts = dataset.folds(count, of: Array(dataset.images.indices), seed: UInt64(recipe.seed))
        for (number, part) in parts.enumerated() { for index in part { numbers[index] = number } }
        return numbers
    }
}

/// What a search for wrong labels found.
public struct Suspects: Sendable {
    /// The images, the most suspect first, and the estimates by class.
    public let report: SuspectReport
    /// The data set without photos that could not be read.
    public let dataset: Dataset
    /// What the weights of the network are called that described the photos.
    public let backbone: String
    /// The side of the images that the network saw, in pixels.
    public let imageSize: Int
    /// In how many parts the photos were divided.
    public let folds: Int
    /// Wall time in seconds.
    public let seconds: Double

    /// The page of the `count` most suspect images, with their pictures.
    public func html(top count: Int) -> String {
        let facts = [
            ("Network", backbone), ("Image size", "\(imageSize) pixels"), ("Folds", "\(folds)"),
            ("Images left out", "\(dataset.leftOut.count)"), ("Ocelot", Ocelot.version),
        ]
        return report.html(top: count, dataset: dataset.location.relativePath, facts: facts) { index in
            guard let bytes = try? readImageFile(dataset.images[index].url) else { return nil }
            return try? Picture.thumbnail(of: bytes, longerSide: 200)
        }
    }
}
