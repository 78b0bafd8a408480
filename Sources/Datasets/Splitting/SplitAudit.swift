// Whether photos that a model is measured on are also, or almost, among those that it was trained with.

/// What a split has on both of its sides.
public struct SplitAudit: Codable, Hashable, Sendable {
    /// In what way two images are the same.
    ///
    /// The raw values are relied on outside.
    public enum Kind: String, Codable, CaseIterable, Sendable {
        /// Their files are equal.
        case exact
        /// They look almost the same.
        case near
        /// They belong to one group of the table.
        case group
        /// They are frames that follow each other in one recording.
        case neighbours
    }

    /// Two images in two parts.
    public struct Pair: Codable, Hashable, Sendable {
        /// In what way they are the same.
        public let kind: Kind
        /// The image that is measured on.
        public let path: String
        /// Its part.
        public let part: Part
        /// One like it, in a part that was trained with or chosen by.
        public let other: String
        /// The part of that one.
        public let otherPart: Part

        private enum CodingKeys: String, CodingKey {
            case kind, path, part, other
            case otherPart = "other_part"
        }
    }

    /// For each image of the test or validation part that has its like in a part before it, one such image: for tests one of
    /// the train or validation part, for validation one of the train part.
    ///
    /// Only the strongest kind is listed, in the order of `Kind`; sorted by path.
    public let pairs: [Pair]
    /// How many images the test part has.
    public let testImages: Int
    /// What was looked for: near copies and neighbours only where somebody has compared the pictures.
    public let checked: [Kind]

    private enum CodingKeys: String, CodingKey {
        case pairs, checked
        case testImages = "test_images"
    }

    /// The test images that have their like in another part.
    public var affected: Int { pairs.count { $0.part == .test } }

    /// The share of the test images that have their like in another part, 0…1.
    public var share: Double { testImages == 0 ? 0 : Double(affected) / Double(testImages) }

    /// How many of the test images are affected in this way.
    public func count(of kind: Kind) -> Int { pairs.count { $0.part == .test && $0.kind == kind } }

    /// Looks for what a split has on both sides.
    ///
    /// All contents must be known.
    ///
    /// - Parameters:
    ///   - images: The data set's images.
    ///   - split: Its parts.
    ///   - nearCopies: Sets of indices of images that look almost the same; nil if nobody has compared them.
    ///   - neighbours: Pairs of indices of frames that follow each other; nil if nobody knows whether they are frames.
    public init(_ images: [LabelledImage], _ split: Split, nearCopies: [[Int]]? = nil, neighbours: [(Int, Int)]? = nil)
    {
        var part = [Part?](repeating: nil, count: images.count)
        for name in Part.allCases { for index in split[name] { part[index] = name } }
        var contents: [ContentHash: [Int]] = [:]
        var groups: [String: [Int]] = [:]
        for (index, image) in images.enumerated() where part[index] != nil {
            if let content = image.content { contents[content, default: []].append(index) }
            if let group = image.group { groups[group, default: []].append(index) }
        }
        var pairs: [Int: Pair] = [:]
        func look(_ set: [Int], _ kind: Kind) {
            for earlier in [Part.train, .validation] {
                guard let other = set.filter({ part[$0] == earlier }).min(by: { images[$0].path < images[$1].path })
                else {
                    continue
                }
                for index in set where pairs[index] == nil {
                    guard let own = part[index], own == .test || own == .validation && earlier == .train else {
                        continue
                    }
                    pairs[index] = Pair(
                        kind: kind, path: images[index].path, part: own, other: images[other].path, otherPart: earlier)
                }
            }
        }
        for set in contents.values where set.count > 1 { look(set, .exact) }
        for set in nearCopies ?? [] { look(set, .near) }
        for set in groups.values where set.count > 1 { look(set, .group) }
        for pair in neighbours ?? [] { look([pair.0, pair.1], .neighbours) }
        self.pairs = pairs.sorted { isOrdered(images[$0.key].path, images[$1.key].path) }.map(\.value)
        testImages = split.test.count
        checked = Kind.allCases.filter { kind in
            switch kind {
            case .exact: true
            case .near: nearCopies != nil
            case .group: !groups.isEmpty
            case .neighbours: neighbours != nil
            }
        }
    }
}

extension SplitAudit {
    /// What was found and what it means for an accuracy that was measured on the test part, in one sentence; nil if nothing.
    public var warning: String? {
        guard affected > 0 else { return nil }
        let share = (1000 * share).rounded() / 10
        return "\(affected) of the \(plural(testImages, "test photo")) (\(share) %) "
            + "\(affected == 1 ? "has its" : "have their") like among the photos trained with (\(found(in: .test))), so an "
            + "accuracy measured on them is too good."
    }

    /// What to do about it; nil if nothing was found.
    public var advice: String? {
        guard affected > 0 else { return nil }
        return count(of: .neighbours) == affected
            ? "Split the recordings by time: ocelot data split DATASET --by time --out DIR."
            : "Keep what is alike in one part: ocelot data split DATASET --out DIR, or --audit --fix for a split of your own."
    }

    /// The whole result, in one or two sentences.
    public var sentence: String {
        let looked = checked.map { kind in
            switch kind {
            case .exact: "equal files"
            case .near: "near copies"
            case .group: "groups"
            case .neighbours: "neighbouring frames"
            }
        }
        let validation = pairs.count { $0.part == .validation }
        let also =
            validation == 0
            ? ""
            : " \(plural(validation, "validation photo")) \(validation == 1 ? "has its" : "have their") like in the train part "
                + "(\(found(in: .validation)))."
        let main =
            warning
            ?? "No test photo has its like among the photos trained with; looked for were \(list(looked, "and"))."
        return main + also
    }

    private func found(in part: Part) -> String {
        let found = Kind.allCases.compactMap { kind -> String? in
            let count = pairs.count { $0.part == part && $0.kind == kind }
            guard count > 0 else { return nil }
            return switch kind {
            case .exact: "\(count) equal"
            case .near: "\(count) almost equal"
            case .group: "\(count) of the same group"
            case .neighbours: "\(count) the next frame of a recording"
            }
        }
        return list(found, "and")
    }
}

extension Dataset {
    /// A split mended: images that hang together lie in one part, the one that most of them are in already.
    ///
    /// Of equally many, training images stay, so that the test part loses rather than the train part. Images of neighbouring
    /// frames are not moved, as each would draw the next with it; split those by time.
    public func mended(_ split: Split, nearCopies: [[Int]] = []) -> Split {
        let used = (split.train + split.validation + split.test).sorted()
        var part = [Part?](repeating: nil, count: images.count)
        for name in Part.allCases { for index in split[name] { part[index] = name } }
        let groups = ImageGroups(images, indices: used, seed: 0, bonds: Bonds(sets: nearCopies))
        var parts: [Part: [Int]] = [:]
        for group in groups.groups {
            let counts = Part.allCases.map { name in group.members.count { part[$0] == name } }
            let target = Part.allCases[counts.firstIndex(of: counts.max() ?? 0) ?? 0]
            parts[target, default: []] += group.members
        }
        return Split(train: parts[.train] ?? [], validation: parts[.validation] ?? [], test: parts[.test] ?? [])
    }
}
