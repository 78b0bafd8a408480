// Each kind of picture that something is said about, and those about which nothing is.

import Datasets
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct PictureFindingTests {
    /// Twelve pictures about which nothing is to be said, and one that is spoilt.
    private func check(_ path: String, _ bytes: [UInt8]) async throws -> DatasetCheck {
        try await withTemporaryFolder { folder in
            for number in 0..<12 {
                try folder.write("\(number % 2 == 0 ? "a" : "b")/\(number).png", drawnPicture(number))
            }
            try folder.write(path, bytes)
            return try await .of(folder)
        }
    }

    @Test func `Nothing is said about good pictures`() async throws {
        let check = try await check("a/good.png", drawnPicture(99).png())
        #expect(check.found.isEmpty)
        #expect(check.problems.map(\.kind) == [.fewImages])
    }

    /// A picture with what is to be said about it.
    struct Spoilt: Sendable, CustomTestStringConvertible {
        var name: String
        var picture: Picture
        var kinds: [Problem.Kind]
        var testDescription: String { name }

        init(_ name: String, _ picture: Picture, _ kinds: [Problem.Kind]) {
            (self.name, self.picture, self.kinds) = (name, picture, kinds)
        }
    }

    /// Each spoilt picture has the kinds beside it, and no other picture has any.
    static let spoilt: [Spoilt] = [
        // 255 × 0.2 = 51 is 0.2 bright at most, below 0.32; the greys still differ enough to carry information.
        Spoilt("dark", drawnPicture(50).squeezed(into: 0...51), [.dark]),
        Spoilt("black", Picture.plain(0), [.lowInformation, .dark]),
        // 246 / 255 = 0.965, above 0.95; ten greys at most are log₂ 10 = 3.3 bits, more than 1.4.
        Spoilt("light", drawnPicture(51).squeezed(into: 246...255), [.light]),
        Spoilt("white", Picture.plain(255), [.lowInformation, .light]),
        Spoilt("blurry", Picture.gradient, [.blurry]),
        Spoilt("plain", Picture.plain(140), [.lowInformation]),
        Spoilt("grey", drawnPicture(53).greyed, [.grayscale]),
        // 40 / 120 = 0.33, below 0.35; 42 / 120 is just as much.
        Spoilt("narrow", drawnPicture(54, width: 120, height: 40), [.oddAspectRatio]),
        Spoilt("wide", drawnPicture(54, width: 120, height: 42), []),
        Spoilt("tall", drawnPicture(55, width: 40, height: 120), [.oddAspectRatio]),
        // √(120 · 90) = 104; twice that is odd where all others are equal, a little less is not.
        Spoilt("huge", drawnPicture(56, width: 260, height: 195), [.oddSize]),
        Spoilt("larger", drawnPicture(57, width: 200, height: 150), []),
        Spoilt("tiny", drawnPicture(58, width: 40, height: 30), [.oddSize]),
    ]

    @Test(arguments: spoilt) func `A spoilt picture is found, and only that`(_ spoilt: Spoilt) async throws {
        let (name, picture, kinds) = (spoilt.name, spoilt.picture, spoilt.kinds)
        let check = try await check("a/\(name).png", picture.png())
        var expected: [Problem.Kind: [String]] = [:]
        // One colour is grey too, and one of many coloured ones.
        let isPlain = Set(picture.pixels).count == 1
        for kind in kinds + (isPlain ? [.grayscale] : []) { expected[kind] = ["a/\(name).png"] }
        #expect(check.found == expected)
    }

    @Test func `Photos of more than four megapixels are counted, and the gain is measured`() async throws {
        // 2,400 × 1,700 = 4.08 million.
        let check = try await check(
            "b/large.jpg", drawnPicture(60).resized(width: 2400, height: 1700).jpeg(quality: 80))
        #expect(check.found == [.largeImages: ["b/large.jpg"]])
        let problem = try #require(check.problems.last)
        #expect(problem.message == "'b/large.jpg' has more than 4 megapixels.")
        #expect(problem.advice.hasPrefix("Copies of at most 1000 pixels a side"))
    }

    @Test func `Files that are refused are explained, and counted once`() async throws {
        let good = try drawnPicture(70).jpeg(quality: 90)
        let cut = try await check("b/cut.jpg", Array(good.prefix(good.count / 2)))
        #expect(cut.found == [.corrupt: ["b/cut.jpg"]])
        #expect(cut.problems[0].message.hasPrefix("'b/cut.jpg' is left out: it is cut off ("))
        #expect(cut.dataset.quarantine.hasPrefix("path\tkind\treason\nb/cut.jpg\tcorrupt\tis cut off ("))
        let text = try await check("b/notes.txt", Array("notes".utf8))
        #expect(text.found == [.unsupported: ["b/notes.txt"]])
        #expect(text.problems.map(\.kind) == [.fewImages, .unsupported])
    }

    /// Of 12 pictures 6 are grey: that is the half from which on the coloured ones are the odd ones.
    @Test func `Grey pictures are odd only among coloured ones`() async throws {
        func check(grey: Int) async throws -> DatasetCheck {
            try await withTemporaryFolder { folder in
                for number in 0..<12 {
                    let picture = drawnPicture(number)
                    try folder.write("\(number % 2)/\(number).png", number < grey ? picture.greyed : picture)
                }
                return try await .of(folder)
            }
        }
        #expect(try await check(grey: 6).found[.grayscale]?.count == 6)
        #expect(try await check(grey: 7).found.isEmpty)
        #expect(try await check(grey: 12).found.isEmpty)
    }

    @Test func `What nearly all pictures of a kind have in common is said`() async throws {
        let problems = try await withTemporaryFolder { folder in
            for number in 0..<10 {
                try folder.write("day/\(number).png", drawnPicture(number))
                let night = drawnPicture(100 + number).squeezed(into: 0...51)
                try folder.write("night/\(number).png", number < 5 ? night : drawnPicture(200 + number))
            }
            return try await DatasetCheck.of(folder).problems
        }
        #expect(
            problems.first { $0.kind == .dark }?.message
                == "5 images are dark: 99 % of the pixels are at most 0.32 bright, where white is 1, all of them of 'night', "
                + "which a model may learn instead.")
    }
}

/// Files that readers stumble over, as a data set.
@Suite(.enabled(if: Fixtures.photos != nil)) struct OddImagesCheckTests {
    @Test func `Every file is measured or explained`() async throws {
        let folder = try #require(Fixtures.photos).appending(path: "odd-images")
        let dataset = try Dataset.read(folder)
        let survey = try await PictureSurvey.make(of: dataset, threads: 2)
        // 65 pictures and the list of them.
        #expect(survey.dataset.images.count + survey.dataset.leftOut.count == 66)
        #expect(survey.measures.count == survey.dataset.images.count)
        for file in survey.dataset.leftOut {
            #expect(file.reason.hasPrefix("is ") || file.reason.hasPrefix("has "), "\(file.path): \(file.reason)")
        }
        // Pillow decodes 46. Five of them are refused: a JPEG 2000, a PNG with a wrong checksum, three of Apple's own PNGs.
        #expect(survey.dataset.images.count == 41)
        let check = DatasetCheck(survey, alike: survey.alike(keptIn: nil, threads: 2).map(\.indices))
        #expect(
            Set(check.problems.flatMap(\.paths)).isSubset(
                of: Set(dataset.images.map(\.path) + dataset.leftOut.map(\.path))))
    }
}
