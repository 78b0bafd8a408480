// `ocelot data split`, as a library: compares the pictures, divides them, audits what came of it, writes tables.

public import Datasets
public import Foundation

/// A division of a data set that is to be made, or one that is to be checked.
public struct DataSplit: Sendable {
    /// The data set.
    public var location: URL
    /// How it is read.
    public var options: Dataset.ReadingOptions
    /// The rule.
    public var plan: SplitPlan
    /// How many splits to make for cross-validation; nil for one.
    public var folds: Int?
    /// A file that lists the test images; nil to draw them.
    public var testList: URL?
    /// Whether the pictures are compared, so that near copies are known.
    public var comparesPictures: Bool
    /// Where what was measured is kept, in `cache/measures`; nil keeps nothing.
    public var workspace: URL?
    /// Threads that read and measure, 1 or more.
    public var threads: Int

    /// Makes a description with the usual choices.
    public init(_ location: URL, plan: SplitPlan = SplitPlan(), workspace: URL? = nil) {
        self.location = location
        self.plan = plan
        self.workspace = workspace
        options = Dataset.ReadingOptions()
        comparesPictures = true
        threads = ProcessInfo.processInfo.activeProcessorCount
    }

    /// Divides the data set and writes `split.csv`, or `fold-1.csv` and so on, with `split.json` beside, into `folder`.
    public func write(
        to folder: URL, progress: (PictureSurvey.Progress) throws -> Void = { _ in }
    ) async throws -> SplitOutcome {
        let (dataset, likeness) = try await compared(progress)
        let near = likeness?.nearCopies ?? []
        let splits: [PlannedSplit]
        if let folds {
            splits = try dataset.folds(folds, by: plan, nearCopies: near)
        } else {
            let listed = try testList.map { try dataset.testImages(listedIn: $0) }
            splits = [try dataset.split(by: plan, nearCopies: near, testImages: listed)]
        }
        var outcome = SplitOutcome(dataset, plan, splits, likeness)
        outcome.files = try write(outcome, to: folder)
        return outcome
    }

    /// Checks the parts that the data set defines.
    public func audit(progress: (PictureSurvey.Progress) throws -> Void = { _ in }) async throws -> SplitOutcome {
        let (dataset, likeness) = try await compared(progress)
        guard let given = Split.given(dataset.images) else {
            throw SplitError.noParts(path: location.relativePath)
        }
        return SplitOutcome(dataset, nil, [PlannedSplit(given)], likeness)
    }

    /// Mends the parts that the data set defines, and writes them to `folder`.
    public func mend(
        to folder: URL, progress: (PictureSurvey.Progress) throws -> Void = { _ in }
    ) async throws -> (before: SplitOutcome, after: SplitOutcome) {
        let before = try await audit(progress: progress)
        let mended = before.dataset.mended(before.splits[0].split, nearCopies: before.likeness?.nearCopies ?? [])
        var after = SplitOutcome(before.dataset, nil, [PlannedSplit(mended)], before.likeness)
        after.files = try write(after, to: folder)
        return (before, after)
    }

    private func compared(
        _ progress: (PictureSurvey.Progress) throws -> Void
    ) async throws -> (Dataset, Likeness?) {
        guard comparesPictures else {
            return (try Dataset.read(location, options: options).hashingContents(threads: threads), nil)
        }
        let survey = try await surveyed(
            location, options: options, workspace: workspace, threads: threads, progress: progress)
        return (survey.dataset, survey.likeness(keptIn: workspace.map(measuresFolder), threads: threads))
    }

    private func write(_ outcome: SplitOutcome, to folder: URL) throws -> [String] {
        let names = folds == nil ? ["split.csv"] : outcome.splits.indices.map { "fold-\($0 + 1).csv" }
        let files = names.map { folder.appending(path: $0) }
        for file in files where file.standardizedFileURL == location.standardizedFileURL {
            throw DatasetExportError.exists(path: file.relativePath)
        }
        for (file, planned) in zip(files, outcome.splits) {
            // A recording that was cut is no group that must stay together.
            try outcome.dataset.writeTable(
                to: file, parts: planned.parts(count: outcome.dataset.images.count),
                keepsGroups: outcome.plan?.rule != .time)
        }
        var written = outcome
        written.files = names
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try writeWhole(try encoder.encode(written.document), to: folder.appending(path: "split.json"))
        return files.map(\.relativePath)
    }
}

/// What became of a data set that was divided, or whose parts were checked.
public struct SplitOutcome: Sendable {
    /// The data set, without what cannot be read.
    public let dataset: Dataset
    /// The rule; nil if the parts were given.
    public let plan: SplitPlan?
    /// The parts; several for cross-validation.
    public let splits: [PlannedSplit]
    /// What the pictures told; nil if they were not compared.
    public let likeness: Likeness?
    /// What each split has on both sides, in their order.
    public let audits: [SplitAudit]
    /// The tables that were written.
    public var files: [String] = []

    init(_ dataset: Dataset, _ plan: SplitPlan?, _ splits: [PlannedSplit], _ likeness: Likeness?) {
        (self.dataset, self.plan, self.splits, self.likeness) = (dataset, plan, splits, likeness)
        audits = splits.map {
            // By time, the parts of one recording are in several parts on purpose.
            let images = plan?.rule == .time ? dataset.images.map(\.withoutGroup) : dataset.images
            return SplitAudit(images, $0.split, nearCopies: likeness?.nearCopies, neighbours: likeness?.neighbours)
        }
    }

    /// The same for programs.
    public var document: SplitDocument { SplitDocument(self) }
}

extension LabelledImage {
    fileprivate var withoutGroup: LabelledImage {
        var image = self
        image.group = nil
        return image
    }
}

/// A division, as JSON.
///
/// Its keys are relied on.
public struct SplitDocument: Encodable {
    struct Division: Encodable {
        var parts: [String: [String: Int]]
        var leftOut: [String: String]
        var audit: SplitAudit
        var summary: SplitAudit.Summary

        private enum CodingKeys: String, CodingKey {
            case parts, audit, summary
            case leftOut = "left_out"
        }
    }

    private var images: Int
    private var rule: String?
    private var seed: UInt64?
    private var time: String?
    private var keptTogether: Int?
    private var files: [String]
    private var splits: [Division]

    private enum CodingKeys: String, CodingKey {
        case images, rule, seed, time, files, splits
        case keptTogether = "kept_together"
    }

    init(_ outcome: SplitOutcome) {
        let dataset = outcome.dataset
        images = dataset.images.count
        rule = outcome.plan?.rule.rawValue
        seed = outcome.plan?.seed
        time = outcome.splits[0].timeSource?.rawValue
        keptTogether = outcome.plan.map { _ in outcome.splits[0].keptSets }
        files = outcome.files
        splits = zip(outcome.splits, outcome.audits).map { planned, audit in
            let parts = Part.allCases.map { part in
                let counts = zip(dataset.classes, dataset.counts(of: planned.split[part]))
                return (part.rawValue, Dictionary(uniqueKeysWithValues: counts.map { ($0, $1) }))
            }
            return Division(
                parts: Dictionary(uniqueKeysWithValues: parts),
                leftOut: Dictionary(
                    uniqueKeysWithValues: planned.leftOut.map { (dataset.images[$0].path, $1.text) }), audit: audit,
                summary: audit.summary)
        }
    }
}
