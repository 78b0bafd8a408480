// What is said about classes, parts and copies; all numbers counted by hand.

import Datasets
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct SetFindingTests {
    /// A data set of images that nobody looks at: only their number counts.
    private func dataset(_ counts: KeyValuePairs<String, Int>, part: (String, Int) -> Part? = { _, _ in nil })
        -> Dataset
    {
        let names = counts.map(\.key).sorted()
        let images = counts.flatMap { label, count in
            (0..<count).map { number in
                LabelledImage(
                    path: "\(label)/\(number).jpg", url: URL(filePath: "\(label)/\(number).jpg"),
                    labels: [names.firstIndex(of: label) ?? 0], part: part(label, number),
                    content: ContentHash(of: Array("\(label) \(number)".utf8)))
            }
        }
        let here = URL(filePath: "photos")
        return Dataset(location: here, root: here, classes: names, images: images)
    }

    @Test func `The founding example of imbalance: 1000 against 100`() {
        let problems = dataset(["cat": 1000, "dog": 100]).allProblems()
        #expect(problems.map(\.kind) == [.imbalance])
        #expect(problems[0].message == "'cat' has 1000 images and 'dog' 100: 10 times as many.")
    }

    /// 3 times as many are too many, 299 for 100 are not; 350 for 100 are 3.5 times as many.
    @Test func `Imbalance begins with three times as many`() {
        #expect(dataset(["cat": 299, "dog": 100]).allProblems().isEmpty)
        #expect(dataset(["cat": 300, "dog": 100]).allProblems().map(\.kind) == [.imbalance])
        #expect(
            dataset(["cat": 350, "dog": 100]).allProblems().map(\.message)
                == ["'cat' has 350 images and 'dog' 100: 3.5 times as many."])
    }

    @Test func `Classes of fewer than 100 images are listed, the smallest first`() {
        #expect(dataset(["cat": 100, "dog": 100]).allProblems().isEmpty)
        #expect(
            dataset(["cat": 99, "dog": 100]).allProblems().map(\.message) == ["The class 'cat' has 99 images."])
        #expect(
            dataset(["cat": 99, "dog": 50, "elk": 100]).allProblems().map(\.message)
                == ["2 classes have fewer than 100 images: 'dog' (50) and 'cat' (99)."])
        let many = dataset(["a": 90, "b": 80, "c": 70, "d": 60, "e": 50, "f": 45, "g": 40, "h": 35])
        #expect(
            many.allProblems().map(\.message) == [
                "8 classes have fewer than 100 images: 'h' (35), 'g' (40), 'f' (45), 'e' (50), 'd' (60), 'c' (70) and 2 others."
            ])
    }

    @Test func `A class that a part lacks is named`() {
        // Of each class the images from 100 on are for testing, of dogs none.
        let data = dataset(["cat": 120, "dog": 100]) { $1 < 100 ? .train : .test }
        #expect(data.counts(in: .test) == [20, 0])
        let problems = data.allProblems()
        #expect(problems.map(\.kind) == [.missingClass])
        #expect(
            problems[0].message
                == "The test part has no image of 'dog', so nothing can be said about how well it is recognised.")
    }

    @Test func `Problems stand in the order of their importance`() async throws {
        try await withTemporaryFolder { folder in
            for (number, path) in ["train/a/1", "train/b/1", "test/a/1", "train/a/2", "train/b/2", "test/b/2"]
                .enumerated()
            {
                try folder.write("\(path).png", drawnPicture(number))
            }
            try folder.write("test/b/leak.png", drawnPicture(0))
            try folder.write("train/b/note.txt", "text")
            try folder.write("train/a/empty.png", [])
            let kinds = try await DatasetCheck.of(folder).problems.map(\.kind)
            #expect(kinds == [.leak, .conflictingLabels, .corrupt, .fewImages, .unsupported])
            #expect(kinds == Problem.Kind.allCases.filter(kinds.contains))
        }
    }

    /// A photo, the same file again, and an enlarged copy; one of them under another label, or in another part.
    @Test func `Copies are told apart by what they do`() async throws {
        func found(_ paths: [String]) async throws -> [Problem] {
            try await withTemporaryFolder { folder in
                for number in 0..<4 {
                    try folder.write("train/\(number % 2 == 0 ? "a" : "b")/x\(number).png", drawnPicture(number))
                }
                try folder.write("test/a/y.png", drawnPicture(4))
                try folder.write("test/b/y.png", drawnPicture(5))
                let photo = drawnPicture(6)
                try folder.write(paths[0], photo)
                try folder.write(paths[1], photo)
                try folder.write(paths[2], photo.resized(width: 160, height: 120))
                return try await DatasetCheck.of(folder).problems.filter { $0.kind != .fewImages }
            }
        }
        let harmless = try await found(["train/a/1.png", "train/a/2.png", "train/a/3.png"])
        #expect(harmless.map(\.kind) == [.exactDuplicates, .nearDuplicates])
        #expect(harmless[0].groups == [["train/a/1.png", "train/a/2.png"]])
        #expect(harmless[1].groups == [["train/a/1.png", "train/a/2.png", "train/a/3.png"]])

        let conflict = try await found(["train/a/1.png", "train/a/2.png", "train/b/3.png"])
        #expect(conflict.map(\.kind) == [.conflictingLabels, .exactDuplicates])
        #expect(
            conflict[0].message
                == "The files 'train/a/1.png', 'train/a/2.png' and 'train/b/3.png' look almost the same and have different "
                + "labels, 'a' and 'b'.")

        let leak = try await found(["train/a/1.png", "test/a/2.png", "train/a/3.png"])
        // Without the equal file, the enlarged copy would still be in both parts.
        #expect(leak.map(\.kind) == [.leak, .leak])
        #expect(leak[0].groups == [["test/a/2.png", "train/a/1.png"]])
        #expect(leak[1].groups == [["test/a/2.png", "train/a/1.png", "train/a/3.png"]])

        let both = try await found(["train/a/1.png", "train/a/2.png", "test/b/3.png"])
        #expect(both.map(\.kind) == [.leak, .conflictingLabels, .exactDuplicates])
        #expect(both[0].paths.count == 3)
    }

    @Test func `Parts of another light are noticed, parts of the same are not`() async throws {
        func found(dark: Bool, count: Int) async throws -> [Problem] {
            try await withTemporaryFolder { folder in
                for number in 0..<count {
                    let label = number % 2 == 0 ? "a" : "b"
                    try folder.write("train/\(label)/\(number).png", drawnPicture(number, width: 48, height: 36))
                    let test = drawnPicture(1000 + number, width: 48, height: 36)
                    try folder.write("test/\(label)/\(number).png", dark ? test.squeezed(into: 0...150) : test)
                }
                return try await DatasetCheck.of(folder).problems.filter { $0.kind == .drift }
            }
        }
        let drift = try await found(dark: true, count: 40)
        #expect(drift.count == 1)
        #expect(drift.first?.message.hasPrefix("The test part differs from the train part in brightness (") == true)
        #expect(try await found(dark: false, count: 40).isEmpty)
        // As different as before, but so few that it may be chance.
        #expect(try await found(dark: true, count: 6).isEmpty)
    }
}

@Suite struct TwoSampleTests {
    /// 1, 2, 3, 4 and 3, 4, 5, 6: after 2 the functions are 2/4 and 0, and never farther apart.
    @Test func `Distances by hand`() {
        #expect(TwoSamples([1, 2, 3, 4], [6, 5, 4, 3]).distance == 0.5)
        #expect(TwoSamples([1, 2], [1, 2]).distance == 0)
        #expect(TwoSamples([1, 2], [1, 2]).probability == 1)
        // After 1: 2/3 and 1/4; after 2: 3/3 and 2/4.
        #expect(TwoSamples([1, 1, 2], [1, 2, 3, 4]).distance == 0.5)
        #expect(TwoSamples([1], [2]).distance == 1)
    }

    /// Two rows of 20,000 numbers, shifted by 271: distance 271 / 20,000 = 0.01355, x = (100 + 0.12 + 0.0011) · 0.01355 =
    /// 1.35664, and 2 (exp(−2 x²) − exp(−8 x²)) = 2 (0.025213 − 0.0000004) = 0.05043.
    @Test func `The probability is Kolmogorov's`() {
        let test = TwoSamples((0..<20_000).map(Double.init), (271..<20_271).map(Double.init))
        #expect(abs(test.distance - 0.01355) < 1e-9)
        #expect(abs(test.probability - 0.0504) < 0.0002)
    }

    /// Of samples of one distribution, those called different at 5 % are about 5 %: of 400, within 20 ± 4 · √(400 · 0.05 · 0.95).
    @Test func `Equal distributions are called different as often as the probability says`() {
        var alarms = 0
        for seed in 0..<400 {
            var generator = SeededGenerator(seed: UInt64(seed))
            func sample() -> [Double] { (0..<60).map { _ in Double(generator.next() >> 11) } }
            if TwoSamples(sample(), sample()).probability < 0.05 { alarms += 1 }
        }
        #expect((3...37).contains(alarms))
    }
}
