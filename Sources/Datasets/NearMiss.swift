// "Did you mean …?" for folders, classes, options and everything else that a person types.
//
// The distance is Damerau and Levenshtein's, unrestricted: Lowrance and Wagner, "An Extension of the String-to-String
// Correction Problem", 1975, https://doi.org/10.1145/321879.321880.

/// Finds the name that was probably meant.
public enum NearMiss {
    /// The candidate closest to `name`, or nil where none is close: one letter of three may differ, capitals do not count.
    ///
    /// Of several equally close ones it is the first by name, so that the answer does not depend on their order.
    public static func suggestion(for name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased())
        let allowed = max(1, wanted.count / 3)
        var best: (distance: Int, name: String)?
        for candidate in candidates {
            let letters = Array(candidate.lowercased())
            // Lengths that differ by more need as many insertions, so there is nothing to compute.
            guard abs(letters.count - wanted.count) <= allowed else { continue }
            let found = (distance: distance(wanted, letters), name: candidate)
            // As many edits as there are letters would turn anything into anything.
            guard found.distance <= allowed, found.distance < max(wanted.count, letters.count) else { continue }
            if best.map({ found < $0 }) ?? true { best = found }
        }
        return best?.name
    }

    /// How many letters must be inserted, deleted, replaced or swapped with their neighbour to turn `a` into `b`.
    public static func distance(_ a: String, _ b: String) -> Int { distance(Array(a), Array(b)) }

    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        // d[i + 1][j + 1] is the distance of the first i letters of `a` from the first j of `b`; row and column 0 hold a
        // value that no minimum takes.
        let unreachable = a.count + b.count
        var d = [[Int]](repeating: [Int](repeating: unreachable, count: b.count + 2), count: a.count + 2)
        for i in 0...a.count { d[i + 1][1] = i }
        for j in 0...b.count { d[1][j + 1] = j }
        var lastRow: [Character: Int] = [:]
        for i in 0..<a.count {
            var lastColumn = 0
            for j in 0..<b.count {
                let row = lastRow[b[j]] ?? 0
                let column = lastColumn
                if a[i] == b[j] { lastColumn = j + 1 }
                let swapped = d[row][column] + (i - row) + 1 + (j - column)
                d[i + 2][j + 2] = min(
                    d[i + 1][j + 1] + (a[i] == b[j] ? 0 : 1), d[i + 2][j + 1] + 1, d[i + 1][j + 2] + 1, swapped)
            }
            lastRow[a[i]] = i + 1
        }
        return d[a.count + 1][b.count + 1]
    }
}
