// Splitting by time: the last images of each recording are for testing, those a while before them for training.
//
// Frames that follow each other show nearly the same; drawn by lot, most test images would have a neighbour in the train
// part, and the accuracy would measure how well that neighbour is remembered.

extension Dataset {
    /// Divides each recording: once, its last images for testing, or `folds` times, each stretch of it for testing in turn.
    ///
    /// Training images that were taken within the gap of a test or validation image are left out, and so are those that
    /// are bound to one.
    func split(by plan: SplitPlan, _ bonds: Bonds, _ timeline: Timeline, folds: Int?) throws -> [PlannedSplit] {
        let groups = ImageGroups(images, indices: Array(images.indices), seed: plan.seed, bonds: bonds)
        return try (0..<(folds ?? 1)).map { fold in
            var leftOut: [Int: PlannedSplit.Reason] = [:]
            let cuts = timeline.recordings.map { recording in
                let gap = plan.timeGap ?? timeline.defaultGap(of: recording)
                let test =
                    folds.map { recording.stretch(fold, of: $0) }
                    ?? recording.count - recording.partSize(plan.test)..<recording.count
                return Cut(recording, timeline.times, test: test, gap: gap)
            }
            for cut in cuts { for index in cut.near { leftOut[index] = .gap } }
            var split = Split(train: cuts.flatMap(\.rest), validation: [], test: cuts.flatMap(\.chosen))
            leaveOut(groups, from: &split.train, boundTo: split.test, in: .test, &leftOut)

            let fraction = validationFraction(plan, of: split.train)
            if fraction > 0 {
                let train = Set(split.train)
                let cuts = zip(timeline.recordings, cuts).map { recording, before in
                    let rest = recording.filter(train.contains)
                    let count = rest.partSize(fraction)
                    return Cut(rest, timeline.times, test: rest.count - count..<rest.count, gap: before.gap)
                }
                for cut in cuts { for index in cut.near { leftOut[index] = .gap } }
                split = Split(
                    train: cuts.flatMap(\.rest), validation: cuts.flatMap(\.chosen), test: split.test)
                leaveOut(groups, from: &split.train, boundTo: split.validation, in: .validation, &leftOut)
            }
            try requireClasses(of: split, in: folds == nil ? [.train, .test] : [.train]) {
                .missingByTime(part: $0, classes: $1)
            }
            return PlannedSplit(
                split: split, leftOut: leftOut, keptSets: groups.groups.count { $0.members.count > 1 },
                timeSource: timeline.source)
        }
    }

    private func leaveOut(
        _ groups: ImageGroups, from indices: inout [Int], boundTo chosen: [Int], in part: Part,
        _ leftOut: inout [Int: PlannedSplit.Reason]
    ) {
        let chosen = Set(chosen)
        var bound: Set<Int> = []
        for group in groups.groups where group.members.contains(where: chosen.contains) {
            bound.formUnion(group.members)
        }
        for index in indices where bound.contains(index) { leftOut[index] = .bound(to: part) }
        indices.removeAll(where: bound.contains)
    }
}

/// A stretch taken out of a recording.
private struct Cut {
    let chosen: [Int]
    /// Images outside the stretch that were taken within the gap of it.
    let near: [Int]
    let rest: [Int]
    let gap: Double

    /// Takes the images at the positions `test` out of `recording`, and with them those of the same instants at its ends.
    init(_ recording: [Int], _ times: [Double], test: Range<Int>, gap: Double) {
        self.gap = gap
        guard let first = test.first, let last = test.last else {
            (chosen, near, rest) = ([], [], recording)
            return
        }
        // Of images of one instant at the end of a stretch, all belong to the next one, so that no image is in two.
        let upper = times[recording[last]]
        let isOpen = last + 1 < recording.count && times[recording[last + 1]] == upper
        let lower = times[recording[first]]
        let chosen = recording.filter { lower <= times[$0] && (isOpen ? times[$0] < upper : times[$0] <= upper) }
        self.chosen = chosen
        guard let start = chosen.first.map({ times[$0] }), let end = chosen.last.map({ times[$0] }) else {
            (near, rest) = ([], recording)
            return
        }
        let others = recording.filter { !(start...end).contains(times[$0]) }
        let range = start - gap...end + gap
        near = others.filter { range.contains(times[$0]) }
        rest = others.filter { !range.contains(times[$0]) }
    }
}

extension [Int] {
    /// How many images are a part of them: rounded, at least one and not all, where there are enough to divide.
    fileprivate func partSize(_ fraction: Double) -> Int {
        count < 2 ? 0 : Swift.min(Swift.max(1, Int((Double(count) * fraction).rounded())), count - 1)
    }

    /// The positions of one of `count` stretches of nearly equal length.
    fileprivate func stretch(_ number: Int, of count: Int) -> Range<Int> {
        self.count * number / count..<self.count * (number + 1) / count
    }
}
