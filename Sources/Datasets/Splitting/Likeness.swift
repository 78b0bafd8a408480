// What pictures themselves tell about a split: which of them look almost the same, and which are frames of a recording.

public import Foundation
import Imaging

/// Which pictures of a data set are alike, as indices into its images.
public struct Likeness: Sendable {
    /// Sets of images that look almost the same, equal ones among them.
    public let nearCopies: [[Int]]
    /// Pairs of images whose names say that one is the frame after the other, in series whose pictures confirm it.
    public let neighbours: [(Int, Int)]
}

extension PictureSurvey {
    /// Compares the pictures; `folder` is where near copies are remembered.
    public func likeness(keptIn folder: URL?, threads: Int) -> Likeness {
        Likeness(
            nearCopies: alike(keptIn: folder, threads: threads).map(\.indices),
            neighbours: FrameSeries.find(in: dataset.images.map(\.path)).filter {
                $0.isRecording { measures[$0].hash.distance(to: measures[$1].hash) }
            }.flatMap(\.neighbours))
    }
}

extension FrameSeries {
    /// Fewer pairs of neighbours than this prove nothing.
    private static let leastPairs = 8
    /// How many pairs of either kind are compared.
    private static let comparedPairs = 200
    /// How often a pair of neighbours must be more alike than a pair of images far apart.
    ///
    /// By chance it is half of the time, with a standard deviation of 0.15 for 8 pairs of either kind, and of 0.03 for 200.
    private static let leastShare = 0.8

    /// Whether pictures that follow each other in the series are more alike than others of it, as frames of a video are.
    ///
    /// Most photos are numbered without being frames, so that names alone would accuse every data set. The share of
    /// comparisons that neighbours win is Mann and Whitney's statistic, or the area under the ROC curve.
    ///
    /// - Parameter distance: How far apart two images of the data set are, given by index.
    /// - Returns: False also where there are too few images to tell.
    package func isRecording(_ distance: (Int, Int) -> Int) -> Bool {
        let pairs = neighbours
        guard pairs.count >= Self.leastPairs else { return false }
        let stride = max(1, pairs.count / Self.comparedPairs)
        let near = Swift.stride(from: 0, to: pairs.count, by: stride).map { distance(pairs[$0].0, pairs[$0].1) }
        var generator = SeededGenerator(seed: 0)
        let far = near.map { _ -> Int in
            // At least a third of the series apart.
            let first = generator.index(below: frames.count)
            let step = frames.count / 3 + generator.index(below: frames.count / 3 + 1)
            return distance(frames[first].index, frames[(first + step) % frames.count].index)
        }
        let wins = near.reduce(0.0) { sum, a in
            sum + far.reduce(0.0) { $0 + (a < $1 ? 1 : a == $1 ? 0.5 : 0) }
        }
        return wins / Double(near.count * far.count) >= Self.leastShare
    }
}

extension SplitAudit {
    /// What was found, in the few values that belong beside an accuracy.
    public struct Summary: Codable, Hashable, Sendable {
        /// Test images that have their like among those trained with.
        public let affected: Int
        /// Their share of the test images, 0…1.
        public let share: Double
        /// How many are affected in which way.
        public let kinds: [String: Int]
        /// What was looked for.
        public let checked: [Kind]
        /// All of it in a sentence or two, with what to do.
        public let message: String
    }

    /// The summary of the audit.
    public var summary: Summary {
        let kinds = Kind.allCases.map { ($0.rawValue, count(of: $0)) }.filter { $0.1 > 0 }
        return Summary(
            affected: affected, share: share, kinds: Dictionary(uniqueKeysWithValues: kinds), checked: checked,
            message: [sentence, advice].compactMap(\.self).joined(separator: " "))
    }
}
