// What a trained model's test part has in common with what it was trained with, before anybody believes its accuracy.

import Datasets
import Foundation
import Imaging
import Learning
import Workers

extension ClassifierTraining {
    /// Data sets of up to so many photos are compared picture by picture, which takes a few seconds at most; larger ones only
    /// where the pictures were measured before, by `data check` or its like.
    static let comparedPhotos = 2000

    /// Looks for photos on both sides of the split: equal files and groups always, near copies and frames where pictures are
    /// compared.
    ///
    /// - Returns: What was found, and the difference hashes of the pictures of small sets.
    func audit(
        _ dataset: Dataset, _ split: Split
    ) async throws -> (audit: SplitAudit, looks: [ContentHash: DifferenceHash]) {
        let folder = usesCache ? measuresFolder(workspace) : nil
        let cache = folder.flatMap { try? MeasureCache(folder: $0) }
        let isMeasured = dataset.images.allSatisfy { image in image.content.map { cache?.holds($0) ?? false } ?? false }
        guard dataset.images.count <= Self.comparedPhotos || isMeasured else {
            return (SplitAudit(dataset.images, split), [:])
        }
        let threads = place?.threads ?? ProcessInfo.processInfo.activeProcessorCount
        let survey = try await PictureSurvey.make(of: dataset, cache: cache, threads: threads) { _ in
            if isStopRequested() { throw TrainingError.interrupted(run: nil) }
        }
        // The survey may leave out photos that training takes.
        let positions = Dictionary(uniqueKeysWithValues: zip(dataset.images.map(\.path), dataset.images.indices))
        let indices = survey.dataset.images.map { positions[$0.path] ?? 0 }
        let likeness = survey.likeness(keptIn: folder, threads: threads)
        let audit = SplitAudit(
            dataset.images, split, nearCopies: likeness.nearCopies.map { $0.map { indices[$0] } },
            neighbours: likeness.neighbours.map { (indices[$0.0], indices[$0.1]) })
        // What a package holds must not depend on what happens to be in a cache.
        guard dataset.images.count <= Self.comparedPhotos else { return (audit, [:]) }
        var looks: [ContentHash: DifferenceHash] = [:]
        for (image, measures) in zip(survey.dataset.images, survey.measures) where !measures.isPlain {
            if let content = image.content { looks[content] = measures.hash }
        }
        return (audit, looks)
    }
}
