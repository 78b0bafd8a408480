// Whether two parts of a data set show the same kind of photos, as a network sees them.
//
// Schilling, "Multivariate Two-Sample Tests Based on Nearest Neighbors", 1986,
// https://doi.org/10.1080/01621459.1986.10478337: where two samples are of one kind, the nearest neighbours of an image are
// of either as often as their sizes say. How often that is by chance is found by drawing the parts anew by lot, within each
// class, so that classes in other proportions are no difference of this kind. Of images that belong together, copies or a
// group, one counts: they are no independent witnesses.

import Foundation
import Imaging

/// How far a part of a data set is from the one that is trained with, in the space of a network's features.
public struct PartDistance: Encodable, Hashable, Sendable {
    /// The part.
    public let part: Part
    /// How many of its images were compared.
    public let images: Int
    /// With how many of those that are trained with.
    public let trainImages: Int
    /// Of the images most like one of the part, the share that is of those trained with, 0…1.
    public let trainShare: Double
    /// What that share is if the parts are drawn by lot, 0…1.
    public let expectedShare: Double
    /// How often parts that are drawn by lot are as far apart, 0…1.
    public let probability: Double
    /// The paths of images of the part that have none of those trained with among the most alike, the strangest first.
    public let strangers: [String]

    /// 0 where the parts are mixed as by lot, 1 where no image of the part is like any that is trained with.
    public var distance: Double { expectedShare > 0 ? min(max(1 - trainShare / expectedShare, 0), 1) : 0 }

    /// How many neighbours of each image are looked at.
    public static let neighbours = 5
    /// With fewer images than this in either part, nothing is said.
    static let leastImages = 10
    /// So many images of a part are compared at most, drawn by lot: more would only cost time.
    static let mostImages = 2000
    /// How often the parts are drawn anew.
    static let drawings = 9999

    private enum CodingKeys: String, CodingKey {
        case part, images, distance, probability, strangers
        case trainImages = "train_images"
        case trainShare = "train_share"
        case expectedShare = "expected_share"
    }

    /// Writes the distance too, which follows from the shares.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(part, forKey: .part)
        try container.encode(images, forKey: .images)
        try container.encode(trainImages, forKey: .trainImages)
        try container.encode(distance, forKey: .distance)
        try container.encode(trainShare, forKey: .trainShare)
        try container.encode(expectedShare, forKey: .expectedShare)
        try container.encode(probability, forKey: .probability)
        try container.encode(strangers, forKey: .strangers)
    }
}

extension PartDistance {
    /// Compares a part with the one that is trained with; nil where either is too small to tell.
    ///
    /// - Parameters:
    ///   - part: Validation or test.
    ///   - dataset: Images with their parts and contents.
    ///   - features: What a network makes of each image.
    ///   - alike: Sets of images, by index, that look almost the same.
    ///   - threads: Threads that compare.
    package init?(
        of part: Part, in dataset: Dataset, _ features: PhotoFeatures, alike: [[Int]] = [], threads: Int = 1
    ) {
        let images = dataset.images
        let all = images.indices.filter { [part, .train].contains(images[$0].part) }
        let groups = ImageGroups(images, indices: all, seed: 0, bonds: Bonds(sets: alike)).groups
        // One of each group, in the order of the paths; then as many of either part as are compared at most, by lot.
        var generator = SeededGenerator(seed: 0)
        func drawn(_ wanted: Part) -> [Int] {
            var own = groups.map { $0.members[0] }.filter { images[$0].part == wanted }.sorted()
            generator.shuffle(&own)
            return own.prefix(Self.mostImages).sorted()
        }
        let (own, train) = (drawn(part), drawn(.train))
        guard min(own.count, train.count) >= Self.leastImages else { return nil }
        let chosen = own + train
        let nearest = Self.nearest(chosen, UnitRows(features), threads: threads)
        let places = nearest.flatMap { $0.map { Int32($0.place) } }
        let isTrain = chosen.indices.map { $0 >= own.count }
        let observed = Self.trainShare(places, isTrain)

        // Images of one class change their parts among each other.
        let strata = Dictionary(grouping: chosen.indices) { images[chosen[$0]].labels }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { $0.value.sorted() }
        var (sum, atMost) = (0.0, 0)
        var shuffled = isTrain
        for _ in 0..<Self.drawings {
            for stratum in strata {
                for last in stride(from: stratum.count - 1, to: 0, by: -1) {
                    shuffled.swapAt(stratum[last], stratum[generator.index(below: last + 1)])
                }
            }
            let share = Self.trainShare(places, shuffled)
            sum += share
            if share <= observed { atMost += 1 }
        }
        self.part = part
        (self.images, trainImages, trainShare) = (own.count, train.count, observed)
        expectedShare = sum / Double(Self.drawings)
        probability = Double(1 + atMost) / Double(1 + Self.drawings)
        let strange = own.indices.filter { place in nearest[place].allSatisfy { !isTrain[$0.place] } }
        strangers = strange.sorted { a, b in
            (nearest[a].last?.cosine ?? 0, a) < (nearest[b].last?.cosine ?? 0, b)
        }.map { images[chosen[$0]].path }
    }

    /// The places of the nearest others of each image, the nearest first.
    private static func nearest(
        _ chosen: [Int], _ rows: UnitRows, threads: Int
    ) -> [[(place: Int, cosine: Float)]] {
        inParallel(chosen.count, threads: threads) { place in
            var best: [(place: Int, cosine: Float)] = []
            for other in chosen.indices where other != place {
                let cosine = rows.product(chosen[place], chosen[other])
                if best.count == neighbours, let last = best.last, cosine <= last.cosine { continue }
                let position = best.firstIndex { $0.cosine < cosine } ?? best.count
                best.insert((other, cosine), at: position)
                if best.count > neighbours { best.removeLast() }
            }
            return best
        }
    }

    /// Of the neighbours of those that are not trained with, the share that is; `places` has so many for each.
    private static func trainShare(_ places: [Int32], _ isTrain: [Bool]) -> Double {
        places.withUnsafeBufferPointer { places in
            isTrain.withUnsafeBufferPointer { isTrain in
                var (found, all) = (0, 0)
                for image in isTrain.indices where !isTrain[image] {
                    all += neighbours
                    for place in image * neighbours..<(image + 1) * neighbours where isTrain[Int(places[place])] {
                        found += 1
                    }
                }
                return Double(found) / Double(max(all, 1))
            }
        }
    }
}

extension PartDistance {
    /// Whether the part is so far away, and so surely, that a person should know.
    ///
    /// `tries` is how many parts are compared: one of them may be odd by chance.
    func isDrift(tries: Int) -> Bool {
        distance >= CheckRules.featureDistance && probability * Double(tries) < CheckRules.driftProbability
    }

    /// How far the part is, in words.
    public var sentence: String {
        func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
        let chance = probability < 0.001 ? "chance below 1 in 1000" : String(format: "chance %.2g", probability)
        return
            "of the \(Self.neighbours) photos most like each of the \(part.rawValue) part, \(percent(trainShare)) are of the "
            + "train part, where parts drawn by lot would have \(percent(expectedShare)) "
            + String(format: "(distance %.2f, %@)", distance, chance as NSString)
    }

    /// What is to be said about a part that is far away.
    func problem() -> Problem {
        Problem(
            kind: .drift, paths: strangers,
            message: "To a network, the \(part.rawValue) part looks unlike the train part: " + sentence + ".",
            advice: strangers.isEmpty
                ? "Train with photos like those that the model will be asked about, and measure on such photos too."
                : "Look at these photos, which are unlike any that is trained with: if the model will be asked about such, "
                    + "add some to the train part; if not, measure on others.")
    }
}
