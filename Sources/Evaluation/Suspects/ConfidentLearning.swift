// Which labels are probably wrong, by the probabilities of a model that had not seen the images.
//
// Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", 2021,
// https://arxiv.org/abs/1911.00068. Where the paper leaves a choice, it is that of its authors' library cleanlab 2.9, so
// that both give the same counts and the same images: rows of counts keep their sums when they are rounded, and an image
// is a suspect by "prune by noise rate", unless its label is the likeliest class all the same.

/// The errors that labels seem to have: how many of which class, and which images.
public struct ConfidentLearning: Sendable {
    /// From which probability on an image is taken to be of a class: the mean among the images that are labelled so.
    ///
    /// Nil for a class that no label names.
    public let thresholds: [Double?]
    /// [label, class]: how many images with the label are estimated to be of the class; a row adds up to its images.
    public let confidentJoint: [[Int]]
    /// For each image, the probability of its label: the lower, the more suspect.
    public let selfConfidence: [Double]
    /// For each image, the likeliest class that is not its label.
    public let alternatives: [Int]
    /// For each image, whether it is one of those whose label is estimated to be wrong.
    public let isSuspect: [Bool]

    /// All images, the most suspect first; the lower index first where two are equally so.
    public var ranking: [Int] {
        selfConfidence.indices.sorted { (selfConfidence[$0], $0) < (selfConfidence[$1], $1) }
    }

    /// The most suspect first of those whose label is estimated to be wrong.
    public var suspects: [Int] { ranking.filter { isSuspect[$0] } }

    /// Compares labels with probabilities.
    ///
    /// - Parameters:
    ///   - probabilities: [images, classes], each row adding up to 1, by models that had not seen the image.
    ///   - labels: The class of each image according to its label.
    /// - Throws: `SuspectsError` if they do not fit together.
    public init(probabilities: [[Double]], labels: [Int]) throws {
        let classes = try SuspectsError.checkedClassCount(probabilities, labels)
        let thresholds = (0..<classes).map { label in
            Self.mean(zip(probabilities, labels).lazy.filter { $0.1 == label }.map { $0.0[label] })
        }
        let joint = Self.joint(probabilities, labels, thresholds)
        self.thresholds = thresholds
        confidentJoint = joint
        selfConfidence = zip(probabilities, labels).map { $0[$1] }
        alternatives = zip(probabilities, labels).map { row, label in
            row.indices.filter { $0 != label }.reduce(label == 0 ? 1 : 0) { row[$1] > row[$0] ? $1 : $0 }
        }
        isSuspect = Self.prune(probabilities, labels, joint)
    }

    /// How many of the images with a label are estimated to be of another class.
    public func estimatedErrors(ofLabel label: Int) -> Int {
        confidentJoint[label].reduce(0, +) - confidentJoint[label][label]
    }

    private static func mean(_ values: some Sequence<Double>) -> Double? {
        let (sum, count) = values.reduce((0.0, 0)) { ($0.0 + $1, $0.1 + 1) }
        return count == 0 ? nil : sum / Double(count)
    }

    /// Counts the images that are confidently of a class, by label, and stretches the counts to all images.
    private static func joint(_ probabilities: [[Double]], _ labels: [Int], _ thresholds: [Double?]) -> [[Int]] {
        let classes = thresholds.count
        var counts = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
        var images = [Int](repeating: 0, count: classes)
        for (row, label) in zip(probabilities, labels) {
            images[label] += 1
            // No label has a threshold so low that everything passes.
            let confident = row.indices.filter { index in
                thresholds[index].map { row[index] >= max($0, 2e-6) - 1e-6 } ?? false
            }
            guard let first = confident.first else { continue }
            counts[label][confident.count > 1 ? likeliest(row) : first] += 1
        }
        // One image at least is rightly labelled in every class.
        for label in 0..<classes { counts[label][label] = max(counts[label][label], 1) }
        var stretched = (0..<classes).map { label in
            let sum = Double(counts[label].reduce(0, +))
            return counts[label].map { Double($0) / sum * Double(images[label]) }
        }
        let total = stretched.reduce(0) { $0 + $1.reduce(0, +) }
        stretched = stretched.map { $0.map { $0 / total * Double(labels.count) } }
        return stretched.map(roundedKeepingSum)
    }

    /// For each label and class, as many images as the counts say, those where the class is ahead of the label by most.
    private static func prune(_ probabilities: [[Double]], _ labels: [Int], _ joint: [[Int]]) -> [Bool] {
        var isSuspect = [Bool](repeating: false, count: labels.count)
        for label in joint.indices {
            let members = labels.indices.filter { labels[$0] == label }
            // The last image of a class stays.
            guard members.count > 1 else { continue }
            let missing = max(0, 1 - joint[label][label])
            let kinds = max(joint[label].count { $0 != 0 } - 1, 1)
            for other in joint.indices where other != label {
                let count = Int(max(0, Double(joint[label][other]) - Double(missing) / Double(kinds)))
                let lead = members.map { probabilities[$0][other] - probabilities[$0][label] }
                let order = members.indices.sorted { (lead[$1], $0) < (lead[$0], $1) }
                for position in order.prefix(count) { isSuspect[members[position]] = true }
            }
        }
        for index in labels.indices where isSuspect[index] {
            var row = probabilities[index]
            row[labels[index]] += 1e-6
            if likeliest(row) == labels[index] { isSuspect[index] = false }
        }
        return isSuspect
    }

    /// Whole numbers near the given ones, with the same sum, itself rounded.
    package static func roundedKeepingSum(_ values: [Double]) -> [Int] {
        var whole = values.map { $0.rounded(.toNearestOrEven) }
        let sum = values.reduce(0, +).rounded(.toNearestOrEven)
        while abs(sum - whole.reduce(0, +)) > 1e-6 {
            let difference = (sum - whole.reduce(0, +)).rounded(.toNearestOrEven)
            let order = values.indices.sorted { (values[$0] - whole[$0], $0) < (values[$1] - whole[$1], $1) }
            let changed = difference < 0 ? Array(order) : order.reversed()
            for index in changed.prefix(Int(abs(difference))) { whole[index] += difference < 0 ? -1 : 1 }
        }
        return whole.map { Int($0) }
    }

    /// The first of the largest.
    private static func likeliest(_ row: [Double]) -> Int { row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 } }
}

/// Why labels cannot be judged.
public enum SuspectsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There are no images.
    case empty
    /// Not one label for each image.
    case labelCount(images: Int, labels: Int)
    /// An image has no probability for each of two or more classes, or its label is no class.
    case image(Int, probabilities: Int, label: Int, classes: Int)
    /// A probability is infinite, not a number, or outside 0…1.
    case probability(image: Int, Double)
    /// A class too small to be judged by the others.
    case tooFew(label: String, images: Int)
    /// A label that all images have, or none, outside a part of those that belong together.
    case oneSided(label: String)

    /// One sentence or two: what is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .empty: "There are no images whose labels could be judged."
        case .labelCount(let images, let labels):
            "There are probabilities of \(images) images but \(labels) labels. Give one label for each image."
        case .image(let index, let probabilities, let label, let classes):
            "Image \(index) has \(probabilities) probabilities and the label \(label), where there are \(classes) classes. "
                + "Give one probability for each of at least 2 classes, and a label from 0 on."
        case .probability(let index, let value):
            "Image \(index) has the probability \(value); it must be from 0 to 1."
        case .tooFew(let label, let images):
            "The class '\(label)' has \(images) images that are neither copies nor of one group; to judge its labels, "
                + "it needs 2 at least. Add photos, or exclude it."
        case .oneSided(let label):
            "To judge the label '\(label)', at least 2 images that are neither copies nor of one group must have it, and 2 must "
                + "not. Add photos, or leave the label out."
        }
    }

    static func checkedClassCount(_ probabilities: [[Double]], _ labels: [Int]) throws -> Int {
        guard let classes = probabilities.first?.count else { throw SuspectsError.empty }
        guard probabilities.count == labels.count else {
            throw SuspectsError.labelCount(images: probabilities.count, labels: labels.count)
        }
        for (index, (row, label)) in zip(probabilities, labels).enumerated() {
            guard row.count == classes && classes >= 2 && row.indices.contains(label) else {
                throw SuspectsError.image(index, probabilities: row.count, label: label, classes: classes)
            }
            if let value = row.first(where: { !($0 >= 0 && $0 <= 1) }) {
                throw SuspectsError.probability(image: index, value)
            }
        }
        return classes
    }
}
