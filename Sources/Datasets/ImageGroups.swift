// Images that must stay together, and how they are dealt into parts.

import Crypto
import Foundation

/// What keeps images together.
struct Bonds {
    /// Whether equal contents do.
    var copies = true
    /// Whether the groups of a table do.
    var groups = true
    /// Sets of indices of images that do, such as those that look almost the same.
    var sets: [[Int]] = []
}

/// Sets of images that no split may separate: equal contents, equal groups, and what these connect.
struct ImageGroups {
    struct Group {
        /// Indices of images, ascending.
        var members: [Int]
        /// How many of them each class has; only classes that occur, and an image of several classes counts for each.
        var counts: [Int: Int]
        /// How many of them have no label, where images may have several.
        var unlabelled: Int
        /// Its place in the order in which groups are dealt, drawn by lot.
        var lot: UInt64
    }

    /// Groups of several images first, the largest first, so that single images can even out what groups cannot; otherwise
    /// in the order of their lots.
    let groups: [Group]
    /// Whether some image has other than one label.
    private let hasSeveralLabels: Bool

    /// Groups some of the images, given by index.
    init(_ images: [LabelledImage], indices: [Int], seed: UInt64, bonds: Bonds = Bonds()) {
        var sets = DisjointSets(count: indices.count)
        var firstWithContent: [ContentHash: Int] = [:]
        var firstInGroup: [String: Int] = [:]
        for (position, index) in indices.enumerated() {
            if bonds.copies {
                guard let content = images[index].content else {
                    preconditionFailure("hash the contents before splitting")
                }
                if let other = firstWithContent.updateValue(position, forKey: content) { sets.join(position, other) }
            }
            guard bonds.groups, let group = images[index].group else { continue }
            if let other = firstInGroup.updateValue(position, forKey: group) { sets.join(position, other) }
        }
        let positions = bonds.sets.isEmpty ? [:] : Dictionary(uniqueKeysWithValues: zip(indices, indices.indices))
        for set in bonds.sets {
            let set = set.compactMap { positions[$0] }
            for (a, b) in zip(set, set.dropFirst()) { sets.join(a, b) }
        }
        var members: [Int: [Int]] = [:]
        for position in indices.indices {
            members[sets.representative(of: position), default: []].append(indices[position])
        }
        hasSeveralLabels = indices.contains { images[$0].labels.count != 1 }
        groups = members.values.map { members in
            let first = members.map { images[$0].path }.min(by: isOrdered) ?? ""
            return Group(
                members: members.sorted(),
                counts: members.flatMap { images[$0].labels }.reduce(into: [:]) { $0[$1, default: 0] += 1 },
                unlabelled: members.count { images[$0].labels.isEmpty }, lot: Self.lot(of: first, seed: seed))
        }.sorted { a, b in
            let order = (a.members.count, b.members.count)
            // Two lots are equal once in 2⁶⁴; the order of the images then decides.
            return order.0 != order.1 ? order.0 > order.1 : (a.lot, a.members[0]) < (b.lot, b.members[0])
        }
    }

    /// A number drawn by lot for a path: the first 8 bytes of a SHA-256 over the seed and the path in Unicode's composed form.
    ///
    /// It depends on nothing else, so that a data set to which a photo is added keeps nearly all of its test part.
    private static func lot(of path: String, seed: UInt64) -> UInt64 {
        let text = "\(seed)\n\(path.precomposedStringWithCanonicalMapping)"
        return SHA256.hash(data: Array(text.utf8)).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Chooses about `fraction` of each class, at least one image and never all.
    func draw(_ fraction: Double, for part: Part, classes: [String]) throws -> (chosen: [Int], others: [Int]) {
        precondition(fraction > 0 && fraction < 1, "a part of a data set is a fraction between 0 and 1")
        let totals = totals(classCount: classes.count)
        var needs = [[Int](repeating: 0, count: classes.count), totals]
        for (label, total) in totals.enumerated() where groups.count(where: { $0.counts[label] != nil }) > 1 {
            needs[0][label] = min(max(1, Int((Double(total) * fraction).rounded())), total - 1)
            needs[1][label] = total - needs[0][label]
        }
        let parts = hasSeveralLabels ? dealLabels([fraction, 1 - fraction], needs) : deal(needs)
        for (label, total) in totals.enumerated() where total > 0 {
            for (side, name) in [part, .train].enumerated() where side == 1 || part == .test {
                guard parts[side].contains(where: { $0.counts[label] != nil }) else {
                    throw DatasetError.inseparable(name: classes[label], count: total, part: name)
                }
            }
        }
        return (parts[0].flatMap(\.members).sorted(), parts[1].flatMap(\.members).sorted())
    }

    /// Deals all images into parts of nearly equal size.
    func folds(_ count: Int, classCount: Int) -> [[Int]] {
        var needs = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: count)
        // What does not divide evenly goes to the next parts in turn, so that they differ by one image in all.
        var turn = 0
        for (label, total) in totals(classCount: classCount).enumerated() {
            for part in 0..<count { needs[part][label] = total / count }
            for _ in 0..<total % count {
                needs[turn % count][label] += 1
                turn += 1
            }
        }
        let parts =
            hasSeveralLabels ? dealLabels(Array(repeating: 1 / Double(count), count: count), needs) : deal(needs)
        return parts.map { $0.flatMap(\.members).sorted() }
    }

    private func totals(classCount: Int) -> [Int] {
        groups.reduce(into: [Int](repeating: 0, count: classCount)) { totals, group in
            for (label, count) in group.counts { totals[label] += count }
        }
    }

    /// Deals the groups into parts that need, of each class, the numbers `needs[part][label]`.
    ///
    /// A group goes where most images like its own are still needed; a single image to the first part that needs one of its
    /// class. Where as many groups of a class are left as there are parts that need it and have none of it, only those
    /// parts are considered.
    private func deal(_ needs: [[Int]]) -> [[Group]] {
        var needs = needs
        let wanted = needs
        var parts = [[Group]](repeating: [], count: needs.count)
        var present = needs.map { $0.map { _ in false } }
        var left = groups.reduce(into: [Int: Int]()) { left, group in
            for label in group.counts.keys { left[label, default: 0] += 1 }
        }
        for group in groups {
            func merit(_ part: Int) -> (urgent: Int, need: Int) {
                var merit = (urgent: 0, need: 0)
                for (label, count) in group.counts {
                    let lacking = needs.indices.filter { wanted[$0][label] > 0 && !present[$0][label] }
                    if lacking.contains(part) && lacking.count >= left[label] ?? 0 { merit.urgent += 1 }
                    merit.need += count * needs[part][label]
                }
                // Of a single image, the first part that needs any is as good as one that needs many.
                if group.members.count == 1 { merit.need = min(merit.need, 1) }
                return merit
            }
            var best = 0
            var bestMerit = merit(0)
            for part in needs.indices.dropFirst() {
                let other = merit(part)
                if other > bestMerit { (best, bestMerit) = (part, other) }
            }
            parts[best].append(group)
            for (label, count) in group.counts {
                needs[best][label] -= count
                present[best][label] = true
                left[label, default: 0] -= 1
            }
        }
        return parts
    }
}

/// Tarjan's sets, joined two at a time.
struct DisjointSets {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    mutating func representative(of element: Int) -> Int {
        var element = element
        while parents[element] != element {
            parents[element] = parents[parents[element]]
            element = parents[element]
        }
        return element
    }

    mutating func join(_ a: Int, _ b: Int) { parents[representative(of: a)] = representative(of: b) }
}
