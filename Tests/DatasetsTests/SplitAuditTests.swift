// What a split has on both sides is found, whoever made it.

import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct SplitAuditTests {
    private func image(_ path: String, content: Int, group: String? = nil) -> LabelledImage {
        LabelledImage(
            path: path, url: URL(filePath: "/"), labels: [0], group: group, content: ContentHash(of: [UInt8(content)]))
    }

    @Test func everyKindIsFound() {
        let images = [
            image("0.jpg", content: 0), image("1.jpg", content: 1), image("2.jpg", content: 2, group: "g"),
            image("3.jpg", content: 3), image("4.jpg", content: 0), image("5.jpg", content: 5),
            image("6.jpg", content: 6, group: "g"), image("7.jpg", content: 7), image("8.jpg", content: 8),
            image("9.jpg", content: 0),
        ]
        // For testing: 4, equal to 0; 5, almost equal to 1; 6, of the group of 2; 7, the frame after 3; 8, like nothing.
        let split = Split(train: [0, 1, 2, 3], validation: [9], test: [4, 5, 6, 7, 8])
        let audit = SplitAudit(images, split, nearCopies: [[1, 5]], neighbours: [(3, 7), (7, 8)])
        #expect(audit.affected == 4 && audit.testImages == 5 && audit.share == 0.8)
        #expect(SplitAudit.Kind.allCases.map(audit.count) == [1, 1, 1, 1])
        #expect(
            audit.pairs.map { "\($0.kind) \($0.part) \($0.path) \($0.otherPart) \($0.other)" } == [
                "exact test 4.jpg train 0.jpg", "near test 5.jpg train 1.jpg", "group test 6.jpg train 2.jpg",
                "neighbours test 7.jpg train 3.jpg", "exact validation 9.jpg train 0.jpg",
            ])
        #expect(
            audit.sentence
                == "4 of the 5 test photos (80.0 %) have their like among the photos trained with (1 equal, 1 almost equal, 1 of "
                + "the same group and 1 the next frame of a recording), so an accuracy measured on them is too good. 1 validation "
                + "photo has its like in the train part (1 equal).")
        let clean = SplitAudit(images, Split(train: [1, 2], validation: [], test: [3, 8]))
        #expect(clean.warning == nil && clean.pairs.isEmpty)
        #expect(
            clean.sentence
                == "No test photo has its like among the photos trained with; looked for were equal files and groups.")
    }

    /// Whatever is given, a mended split has nothing equal, nearly equal or of one group on both sides, and loses no image.
    @Test func mendingLeavesNothing() {
        for seed in 0..<100 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let images = (0..<60).map { number in
                image(
                    "\(number).jpg", content: generator.index(below: 50),
                    group: generator.chance(0.3) ? "\(generator.index(below: 12))" : nil)
            }
            let data = Dataset(location: URL(filePath: "/"), root: URL(filePath: "/"), classes: ["a"], images: images)
            let near = (0..<4).map { _ in [generator.index(below: 60), generator.index(below: 60)] }
            var order = Array(0..<60)
            generator.shuffle(&order)
            let split = Split(
                train: Array(order[..<35]), validation: Array(order[35..<45]), test: Array(order[45..<58]))
            let mended = data.mended(split, nearCopies: near)
            #expect(SplitAudit(data.images, mended, nearCopies: near).pairs.isEmpty, "seed \(seed)")
            #expect((mended.train + mended.validation + mended.test).sorted() == order[..<58].sorted(), "seed \(seed)")
        }
    }

    /// A split that the plan makes passes its own audit, for every rule that keeps sets whole.
    @Test func plannedSplitsPass() throws {
        for seed in 0..<40 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let images = (0..<80).map { number in
                image("\(number % 4)/\(number).jpg", content: generator.index(below: 200), group: "\(number / 3)")
            }
            let data = Dataset(location: URL(filePath: "/"), root: URL(filePath: "/"), classes: ["a"], images: images)
            let near = [[1, 40], [2, 70, 50]]
            let split = try data.split(by: SplitPlan(.group, seed: seed), nearCopies: near).split
            #expect(SplitAudit(data.images, split, nearCopies: near).pairs.isEmpty, "seed \(seed)")
        }
    }

    @Test func framesFollowEachOtherByTheirNames() {
        func neighbours(_ paths: String...) -> [String] {
            FrameSeries.find(in: paths).flatMap(\.neighbours).map { "\(paths[$0.0]) \(paths[$0.1])" }
        }
        #expect(neighbours("v/f_1.jpg", "v/f_2.jpg", "v/f_4.jpg", "w/f_3.jpg") == ["v/f_1.jpg v/f_2.jpg"])
        // Every tenth frame was kept: the smallest step counts.
        #expect(neighbours("f0010.jpg", "f0020.jpg", "f0030.jpg") == ["f0010.jpg f0020.jpg", "f0020.jpg f0030.jpg"])
        #expect(neighbours("a1b.jpg", "a2c.jpg", "photo.jpg", "1.png", "2.jpg") == [])
        #expect(neighbours("cat.7.jpg", "cat.8.jpg") == ["cat.7.jpg cat.8.jpg"])
        #expect(neighbours("x99999999999999999999.jpg", "x99999999999999999998.jpg") == [])
    }
}
