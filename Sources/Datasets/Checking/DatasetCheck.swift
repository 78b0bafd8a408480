// Everything that is to be said about a data set before anything is learnt from it.

import Foundation
public import Imaging

/// What checking a data set has found.
public struct DatasetCheck: Sendable {
    /// The data set, without what cannot be read.
    public let dataset: Dataset
    /// What its pictures are like, in their order.
    public let measures: [PictureMeasures]
    /// What a person should know, the most important first.
    public let problems: [Problem]
    /// How far the parts are from the one that is trained with, as a network sees them; empty where none was asked.
    public let partDistances: [PartDistance]

    /// Judges what a pass over the pictures has found.
    ///
    /// - Parameters:
    ///   - survey: What was found.
    ///   - alike: Sets of images that look almost the same, by index.
    ///   - features: What a network makes of the images; nil if none was asked.
    ///   - threads: Threads that compare features.
    public init(_ survey: PictureSurvey, alike: [[Int]], features: PhotoFeatures? = nil, threads: Int = 1) {
        (dataset, measures) = (survey.dataset, survey.measures)
        let equal = ExactDuplicates.find(in: dataset.images).map(\.indices)
        let large = measures.indices.filter { survey.measures[$0].pixelCount > CheckRules.largePixels }
        let gain = SizeGain(files: large.map { survey.dataset.images[$0].url })
        let distances = features.map { features in
            [Part.validation, .test].compactMap { part in
                PartDistance(of: part, in: survey.dataset, features, alike: alike, threads: threads)
            }
        }
        partDistances = distances ?? []
        let farParts = partDistances.filter { [partDistances] in $0.isDrift(tries: partDistances.count) }
        problems =
            (dataset.problems + dataset.leftOutProblems() + dataset.countProblems()
            + dataset.copyProblems(equal: equal, alike: alike) + dataset.driftProblems(measures)
            + farParts.map { $0.problem() } + dataset.pictureProblems(measures, gain: gain)).byImportance()
    }
}
