// From a data set to the labels that are probably wrong.

public import Datasets
public import Evaluation
public import Foundation
import Imaging
public import Learning
import Networks

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
        let read = try Dataset.read(dataset)
        if let image = read.images.first(where: { $0.labels.count > 1 }) {
            throw SuspectsError.severalLabels(path: image.path)
        }
        try read.requireTrainable()
        var recipe = recipe
        recipe.method = .svm
        let training = ClassifierTraining(
            dataset: dataset, recipe: recipe, workspace: workspace, usesCache: usesCache)
        let job = try training.job(photos: read.images.count)
        guard let svm = job.svm else { preconditionFailure("The method svm trains one.") }
        let photos = try await svm.describe(read, report: report)
        let labels = photos.dataset.images.map(\.label)
        var judges = HeldOutJudges()
        (judges.maps, judges.cs, judges.classWeights) = (recipe.featureMaps, recipe.cs, recipe.classWeights)
        judges.threads = job.threads
        let parts = try foldNumbers(of: photos.dataset, labels)
        let probabilities = try judges.probabilities(
            photos.extracted.matrix, labels: labels, classCount: photos.dataset.classes.count, folds: parts)
        let report = try SuspectReport(
            probabilities: probabilities, labels: labels, paths: photos.dataset.images.map(\.path),
            classes: photos.dataset.classes)
        return Suspects(
            report: report, dataset: photos.dataset, backbone: job.origin.name,
            imageSize: job.preprocessing.side, folds: (parts.max() ?? 0) + 1,
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    /// The fold of each photo; copies and groups are in one.
    private func foldNumbers(of dataset: Dataset, _ labels: [Int]) throws -> [Int] {
        let most = CSearch.foldCount(labels: labels, classCount: dataset.classes.count, preferred: folds) ?? 2
        var numbers = [Int](repeating: 0, count: labels.count)
        let parts = dataset.folds(most, of: Array(labels.indices), seed: UInt64(recipe.seed))
        for (number, part) in parts.enumerated() { for index in part { numbers[index] = number } }
        for (label, name) in dataset.classes.enumerated() {
            let members = labels.indices.filter { labels[$0] == label }
            guard Set(members.map { numbers[$0] }).count > 1 else {
                throw SuspectsError.tooFew(label: name, images: members.count)
            }
        }
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
