// `ocelot data check`, as a library: one pass over the pictures, and what it says.

public import Foundation
import Imaging
public import Learning

/// A checked data set.
public struct DataCheck: Sendable {
    /// What was found.
    public let result: DatasetCheck
    /// What the pass over the pictures cost.
    public let survey: PictureSurvey
    /// The network that compared the parts; nil if none did.
    public let network: String?

    /// Reads a data set, looks at every picture of it, and judges it.
    ///
    /// - Parameters:
    ///   - location: A folder or a table, as `Dataset.read` takes it.
    ///   - features: With which network the parts of a data set that defines them are compared; nil for none.
    ///   - workspace: Where what was measured is kept for the next time, in `cache/measures`; nil keeps nothing.
    ///   - threads: Threads that read and measure, 1 or more.
    ///   - progress: Called after each picture; what it throws ends the pass.
    ///   - isStopRequested: Whether to end while the network describes the pictures.
    ///   - described: Is told how far that is.
    /// - Returns: What was found.
    /// - Throws: `DatasetError` where the data set cannot be read, `MeasureCacheError`, and what `progress` throws.
    public static func run(
        on location: URL, features: ClassifierRecipe? = nil, workspace: URL? = nil,
        threads: Int = ProcessInfo.processInfo.activeProcessorCount,
        progress: (PictureSurvey.Progress) throws -> Void = { _ in },
        isStopRequested: () -> Bool = { false }, described: (TrainingEvent) -> Void = { _ in }
    ) async throws -> DataCheck {
        let survey = try await surveyed(location, workspace: workspace, threads: threads, progress: progress)
        let alike = survey.alike(keptIn: workspace.map(measuresFolder), threads: threads).map(\.indices)
        // Without parts there is nothing to compare.
        guard let features, !survey.dataset.parts.isEmpty else {
            return DataCheck(result: DatasetCheck(survey, alike: alike), survey: survey, network: nil)
        }
        let (made, network) = try await survey.features(
            by: features, workspace: workspace, isStopRequested: isStopRequested, report: described)
        return DataCheck(
            result: DatasetCheck(survey, alike: alike, features: made, threads: threads), survey: survey,
            network: network)
    }
}

/// Looks at every picture of a data set.
func surveyed(
    _ location: URL, options: Dataset.ReadingOptions = .init(), workspace: URL?, hashSize: Int = 16, threads: Int,
    progress: (PictureSurvey.Progress) throws -> Void
) async throws -> PictureSurvey {
    // First the data set: where that is a mistake, nothing is left behind.
    let dataset = try Dataset.read(location, options: options)
    let cache = try workspace.map { try MeasureCache(folder: measuresFolder($0), hashSize: hashSize) }
    return try await PictureSurvey.make(
        of: dataset, cache: cache, hashSize: hashSize, threads: threads, progress: progress)
}
