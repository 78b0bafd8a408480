// Copies of one picture: where they are no harm, where they contradict each other, and where they flatter a measurement.

extension Dataset {
    /// What is to be said about sets of copies, given by indices: of equal files, and of pictures that look almost the same.
    ///
    /// A set of the latter may hold equal files besides.
    func copyProblems(equal: [[Int]], alike: [[Int]] = []) -> [Problem] {
        // Sets that say nothing that equal files do not say already.
        let alike = alike.filter { Set($0.map { images[$0].content }).count > 1 }
        func isConflict(_ set: [Int]) -> Bool { Set(set.map { images[$0].labels }).count > 1 }
        func isLeak(_ set: [Int]) -> Bool { Set(set.compactMap { images[$0].part }).count > 1 }
        func apart(_ sets: [[Int]], _ has: ([Int]) -> Bool) -> [[Int]] {
            // Of a set whose trouble is among its equal files only, those are told already.
            sets.filter { set in
                guard has(set) else { return false }
                let once = Dictionary(grouping: set) { images[$0].content }.values
                return has(once.compactMap { $0.first }) || !once.contains { has($0) }
            }
        }
        let harmless = { (set: [Int]) in !isConflict(set) && !isLeak(set) }
        return conflicts(equal.filter(isConflict), apart(alike, isConflict))
            + leaks(equal.filter(isLeak), apart(alike, isLeak))
            + duplicates(.exactDuplicates, equal.filter(harmless))
            + duplicates(.nearDuplicates, alike.filter(harmless))
    }

    private func paths(_ set: [Int]) -> [String] { set.map { images[$0].path } }

    /// The files of a set; where there are other sets too, two of them.
    private func example(_ set: [Int], of sets: [[Int]]) -> String {
        quoted(sets.count == 1 ? paths(set) : Array(paths(set).prefix(2)), "and")
    }

    private func conflicts(_ equal: [[Int]], _ alike: [[Int]]) -> [Problem] {
        func labels(_ set: [Int]) -> String {
            quoted(Set(set.flatMap { images[$0].labels }).sorted().map { classes[$0] }, "and")
        }
        let advice = "Keep the one with the right label, and exclude the others."
        return [(equal, "are equal"), (alike, "look almost the same")].compactMap { sets, how in
            guard let first = sets.first else { return nil }
            let example = "\(example(first, of: sets)) \(how) and have different labels, \(labels(first))"
            return Problem(
                kind: .conflictingLabels, groups: sets.map(paths),
                message: sets.count == 1
                    ? "The files \(example)."
                    : "\(sets.count) pictures have several labels at once: \(example), and so on.",
                advice: how == "are equal"
                    ? advice
                    : "If they show the same thing, keep the one with the right label and exclude the others; exclude "
                        + "what shows both.")
        }
    }

    private func leaks(_ equal: [[Int]], _ alike: [[Int]]) -> [Problem] {
        [(equal, "are equal"), (alike, "look almost the same")].compactMap { sets, how in
            guard let first = sets.first else { return nil }
            let present = Set(first.compactMap { images[$0].part })
            let names = Part.allCases.filter(present.contains).map(\.rawValue)
            let flattered = Part.allCases.dropFirst().compactMap { part -> String? in
                let count = sets.reduce(0) { count, set in
                    // Of several parts the earlier one is not flattered.
                    let earliest = Part.allCases.first { part in set.contains { images[$0].part == part } }
                    return count + (earliest == part ? 0 : set.count { images[$0].part == part })
                }
                let total = images.count { $0.part == part }
                return count == 0 ? nil : "\(count) of the \(total) images of the \(part.rawValue) part"
            }
            return Problem(
                kind: .leak, groups: sets.map(paths),
                message: sets.count == 1
                    ? "The files \(quoted(paths(first), "and")) \(how) and lie in different parts, \(list(names, "and"))."
                    : "\(list(flattered, "and")) \(how == "are equal" ? "are equal to" : "look almost the same as") images "
                        + "of an earlier part, such as \(example(first, of: sets)).",
                advice: sets.count == 1
                    ? "Keep one of them, or the measured accuracy will be too high."
                    : "Keep one of each, or split anew with 'ocelot data split', or the measured accuracy will be too high."
            )
        }
    }

    private func duplicates(_ kind: Problem.Kind, _ sets: [[Int]]) -> [Problem] {
        guard let first = sets.first else { return [] }
        let count = sets.reduce(0) { $0 + $1.count }
        let how = kind == .exactDuplicates ? "are equal" : "look almost the same"
        let one = "The files \(quoted(paths(first), "and")) \(how)."
        let all =
            "\(count) files \(how) in \(sets.count) sets, such as \(example(first, of: sets)): "
            + "\(count - sets.count) of them add nothing."
        return [
            Problem(
                kind: kind, groups: sets.map(paths), message: sets.count == 1 ? one : all,
                advice: kind == .exactDuplicates
                    ? "Keep one of \(sets.count == 1 ? "them" : "each"); they stay in the same part of a split in any case."
                    : "Keep one of \(sets.count == 1 ? "them" : "each"), so that no split has the same picture on both sides; "
                        + "'ocelot data duplicates' shows which one, and --exclude does it.")
        ]
    }
}
