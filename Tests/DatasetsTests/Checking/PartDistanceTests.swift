// Parts compared by features: silent on parts drawn by lot, sure of parts that show other things.

import Datasets
import Foundation
import Testing

@Suite struct PartDistanceTests {
    /// Images of three classes, each around a direction of its own; `shift` turns those of the test part another way.
    private func dataset(
        seed: UInt64, count: Int = 120, shift: Float = 0, testShare: (Int) -> Double = { _ in 0.25 }
    ) -> (dataset: Dataset, features: PhotoFeatures) {
        var generator = SeededGenerator(seed: seed)
        var (images, values): ([LabelledImage], [Float]) = ([], [])
        // Names of one length, so that the data set keeps the order.
        for number in 100..<100 + count {
            let label = number % 3
            let part: Part = generator.chance(testShare(label)) ? .test : .train
            var row = (0..<8).map { _ in Float(generator.unit() - 0.5) }
            row[label] += 1
            if part == .test { row[7] += shift }
            values += row
            images.append(
                LabelledImage(
                    path: "\(number).jpg", url: URL(filePath: "/\(number)"), labels: [label], part: part,
                    content: ContentHash(of: Array("\(number)".utf8))))
        }
        let root = URL(filePath: "/")
        return (
            Dataset(location: root, root: root, classes: ["a", "b", "c"], images: images),
            PhotoFeatures(values, columns: 8)
        )
    }

    /// A test of level 0.05 errs in one of twenty; of forty it errs in more than six once in a hundred times (binomial).
    @Test func partsDrawnByLotAreOfOneKind() throws {
        var alarms = 0
        for seed in 0..<40 as Range<UInt64> {
            let (data, features) = dataset(seed: seed)
            let found = try #require(PartDistance(of: .test, in: data, features))
            if found.probability < 0.05 { alarms += 1 }
            #expect(found.distance < 0.3, "seed \(seed)")
            // By lot, neighbours are of the train part as often as it has images; in classes whose shares differ, a little less.
            let share = Double(found.trainImages) / Double(found.images + found.trainImages - 1)
            #expect(abs(found.expectedShare - share) < 0.05, "seed \(seed)")
        }
        #expect(alarms <= 6)
    }

    @Test(arguments: 0..<5 as Range<UInt64>) func anotherKindIsSeen(_ seed: UInt64) throws {
        let (data, features) = dataset(seed: seed, shift: 2)
        let found = try #require(PartDistance(of: .test, in: data, features))
        // None of 9,999 drawings is as far apart: 1 in 10,000.
        #expect(found.probability == 1e-4 && found.distance > 0.9, "seed \(seed): \(found.sentence)")
        #expect(found.strangers.count > found.images / 2)
        #expect(Set(found.strangers).isSubset(of: Set(data.images.filter { $0.part == .test }.map(\.path))))
    }

    /// Another mix of the same classes is no other kind of photos.
    @Test(arguments: 0..<5 as Range<UInt64>) func classesInOtherProportionsAreNoDifference(_ seed: UInt64) throws {
        let (data, features) = dataset(seed: seed, testShare: { $0 == 0 ? 0.6 : 0.1 })
        let found = try #require(PartDistance(of: .test, in: data, features))
        #expect(found.probability > 0.01, "seed \(seed): \(found.sentence)")
    }

    /// Ten copies of each image lie in the same part; each set counts once, so that copies are no witnesses.
    @Test func imagesThatBelongTogetherCountOnce() throws {
        let (data, features) = dataset(seed: 3, count: 60)
        var (images, values): ([LabelledImage], [Float]) = ([], [])
        for (row, image) in data.images.enumerated() {
            for copy in 0..<10 {
                images.append(
                    LabelledImage(
                        path: "\(100 + row)-\(copy).jpg", url: image.url, labels: image.labels, part: image.part,
                        content: image.content))
                values += features.values[8 * row..<8 * row + 8]
            }
        }
        let many = Dataset(location: data.location, root: data.root, classes: data.classes, images: images)
        let (once, all) = (
            try #require(PartDistance(of: .test, in: data, features)),
            try #require(PartDistance(of: .test, in: many, PhotoFeatures(values, columns: 8)))
        )
        #expect(all.images == once.images && all.probability == once.probability)
        #expect(all.trainShare == once.trainShare)
    }

    /// The same answer for any number of threads; none for parts too small to tell.
    @Test func sameForAnyNumberOfThreads() {
        let (data, features) = dataset(seed: 1, shift: 0.5)
        #expect(
            PartDistance(of: .test, in: data, features, threads: 1)
                == PartDistance(of: .test, in: data, features, threads: 3))
        let (few, fewFeatures) = dataset(seed: 1, count: 12)
        #expect(PartDistance(of: .test, in: few, fewFeatures) == nil)
        #expect(PartDistance(of: .validation, in: data, features) == nil)
    }
}
