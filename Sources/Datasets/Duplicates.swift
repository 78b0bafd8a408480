// The same file more than once: under several names, several labels, or in several parts.

/// Images whose files are equal byte for byte.
public struct ExactDuplicates: Hashable, Sendable {
    /// Indices into the images, ascending; at least two.
    public let indices: [Int]
    /// Whether one file carries different labels, of which at most one can be right.
    public let isConflict: Bool
    /// Whether one file is in several of the parts that the data set defines, so that measuring on them flatters.
    public let isLeak: Bool

    /// All sets of equal files, in the order of their first image.
    ///
    /// All contents must be known.
    public static func find(in images: [LabelledImage]) -> [ExactDuplicates] {
        var groups: [ContentHash: [Int]] = [:]
        for (index, image) in images.enumerated() {
            guard let content = image.content else {
                preconditionFailure("hash the contents before looking for duplicates")
            }
            groups[content, default: []].append(index)
        }
        return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }.map { indices in
            ExactDuplicates(
                indices: indices, isConflict: Set(indices.map { images[$0].labels }).count > 1,
                isLeak: Set(indices.compactMap { images[$0].part }).count > 1)
        }
    }
}

extension Dataset {
    /// How many images of each class are wanted before results count as dependable; fewer may do.
    public static let wantedImagesPerClass = 100

    /// Everything about the data set that a person should know, as far as names, first bytes and contents show it.
    ///
    /// All contents must be known.
    public func allProblems() -> [Problem] {
        var all = problems + leftOutProblems()
        let duplicates = ExactDuplicates.find(in: images)
        for duplicate in duplicates {
            let images = duplicate.indices.map { self.images[$0] }
            let paths = images.map(\.path)
            let same = "The files \(quoted(paths, "and")) are equal"
            if duplicate.isConflict {
                let labels = Set(images.flatMap(\.labels)).sorted().map { classes[$0] }
                all.append(
                    Problem(
                        kind: .conflictingLabels, paths: paths,
                        message: "\(same) and have different labels, \(quoted(labels, "and")).",
                        advice: "Keep the one with the right label, and exclude the others."))
            }
            if duplicate.isLeak {
                let parts = Part.allCases.filter { part in images.contains { $0.part == part } }.map(\.rawValue)
                all.append(
                    Problem(
                        kind: .leak, paths: paths,
                        message: "\(same) and lie in different parts, \(list(parts, "and")).",
                        advice: "Keep one of them, or the measured accuracy will be too high."))
            }
            if !duplicate.isConflict && !duplicate.isLeak {
                all.append(
                    Problem(
                        kind: .exactDuplicates, paths: paths, message: "\(same).",
                        advice: "Keep one of them; they stay in the same part of a split in any case."))
            }
        }
        for (name, count) in zip(classes, counts) where count < Self.wantedImagesPerClass {
            all.append(
                Problem(
                    kind: .fewImages, paths: [],
                    message: "The class '\(name)' has \(plural(count, "image")).",
                    advice:
                        "From \(Self.wantedImagesPerClass) images of each class on, results are dependable as a rule; "
                        + "add more if they are not."))
        }
        return all
    }

    private func leftOutProblems() -> [Problem] {
        leftOut.compactMap { file in
            let kind: Problem.Kind? =
                switch file.kind {
                case .unsupported, .notAFile: .unsupported
                case .corrupt, .unreadable, .missing: .corrupt
                case .unlabelled, .excluded: nil
                }
            return kind.map {
                Problem(
                    kind: $0, paths: [file.path], message: "'\(file.path)' is left out: it \(file.reason).",
                    advice: $0 == .corrupt
                        ? "Replace it by a good copy, or remove it."
                        : "Remove it, or save it as JPEG or PNG if it is a picture.")
            }
        }
    }
}
