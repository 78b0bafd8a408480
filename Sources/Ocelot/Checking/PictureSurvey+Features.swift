// Photos that a network takes for nearly the same, such as two frames of one film.

import Foundation
import Learning

extension PictureSurvey {
    /// Sets of photos whose features, by the network of `recipe`, point into nearly the same direction.
    ///
    /// Features are kept in the cache of `workspace`, as for a training; nowhere if it is nil.
    func alike(
        by recipe: ClassifierRecipe, cosine: Double, workspace: URL?, threads: Int
    ) async throws -> [DuplicateGroup] {
        var recipe = recipe
        recipe.method = .svm
        let training = ClassifierTraining(
            dataset: dataset.location, recipe: recipe, workspace: workspace ?? URL(filePath: "."),
            usesCache: workspace != nil)
        let job = try training.job(photos: dataset.images.count)
        guard let svm = job.svm else { preconditionFailure("The method svm trains one.") }
        let described = try await svm.describe(dataset) { _ in }
        let matrix = described.extracted.matrix
        let rows = Dictionary(
            uniqueKeysWithValues: described.dataset.images.enumerated().map { ($0.element.path, $0.offset) })
        // A photo that has become unreadable meanwhile has no features, and is like no other.
        let nothing = [Float](repeating: 0, count: matrix.columns)[...]
        let features = dataset.images.flatMap { image in rows[image.path].map { matrix[$0] } ?? nothing }
        return NearDuplicates.byFeatures(
            features, columns: matrix.columns, among: duplicateCandidates, cosine: cosine, threads: threads)
    }
}
