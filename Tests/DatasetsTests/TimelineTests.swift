// Splitting by time: order, recordings, gaps, and where times are found.

import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct TimelineTests {
    private func dataset(_ images: [LabelledImage], classes: [String] = ["a", "b"]) -> Dataset {
        Dataset(location: URL(filePath: "photos"), root: URL(filePath: "/"), classes: classes, images: images)
    }

    private func image(_ path: String, _ label: Int = 0, time: String? = nil, group: String? = nil) -> LabelledImage {
        LabelledImage(
            path: path, url: URL(filePath: "/nowhere/\(path)"), labels: [label], group: group, time: time,
            content: ContentHash(of: Array(path.utf8)))
    }

    private func names(_ dataset: Dataset, _ indices: [Int]) -> [String] { indices.map { dataset.images[$0].path } }

    /// Two classes of 20 frames each, frame 1 to 20: the last quarter of each, 16 to 20, is for testing.
    ///
    /// By default the gap
    /// is a tenth of the span of 19, rounded down to 1, so that frame 15 is left out. Of the 14 that are left, a fifth, 3, are
    /// for validation: 12 to 14, and 11 is left out between them and training.
    @Test func theLastFramesAreForTesting() throws {
        let data = dataset((1...20).flatMap { [image("a/f\($0).jpg", 0), image("b/f\($0).jpg", 1)] })
        let planned = try data.split(by: SplitPlan(.time, validation: 0.2))
        #expect(planned.timeSource == .frame)
        func frames(_ indices: some Sequence<Int>) -> [Int] {
            indices.map { data.images[$0] }.filter { $0.label == 0 }.compactMap {
                Int($0.path.dropFirst(3).dropLast(4))
            }.sorted()
        }
        #expect(frames(planned.split.test) == Array(16...20))
        #expect(frames(planned.split.validation) == Array(12...14))
        #expect(frames(planned.split.train) == Array(1...10))
        #expect(frames(planned.leftOut.keys) == [11, 15])
        #expect(planned.leftOut.values.allSatisfy { $0 == .gap })
        let wide = try data.split(by: SplitPlan(.time, validation: 0, timeGap: 5))
        #expect(frames(wide.split.train) == Array(1...10))
    }

    /// The law: within a recording, training and test images are more than the gap apart, in folds as well.
    @Test func nothingIsNearerThanTheGap() throws {
        for seed in 0..<60 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var images: [LabelledImage] = []
            for label in 0..<2 {
                for clip in 0..<1 + generator.index(below: 3) {
                    var time = 0
                    for number in 0..<15 + generator.index(below: 40) {
                        time += generator.index(below: 4)
                        images.append(
                            image("\(label)/\(clip)/\(number).jpg", label, time: "\(time)", group: "\(label) \(clip)"))
                    }
                }
            }
            let data = dataset(images)
            let gap = Double(generator.index(below: 5))
            let plan = SplitPlan(.time, validation: seed % 2 == 0 ? 0.2 : 0, timeGap: gap)
            let single = try data.split(by: plan)
            for planned in try [single] + data.folds(3, by: plan) {
                func times(_ indices: [Int], _ group: String) -> [Double] {
                    indices.map { data.images[$0] }.filter { $0.group == group }.compactMap {
                        $0.time.flatMap(Double.init)
                    }
                }
                let split = planned.split
                for group in Set(images.compactMap(\.group)) {
                    for (a, b) in [
                        (split.train, split.test), (split.train, split.validation), (split.validation, split.test),
                    ] {
                        let (a, b) = (times(a, group), times(b, group))
                        let nearest = a.map { x in b.map { abs(x - $0) }.min() ?? .infinity }.min() ?? .infinity
                        #expect(nearest > gap, "seed \(seed), \(group)")
                    }
                }
                let used = split.train + split.validation + split.test + planned.leftOut.keys
                #expect(used.sorted() == Array(data.images.indices), "seed \(seed)")
            }
            // Split once, the test part comes last.
            for group in Set(images.compactMap(\.group)) {
                let last = single.split.train.filter { data.images[$0].group == group }.compactMap {
                    data.images[$0].time.flatMap(Double.init)
                }.max()
                let first = single.split.test.filter { data.images[$0].group == group }.compactMap {
                    data.images[$0].time.flatMap(Double.init)
                }.min()
                if let last, let first { #expect(last < first, "seed \(seed)") }
            }
        }
    }

    /// Copies of test images that were taken earlier are left out of training.
    @Test func copiesAcrossTheCutAreLeftOut() throws {
        let images = (1...20).map { number in
            let content: UInt8 = number == 20 ? 2 : UInt8(number)
            return LabelledImage(
                path: "f\(number).jpg", url: URL(filePath: "/"), labels: [0], content: ContentHash(of: [content]))
        }
        let data = dataset(images, classes: ["a"])
        let near = [["f4.jpg", "f18.jpg"].compactMap { name in data.images.firstIndex { $0.path == name } }]
        let planned = try data.split(by: SplitPlan(.time, validation: 0), nearCopies: near)
        let bound = planned.leftOut.filter { $0.value == .bound(to: .test) }.keys
        #expect(Set(names(data, Array(bound))) == ["f2.jpg", "f4.jpg"])
    }

    /// Classes photographed in the same period share a cut; those of another day have their own.
    @Test func classesOfOnePeriodShareACut() throws {
        let morning = (0..<8).map { image("x\($0)z.jpg", $0 % 2, time: "2024-05-01 10:0\($0):00") }
        let evening = (0..<8).map { image("y\($0)z.jpg", 2, time: "2024-05-01T20:0\($0)") }
        let data = dataset(morning + evening, classes: ["a", "b", "c"])
        let planned = try data.split(by: SplitPlan(.time, validation: 0, timeGap: 0))
        #expect(planned.timeSource == .column)
        #expect(names(data, planned.split.test) == ["x6z.jpg", "x7z.jpg", "y6z.jpg", "y7z.jpg"])
        #expect(planned.split.train.count == 12)
        // The last two of eight begin at the instant 5, at which all of b was taken: they are all for testing.
        #expect(throws: SplitError.missingByTime(part: .train, classes: ["b"])) {
            try dataset((0..<8).map { image("\($0)-.jpg", $0 < 6 ? 0 : 1, time: "\($0 < 6 ? $0 : 5)") }).split(
                by: SplitPlan(.time, validation: 0, timeGap: 0))
        }
    }

    @Test func timesAreFoundInNamesAndInPhotos() async throws {
        let phone = dataset(
            (0..<8).map { image("IMG_20240501_100\($0)07.jpg", $0 % 2) }
                + [image("2024-05-02 10.00.07.png"), image("PXL_20240503_100007123.jpg", 1)])
        // 2024-05-01 is day 19,844 after 1970-01-01, by `date -u -d 2024-05-01 +%s` / 86,400.
        let timeline = try Timeline.read(phone)
        #expect(timeline.source == .name)
        let first = phone.images.firstIndex { $0.path == "IMG_20240501_100007.jpg" }
        let may: Double = 19_844 * 86_400
        #expect(first.map { timeline.times[$0] } == may + 36_007)
        let second = phone.images.firstIndex { $0.path.hasPrefix("2024") }
        #expect(second.map { timeline.times[$0] } == may + 86_400 + 36_007)

        try await withTemporaryFolder { folder in
            let images = try (0..<4).map { number in
                let file = try folder.write(
                    "\(number).jpg", jpegTaken("2024:05:01 10:00:0\(number)", isBigEndian: number % 2 == 0))
                return LabelledImage(
                    path: "\(number).jpg", url: file, labels: [number % 2], content: ContentHash(of: [UInt8(number)]))
            }
            let timeline = try Timeline.read(dataset(images))
            #expect(timeline.source == .exif)
            #expect(timeline.times == [0, 1, 2, 3].map { may + 36_000 + $0 })
            // A clock that was never set says nothing; then the numbers in the names count.
            try folder.write("0.jpg", jpegTaken("0000:00:00 00:00:00", isBigEndian: true))
            #expect(try Timeline.read(dataset(images)).source == .frame)
        }
    }

    @Test func someTimesAreNotEnough() throws {
        let data = dataset([image("a1.jpg"), image("a2.jpg"), image("b.jpg", 1)])
        let error = #expect(throws: SplitError.self) { try data.split(by: SplitPlan(.time)) }
        #expect(
            error?.description
                == "The time of 1 of the 3 images of 'photos' is unknown: the number in the file's name tells it of the others, "
                + "and not of 'b.jpg'. Exclude them, or add a column time to a table.")
    }

    /// A JPEG of no pixels whose EXIF data says when it was taken: TIFF header, a directory with tag 34665, and there a
    /// directory with tag 36867, 20 characters at offset 44.
    private func jpegTaken(_ time: String, isBigEndian: Bool) -> [UInt8] {
        func u16(_ value: Int) -> [UInt8] {
            let bytes = [UInt8(value >> 8), UInt8(value & 255)]
            return isBigEndian ? bytes : bytes.reversed()
        }
        func u32(_ value: Int) -> [UInt8] {
            let bytes = [24, 16, 8, 0].map { UInt8(value >> $0 & 255) }
            return isBigEndian ? bytes : bytes.reversed()
        }
        let start = (isBigEndian ? [0x4D, 0x4D] : [0x49, 0x49]) + u16(42) + u32(8)
        let directory = u16(1) + u16(34665) + u16(4) + u32(1) + u32(26) + u32(0)
        let exif = u16(1) + u16(36867) + u16(2) + u32(20) + u32(44) + u32(0)
        let tiff = start + directory + exif + Array(time.utf8) + [0]
        let segment = Array("Exif".utf8) + [0, 0] + tiff
        return [0xFF, 0xD8, 0xFF, 0xE1, UInt8((segment.count + 2) >> 8), UInt8((segment.count + 2) & 255)] + segment
            + [0xFF, 0xDA, 0, 2]
    }
}
