// What a network makes of the photos of a survey.

import Foundation
import Learning
import Networks

extension PictureSurvey {
    /// The feature vectors of the photos by the network of `recipe`, with the network's name.
    ///
    /// They are kept in the cache of `workspace`, as for a training; nowhere if it is nil.
    func features(
        by recipe: ClassifierRecipe, workspace: URL?, isStopRequested: () -> Bool, report: (TrainingEvent) -> Void
    ) async throws -> (features: PhotoFeatures, network: String) {
        let described = try await recipe.describe(
            dataset, workspace: workspace, isStopRequested: isStopRequested, report: report)
        let rows = Dictionary(
            uniqueKeysWithValues: described.dataset.images.enumerated().map { ($0.element.path, $0.offset) })
        let matrix = described.features
        // A photo that has become unreadable meanwhile has no features.
        let nothing = [Float](repeating: 0, count: matrix.columns)[...]
        let values = dataset.images.flatMap { image in rows[image.path].map { matrix[$0] } ?? nothing }
        return (PhotoFeatures(values, columns: matrix.columns), described.job.origin.backbone.rawValue)
    }
}
