// What a model answers about test photos, kept so that it can be measured on any drawing of them.

/// The answers of one model about the test photos, or those of several models about a test set each.
public struct TestAnswers: Sendable {
    /// By what they are measured.
    public enum Measure: String, Codable, Sendable {
        /// The part of the photos that is answered rightly.
        case accuracy
        /// The mean over the labels of their average precision, where photos may have several.
        case meanAveragePrecision = "mean_average_precision"

        /// The same in words.
        public var noun: String { self == .accuracy ? "accuracy" : "mean average precision" }
    }

    private enum Content: Sendable {
        /// Whether each photo is answered rightly.
        case right([Bool])
        /// The photos of each test set by their scores: scores of different models are not compared.
        case ranked([RankedTestSet])
    }

    private let content: Content

    /// How many test photos there are.
    public let count: Int

    /// By what they are measured.
    public var measure: Measure {
        switch content {
        case .right: .accuracy
        case .ranked: .meanAveragePrecision
        }
    }

    /// Answers of one label a photo: whether each is right.
    public init(isRight: [Bool]) { (content, count) = (.right(isRight), isRight.count) }

    /// Answers where photos may have several labels: [photos, labels] scores, and the labels that each photo has.
    public init(scores: [[Double]], labels: [[Int]]) {
        precondition(scores.count == labels.count, "\(scores.count) photos have the labels of \(labels.count).")
        (content, count) = (.ranked([RankedTestSet(scores, labels)]), scores.count)
    }

    /// The answers about several test sets, one set after another.
    public init(joining sets: [TestAnswers]) {
        var (right, ranked): ([Bool], [RankedTestSet]) = ([], [])
        for set in sets {
            switch set.content {
            case .right(let more): right += more
            case .ranked(let more): ranked += more
            }
        }
        precondition(right.isEmpty || ranked.isEmpty, "Answers that are measured differently cannot be joined.")
        content = ranked.isEmpty ? .right(right) : .ranked(ranked)
        count = sets.reduce(0) { $0 + $1.count }
    }

    /// The measure on all test photos, 0…1.
    public var value: Double { value(drawn: Array(repeating: 1, count: count)) }

    /// The measure on a drawing of the test photos; `drawn` says how often each was drawn.
    package func value(drawn: [Int]) -> Double {
        switch content {
        case .right(let right):
            var (found, all) = (0, 0)
            for (isRight, times) in zip(right, drawn) {
                all += times
                if isRight { found += times }
            }
            return Double(found) / Double(max(all, 1))
        case .ranked(let sets):
            var (sum, all, start) = (0.0, 0, 0)
            for set in sets {
                let own = drawn[start..<start + set.count]
                start += set.count
                let photos = own.reduce(0, +)
                // A drawing may leave a set without any photo that has a label.
                guard let value = set.meanAveragePrecision(drawn: Array(own)) else { continue }
                sum += Double(photos) * value
                all += photos
            }
            return sum / Double(max(all, 1))
        }
    }
}

/// The photos of a test set, sorted for each label by the score of one model.
private struct RankedTestSet: Sendable {
    private struct Place: Sendable {
        let photo: Int
        let isTrue: Bool
        /// Whether the next has a lower score: equal scores make one step.
        let endsStep: Bool
    }

    let count: Int
    private let labels: [[Place]]

    init(_ scores: [[Double]], _ truths: [[Int]]) {
        count = scores.count
        labels = (scores.first ?? []).indices.map { label in
            let order = scores.indices.sorted { (scores[$1][label], $0) < (scores[$0][label], $1) }
            return order.enumerated().map { place, photo in
                let next = place + 1 < order.count ? scores[order[place + 1]][label] : -.infinity
                return Place(
                    photo: photo, isTrue: truths[photo].contains(label), endsStep: next < scores[photo][label])
            }
        }
    }

    /// As `Ranking.meanAveragePrecision`, each photo counted as often as it was drawn; nil if none has a label.
    func meanAveragePrecision(drawn: [Int]) -> Double? {
        let each = labels.compactMap { places -> Double? in
            var (seen, found, before, sum) = (0, 0, 0, 0.0)
            for place in places {
                seen += drawn[place.photo]
                if place.isTrue { found += drawn[place.photo] }
                guard place.endsStep else { continue }
                if found > before { sum += Double(found - before) * Double(found) / Double(seen) }
                before = found
            }
            return found > 0 ? sum / Double(found) : nil
        }
        return each.isEmpty ? nil : each.reduce(0, +) / Double(each.count)
    }
}
