// Copies of the same photo that are not the same file: resized, encoded again, cropped a little, mirrored, turned.
//
// Candidates are found by difference hashes of the thumbnails, of the whole picture and of its inside, turned by quarters
// and in the mirror; what is a copy is then decided by the correlation of fine structure (`FineStructure`).

public import Imaging

/// Finds images that show the same photo.
public enum NearDuplicates {
    /// Changes whenever the same measures would give other groups than before: for the keys of caches.
    static let ruleVersion = 2

    /// How alike two pictures must be to count as the same photo.
    public struct Options: Hashable, Codable, Sendable {
        /// The least correlation of fine structure, 0…1.
        public var similarity: Double
        /// In how many of 144 bits the hashes of two thumbnails may differ, for the pair to be looked at.
        public var candidateDistance: Int

        /// Makes options; the defaults are what was measured to be right.
        public init(similarity: Double = 0.95, candidateDistance: Int = 28) {
            (self.similarity, self.candidateDistance) = (similarity, candidateDistance)
        }
    }

    /// Copies: resized, encoded again, cropped by up to about 5 % at each side, mirrored, turned by a quarter or a half, made a
    /// little lighter or darker.
    ///
    /// Equal files are found too. Plain pictures, without any structure to compare, are not: nobody can tell whether two of
    /// them are the same photo.
    public static func find(
        among images: [DuplicateCandidate], _ options: Options = Options(), threads: Int = 1
    ) -> [DuplicateGroup] {
        let looks = Looks(images, threads: threads)
        let matches = looks.matches(among: images, options, threads: threads)
        return DuplicateGroup.groups(of: matches, among: images) { looks.member($1, besides: $0, among: images) }
    }

    /// In how many of 256 bits the difference hashes of two pictures may differ that look the same, where nothing but hashes is
    /// known of one of them.
    ///
    /// Measured with planted copies (Docs/pictures.md): within 16 bits are at least 92 of 100 that were resized or encoded again,
    /// and no photos of different things; within 6 bits are 42 to 92, within 24 also different sheets of paper.
    public static let hashDistance = 16

    /// Images whose difference hashes differ in at most `distance` bits: the rule of the Python library imagehash.
    ///
    /// Plain pictures are left out: all of them have the same hash.
    public static func byHash(
        among images: [DuplicateCandidate], within distance: Int, threads: Int = 1
    ) -> [DuplicateGroup] {
        // One of each hash is compared; the others follow it.
        var firsts: [DifferenceHash: Int] = [:]
        var unique: [(index: Int, hash: DifferenceHash)] = []
        var pairs: [(Int, Int)] = []
        let isPlain = inParallel(images.count, threads: threads) { images[$0].measures?.isPlain ?? true }
        for (index, image) in images.enumerated() {
            guard let measures = image.measures, !isPlain[index] else { continue }
            if let first = firsts[measures.hash] {
                pairs.append((first, index))
            } else {
                firsts[measures.hash] = index
                unique.append((index, measures.hash))
            }
        }
        for pair in HashIndex(unique.map(\.hash)).pairs(within: distance, threads: threads) {
            pairs.append((unique[pair.first].index, unique[pair.second].index))
        }
        return DuplicateGroup.groups(of: pairs, among: images) { best, other in
            let hashes = [best, other].compactMap { images[$0].measures?.hash }
            let distance = hashes[0].distance(to: hashes[1])
            return DuplicateGroup.Member(
                index: other, distance: distance,
                similarity: 1 - Double(distance) / Double(hashes[0].bitCount),
                changes: DuplicateGroup.changes(from: images[best].measures, to: images[other].measures))
        }
    }
}

extension PictureMeasures {
    /// Whether there is nothing in the picture that could be recognised: its thumbnail's fine structure is within one grey.
    public var isPlain: Bool { thumbnail.structure(.whole).isPlain }
}

extension DuplicateGroup {
    /// What measures tell about how a picture was made of another one.
    static func changes(
        from best: PictureMeasures?, to other: PictureMeasures?, turn: Orientation = .upright, isCropped: Bool = false
    ) -> [Change] {
        guard let best, let other else { return [] }
        var changes: [Change] = []
        if turn.isMirrored { changes.append(.mirrored) }
        if turn.isRotated { changes.append(.rotated) }
        if isCropped { changes.append(.cropped) }
        let size = turn.swapsSides ? (other.height, other.width) : (other.width, other.height)
        if !isCropped && (best.width, best.height) != size { changes.append(.resized) }
        let colours = zip(best.meanColour, other.meanColour).map { abs($0 - $1) }.max() ?? 0
        if colours > 0.04 { changes.append(.recoloured) }
        return changes
    }
}
