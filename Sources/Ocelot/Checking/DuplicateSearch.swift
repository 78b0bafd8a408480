// `ocelot data duplicates`, as a library: sets of copies, which of each to keep, and the exclusion of the others.

public import Foundation
import Imaging
public import Learning

/// The copies in a data set.
public struct DuplicateSearch: Sendable {
    /// What counts as a copy.
    public enum Rule: Hashable, Sendable {
        /// Equal files.
        case equalFiles
        /// Pictures that look the same, and equal files.
        case looks(NearDuplicates.Options)
        /// Pictures whose difference hashes of `size`² bits differ in at most `distance` of them, and equal files.
        case hashes(size: Int, distance: Int)
        /// Pictures that the network of a recipe describes by vectors with at least this cosine, and equal files.
        case features(ClassifierRecipe, cosine: Double)
    }

    /// A set of copies.
    public struct Group: Encodable, Sendable {
        /// The one to keep.
        public let keep: String
        /// Why it is the one to keep.
        public let why: String
        /// Whether all files are equal.
        public let isExact: Bool
        /// Whether the copies have different labels, so that a person has to decide.
        public let isConflict: Bool
        /// All of them, that to keep first.
        public let images: [Image]

        /// The paths of all but the one to keep.
        public var others: [String] { images.dropFirst().map(\.path) }

        private enum CodingKeys: String, CodingKey {
            case keep, why, images
            case isExact = "exact"
            case isConflict = "conflicting_labels"
        }
    }

    /// One of the copies.
    public struct Image: Encodable, Sendable {
        /// Its path in the data set.
        public let path: String
        /// Its labels.
        public let labels: [String]
        /// What the data set says that it is for, if it says so.
        public let part: Part?
        /// In pixels.
        public let width: Int
        /// In pixels.
        public let height: Int
        /// How many bits of its hash differ from that of the one to keep, mirrored if it is mirrored.
        public let distance: Int?
        /// How like it is to the one to keep, up to 1.
        public let similarity: Double
        /// How it differs from the one to keep.
        public let changes: [DuplicateGroup.Change]
    }

    /// The data set, without what cannot be read.
    public let dataset: Dataset
    /// The sets, in the order of their first image.
    public let groups: [Group]

    /// How many images could be left out without losing a picture.
    public var surplus: Int { groups.reduce(0) { $0 + $1.images.count - 1 } }

    /// Looks for copies; see `DataCheck.run` for the other parameters.
    public static func run(
        on location: URL, rule: Rule = .looks(.init()), workspace: URL? = nil,
        threads: Int = ProcessInfo.processInfo.activeProcessorCount,
        progress: (PictureSurvey.Progress) throws -> Void = { _ in },
        isStopRequested: () -> Bool = { false }, described: (TrainingEvent) -> Void = { _ in }
    ) async throws -> DuplicateSearch {
        let hashSize = if case .hashes(let size, _) = rule { size } else { 16 }
        let survey = try await surveyed(
            location, workspace: workspace, hashSize: hashSize, threads: threads, progress: progress)
        let alike =
            switch rule {
            case .equalFiles: [DuplicateGroup]()
            case .looks(let options): survey.alike(options, keptIn: workspace.map(measuresFolder), threads: threads)
            case .hashes(_, let distance):
                NearDuplicates.byHash(among: survey.duplicateCandidates, within: distance, threads: threads)
            case .features(let recipe, let cosine):
                NearDuplicates.byFeatures(
                    try await survey.features(
                        by: recipe, workspace: workspace, isStopRequested: isStopRequested, report: described
                    ).features, among: survey.duplicateCandidates, cosine: cosine, threads: threads)
            }
        return DuplicateSearch(survey, survey.duplicates(alike: alike))
    }

    init(_ survey: PictureSurvey, _ groups: [DuplicateGroup]) {
        dataset = survey.dataset
        let images = survey.dataset.images
        let classes = survey.dataset.classes
        self.groups = groups.map { group in
            let isExact = Set(group.indices.map { images[$0].content }).count == 1
            let ordered =
                group.members.filter { $0.index == group.best } + group.members.filter { $0.index != group.best }
            return Group(
                keep: images[group.best].path, why: Self.reason(group, survey.measures, isExact: isExact),
                isExact: isExact,
                isConflict: Set(group.indices.map { images[$0].labels }).count > 1,
                images: ordered.map { member in
                    let image = images[member.index]
                    return Image(
                        path: image.path, labels: image.labels.map { classes[$0] }, part: image.part,
                        width: survey.measures[member.index].width, height: survey.measures[member.index].height,
                        distance: member.distance, similarity: member.similarity, changes: member.changes)
                })
        }
    }

    private static func reason(_ group: DuplicateGroup, _ measures: [PictureMeasures], isExact: Bool) -> String {
        if isExact { return "the files are equal; its path comes first" }
        let best = measures[group.best]
        if group.others.allSatisfy({ measures[$0].pixelCount < best.pixelCount }) { return "it has the most pixels" }
        let rivals = group.others.filter { measures[$0].pixelCount == best.pixelCount }
        return rivals.allSatisfy { measures[$0].sharpness < best.sharpness }
            ? "it is the sharpest of those with the most pixels" : "of equally good ones its path comes first"
    }

    /// Excludes all but the one to keep of each set, where the labels agree; returns the paths that were excluded.
    ///
    /// The decisions are added to the data set's overlay; no photo is touched.
    public func exclude(who: String) throws -> [String] {
        let paths = groups.filter { !$0.isConflict }.flatMap(\.others)
        try Overlay.append(paths.map { .init(path: $0, decision: .exclude, who: who) }, to: dataset.root)
        return paths
    }
}

/// Where what was measured is kept in a workspace.
func measuresFolder(_ workspace: URL) -> URL { workspace.appending(path: "cache/measures") }
