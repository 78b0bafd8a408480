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

    /// Everything about the data set that a person should know, as far as names, first bytes and contents show it; the most
    /// important first.
    ///
    /// All contents must be known. `DatasetCheck` looks at the pictures too.
    public func allProblems() -> [Problem] {
        let equal = ExactDuplicates.find(in: images).map(\.indices)
        return (problems + leftOutProblems() + countProblems() + copyProblems(equal: equal)).byImportance()
    }
}
