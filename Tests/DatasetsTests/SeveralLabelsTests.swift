// Data sets whose images may have any number of labels: what is read, what training needs, and how they are split.

import Datasets
import Foundation
import Labels
import TestSupport
import Testing

@Suite struct SeveralLabelsTests {
    /// A table in a folder with an image for each path.
    private func read(_ rows: [String], labels: LabelCount? = nil) async throws -> Dataset {
        try await withTemporaryFolder { folder in
            for row in rows { try folder.writeImages(String(row.prefix { $0 != "," })) }
            let table = try folder.write("table.csv", "path,label\n" + rows.joined(separator: "\n") + "\n")
            return try Dataset.read(table, options: .init(labels: labels))
        }
    }

    @Test func theTableShowsHowManyLabelsThereMayBe() async throws {
        let several = try await read(["a.jpg,can|carton", "b.jpg,can", "c.jpg,"])
        #expect(several.labelCount == .many)
        #expect(several.lines == ["a.jpg can|carton", "b.jpg can", "c.jpg "])
        #expect(several.counts == [2, 1])
        #expect(several.problems.map(\.kind) == [.noLabels] && several.problems[0].paths == ["c.jpg"])
        // One label an image: an empty one is left out, as nothing says what it shows.
        let one = try await read(["a.jpg,carton", "b.jpg,can", "c.jpg,"])
        #expect(one.labelCount == .one)
        #expect(one.lines == ["a.jpg carton", "b.jpg can"])
        #expect(one.leftOutLines == ["c.jpg has no label in the table"])
    }

    @Test func whatIsSaidWinsOverWhatTheTableShows() async throws {
        let many = try await read(["a.jpg,can", "b.jpg,"], labels: .many)
        #expect(many.labelCount == .many && many.lines == ["a.jpg can", "b.jpg "])
        // What was read stays of its kind when images are left out.
        let rest = many.leavingOut([LeftOutFile(path: "b.jpg", kind: .corrupt, reason: "is empty")])
        #expect(rest.labelCount == .many && rest.images.count == 1)
        let one = try await read(["a.jpg,can|carton", "b.jpg,can", "c.jpg,carton", "d.jpg,carton"], labels: .one)
        #expect(throws: DatasetError.severalLabels(path: "a.jpg", labels: ["can", "carton"], count: 1)) {
            try one.requireTrainable()
        }
    }

    /// One label an image, unless somebody says otherwise: a folder names one, and a correction does not change what it is.
    @Test func foldersHaveOneLabelAnImage() async throws {
        try await withTemporaryFolder { folder in
            try folder.writeImages("cat/1.jpg", "dog/1.jpg", "loose.jpg")
            try folder.write(".ocelot/labels.tsv", "cat/1.jpg\tcat|dog\n")
            #expect(try Dataset.read(folder).labelCount == .one)
            let many = try Dataset.read(folder, options: .init(labels: .many))
            #expect(many.lines == ["cat/1.jpg cat|dog", "dog/1.jpg dog"])
            #expect(many.labelCount == .many && many.leftOutLines == ["loose.jpg lies in no class folder"])
        }
    }

    @Test func eachLabelNeedsImagesWithAndWithoutIt() async throws {
        try await read(["a.jpg,x|y", "b.jpg,x|y", "c.jpg,", "d.jpg,"]).requireTrainable()
        // One label is enough: it is told from its absence.
        try await read(["a.jpg,x", "b.jpg,x", "c.jpg,", "d.jpg,"], labels: .many).requireTrainable()
        func error(_ rows: [String]) async throws -> DatasetError? {
            let dataset = try await read(rows, labels: .many)
            do { try dataset.requireTrainable() } catch let error as DatasetError { return error }
            return nil
        }
        guard
            case .tooFewExamples(_, nil, "y", with: 1, without: 3, needed: 2) = try await error([
                "a.jpg,x|y", "b.jpg,x", "c.jpg,", "d.jpg,",
            ])
        else { throw Unexpected() }
        guard
            case .tooFewExamples(_, nil, "x", with: 3, without: 1, needed: 2) = try await error([
                "a.jpg,x|y", "b.jpg,x|y", "c.jpg,x", "d.jpg,",
            ])
        else { throw Unexpected() }
        guard case .noLabels = try await error(["a.jpg,", "b.jpg,"]) else { throw Unexpected() }
    }

    private struct Unexpected: Error {}

    @Test func givenPartsNeedBothKinds() async throws {
        try await withTemporaryFolder { folder in
            for name in ["a", "b", "c", "d", "e"] { try folder.writeImages("\(name).jpg") }
            let table = try folder.write(
                "t.csv", "path,label,split\na.jpg,x|y,train\nb.jpg,,train\nc.jpg,x,test\nd.jpg,y,train\ne.jpg,,test\n")
            #expect {
                try Dataset.read(table).requireTrainable()
            } throws: { error in
                guard case DatasetError.tooFewExamples(_, .test, "y", with: 0, without: 2, needed: 1) = error else {
                    return false
                }
                return "\(error)".hasPrefix(
                    "Each label needs at least 1 image that has it and 1 without it, and in the test part of ")
            }
        }
    }

    @Test func aModelsLabelsNeedNotAllOccur() async throws {
        let few = try await read(["a.jpg,x|z"]).matching(classes: ["x", "y", "z"])
        #expect(few.images[0].labels == [0, 2])
        #expect(throws: DatasetError.self) { try few.matching(classes: ["x", "y"]) }
    }

    // MARK: - Splitting

    /// Images with up to 4 labels of very different frequency, a quarter of them copies, many without any.
    private func images(seed: UInt64, copies: Bool) -> (images: [LabelledImage], classes: [String]) {
        var generator = SeededGenerator(seed: seed)
        let count = 24 + generator.index(below: 150)
        let images = (0..<count).map { number in
            let labels = [2, 3, 6, 9].enumerated().filter { generator.index(below: $0.element) == 0 }.map(\.offset)
            let isCopy = copies && number > 0 && generator.index(below: 4) == 0
            return LabelledImage(
                path: "\(number).jpg", url: URL(filePath: "/\(number)"), labels: labels,
                content: ContentHash(of: Array("\(isCopy ? generator.index(below: number) : number)".utf8)))
        }
        return (images, ["a", "b", "c", "d"])
    }

    /// Every image is in one part, copies are together, and each label has nearly its share in the test part.
    @Test(arguments: [false, true]) func splitsAreCompleteWholeAndEven(copies: Bool) throws {
        for seed in 0..<100 as Range<UInt64> {
            let (images, classes) = images(seed: seed, copies: copies)
            guard canBeSplit(images, classes.count) else { continue }
            let split = try Split.stratified(images, classes: classes, test: 0.25, validation: 0.2, seed: seed)
            let parts = [split.train, split.validation, split.test]
            #expect(parts.flatMap(\.self).sorted() == Array(images.indices), "seed \(seed)")
            var homes: [ContentHash: Int] = [:]
            for (part, indices) in parts.enumerated() {
                for index in indices {
                    let content = try #require(images[index].content)
                    #expect(homes.updateValue(part, forKey: content) ?? part == part, "seed \(seed)")
                }
            }
            // A part gets the rounded share of a label, give or take half of the largest set of copies, and what it had before
            // that label was dealt: of the images that also have another label, a quarter, as by lot, within three standard
            // deviations.
            let largest = Double(Dictionary(grouping: images, by: \.content).values.map(\.count).max() ?? 1)
            var (slack, variance) = ((1 + largest) / 2, 0.0)
            for label in classes.indices {
                let total = images.count { $0.labels.contains(label) }
                let tested = split.test.count { images[$0].labels.contains(label) }
                #expect(total == 0 || tested > 0 && tested < total, "seed \(seed)")
                let shared = Double(images.count { $0.labels.contains(label) && $0.labels.count > 1 })
                let spread = largest * shared * 3 / 16
                let surplus = max(0, shared / 4 + 3 * spread.squareRoot() - (Double(total) / 4).rounded())
                let reach = (1 + largest) / 2 + surplus
                #expect(abs(Double(tested) - Double(total) / 4) <= reach, "seed \(seed): \(tested) of \(total)")
                (slack, variance) = (slack + (1 + largest) / 2, variance + spread)
            }
            // What is rounded for each label, and for the images without any, may add up, and so may what is left to chance.
            let reach = slack + 3 * variance.squareRoot()
            #expect(abs(Double(split.test.count) - Double(images.count) / 4) <= reach, "seed \(seed)")
        }
    }

    /// Whether each label that occurs has images that need not stay together.
    private func canBeSplit(_ images: [LabelledImage], _ classes: Int) -> Bool {
        (0..<classes).allSatisfy { label in
            Set(images.filter { $0.labels.contains(label) }.map(\.content)).count != 1
        }
    }

    @Test func theOrderOfImagesDoesNotMatterAndTheSeedDoes() throws {
        for seed in 0..<20 as Range<UInt64> {
            let (images, classes) = images(seed: seed, copies: true)
            guard canBeSplit(images, classes.count) else { continue }
            func tested(_ images: [LabelledImage], _ seed: UInt64) throws -> Set<String> {
                Set(try Split.stratified(images, classes: classes, seed: seed).test.map { images[$0].path })
            }
            var generator = SeededGenerator(seed: seed)
            var shuffled = images
            generator.shuffle(&shuffled)
            let first = try tested(images, seed)
            #expect(try first == tested(shuffled, seed), "seed \(seed)")
            #expect(try first != tested(images, seed + 1000), "seed \(seed)")
        }
    }

    @Test func foldsHoldEachImageOnce() throws {
        for seed in 0..<30 as Range<UInt64> {
            let (images, classes) = images(seed: seed, copies: true)
            let dataset = Dataset(
                location: URL(filePath: "/"), root: URL(filePath: "/"), classes: classes, images: images)
            let folds = dataset.folds(3, of: Array(images.indices), seed: seed)
            #expect(folds.flatMap(\.self).sorted() == Array(images.indices), "seed \(seed)")
            let sizes = folds.map(\.count)
            #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 3 + images.count / 10, "seed \(seed): \(sizes)")
        }
    }
}
