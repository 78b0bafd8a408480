// What all pictures look like, side by side, and which of them look the same.

import Imaging

/// The looks of the pictures that have one, one of each thumbnail.
struct Looks: Sendable {
    private struct Look: Sendable {
        /// Its place among all images.
        let index: Int
        /// Whole, and with a little cut off at each side.
        let structures: [FineStructure]
    }

    /// Bits in a row of a hash that finds candidates: fewer than 16, so that a crop moves edges by less than a cell.
    private static let hashSize = 12
    /// What is cut off at each side to find what a crop shows.
    private static let margin = 0.05
    private static let windows: [LookWindow] = [.whole, .inner(margin / 2), .inner(margin)]
    /// One side cut off.
    ///
    /// Made only for pairs that look hopeful.
    private static let sides = [
        LookWindow(left: margin), LookWindow(top: margin), LookWindow(right: margin), LookWindow(bottom: margin),
    ]
    /// A correlation that is too low, but may become high enough when the right side is cut off. (Of 250 photos with 5 % cut
    /// off at the top, all had more before that was undone.)
    private static let hopeful = 0.55

    private let looks: [Look]
    private let whole: HashTable
    /// Images with the thumbnail of another: (the first, this).
    private let equals: [(Int, Int)]

    init(_ images: [DuplicateCandidate], threads: Int) {
        var firsts: [GreyThumbnail: Int] = [:]
        var equals: [(Int, Int)] = []
        var unique: [(index: Int, thumbnail: GreyThumbnail)] = []
        for (index, image) in images.enumerated() {
            guard let thumbnail = image.measures?.thumbnail else { continue }
            if let first = firsts[thumbnail] {
                equals.append((first, index))
            } else {
                firsts[thumbnail] = index
                unique.append((index, thumbnail))
            }
        }
        let made = inParallel(unique.count, threads: threads) { [unique] n -> (Look, DifferenceHash)? in
            let (index, thumbnail) = unique[n]
            let whole = thumbnail.structure(.whole)
            guard !whole.isPlain else { return nil }
            let structures = [whole] + Self.windows.dropFirst().map { thumbnail.structure($0) }
            return (
                Look(index: index, structures: structures),
                thumbnail.hashes(.whole, size: Self.hashSize).upright
            )
        }.compactMap(\.self)
        looks = made.map(\.0)
        whole = HashTable(made.map(\.1))
        let kept = Set(looks.map(\.index))
        self.equals = equals.filter { kept.contains($0.0) }
    }

    /// How two looks fit each other.
    private struct Fit {
        var correlation = -1.0
        /// How the second is to be turned to look like the first.
        var turn = Orientation.upright
        var isCropped = false
    }

    /// All pairs of images that look the same, or enough of them to connect all that do.
    func matches(
        among images: [DuplicateCandidate], _ options: NearDuplicates.Options, threads: Int
    ) -> [(Int, Int)] {
        let found = inParallel(looks.count, threads: threads) { a -> [(Int, Int)] in
            guard let thumbnail = images[looks[a].index].measures?.thumbnail else { return [] }
            var near: Set<Int> = []
            /// Compares with all that have nearly the hash of this image when it is turned.
            func search(_ hash: DifferenceHash, turned: Orientation, from first: Int) {
                hash.words.withUnsafeBufferPointer { words in
                    guard let base = words.baseAddress else { return }
                    whole.forEachHash(near: base, within: options.candidateDistance, from: first) { b, _ in
                        guard a != b, !near.contains(b) else { return }
                        let fit = fit(a, b, turn: turned.inverse, images, wanted: options.similarity)
                        if fit.correlation >= options.similarity { near.insert(b) }
                    }
                }
            }
            for turn in [Orientation.upright, .rotatedRight, .rotatedHalf, .rotatedLeft] {
                let turned = thumbnail.turned(turn)
                // The whole, turned in all ways, finds each pair from either side; the inside finds only crops of this image.
                for (window, first) in [(LookWindow.whole, a + 1), (.inner(Self.margin), 0)] {
                    let hashes = turned.hashes(window, size: Self.hashSize)
                    search(hashes.upright, turned: turn, from: first)
                    search(hashes.mirrored, turned: turn.thenMirrored, from: first)
                }
            }
            return near.sorted().map { (looks[a].index, looks[$0].index) }
        }
        return equals + found.flatMap(\.self)
    }

    /// The best correlation of one whole with a part of the other, the second turned.
    private func fit(_ a: Int, _ b: Int, turn: Orientation, _ images: [DuplicateCandidate], wanted: Double) -> Fit {
        let second = looks[b].structures.map { $0.turned(turn) }
        let fit = Self.fit(looks[a].structures, second, turn: turn)
        guard fit.correlation < wanted, fit.correlation > Self.hopeful else { return fit }
        let thumbnails = [a, b].compactMap { images[looks[$0].index].measures?.thumbnail }
        return Self.fitSides(fit, thumbnails[0], thumbnails[1].turned(turn), looks[a].structures[0], second[0])
    }

    /// Whole with whole, and whole with inside; the second are turned already.
    private static func fit(_ first: [FineStructure], _ second: [FineStructure], turn: Orientation) -> Fit {
        var best = Fit(turn: turn)
        for (inside, outside) in [(0, 0), (1, 0), (2, 0), (0, 1), (0, 2)] {
            let correlation = first[inside].correlation(with: second[outside])
            if correlation > best.correlation {
                (best.correlation, best.isCropped) = (correlation, inside != outside)
            }
        }
        return best
    }

    /// A fit, or a better one where one of the two lacks a little of one side.
    ///
    /// `first` and `second` are the wholes; `b` and `second` are turned already.
    private static func fitSides(
        _ fit: Fit, _ a: GreyThumbnail, _ b: GreyThumbnail, _ first: FineStructure, _ second: FineStructure
    ) -> Fit {
        var best = fit
        for side in sides {
            let correlation = max(
                a.structure(side).correlation(with: second), first.correlation(with: b.structure(side)))
            if correlation > best.correlation { (best.correlation, best.isCropped) = (correlation, true) }
        }
        return best
    }

    /// How an image differs from the best of its group.
    func member(_ other: Int, besides best: Int, among images: [DuplicateCandidate]) -> DuplicateGroup.Member {
        guard let a = images[best].measures, let b = images[other].measures else {
            return DuplicateGroup.Member(index: other, distance: nil, similarity: 0, changes: [])
        }
        let first = Self.windows.map { a.thumbnail.structure($0) }
        let second = Self.windows.map { b.thumbnail.structure($0) }
        // Of equally good ones the first: upright, then mirrored.
        var fit = Orientation.allCases.reduce(Fit()) { best, turn in
            let fit = Self.fit(first, second.map { $0.turned(turn) }, turn: turn)
            return fit.correlation > best.correlation ? fit : best
        }
        fit = Self.fitSides(
            fit, a.thumbnail, b.thumbnail.turned(fit.turn), first[0], second[0].turned(fit.turn))
        // Hashes are kept of the picture as it is, and of its mirror image.
        let distance: Int? =
            switch fit.turn {
            case .upright: a.hash.distance(to: b.hash)
            case .mirrored: a.hash.distance(to: b.mirroredHash)
            default: nil
            }
        return DuplicateGroup.Member(
            index: other, distance: distance, similarity: fit.correlation,
            changes: DuplicateGroup.changes(from: a, to: b, turn: fit.turn, isCropped: fit.isCropped))
    }
}
