// Images that show the same photo, and which of them to keep.

public import Imaging

/// Images that show the same photo.
public struct DuplicateGroup: Hashable, Codable, Sendable {
    /// What was done to a photo to make another of it, as far as can be seen.
    public enum Change: String, Codable, CaseIterable, Sendable {
        /// Left and right change places.
        case mirrored
        /// Turned by a quarter, a half or three quarters.
        case rotated
        /// A part of it, of about the same proportions.
        case cropped
        /// More or fewer pixels.
        case resized
        /// Lighter, darker, or of other colours.
        case recoloured
    }

    /// One of the images.
    public struct Member: Hashable, Codable, Sendable {
        /// Its place in the list.
        public let index: Int
        /// In how many bits its hash differs from that of the best, mirrored if it is mirrored; nil where it is turned, or
        /// hashes were not compared.
        public let distance: Int?
        /// How like it is to the best, up to 1.
        ///
        /// What this means depends on how the group was found: the correlation of fine structure, the share of equal bits,
        /// or the cosine of features.
        public let similarity: Double
        /// How it differs from the best; nothing where only the encoding does, or where nothing is known.
        public let changes: [Change]
    }

    /// All images of the group, ascending by index; at least two.
    public let members: [Member]
    /// The index of the one to keep: of those with most pixels, the sharpest; of several, the first by path.
    public let best: Int

    /// The indices of all images, ascending.
    public var indices: [Int] { members.map(\.index) }
    /// The indices of all but the best.
    public var others: [Int] { indices.filter { $0 != best } }
}

/// What is known of an image that may have duplicates.
public struct DuplicateCandidate: Sendable {
    /// Its path, by which ties are decided.
    public let path: String
    /// Nil where the picture could not be read: then it has no duplicates.
    public let measures: PictureMeasures?

    /// Pairs a path with its measures.
    public init(path: String, measures: PictureMeasures?) { (self.path, self.measures) = (path, measures) }
}

extension DuplicateGroup {
    /// Makes groups of pairs and of what these connect, in the order of their first image.
    ///
    /// `compare` tells how an image differs from the best of its group: (best, other).
    static func groups(
        of pairs: some Sequence<(Int, Int)>, among images: [DuplicateCandidate], _ compare: (Int, Int) -> Member
    ) -> [DuplicateGroup] {
        var sets = DisjointSets(count: images.count)
        var connected: Set<Int> = []
        for (a, b) in pairs {
            sets.join(a, b)
            connected.formUnion([a, b])
        }
        var groups: [Int: [Int]] = [:]
        for index in connected.sorted() { groups[sets.representative(of: index), default: []].append(index) }
        return groups.values.sorted { $0[0] < $1[0] }.map { indices in
            let best = best(of: indices, images)
            return DuplicateGroup(
                members: indices.map {
                    $0 == best ? Member(index: best, distance: 0, similarity: 1, changes: []) : compare(best, $0)
                }, best: best)
        }
    }

    private static func best(of indices: [Int], _ images: [DuplicateCandidate]) -> Int {
        func rank(_ index: Int) -> (Int, Double) {
            (images[index].measures?.pixelCount ?? 0, images[index].measures?.sharpness ?? 0)
        }
        return indices.reduce(indices[0]) { best, index in
            let (a, b) = (rank(index), rank(best))
            if a != b { return a > b ? index : best }
            return isOrdered(images[index].path, images[best].path) ? index : best
        }
    }
}
