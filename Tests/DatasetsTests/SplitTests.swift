// The laws of a split, over many seeds.

import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct SplitTests {
    /// Images of 2 to 5 classes with 2 to 60 images each; `copies` of 100 repeat the content of another image of their class.
    private func images(seed: UInt64, copies: Int = 0, groups: Bool = false) -> (images: [LabelledImage], classes: [String]) {
        var generator = SeededGenerator(seed: seed)
        let classes = (0..<2 + generator.index(below: 4)).map { "class \($0)" }
        var images: [LabelledImage] = []
        for label in classes.indices {
            let count = 2 + generator.index(below: 59)
            for number in 0..<count {
                // The first two of a class always differ, as no split could otherwise separate them.
                let isCopy = number > 1 && generator.index(below: 100) < copies
                let content = isCopy ? generator.index(below: number) : number
                let group = groups && number > 1 ? "person \(generator.index(below: 40))" : nil
                images.append(
                    LabelledImage(
                        path: "\(classes[label])/\(number).jpg", url: URL(filePath: "/\(label)/\(number)"), labels: [label],
                        group: group, content: ContentHash(of: Array("\(label) \(content)".utf8))))
            }
        }
        return (images, classes)
    }

    private func parts(_ split: Split) -> [[Int]] { [split.train, split.validation, split.test] }

    private func expectWhole(_ parts: [[Int]], _ images: [LabelledImage], _ seed: UInt64) {
        var contents: [ContentHash: Int] = [:]
        var groups: [String: Int] = [:]
        for (part, indices) in parts.enumerated() {
            for index in indices {
                if let content = images[index].content {
                    #expect(contents[content, default: part] == part, "seed \(seed): copies are apart")
                    contents[content] = part
                }
                if let group = images[index].group {
                    #expect(groups[group, default: part] == part, "seed \(seed): a group is apart")
                    groups[group] = part
                }
            }
        }
    }

    @Test func withoutCopiesEveryClassIsExact() throws {
        for seed in 0..<200 as Range<UInt64> {
            let (images, classes) = images(seed: seed)
            let split = try Split.stratified(images, classes: classes, test: 0.25, validation: 0.2, seed: seed)
            #expect(parts(split).flatMap(\.self).sorted() == Array(images.indices), "seed \(seed)")
            for label in classes.indices {
                let counts = parts(split).map { $0.count { images[$0].label == label } }
                let total = counts.reduce(0, +)
                // A quarter rounded, at least one, not all; a fifth of the rest likewise, if the rest has two.
                let test = min(max(1, Int((Double(total) * 0.25).rounded())), total - 1)
                let rest = total - test
                let validation = rest < 2 ? 0 : min(max(1, Int((Double(rest) * 0.2).rounded())), rest - 1)
                #expect(counts == [rest - validation, validation, test], "seed \(seed)")
            }
        }
    }

    @Test func copiesStayTogetherAndClassesStayEven() throws {
        for seed in 0..<200 as Range<UInt64> {
            let (images, classes) = images(seed: seed, copies: 30)
            let split = try Split.stratified(images, classes: classes, seed: seed)
            #expect(parts(split).flatMap(\.self).sorted() == Array(images.indices), "seed \(seed)")
            expectWhole(parts(split), images, seed)
            for label in classes.indices {
                let members = images.filter { $0.label == label }
                let test = split.test.count { images[$0].label == label }
                #expect(test >= 1 && test < members.count, "seed \(seed)")
                let largest = Dictionary(grouping: members, by: \.content).values.map(\.count).max() ?? 1
                // Within one image, or half of the largest set of copies.
                let wanted = Double(members.count) * 0.25
                #expect(abs(Double(test) - wanted) <= max(1, Double(largest) / 2 + 0.5), "seed \(seed)")
            }
        }
    }

    @Test func groupsAcrossClassesStayTogether() throws {
        for seed in 0..<100 as Range<UInt64> {
            let (images, classes) = images(seed: seed, copies: 10, groups: true)
            let split = try Split.stratified(images, classes: classes, validation: 0.2, seed: seed)
            #expect(parts(split).flatMap(\.self).sorted() == Array(images.indices), "seed \(seed)")
            expectWhole(parts(split), images, seed)
            for label in classes.indices {
                #expect(split.test.contains { images[$0].label == label }, "seed \(seed)")
                #expect(split.train.contains { images[$0].label == label }, "seed \(seed)")
            }
        }
    }

    @Test func theOrderOfTheImagesDoesNotMatter() throws {
        for seed in 0..<50 as Range<UInt64> {
            let (images, classes) = images(seed: seed, copies: 20, groups: seed % 2 == 0)
            var shuffled = images
            var generator = SeededGenerator(seed: seed, stream: 1)
            generator.shuffle(&shuffled)
            func paths(_ images: [LabelledImage]) throws -> [Set<String>] {
                let split = try Split.stratified(images, classes: classes, validation: 0.2, seed: seed)
                return parts(split).map { Set($0.map { images[$0].path }) }
            }
            #expect(try paths(images) == paths(shuffled), "seed \(seed)")
        }
    }

    @Test func seedsDifferAndRepeat() throws {
        let (images, classes) = images(seed: 11)
        func split(_ seed: UInt64, validation: Double = 0) throws -> Split {
            try Split.stratified(images, classes: classes, validation: validation, seed: seed)
        }
        #expect(try split(1) == split(1))
        #expect(try split(1) != split(2))
        #expect(try split(1).test == split(1, validation: 0.3).test)
    }

    /// Which of ten images are for testing is drawn by SHA-256, so it can be told on any machine: with seed 42, `printf
    /// '42\na/0.jpg' | sha256sum` and so on for a/0.jpg to a/9.jpg, the two smallest sums are those of a/3.jpg and a/5.jpg; likewise for b.
    @Test func everyMachineDrawsTheSame() throws {
        let images = (0..<20).map { number in
            LabelledImage(
                path: "\(number < 10 ? "a" : "b")/\(number % 10).jpg", url: URL(filePath: "/"), labels: [number / 10],
                content: ContentHash(of: [UInt8(number)]))
        }
        let split = try Split.stratified(images, classes: ["a", "b"], test: 0.2, seed: 42)
        #expect(split.test.map { images[$0].path } == ["a/3.jpg", "a/5.jpg", "b/6.jpg", "b/9.jpg"])
    }

    @Test func everyImageIsTestedAboutAsOften() throws {
        // Of 40 images 10 are for testing; over 400 seeds each 100 times, standard deviation √(400 · ¼ · ¾) = 8.7.
        let images = (0..<40).map { number in
            LabelledImage(
                path: "\(number).jpg", url: URL(filePath: "/"), labels: [0], content: ContentHash(of: [UInt8(number)]))
        }
        var counts = [Int](repeating: 0, count: 40)
        for seed in 0..<400 as Range<UInt64> {
            for index in try Split.stratified(images, classes: ["a"], seed: seed).test { counts[index] += 1 }
        }
        #expect(counts.allSatisfy { abs($0 - 100) < 44 }, "\(counts)")
    }

    @Test func addingAnImageMovesFewOthers() throws {
        for seed in 0..<50 as Range<UInt64> {
            let (images, classes) = images(seed: seed)
            let new = LabelledImage(
                path: "class 0/new.jpg", url: URL(filePath: "/"), labels: [0], content: ContentHash(of: Array("new".utf8)))
            let before = try Split.stratified(images, classes: classes, seed: seed)
            let after = try Split.stratified(images + [new], classes: classes, seed: seed)
            // The new one may take another's place, or the larger class may need one more.
            #expect(Set(before.test).symmetricDifference(after.test).subtracting([images.count]).count <= 1, "seed \(seed)")
        }
    }

    @Test func aClassOfCopiesCannotBeSplit() throws {
        let images = (0..<6).map { number in
            LabelledImage(
                path: "\(number).jpg", url: URL(filePath: "/"), labels: [number / 3],
                content: ContentHash(of: [UInt8(number < 3 ? number : 9)]))
        }
        let error = #expect(throws: DatasetError.self) { try Split.stratified(images, classes: ["a", "b"]) }
        #expect(
            error?.description
                == "The 3 images of 'b' hang together, as copies of one another or by their groups, so that none is left for "
                + "the test part. Add other images of 'b'.")
    }

    @Test func foldsAreEvenAndWhole() throws {
        for seed in 0..<100 as Range<UInt64> {
            let (images, classes) = images(seed: seed)
            let dataset = Dataset(location: URL(filePath: "/"), root: URL(filePath: "/"), classes: classes, images: images)
            let count = 2 + Int(seed % 4)
            let split = try Split.stratified(dataset.images, classes: classes, seed: seed)
            let folds = dataset.folds(count, of: split.train, seed: seed)
            #expect(folds.count == count)
            #expect(folds.flatMap(\.self).sorted() == split.train, "seed \(seed)")
            #expect((folds.map(\.count).max() ?? 0) - (folds.map(\.count).min() ?? 0) <= 1, "seed \(seed)")
            for label in classes.indices {
                let counts = folds.map { $0.count { dataset.images[$0].label == label } }
                #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "seed \(seed)")
            }
            let copies = self.images(seed: seed, copies: 30, groups: true)
            let other = Dataset(
                location: URL(filePath: "/"), root: URL(filePath: "/"), classes: copies.classes, images: copies.images)
            expectWhole(other.folds(count, of: Array(other.images.indices), seed: seed), other.images, seed)
        }
    }

    @Test func givenPartsAreUsedAsTheyAre() async throws {
        try await withTemporaryFolder { folder in
            for label in ["a", "b"] {
                for number in 0..<8 { try folder.writeImages("train/\(label)/\(number).jpg") }
                try folder.writeImages("val/\(label)/8.jpg", "test/\(label)/9.jpg")
            }
            let whole = try Dataset.read(folder).hashingContents()
            func part(_ dataset: Dataset, _ indices: [Int]) -> Set<String> {
                Set(indices.map { dataset.images[$0].path.split(separator: "/")[0] }.map(String.init))
            }
            let split = try whole.split(validation: 0.25)
            #expect(part(whole, split.train) == ["train"] && split.train.count == 16)
            #expect(part(whole, split.validation) == ["val"] && split.validation.count == 2)
            #expect(part(whole, split.test) == ["test"] && split.test.count == 2)

            // Without a test part, the validation part measures, and validation is drawn from the training images.
            try FileManager.default.removeItem(at: folder.appending(path: "test"))
            let noTest = try Dataset.read(folder).hashingContents()
            let second = try noTest.split(validation: 0.25)
            #expect(part(noTest, second.test) == ["val"] && second.test.count == 2)
            #expect(part(noTest, second.validation) == ["train"] && second.validation.count == 4)
            #expect(try noTest.split().validation.isEmpty)

            // With training images alone, both are drawn from them.
            try FileManager.default.removeItem(at: folder.appending(path: "val"))
            let alone = try Dataset.read(folder).hashingContents().split(validation: 0.25)
            #expect(parts(alone).map(\.count) == [8, 4, 4])
        }
    }
}
