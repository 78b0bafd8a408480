// The features of a data set's photos, for a training and for whatever else looks at them.

public import Datasets
public import Evaluation
import Foundation
import Imaging
import Labels
import Networks
import Torch

extension SVMTraining {
    /// The photos that could be read, with what they hold and how the frozen network describes them.
    public struct DescribedPhotos: Sendable {
        /// The data set without the photos that could not be read, and with what the others hold.
        public let dataset: Dataset
        /// How the network describes each photo, and where that came from.
        public let extracted: ExtractedFeatures
    }

    /// Reads every photo and computes its features, or finds them in the cache.
    ///
    /// `read` has been found trainable (`Dataset.requireTrainable`); what is left of it after reading is checked again.
    public func describe(
        _ read: Dataset, isStopRequested: () -> Bool = { false }, report: (TrainingEvent) -> Void
    ) async throws -> DescribedPhotos {
        let start = ContinuousClock.now
        let network = try frozenNetwork(
            backbone, weights: weights, padding: padding, side: preprocessing.side, device: device, threads: threads)
        let cache = try cache.map { folder in
            try FeatureCache(
                folder: folder, key: FeatureCache.key(network: network.identity, preprocessing: preprocessing),
                featureCount: network.featureCount)
        }
        let extracted = try await extractFeatures(
            of: read.images.map(\.url), by: network, preprocessing: preprocessing, cache: cache, limits: limits,
            threads: threads
        ) { done, fromCache in
            if isStopRequested() { throw TrainingError.interrupted(run: nil) }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            report(
                .features(
                    .init(
                        done: done, total: read.images.count, fromCache: fromCache,
                        imagesPerSecond: Double(done) / max(seconds, 1e-9))))
        }
        return DescribedPhotos(dataset: try usable(read, extracted), extracted: extracted)
    }

    /// What an SVM that is fitted to the training photos of a split, with all choices made on them, answers about its test
    /// photos.
    ///
    /// `features` has a row for each image of `dataset`.
    public func testAnswers(_ features: FeatureMatrix, of dataset: Dataset, split: Split) throws -> TestAnswers {
        let fitted = try fit(features, dataset, split) { _ in }
        let scores = try fitted.svm.scores(of: fitted.map.carryOut(on: features.subset(rows: split.test)))
        guard dataset.labelCount == .one else {
            return TestAnswers(scores: scores, labels: split.test.map { dataset.images[$0].labels })
        }
        return TestAnswers(
            isRight: zip(split.test, scores).map { index, scores in
                scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 } == dataset.images[index].label
            })
    }

    private func usable(_ read: Dataset, _ extracted: ExtractedFeatures) throws -> Dataset {
        let broken = extracted.failures.map { failure in
            LeftOutFile(path: read.images[failure.index].path, kind: .corrupt, reason: failure.reason)
        }
        let dataset = read.leavingOut(broken).with(contents: extracted.contents)
        if !broken.isEmpty { try dataset.requireTrainable() }
        return dataset
    }
}
