// How a data set is to be divided, and what comes of it.

import Foundation

/// A rule by which images become training, validation and test parts.
public struct SplitPlan: Hashable, Sendable {
    /// What decides which images stay together.
    public enum Rule: String, Codable, CaseIterable, Sendable {
        /// Images are drawn by lot, each class alike; the groups of a table, if it has any, stay together.
        case image
        /// Images in one folder stay together; those that lie in the folder of their class are drawn one by one.
        case folder
        /// The groups of a table stay together, and there must be some.
        case group
        /// The last images of each recording are for testing, those a while before them for training.
        case time
    }

    /// What decides.
    public var rule: Rule
    /// The part of each class that is for testing, between 0 and 1.
    public var test: Double
    /// The part of the rest that is for validation, from 0 to less than 1; nil for about 15 images of the smallest class.
    public var validation: Double?
    /// What all choices by lot follow from.
    public var seed: UInt64
    /// How far apart training and test images must be taken: seconds, or frames where frames are counted.
    ///
    /// Nil for 10 frames or a minute, but no more than a tenth of a recording.
    public var timeGap: Double?
    /// Whether equal images, and those that are said to be nearly equal, are kept in one part.
    public var keepsCopiesTogether: Bool

    /// Makes a plan; the defaults are a quarter for testing, drawn image by image.
    public init(
        _ rule: Rule = .image, test: Double = 0.25, validation: Double? = nil, seed: UInt64 = 42,
        timeGap: Double? = nil, keepsCopiesTogether: Bool = true
    ) {
        self.rule = rule
        self.test = test
        self.validation = validation
        self.seed = seed
        self.timeGap = timeGap
        self.keepsCopiesTogether = keepsCopiesTogether
    }
}

/// The parts that a plan gives, and the images that are in none.
public struct PlannedSplit: Hashable, Sendable {
    /// Why an image is in no part.
    public enum Reason: Hashable, Sendable {
        /// It was taken too shortly before or after images of another part.
        case gap
        /// It is a copy of an image of another part, or belongs to its group, and the rule does not allow it there.
        case bound(to: Part)

        /// In words that follow the path.
        public var text: String {
            switch self {
            case .gap: "was taken too shortly before or after photos of another part"
            case .bound(let part): "is like a photo of the \(part.rawValue) part, or belongs to its group"
            }
        }
    }

    /// The parts.
    public var split: Split
    /// Images in no part, as indices, with the reason.
    public var leftOut: [Int: Reason]
    /// How many sets of images were kept together that have more than one image.
    public var keptSets: Int
    /// Where the times were found, if the rule was time.
    public var timeSource: Timeline.Source?

    /// A split that nobody planned, such as one that a data set defines.
    public init(_ split: Split) { self.init(split: split, leftOut: [:], keptSets: 0) }

    init(split: Split, leftOut: [Int: Reason], keptSets: Int, timeSource: Timeline.Source? = nil) {
        self.split = split
        self.leftOut = leftOut
        self.keptSets = keptSets
        self.timeSource = timeSource
    }

    /// The part of each of `count` images, nil for those in none.
    public func parts(count: Int) -> [Part?] {
        var parts = [Part?](repeating: nil, count: count)
        for part in Part.allCases { for index in split[part] { parts[index] = part } }
        return parts
    }
}

extension Dataset {
    /// Divides the images by `plan`, whatever parts the data set defines.
    ///
    /// No image is in two parts, and each is in one or in `leftOut`. Each class is in the train part and in the test part, or
    /// the method throws. The result depends on paths, contents, labels, groups and times, and not on the order of the
    /// images. All contents must be known, unless the plan lets copies come apart.
    ///
    /// - Parameters:
    ///   - plan: The rule.
    ///   - nearCopies: Sets of indices of images that look almost the same, and are kept together like copies.
    ///   - testImages: The test part, if it is given; by the rule, only the validation part is drawn then. Images that would
    ///     have to stay with one of these are left out.
    ///   - timeline: When the images were taken, for the rule time; it is read if it is not given.
    /// - Returns: The parts, and what is in none.
    /// - Throws: `SplitError`, or `DatasetError.inseparable` where too much hangs together.
    public func split(
        by plan: SplitPlan, nearCopies: [[Int]] = [], testImages: Set<Int>? = nil, timeline: Timeline? = nil
    ) throws -> PlannedSplit {
        let bonds = try bonds(plan, nearCopies: nearCopies)
        if let testImages { return try split(by: plan, bonds, testImages: testImages) }
        if plan.rule == .time { return try split(by: plan, bonds, timeline ?? .read(self), folds: nil)[0] }
        let groups = ImageGroups(images, indices: Array(images.indices), seed: plan.seed, bonds: bonds)
        let drawn = try groups.draw(plan.test, for: .test, classes: classes)
        let rest = try drawValidation(plan, bonds, from: drawn.others)
        return PlannedSplit(
            split: Split(train: rest.others, validation: rest.chosen, test: drawn.chosen), leftOut: [:],
            keptSets: groups.groups.count { $0.members.count > 1 })
    }

    /// Divides the images `count` times by `plan`, so that each is in the test part of one of the splits.
    ///
    /// The plan's `test` does not count. Otherwise as `split(by:)`.
    public func folds(
        _ count: Int, by plan: SplitPlan, nearCopies: [[Int]] = [], timeline: Timeline? = nil
    ) throws -> [PlannedSplit] {
        precondition(count > 1, "cross-validation needs at least two parts")
        let bonds = try bonds(plan, nearCopies: nearCopies)
        if plan.rule == .time { return try split(by: plan, bonds, timeline ?? .read(self), folds: count) }
        let all = Array(images.indices)
        let groups = ImageGroups(images, indices: all, seed: plan.seed, bonds: bonds)
        let folds = groups.folds(count, classCount: classes.count)
        return try folds.map { test in
            let chosen = Set(test)
            let rest = try drawValidation(plan, bonds, from: all.filter { !chosen.contains($0) })
            let split = Split(train: rest.others, validation: rest.chosen, test: test)
            try requireClasses(of: split, in: [.train]) { .inseparableFolds(part: $0, classes: $1, count: count) }
            return PlannedSplit(
                split: split, leftOut: [:], keptSets: groups.groups.count { $0.members.count > 1 })
        }
    }

    private func bonds(_ plan: SplitPlan, nearCopies: [[Int]]) throws -> Bonds {
        var bonds = Bonds(copies: plan.keepsCopiesTogether, groups: plan.rule != .time)
        if plan.keepsCopiesTogether { bonds.sets = nearCopies }
        switch plan.rule {
        case .image, .time: break
        case .group:
            guard images.contains(where: { $0.group != nil }) else {
                throw SplitError.noGroups(path: location.relativePath)
            }
        case .folder:
            let folders = folders
            guard !folders.isEmpty else { throw SplitError.noFolders(path: location.relativePath) }
            bonds.sets += folders
        }
        return bonds
    }

    /// The images of each folder below the class's, as indices; none if no class has images in two folders.
    private var folders: [[Int]] {
        func folder(_ path: String) -> String {
            path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        }
        let byFolder = Dictionary(grouping: images.indices) { folder(images[$0].path) }
        let perClass = Dictionary(grouping: images.indices) { images[$0].labels }.mapValues { indices in
            Set(indices.map { folder(images[$0].path) })
        }
        guard perClass.values.contains(where: { $0.count > 1 }) else { return [] }
        // The class's own folder is the one that holds all its others.
        let own = Set(
            perClass.values.filter { $0.count > 1 }.compactMap { folders in
                folders.first { outer in
                    folders.allSatisfy { $0 == outer || outer.isEmpty || $0.hasPrefix(outer + "/") }
                }
            })
        return byFolder.filter { !own.contains($0.key) }.sorted { isOrdered($0.key, $1.key) }.map(\.value)
    }

    private func drawValidation(
        _ plan: SplitPlan, _ bonds: Bonds, from indices: [Int]
    ) throws -> (chosen: [Int], others: [Int]) {
        let fraction = validationFraction(plan, of: indices)
        guard fraction > 0 else { return ([], indices) }
        let groups = ImageGroups(images, indices: indices, seed: plan.seed, bonds: bonds)
        return try groups.draw(fraction, for: .validation, classes: classes)
    }

    /// What the plan says, or what suits the smallest class among these images.
    func validationFraction(_ plan: SplitPlan, of indices: [Int]) -> Double {
        plan.validation ?? Split.validationFraction(smallestClass: counts(of: indices).filter { $0 > 0 }.min() ?? 0)
    }

    /// How many of some images each class has.
    public func counts(of indices: [Int]) -> [Int] {
        indices.reduce(into: [Int](repeating: 0, count: classes.count)) { counts, index in
            for label in images[index].labels { counts[label] += 1 }
        }
    }

    /// Throws the error for the classes that have images, and none of them in a part.
    func requireClasses(of split: Split, in parts: [Part], orThrow error: (Part, [String]) -> SplitError) throws {
        let all = counts
        for part in parts {
            let counts = counts(of: split[part])
            let missing = classes.indices.filter { all[$0] > 0 && counts[$0] == 0 }.map { classes[$0] }
            guard missing.isEmpty else { throw error(part, missing) }
        }
    }

    /// The given test images, and the rest without what hangs together with them.
    private func split(by plan: SplitPlan, _ bonds: Bonds, testImages: Set<Int>) throws -> PlannedSplit {
        let groups = ImageGroups(images, indices: Array(images.indices), seed: plan.seed, bonds: bonds)
        var leftOut: [Int: PlannedSplit.Reason] = [:]
        for group in groups.groups where group.members.contains(where: testImages.contains) {
            for index in group.members where !testImages.contains(index) { leftOut[index] = .bound(to: .test) }
        }
        let others = images.indices.filter { !testImages.contains($0) && leftOut[$0] == nil }
        let rest = try drawValidation(plan, bonds, from: others)
        let split = Split(train: rest.others, validation: rest.chosen, test: Array(testImages))
        try requireClasses(of: split, in: [.train, .test]) { .missingByList(part: $0, classes: $1) }
        return PlannedSplit(
            split: split, leftOut: leftOut, keptSets: groups.groups.count { $0.members.count > 1 })
    }
}

extension Split {
    /// The images of a part.
    public subscript(part: Part) -> [Int] {
        switch part {
        case .train: train
        case .validation: validation
        case .test: test
        }
    }
}
