// Reading a data set from wherever it lies.

public import Foundation
public import Labels

extension Dataset {
    /// How a data set is read.
    public struct ReadingOptions: Hashable, Sendable {
        /// Whether symbolic links below a folder are followed, those that stay inside it; links that lead out of it never are.
        public var followsSymbolicLinks: Bool
        /// The column of a table that says what stays together; nil for the column group, if there is one.
        public var groupColumn: String?
        /// The column of a table that says when images were taken; nil for the column time, if there is one.
        public var timeColumn: String?

        /// How many labels an image may have; nil: many if any image of a table has several, otherwise one.
        public var labels: LabelCount?

        /// Makes options; by default no link is followed, and the table itself shows how many labels an image may have.
        public init(
            followsSymbolicLinks: Bool = false, groupColumn: String? = nil, timeColumn: String? = nil,
            labels: LabelCount? = nil
        ) {
            self.followsSymbolicLinks = followsSymbolicLinks
            self.groupColumn = groupColumn
            self.timeColumn = timeColumn
            self.labels = labels
        }
    }

    /// Reads a folder with one folder of images for each class, such a folder for each of `train`, `validation` (or `val`,
    /// `valid`) and `test`, or a table (.csv, .tsv, .jsonl) with the columns path, label and, if wanted, split, group and
    /// time.
    ///
    /// Nothing is decoded, and nothing is ever changed: a file counts as an image if its first bytes say so. Hidden files
    /// are passed over; other files that are no images are listed as left out. Corrections in `.ocelot/labels.tsv` in the
    /// folder, or beside the table, are applied. What is read may still be of no use for training: `requireTrainable`
    /// tells.
    public static func read(_ location: URL, options: ReadingOptions = ReadingOptions()) throws -> Dataset {
        let path = location.path
        switch FileSystem.kind(of: path, followingLinks: true) {
        case nil:
            throw DatasetError.missing(path: location.relativePath, suggestion: nearMiss(of: location))
        case .folder:
            return try readFolder(location, options: options)
        case .file:
            if let format = TableFormat(fileExtension: location.pathExtension) {
                return try readTable(location, format, options: options)
            }
            let kind = try shown(location) { () throws(FileSystem.Failure) in
                FileKind(firstBytes: try FileSystem.firstBytes(of: path, count: FileKind.bytesNeeded))
            }
            throw DatasetError.notADataset(
                path: location.relativePath, kind: kind.noun, isArchive: kind.noun.hasSuffix("archive"))
        case .link, .other:
            throw DatasetError.notADataset(path: location.relativePath, kind: "a pipe or a device", isArchive: false)
        }
    }

    /// The path with its first part that does not exist replaced by a name beside it that is spelt almost the same.
    private static func nearMiss(of location: URL) -> String? {
        var existing = location.standardizedFileURL
        var rest: [String] = []
        while FileSystem.kind(of: existing.path, followingLinks: true) == nil, existing.path != "/" {
            rest.insert(existing.lastPathComponent, at: 0)
            existing.deleteLastPathComponent()
        }
        guard let wrong = rest.first, let entries = try? FileSystem.entries(of: existing.path) else { return nil }
        let candidates = entries.filter { entry in
            // Only what could be meant: folders, and tables where the path ends.
            entry.isNamed && !entry.name.hasPrefix(".")
                && (entry.kind == .folder || entry.kind == .link
                    || rest.count == 1 && entry.kind == .file
                        && TableFormat(fileExtension: URL(filePath: entry.name).pathExtension) != nil)
        }
        guard let right = NearMiss.suggestion(for: wrong, among: candidates.map(\.name)) else { return nil }
        // The rest of the path is kept if it leads somewhere from there.
        let corrected = ([right] + rest.dropFirst()).joined(separator: "/")
        let exists = FileSystem.kind(of: existing.path + "/" + corrected, followingLinks: true) != nil
        let shown = location.relativePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(
            rest.count + (location.relativePath.hasSuffix("/") ? 1 : 0))
        return (shown.map(String.init) + [exists ? corrected : right]).joined(separator: "/")
    }
}

/// Turns what the system refused into an error that names the path as it was given.
func shown<Result>(_ location: URL, _ body: () throws(FileSystem.Failure) -> Result) throws(DatasetError) -> Result {
    do { return try body() } catch {
        throw DatasetError.unreadable(path: location.relativePath, reason: error.description)
    }
}

/// An image that was found, before corrections are applied and classes are numbered.
struct Candidate {
    /// Names it in the data set.
    var path: String
    /// Where it is.
    var file: String
    /// The names of its classes; empty where nothing says what it shows.
    var labels: [String]
    var part: Part?
    var group: String?
    var time: String?
}

/// What a reader found.
struct Findings {
    var candidates: [Candidate] = []
    var leftOut: [LeftOutFile] = []
    var problems: [Problem] = []
    /// Classes that exist whether or not they have images.
    var classes: Set<String> = []
    /// Images of which somebody decided that they show no class.
    var decidedUnlabelled: Set<String> = []

    /// Takes a file in if its first bytes are those of an image.
    mutating func add(_ candidate: Candidate) {
        do throws(FileSystem.Failure) {
            let bytes = try FileSystem.firstBytes(of: candidate.file, count: FileKind.bytesNeeded)
            switch FileKind(firstBytes: bytes) {
            case .image: candidates.append(candidate)
            case .other(let noun): leaveOut(candidate.path, .unsupported, "is \(noun), which is not read")
            case .empty: leaveOut(candidate.path, .corrupt, "is an empty file")
            }
        } catch {
            leaveOut(candidate.path, .unreadable, "cannot be opened: \(error)")
        }
    }

    mutating func leaveOut(_ path: String, _ kind: LeftOutFile.Kind, _ reason: String) {
        leftOut.append(LeftOutFile(path: path, kind: kind, reason: reason))
    }

    /// Applies the corrections, leaves out what has no label, numbers the classes, and makes the data set.
    ///
    /// Where images may have several labels, an image without any says no to all, if somebody decided so or `keepsUnlabelled`.
    mutating func dataset(
        location: URL, root: URL, unlabelled: String, labels count: LabelCount?, keepsUnlabelled: Bool = false
    ) throws -> Dataset {
        let labelsBefore = Set(candidates.flatMap(\.labels))
        let overlay = try Overlay.read(root: root)
        overlay?.apply(to: &self)
        let count = count ?? (candidates.contains { $0.labels.count > 1 } ? .many : .one)
        let (decided, bare) = (decidedUnlabelled, candidates.filter(\.labels.isEmpty).map(\.path))
        if count == .many && keepsUnlabelled {
            let doubtful = bare.filter { !decided.contains($0) }
            if !doubtful.isEmpty { problems.append(.noLabels(doubtful)) }
        } else {
            func isKept(_ path: String) -> Bool { count == .many && decided.contains(path) }
            for path in bare where !isKept(path) {
                let reason = decided.contains(path) ? "was given no label, where each image has one" : unlabelled
                leaveOut(path, .unlabelled, reason)
            }
            candidates.removeAll { $0.labels.isEmpty && !isKept($0.path) }
        }
        // A class all of whose images were corrected to others is gone.
        let labels = Set(candidates.flatMap(\.labels))
        let names = labels.union(classes.subtracting(labelsBefore.subtracting(labels))).sorted()
        problems += Problem.similarNames(names)
        let number = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
        let images = candidates.map { candidate in
            LabelledImage(
                path: candidate.path, url: URL(filePath: candidate.file, directoryHint: .notDirectory),
                labels: candidate.labels.compactMap { number[$0] }, part: candidate.part, group: candidate.group,
                time: candidate.time)
        }
        return Dataset(
            location: location, root: root, classes: names, images: images, leftOut: leftOut, problems: problems,
            labelCount: count)
    }
}

extension Problem {
    /// Images of which a table says that they show nothing, or does not say what they show.
    fileprivate static func noLabels(_ paths: [String]) -> Problem {
        Problem(
            kind: .noLabels, paths: paths,
            message:
                "\(plural(paths.count, "image")), such as '\(paths[0])', \(paths.count == 1 ? "has" : "have") no label "
                + "and \(paths.count == 1 ? "counts" : "count") as showing none.",
            advice: "If nobody has looked at them yet, take them out of the table: they teach that nothing is there.")
    }

    /// Classes whose names differ in capitals or spaces around them only.
    fileprivate static func similarNames(_ names: [String]) -> [Problem] {
        let groups = Dictionary(grouping: names) { $0.lowercased().trimmingCharacters(in: .whitespaces) }
        return groups.values.filter { $0.count > 1 }.map { $0.sorted() }.sorted { $0[0] < $1[0] }.map { names in
            Problem(
                kind: .similarClassNames, paths: [],
                message: "The classes \(quoted(names, "and")) differ in capitals or spaces only.",
                advice: "If they mean the same, give them one name.")
        }
    }
}
