// How many copies are found, and how many photos are wrongly taken for copies: measured by planting copies among photos
// that are known to be different. For `ocelot bench duplicates`.

public import Foundation
public import Imaging

/// What `NearDuplicates` made of photos among which altered copies of some were planted.
public struct PlantedDuplicates: Sendable {
    /// What is done to a photo to make a copy of it.
    public enum Alteration: String, Codable, CaseIterable, Sendable {
        /// To 60 % of its width and height.
        case resized
        /// As a JPEG of quality 40.
        case encoded
        /// 5 % cut off at each side.
        case cropped
        /// Left and right exchanged.
        case mirrored
        /// Turned by a quarter to the right.
        case rotated90
        /// Turned upside down.
        case rotated180
        /// Turned by a quarter to the left.
        case rotated270
        /// To 60 %, at quality 40, cropped and mirrored at once.
        case together

        /// The file of a copy of `picture`; a JPEG of quality 90 where nothing else is said.
        public func copy(of picture: Picture) throws -> [UInt8] {
            var copy =
                switch self {
                case .mirrored, .together: picture.turned(.mirrored)
                case .rotated90: picture.turned(.rotatedRight)
                case .rotated180: picture.turned(.rotatedHalf)
                case .rotated270: picture.turned(.rotatedLeft)
                case .resized, .encoded, .cropped: picture
                }
            if self == .cropped || self == .together {
                let (x, y) = (copy.width / 20, copy.height / 20)
                copy = copy.cropped(x: x, y: y, width: copy.width - 2 * x, height: copy.height - 2 * y)
            }
            if self == .resized || self == .together {
                copy = copy.resized(width: max(1, copy.width * 3 / 5), height: max(1, copy.height * 3 / 5))
            }
            return try copy.jpeg(quality: self == .encoded || self == .together ? 40 : 90)
        }
    }

    /// A photo and what was found of it.
    public struct Copy: Sendable {
        /// Its original's path.
        public let path: String
        /// What was done to it.
        public let alteration: Alteration
        /// Whether it is in the same group as its original.
        public let isFound: Bool
    }

    /// Photos without the copies.
    public let photoCount: Int
    /// All copies.
    public let copies: [Copy]
    /// Photos that are in a group with a better one of which they are no copy, and that better one: to be looked at, for
    /// they may be copies that nobody planted.
    public let falseAlarms: [(photo: String, best: String)]
    /// Wall-clock time for the comparison, in seconds; reading and measuring not counted.
    public let seconds: Double

    /// The share of these copies that were found; of all where nothing else is said.
    public func recall(_ alteration: Alteration? = nil) -> Double {
        let chosen = copies.filter { alteration == nil || $0.alteration == alteration }
        return chosen.isEmpty ? 0 : Double(chosen.count(where: \.isFound)) / Double(chosen.count)
    }

    /// The share of the photos that are false alarms.
    public var falseAlarmRate: Double { Double(falseAlarms.count) / Double(max(1, photoCount)) }

    /// Plants copies and looks for them.
    ///
    /// - Parameters:
    ///   - photos: Files of different photos.
    ///   - each: How many copies of each alteration, each of another photo drawn by lot. There must be enough photos.
    ///   - alterations: What is done.
    ///   - seed: Of the drawing.
    ///   - options: How alike copies must be.
    ///   - distance: In how many bits difference hashes may differ, to measure that rule instead; nil for the usual one.
    ///   - threads: Threads that read, measure and compare.
    /// - Throws: If a photo cannot be read, or a copy not be made.
    public init(
        among photos: [URL], each: Int, _ alterations: [Alteration] = Alteration.allCases, seed: UInt64 = 0,
        _ options: NearDuplicates.Options = .init(), distance: Int? = nil, threads: Int = 1
    ) throws {
        precondition(each * alterations.count <= photos.count, "There are fewer photos than copies.")
        var generator = SeededGenerator(seed: seed)
        var order = Array(photos.indices)
        generator.shuffle(&order)
        var planted: [Int: Alteration] = [:]
        for (place, photo) in order.prefix(each * alterations.count).enumerated() {
            planted[photo] = alterations[place / each]
        }
        let alterationOfPhoto = planted
        let measured = try inParallel(photos.count, threads: threads) { n in
            Result {
                let picture = try Picture.decode(readImageFile(photos[n]))
                let copy = try alterationOfPhoto[n].map { try PictureMeasures(reading: $0.copy(of: picture)) }
                return (picture.measures(), copy)
            }
        }.map { try $0.get() }

        // Photos first, then their copies; the source of each.
        var images = zip(photos, measured).map { DuplicateCandidate(path: $0.path, measures: $1.0) }
        var sources = Array(photos.indices)
        for photo in planted.keys.sorted() {
            images.append(DuplicateCandidate(path: photos[photo].path + " (copy)", measures: measured[photo].1))
            sources.append(photo)
        }
        let start = ContinuousClock.now
        let groups =
            distance.map { NearDuplicates.byHash(among: images, within: $0, threads: threads) }
            ?? NearDuplicates.find(among: images, options, threads: threads)
        seconds = (ContinuousClock.now - start) / .seconds(1)

        var groupOf: [Int: Int] = [:]
        for (number, group) in groups.enumerated() {
            for index in group.indices { groupOf[index] = number }
        }
        copies = (photos.count..<images.count).compactMap { copy in
            planted[sources[copy]].map {
                let isFound = groupOf[copy] != nil && groupOf[copy] == groupOf[sources[copy]]
                return Copy(path: photos[sources[copy]].path, alteration: $0, isFound: isFound)
            }
        }
        falseAlarms = groups.flatMap { group in
            group.others.filter { sources[$0] != sources[group.best] }.map {
                (images[$0].path, images[group.best].path)
            }
        }
        photoCount = photos.count
    }
}

extension PlantedDuplicates.Alteration {
    /// All names, for help texts.
    public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension DifferenceHash {
    /// Hashes drawn by lot, of which a fraction are copies of earlier ones with up to 20 bits turned over.
    ///
    /// As in photos of a bright sky, a quarter of the hashes have none of their first eighth of bits.
    public static func drawn(_ count: Int, size: Int, copies: Double, seed: UInt64) -> [DifferenceHash] {
        var generator = SeededGenerator(seed: seed)
        let bitCount = size * size
        var hashes: [DifferenceHash] = []
        while hashes.count < count {
            var words: [UInt64]
            if !hashes.isEmpty && generator.chance(copies) {
                words = generator.element(of: hashes).words
                for _ in 0..<generator.index(below: 21) {
                    let bit = generator.index(below: bitCount)
                    words[bit / 64] ^= 1 << (63 - UInt64(bit % 64))
                }
            } else {
                let sky = generator.chance(0.25) ? bitCount / 8 : 0
                words = [UInt64](repeating: 0, count: (bitCount + 63) / 64)
                for bit in sky..<bitCount where generator.next() & 1 == 1 {
                    words[bit / 64] |= 1 << (63 - UInt64(bit % 64))
                }
            }
            if let hash = DifferenceHash(size: size, words: words) { hashes.append(hash) }
        }
        return hashes
    }
}
