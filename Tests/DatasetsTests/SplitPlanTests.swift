// The laws of every rule by which a data set is divided, over many seeds.

import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct SplitPlanTests {
    /// A data set of 2 to 4 classes with 12 to 60 images each, in up to 6 folders a class with two groups in each; of 20
    /// images, one is a copy of an earlier one of its class, and one looks like another.
    private func dataset(seed: UInt64) -> (dataset: Dataset, nearCopies: [[Int]]) {
        var generator = SeededGenerator(seed: seed)
        let classes = (0..<2 + generator.index(below: 3)).map { "class \($0)" }
        var images: [LabelledImage] = []
        for label in classes.indices {
            for number in 0..<12 + generator.index(below: 49) {
                let content = number > 2 && generator.index(below: 20) == 0 ? generator.index(below: number) : number
                // The first two of a class are in different folders, as no split could otherwise separate them.
                let group = number < 2 ? 2 * number : generator.index(below: 12)
                images.append(
                    LabelledImage(
                        path: "\(classes[label])/\(group / 2)/frame_\(number).jpg",
                        url: URL(filePath: "/\(label)/\(number)"), labels: [label], group: "\(label) \(group)",
                        time: "\(1000 * label + 10 * number)",
                        content: ContentHash(of: Array("\(label) \(content)".utf8))))
            }
        }
        let dataset = Dataset(location: URL(filePath: "/"), root: URL(filePath: "/"), classes: classes, images: images)
        let nearCopies = (0..<images.count / 20).map { _ in
            let index = generator.index(below: images.count)
            return [index, (index + 7) % images.count]
        }.filter { set in set.allSatisfy { dataset.images[$0].label == dataset.images[set[0]].label } }
        return (dataset, nearCopies)
    }

    private func parts(_ split: Split) -> [[Int]] { [split.train, split.validation, split.test] }

    /// No image in two parts; every image in one, or left out with a reason.
    private func expectDivided(_ planned: PlannedSplit, _ dataset: Dataset, _ seed: UInt64) {
        let used = parts(planned.split).flatMap(\.self) + planned.leftOut.keys
        #expect(used.sorted() == Array(dataset.images.indices), "seed \(seed)")
    }

    /// No two parts share a value of `key`.
    private func expectWhole(
        _ planned: PlannedSplit, _ what: Comment, _ seed: UInt64, _ key: (Int) -> (some Hashable)?
    ) {
        let values = parts(planned.split).map { Set($0.compactMap(key)) }
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            #expect(values[a].isDisjoint(with: values[b]), "\(what), seed \(seed)")
        }
    }

    private func expectCopiesWhole(_ planned: PlannedSplit, _ dataset: Dataset, _ nearCopies: [[Int]], _ seed: UInt64) {
        expectWhole(planned, "copies", seed) { dataset.images[$0].content }
        for set in nearCopies {
            let number = Dictionary(uniqueKeysWithValues: set.map { ($0, 1) })
            expectWhole(planned, "near copies", seed) { number[$0] }
        }
    }

    private func folder(_ dataset: Dataset, _ index: Int) -> String {
        dataset.images[index].path.split(separator: "/").dropLast().joined(separator: "/")
    }

    @Test(arguments: [SplitPlan.Rule.image, .folder, .group])
    func setsStayWholeAndClassesEven(rule: SplitPlan.Rule) throws {
        var divided = 0
        for seed in 0..<60 as Range<UInt64> {
            let (dataset, nearCopies) = dataset(seed: seed)
            let planned: PlannedSplit
            do {
                planned = try dataset.split(by: SplitPlan(rule, validation: 0.2, seed: seed), nearCopies: nearCopies)
            } catch is DatasetError {
                // So much may hang together that a class cannot be divided; then it is said.
                continue
            }
            divided += 1
            expectDivided(planned, dataset, seed)
            #expect(planned.leftOut.isEmpty)
            expectCopiesWhole(planned, dataset, nearCopies, seed)
            expectWhole(planned, "groups", seed) { dataset.images[$0].group }
            if rule == .folder { expectWhole(planned, "folders", seed) { folder(dataset, $0) } }
            for label in dataset.classes.indices {
                #expect(planned.split.train.contains { dataset.images[$0].label == label }, "seed \(seed)")
                #expect(planned.split.test.contains { dataset.images[$0].label == label }, "seed \(seed)")
            }
        }
        #expect(divided > 30)
    }

    /// Where nothing hangs together, every class is divided to the image, in folds as well.
    @Test func singleImagesAreStratifiedWithinOne() throws {
        for seed in 0..<100 as Range<UInt64> {
            let source = dataset(seed: seed).dataset
            let images = source.images.map {
                LabelledImage(
                    path: $0.path, url: $0.url, labels: $0.labels, content: ContentHash(of: Array($0.path.utf8)))
            }
            let dataset = Dataset(location: source.location, root: source.root, classes: source.classes, images: images)
            let split = try dataset.split(by: SplitPlan(test: 0.3, validation: 0.25, seed: seed)).split
            for (label, total) in dataset.counts.enumerated() {
                let counts = parts(split).map { dataset.counts(of: $0)[label] }
                let test = Int((Double(total) * 0.3).rounded())
                let validation = Int((Double(total - test) * 0.25).rounded())
                #expect(counts == [total - test - validation, validation, test], "seed \(seed)")
            }
            let folds = try dataset.folds(4, by: SplitPlan(validation: 0, seed: seed))
            #expect(folds.flatMap(\.split.test).sorted() == Array(images.indices), "seed \(seed)")
            for label in dataset.classes.indices {
                let counts = folds.map { dataset.counts(of: $0.split.test)[label] }
                #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "seed \(seed)")
            }
        }
    }

    @Test func copiesMayComeApartWhenAsked() throws {
        var apart = 0
        for seed in 0..<20 as Range<UInt64> {
            let dataset = dataset(seed: seed).dataset
            let plan = SplitPlan(validation: 0, seed: seed, keepsCopiesTogether: false)
            // Groups stay whole all the same; without them, copies are drawn one by one.
            let images = dataset.images.map {
                LabelledImage(path: $0.path, url: $0.url, labels: $0.labels, content: $0.content)
            }
            let loose = Dataset(
                location: dataset.location, root: dataset.root, classes: dataset.classes, images: images)
            let split = try loose.split(by: plan).split
            apart += SplitAudit(images, split).count(of: .exact)
            expectWhole(try dataset.split(by: plan), "groups", seed) { dataset.images[$0].group }
        }
        #expect(apart > 0)
    }

    /// Every rule: the same seed gives the same split, whatever the order of the images; folds test each image once.
    @Test(arguments: SplitPlan.Rule.allCases)
    func seedsRepeatAndOrderDoesNotMatter(rule: SplitPlan.Rule) throws {
        for seed in 0..<20 as Range<UInt64> {
            let (dataset, nearCopies) = dataset(seed: seed)
            var order = Array(dataset.images.indices)
            var generator = SeededGenerator(seed: seed, stream: 9)
            generator.shuffle(&order)
            // `Dataset` sorts its images by path, so that only what refers to them by index could differ.
            let shuffled = Dataset(
                location: dataset.location, root: dataset.root, classes: dataset.classes,
                images: order.map { dataset.images[$0] })
            let plan = SplitPlan(rule, seed: seed, timeGap: rule == .time ? 15 : nil)
            do {
                let first = try dataset.split(by: plan, nearCopies: nearCopies)
                #expect(try dataset.split(by: plan, nearCopies: nearCopies) == first, "seed \(seed)")
                #expect(
                    try shuffled.split(by: plan, nearCopies: nearCopies.reversed().map { $0.reversed() }) == first,
                    "seed \(seed)")
                let folds = try dataset.folds(3, by: plan, nearCopies: nearCopies)
                #expect(folds.flatMap(\.split.test).sorted() == Array(dataset.images.indices), "seed \(seed)")
                for fold in folds { expectDivided(fold, dataset, seed) }
            } catch is DatasetError {
            } catch is SplitError {
            }
        }
    }

    @Test func aTestListIsTakenAsItIs() throws {
        var divided = 0
        for seed in 0..<30 as Range<UInt64> {
            let (dataset, nearCopies) = dataset(seed: seed)
            // Two images of each class whose groups leave others to train with: the first two have groups of their own kind.
            let given = Set(dataset.images.indices.filter { dataset.images[$0].path.hasSuffix("/frame_0.jpg") })
            let planned: PlannedSplit
            do {
                planned = try dataset.split(
                    by: SplitPlan(validation: 0.2, seed: seed), nearCopies: nearCopies, testImages: given)
            } catch is SplitError {
                // All of a small class may hang together with its test images.
                continue
            }
            divided += 1
            expectDivided(planned, dataset, seed)
            #expect(Set(planned.split.test) == given)
            expectCopiesWhole(planned, dataset, nearCopies, seed)
            expectWhole(planned, "groups", seed) { dataset.images[$0].group }
            #expect(planned.leftOut.values.allSatisfy { $0 == .bound(to: .test) })
        }
        #expect(divided > 15)
    }

    /// Several labels: each class is divided nearly as evenly as single labels are.
    ///
    /// Sechidis et al. measure the mean distance of each class's share from the wanted one; here it is held against drawing
    /// by lot, which is off by √(p (1 − p) n) images of n.
    @Test func severalLabelsAreStratified() throws {
        var (ours, lots) = (0.0, 0.0)
        for seed in 0..<60 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let classes = (0..<6).map { "class \($0)" }
            let images = (0..<200).map { number in
                // Classes from common to rare: about 100, 67, 40, 25, 14, 8 of 200 images.
                let labels = classes.indices.filter { generator.chance([0.5, 0.33, 0.2, 0.125, 0.07, 0.04][$0]) }
                return LabelledImage(
                    path: "\(number).jpg", url: URL(filePath: "/"), labels: labels.isEmpty ? [0] : labels,
                    content: ContentHash(of: [UInt8(number)]))
            }
            let dataset = Dataset(
                location: URL(filePath: "/"), root: URL(filePath: "/"), classes: classes, images: images)
            let split = try dataset.split(by: SplitPlan(validation: 0.2, seed: seed)).split
            #expect(parts(split).flatMap(\.self).sorted() == Array(images.indices), "seed \(seed)")
            #expect(abs(split.test.count - 50) <= 5, "seed \(seed)")
            for (label, total) in dataset.counts.enumerated() where total > 1 {
                let test = dataset.counts(of: split.test)[label]
                #expect(test >= 1 && test < total, "seed \(seed)")
                let off: Double = abs(Double(test) - Double(total) / 4)
                #expect(off <= 2.5, "seed \(seed), class \(label): \(test) of \(total)")
                ours += off
                lots += (Double(total) * 0.25 * 0.75).squareRoot()
            }
            let folds = try dataset.folds(5, by: SplitPlan(validation: 0, seed: seed)).map(\.split.test)
            #expect(folds.flatMap(\.self).sorted() == Array(images.indices), "seed \(seed)")
            for (label, total) in dataset.counts.enumerated() {
                let counts = folds.map { dataset.counts(of: $0)[label] }
                let wanted = Double(total) / 5
                #expect(counts.allSatisfy { abs(Double($0) - wanted) <= 3 }, "seed \(seed): \(counts)")
            }
        }
        #expect(ours < lots / 3, "off by \(ours) images in all, by lot \(lots)")
    }

    @Test func mistakesAreSentences() throws {
        func dataset(_ paths: String...) -> Dataset {
            Dataset(
                location: URL(filePath: "photos"), root: URL(filePath: "photos"), classes: ["a", "b"],
                images: paths.map {
                    LabelledImage(
                        path: $0, url: URL(filePath: "/none/\($0)"), labels: [$0.hasPrefix("a") ? 0 : 1],
                        content: ContentHash(of: Array($0.utf8)))
                })
        }
        let plain = dataset("a/x.jpg", "a/y.jpg", "b/x.jpg", "b/y.jpg")
        #expect(throws: SplitError.noGroups(path: "photos")) { try plain.split(by: SplitPlan(.group)) }
        #expect(throws: SplitError.noFolders(path: "photos")) { try plain.split(by: SplitPlan(.folder)) }
        #expect(
            throws: SplitError.noTimes(path: "photos", count: 4, best: .column, known: 0, missing: "a/x.jpg")
        ) { try plain.split(by: SplitPlan(.time)) }
        #expect(throws: SplitError.missingByList(part: .test, classes: ["b"])) {
            try plain.split(by: SplitPlan(), testImages: [0])
        }
        #expect(throws: SplitError.missingByList(part: .train, classes: ["a"])) {
            try plain.split(by: SplitPlan(), testImages: [0, 1, 2])
        }
    }
}
