// How groups of images with several labels are dealt into parts: the rarest label first.
//
// Sechidis, Tsoumakas and Vlahavas, "On the Stratification of Multi-label Data", 2011,
// https://doi.org/10.1007/978-3-642-23808-6_10: what is rare is spread while there is still a choice, for later labels can
// make up for it. Images without any label count as having one more, so that they are spread too.

extension ImageGroups {
    /// Deals the groups into parts that get `fractions` of all images, and of each label the numbers `needs[part][label]`.
    ///
    /// A group goes where most images of its rarest label are still needed, and of such parts where most images are. Where as
    /// many groups of a label are left as there are parts that need it and have none of it, only those parts are considered.
    func dealLabels(_ fractions: [Double], _ needs: [[Int]]) -> [[Group]] {
        let labels = (needs.first?.count ?? 0) + 1
        func counts(_ group: Group) -> [(label: Int, count: Int)] {
            let own = group.counts.sorted { $0.key < $1.key }.map { (label: $0.key, count: $0.value) }
            return own + (group.unlabelled > 0 ? [(label: labels - 1, count: group.unlabelled)] : [])
        }
        let bare = groups.reduce(0) { $0 + $1.unlabelled }
        let images = groups.reduce(0) { $0 + $1.members.count }
        var state = LabelDeal(
            needs: zip(fractions, needs).map { share, row in row.map(Double.init) + [share * Double(bare)] },
            room: fractions.map { $0 * Double(images) }, counts: groups.map(counts), labels: labels)
        var parts = [[Int]](repeating: [], count: fractions.count)
        while let label = state.rarest {
            for group in state.open(with: label) {
                let part = state.best(for: group, by: label)
                state.give(group, members: groups[group].members.count, to: part)
                parts[part].append(group)
            }
        }
        return parts.map { $0.sorted().map { groups[$0] } }
    }
}

/// What is still needed where, while groups are dealt.
private struct LabelDeal {
    /// Images wanted of each label, by part; below 0 where there are more than that.
    private var needs: [[Double]]
    /// Images wanted in all, by part.
    private var room: [Double]
    /// The labels of each group, ascending, with the number of its images that have it.
    private let counts: [[(label: Int, count: Int)]]
    /// The groups with each label, in the order in which they are dealt.
    private let groups: [[Int]]
    private var isDealt: [Bool]
    /// Images of each label in groups that are not dealt yet, and the number of those groups.
    private var left: [(images: Int, groups: Int)]
    /// Whether a part wants images of a label and has none yet.
    private var lacks: [[Bool]]

    init(needs: [[Double]], room: [Double], counts: [[(label: Int, count: Int)]], labels: Int) {
        (self.needs, self.room, self.counts) = (needs, room, counts)
        isDealt = Array(repeating: false, count: counts.count)
        var groups = [[Int]](repeating: [], count: labels)
        left = Array(repeating: (0, 0), count: labels)
        for (group, own) in counts.enumerated() {
            for (label, count) in own {
                groups[label].append(group)
                left[label] = (left[label].images + count, left[label].groups + 1)
            }
        }
        self.groups = groups
        // The images without any label are spread, but no part must have one.
        lacks = needs.map { row in row.indices.map { $0 < labels - 1 && row[$0] > 0 } }
    }

    /// The label of which fewest images are left; of equal ones the first.
    var rarest: Int? {
        left.indices.filter { left[$0].images > 0 }.min { (left[$0].images, $0) < (left[$1].images, $1) }
    }

    func open(with label: Int) -> [Int] { groups[label].filter { !isDealt[$0] } }

    func best(for group: Int, by label: Int) -> Int {
        func merit(_ part: Int) -> (urgent: Int, need: Double, room: Double) {
            let urgent = counts[group].count { own, _ in
                lacks[part][own] && lacks.count { $0[own] } >= left[own].groups
            }
            return (urgent, needs[part][label], room[part])
        }
        return needs.indices.dropFirst().reduce(0) { merit($1) > merit($0) ? $1 : $0 }
    }

    mutating func give(_ group: Int, members: Int, to part: Int) {
        isDealt[group] = true
        room[part] -= Double(members)
        for (label, count) in counts[group] {
            needs[part][label] -= Double(count)
            left[label] = (left[label].images - count, left[label].groups - 1)
            lacks[part][label] = false
        }
    }
}
