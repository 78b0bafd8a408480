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

    /// Judges what a pass over the pictures has found.
    ///
    /// `alike` are sets of images that look almost the same, by index.
    public init(_ survey: PictureSurvey, alike: [[Int]]) {
        (dataset, measures) = (survey.dataset, survey.measures)
        let equal = ExactDuplicates.find(in: dataset.images).map(\.indices)
        let large = measures.indices.filter { survey.measures[$0].pixelCount > CheckRules.largePixels }
        let gain = SizeGain(files: large.map { survey.dataset.images[$0].url })
        problems =
            (dataset.problems + dataset.leftOutProblems() + dataset.countProblems()
            + dataset.copyProblems(equal: equal, alike: alike) + dataset.driftProblems(measures)
            + dataset.pictureProblems(measures, gain: gain)).byImportance()
    }
}
