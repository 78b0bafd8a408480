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
    /// Hashes of the mirrored whole, of the inside, and of the mirrored inside, of each look.
    private let others: [[DifferenceHash]]
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
        let made = inParallel(unique.count, threads: threads) { [unique] n -> (Look, [DifferenceHash])? in
            let (index, thumbnail) = unique[n]
            let whole = thumbnail.structure(.whole)
            guard !whole.isPlain else { return nil }
            let structures = [whole] + Self.windows.dropFirst().map { thumbnail.structure($0) }
            let outer = thumbnail.hashes(.whole, size: Self.hashSize)
            let inner = thumbnail.hashes(.inner(Self.margin), size: Self.hashSize)
            return (
                Look(index: index, structures: structures),
                [outer.upright, outer.mirrored, inner.upright, inner.mirrored]
            )
        }.compactMap(\.self)
        looks = made.map(\.0)
        whole = HashTable(made.map { $0.1[0] })
        others = made.map { Array($0.1.dropFirst()) }
        let kept = Set(looks.map(\.index))
        self.equals = equals.filter { kept.contains($0.0) }
    }

    /// How two looks fit each other.
    private struct Fit {
        var correlation = -1.0
        var isMirrored = false
        var isCropped = false
    }

    /// All pairs of images that look the same, or enough of them to connect all that do.
    func matches(
        among images: [DuplicateCandidate], _ options: NearDuplicates.Options, threads: Int
    ) -> [(Int, Int)] {
        let found = inParallel(looks.count, threads: threads) { a -> [(Int, Int)] in
            var near: Set<Int> = []
            func look(at b: Int, isMirrored: Bool) {
                guard a != b, !near.contains(b) else { return }
                let fit = fit(a, b, isMirrored: isMirrored, images, wanted: options.similarity)
                if fit.correlation >= options.similarity { near.insert(b) }
            }
            func search(_ words: UnsafePointer<UInt64>, from first: Int, isMirrored: Bool) {
                whole.forEachHash(near: words, within: options.candidateDistance, from: first) { b, _ in
                    look(at: b, isMirrored: isMirrored)
                }
            }
            whole.rows.withUnsafeBufferPointer { rows in
                guard let base = rows.baseAddress else { return }
                search(base + a * whole.wordsPerHash, from: a + 1, isMirrored: false)
            }
            // The mirrored whole finds each pair from either side; the inside finds only those that are crops of `a`.
            for (kind, hash) in others[a].enumerated() {
                hash.words.withUnsafeBufferPointer { words in
                    guard let base = words.baseAddress else { return }
                    search(base, from: kind == 0 ? a + 1 : 0, isMirrored: kind != 1)
                }
            }
            return near.sorted().map { (looks[a].index, looks[$0].index) }
        }
        return equals + found.flatMap(\.self)
    }

    /// The best correlation of one whole with a part of the other.
    private func fit(_ a: Int, _ b: Int, isMirrored: Bool, _ images: [DuplicateCandidate], wanted: Double) -> Fit {
        let second = isMirrored ? looks[b].structures.map(\.mirrored) : looks[b].structures
        let fit = Self.fit(looks[a].structures, second, isMirrored: isMirrored)
        guard fit.correlation < wanted, fit.correlation > Self.hopeful else { return fit }
        let thumbnails = [a, b].compactMap { images[looks[$0].index].measures?.thumbnail }
        return Self.fitSides(fit, thumbnails[0], thumbnails[1], looks[a].structures[0], second[0])
    }

    /// Whole with whole, and whole with inside.
    private static func fit(_ first: [FineStructure], _ second: [FineStructure], isMirrored: Bool) -> Fit {
        var best = Fit(isMirrored: isMirrored)
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
    /// `first` and `second` are the wholes, the second mirrored if `fit` is.
    private static func fitSides(
        _ fit: Fit, _ a: GreyThumbnail, _ b: GreyThumbnail, _ first: FineStructure, _ second: FineStructure
    ) -> Fit {
        var best = fit
        for side in sides {
            let part = b.structure(side)
            let correlation = max(
                a.structure(side).correlation(with: second),
                first.correlation(with: fit.isMirrored ? part.mirrored : part))
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
        let upright = Self.fit(first, second, isMirrored: false)
        let mirrored = Self.fit(first, second.map(\.mirrored), isMirrored: true)
        var fit = mirrored.correlation > upright.correlation ? mirrored : upright
        fit = Self.fitSides(
            fit, a.thumbnail, b.thumbnail, first[0], fit.isMirrored ? second[0].mirrored : second[0])
        return DuplicateGroup.Member(
            index: other, distance: a.hash.distance(to: fit.isMirrored ? b.mirroredHash : b.hash),
            similarity: fit.correlation,
            changes: DuplicateGroup.changes(
                from: a, to: b, isMirrored: fit.isMirrored, isCropped: fit.isCropped))
    }
}
