// Photos as a frozen network describes them, for whatever makes no model: suspects, learning curves, copies, drift.

import Datasets
import Foundation
import Learning

/// Photos with what a frozen network makes of them.
struct PhotoDescriptions {
    /// With which network, and how.
    let job: Job
    /// What would learn from them.
    let svm: SVMTraining
    /// The data set without the photos that could not be read, and with what the others hold.
    let dataset: Dataset
    /// A row a photo.
    let features: FeatureMatrix
}

extension ClassifierRecipe {
    /// Describes the photos of a data set by the network of the recipe, whatever its method.
    ///
    /// `read` has been found trainable, or only its features are wanted. What was computed is kept in the cache of
    /// `workspace`, as for a training; nowhere if it is nil.
    func describe(
        _ read: Dataset, workspace: URL?, isStopRequested: () -> Bool = { false }, report: (TrainingEvent) -> Void
    ) async throws -> PhotoDescriptions {
        var recipe = self
        recipe.method = .svm
        let training = ClassifierTraining(
            dataset: read.location, recipe: recipe, workspace: workspace ?? URL(filePath: "."),
            usesCache: workspace != nil)
        let job = try training.job(photos: read.images.count)
        guard let svm = job.svm else { preconditionFailure("The method svm trains one.") }
        let described = try await svm.describe(read, isStopRequested: isStopRequested, report: report)
        return PhotoDescriptions(
            job: job, svm: svm, dataset: described.dataset, features: described.extracted.matrix)
    }
}
