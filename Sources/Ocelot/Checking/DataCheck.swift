// `ocelot data check`, as a library: one pass over the pictures, and what it says.

public import Foundation
import Imaging

/// A checked data set.
public struct DataCheck: Sendable {
    /// What was found.
    public let result: DatasetCheck
    /// What the pass over the pictures cost.
    public let survey: PictureSurvey

    /// Reads a data set, looks at every picture of it, and judges it.
    ///
    /// - Parameters:
    ///   - location: A folder or a table, as `Dataset.read` takes it.
    ///   - workspace: Where what was measured is kept for the next time, in `cache/measures`; nil keeps nothing.
    ///   - threads: Threads that read and measure, 1 or more.
    ///   - progress: Called after each picture; what it throws ends the pass.
    /// - Returns: What was found.
    /// - Throws: `DatasetError` where the data set cannot be read, `MeasureCacheError`, and what `progress` throws.
    public static func run(
        on location: URL, workspace: URL? = nil,
        threads: Int = ProcessInfo.processInfo.activeProcessorCount,
        progress: (PictureSurvey.Progress) throws -> Void = { _ in }
    ) async throws -> DataCheck {
        let survey = try await surveyed(location, workspace: workspace, threads: threads, progress: progress)
        let alike = survey.alike(keptIn: workspace.map(measuresFolder), threads: threads)
        return DataCheck(result: DatasetCheck(survey, alike: alike.map(\.indices)), survey: survey)
    }
}

/// Looks at every picture of a data set.
func surveyed(
    _ location: URL, workspace: URL?, hashSize: Int = 16, threads: Int,
    progress: (PictureSurvey.Progress) throws -> Void
) async throws -> PictureSurvey {
    // First the data set: where that is a mistake, nothing is left behind.
    let dataset = try Dataset.read(location)
    let cache = try workspace.map { try MeasureCache(folder: measuresFolder($0), hashSize: hashSize) }
    return try await PictureSurvey.make(
        of: dataset, cache: cache, hashSize: hashSize, threads: threads, progress: progress)
}
