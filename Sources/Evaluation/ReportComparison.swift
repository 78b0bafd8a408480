// Whether one model is better than another, or only luckier: both answered for the same images.
//
// McNemar, "Note on the sampling error of the difference between correlated proportions or percentages", 1947,
// https://doi.org/10.1007/BF02295996; the exact test, on the binomial distribution of the images that changed.

internal import Foundation

/// Two evaluations, image by image.
public struct ReportComparison: Codable, Sendable {
    /// One image that only one of the two answered rightly.
    public struct Change: Codable, Hashable, Sendable {
        /// Where the image lies, as the data set names it.
        public var path: String
        /// What it shows.
        public var truth: String
        /// What the first answered, and the second.
        public var before, after: String
        /// The image in the first report, and in the second, as indices into their outcomes.
        public var indexBefore, indexAfter: Int
    }

    /// Images that both evaluations have; all that follows is of these alone.
    public let images: Int
    /// Images of only the first evaluation, and of only the second.
    public let onlyBefore, onlyAfter: Int
    /// Share answered rightly by the first, and by the second.
    public let accuracyBefore, accuracyAfter: Double
    /// Wrong in the first, right in the second; in the order of the first.
    public let fixed: [Change]
    /// Right in the first, wrong in the second; in the order of the first.
    public let broken: [Change]
    /// Two-sided: how likely so uneven a change is, or a more uneven one, if both are equally good.
    public let pValue: Double

    /// Whether chance hardly explains the difference (p < 0.05).
    public var isSignificant: Bool { pValue < 0.05 }

    /// Compares two evaluations.
    ///
    /// Images are matched by path, classes by name; images of the same path, in their order.
    public init(_ before: ClassificationReport, _ after: ClassificationReport) throws {
        var places: [String: [Int]] = [:]
        for (index, outcome) in after.outcomes.enumerated().reversed() {
            places[outcome.path, default: []].append(index)
        }

        var (images, correctBefore, correctAfter) = (0, 0, 0)
        var (fixed, broken): ([Change], [Change]) = ([], [])
        for (indexBefore, first) in before.outcomes.enumerated() {
            guard let indexAfter = places[first.path]?.popLast() else { continue }
            let second = after.outcomes[indexAfter]
            let (truth, other) = (before.labels[first.truth], after.labels[second.truth])
            guard truth == other else {
                throw EvaluationError.differentTruth(path: first.path, first: truth, second: other)
            }
            images += 1
            correctBefore += first.isCorrect ? 1 : 0
            correctAfter += second.isCorrect ? 1 : 0
            guard first.isCorrect != second.isCorrect else { continue }
            let change = Change(
                path: first.path, truth: truth, before: before.labels[first.predicted],
                after: after.labels[second.predicted], indexBefore: indexBefore, indexAfter: indexAfter)
            if second.isCorrect { fixed.append(change) } else { broken.append(change) }
        }
        guard images > 0 else { throw EvaluationError.nothingInCommon(first: before.images, second: after.images) }
        self.images = images
        onlyBefore = before.images - images
        onlyAfter = after.images - images
        accuracyBefore = Double(correctBefore) / Double(images)
        accuracyAfter = Double(correctAfter) / Double(images)
        self.fixed = fixed
        self.broken = broken
        pValue = Self.exactP(fixed.count, broken.count)
    }

    /// McNemar's exact two-sided p: twice the smaller tail of `fixed + broken` tosses of a fair coin.
    package static func exactP(_ fixed: Int, _ broken: Int) -> Double {
        let tosses = fixed + broken
        let smaller = min(fixed, broken)
        // An even outcome has both tails in common.
        if 2 * smaller >= tosses - 1 { return 1 }
        var tail = 0.0
        for heads in 0...smaller {
            let ways = lgamma(Double(tosses + 1)) - lgamma(Double(heads + 1)) - lgamma(Double(tosses - heads + 1))
            tail += exp(ways - Double(tosses) * log(2))
        }
        return min(1, 2 * tail)
    }

    /// What the comparison comes to, in a sentence or two.
    public var verdict: String {
        let counts = "\(counted(fixed.count, "image")) fixed, \(broken.count) broken"
        guard !fixed.isEmpty || !broken.isEmpty else {
            return "Both answer the same \(counted(images, "image")) rightly."
        }
        let p = pValue < 0.001 ? "p < 0.001" : "p = \(pValue.fixed(3))"
        if fixed.count == broken.count { return "Equally good: \(counts)." }
        let better = fixed.count > broken.count ? "second" : "first"
        return isSignificant
            ? "The \(better) is better: \(counts); chance alone hardly does that (McNemar’s exact test, \(p))."
            : "The \(better) is ahead, but it may be chance: \(counts) (McNemar’s exact test, \(p)). "
                + "More test images would tell."
    }

    /// The comparison for a terminal; `limit` images of each kind of change are listed.
    public func text(limit: Int = 20) -> String {
        var lines = [
            "Accuracy  \(percent(accuracyBefore)) → \(percent(accuracyAfter)) on \(counted(images, "image")) of both",
            verdict,
        ]
        if onlyBefore + onlyAfter > 0 {
            lines.append(
                "Left out: \(counted(onlyBefore, "image")) of only the first, \(onlyAfter) of only the second evaluation."
            )
        }
        for (title, changes) in [("Fixed", fixed), ("Broken", broken)] where !changes.isEmpty {
            var table = TextTable(
                ["\(title) image", "truth", "first answered", "second answered"], [.left, .left, .left, .left])
            for change in changes.prefix(limit) {
                table.rows.append([change.path, change.truth, change.before, change.after])
            }
            lines += ["", table.text()]
            if changes.count > limit { lines.append("… and \(changes.count - limit) more") }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
