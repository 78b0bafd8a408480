// Subsets of growing size: nested, with the classes in their shares.

import Datasets
import Foundation
import Labels
import Testing

@Suite struct NestedSubsetsTests {
    /// Classes of 40, 25, 10 and 5 images.
    private let counts = [40, 25, 10, 5]

    private func dataset(reversed: Bool = false) -> Dataset {
        var images: [LabelledImage] = []
        for (label, count) in counts.enumerated() {
            for number in 0..<count {
                let path = "\(label)/\(number).jpg"
                images.append(LabelledImage(path: path, url: URL(filePath: "/\(path)"), labels: [label]))
            }
        }
        let root = URL(filePath: "/")
        return Dataset(
            location: root, root: root, classes: ["a", "b", "c", "d"], images: reversed ? images.reversed() : images)
    }

    @Test(arguments: 0..<8) func everyBeginningHasTheShares(_ seed: UInt64) {
        let data = dataset()
        let order = data.nestedOrder(of: Array(data.images.indices), seed: seed)
        #expect(order.sorted() == Array(data.images.indices))
        var found = [Int](repeating: 0, count: counts.count)
        for (position, index) in order.enumerated() {
            found[data.images[index].label] += 1
            for (label, count) in counts.enumerated() {
                let share = Double((position + 1) * count) / 80
                #expect(abs(Double(found[label]) - share) <= 1)
            }
        }
    }

    /// Where images may have several labels, each set of labels has its share to within one image, and so each label to within
    /// the number of sets that hold it.
    @Test(arguments: 0..<8) func everyBeginningHasTheLabelsShares(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let images = (0..<90).map { number in
            LabelledImage(
                path: "\(number)", url: URL(filePath: "/\(number)"),
                labels: (0..<3).filter { _ in generator.chance(0.4) })
        }
        let root = URL(filePath: "/")
        let data = Dataset(
            location: root, root: root, classes: ["a", "b", "c"], images: images, labelCount: .many)
        let order = data.nestedOrder(of: Array(data.images.indices), seed: seed)
        #expect(order.sorted() == Array(data.images.indices))
        for label in 0..<3 {
            let own = data.images.filter { $0.labels.contains(label) }
            let sets = Set(own.map(\.labels)).count
            var found = 0
            for (position, index) in order.enumerated() {
                if data.images[index].labels.contains(label) { found += 1 }
                let share = Double((position + 1) * own.count) / 90
                #expect(abs(Double(found) - share) <= Double(sets), "seed \(seed)")
            }
        }
    }

    @Test func dependsOnTheSeedOnly() {
        let (data, other) = (dataset(), dataset(reversed: true))
        let all = Array(data.images.indices)
        let order = data.nestedOrder(of: all, seed: 3)
        #expect(order == data.nestedOrder(of: all.reversed(), seed: 3))
        #expect(order.map { data.images[$0].path } == other.nestedOrder(of: all, seed: 3).map { other.images[$0].path })
        #expect(order != data.nestedOrder(of: all, seed: 4))
        // Only what is asked for.
        #expect(Set(data.nestedOrder(of: [1, 5, 50], seed: 1)) == [1, 5, 50])
    }

    @Test func limitsWhatIsTrainedWith() throws {
        let data = dataset()
        let split = Split(train: Array(0..<78), validation: [78], test: [79])
        let half = try data.limited(split, to: 39, seed: 5)
        #expect(half.train.count == 39 && Set(half.train).isSubset(of: split.train))
        // Half of the 40.
        #expect((19...21).contains(half.train.count { data.images[$0].label == 0 }))
        #expect(half.validation == split.validation && half.test == split.test)
        #expect(try data.limited(split, to: 78, seed: 5) == split)
        #expect(try data.limited(split, to: nil, seed: 5) == split)
        // Four classes need eight.
        #expect(throws: DatasetError.self) { try data.limited(split, to: 7, seed: 5) }
    }
}
