import Datasets
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct TextureSamplesTests {
    /// The tutorial's 428 photos: striped 191, dotted 125, leopard 112.
    @Test func proportionsAreTheTutorials() throws {
        let samples = try TextureSamples()
        #expect(samples.count == 428)
        #expect(Texture.allCases.map(samples.count(of:)) == [125, 112, 191])
        #expect(Texture.allCases.map(\.rawValue) == ["dotted", "leopard", "striped"])
        for count in 8...1_000 {
            let samples = try TextureSamples(count: count)
            let counts = Texture.allCases.map(samples.count(of:))
            #expect(counts.reduce(0, +) == count)
            #expect(counts.allSatisfy { $0 >= 2 }, "\(count)")
            for (part, share) in zip(counts, [125.0, 112, 191]) {
                #expect(abs(Double(part) - Double(count) * share / 428) <= 1, "\(count)")
            }
        }
    }

    @Test func bytesDependOnTheSeedAlone() async throws {
        try await withTemporaryFolder { folder in
            let samples = try TextureSamples(count: 8, seed: 5)
            var sets: [[String: Data]] = []
            for threads in [1, 2, 5] {
                let place = folder.appending(path: "\(threads)")
                #expect(try samples.write(to: place, threads: threads) == .drawn)
                sets.append(try place.everything())
            }
            #expect(sets[0] == sets[1] && sets[1] == sets[2])
            #expect(sets[0].keys.filter { $0.hasSuffix(".jpg") }.sorted().first == "dotted/0001.jpg")
            // The first pictures are the same for any count, and others for any other seed.
            let more = try TextureSamples(count: 100, seed: 5)
            #expect(try sets[0]["leopard/0002.jpg"] == Data(more.jpeg(.leopard, number: 2)))
            let other = try TextureSamples(count: 8, seed: 6)
            #expect(try sets[0]["leopard/0002.jpg"] != Data(other.jpeg(.leopard, number: 2)))
        }
    }

    /// The pixels of version 1, as this program drew them when it was finished.
    ///
    /// Whoever changes the drawing raises
    /// `TextureSamples.version` and writes the new numbers here; on another machine they must be the same.
    @Test(arguments: [
        (Texture.dotted, "ba1fb37fea6084e615c1ac0abdf0bebcf2c4f41851a90ef9edc2ac2d61495c2d"),
        (.leopard, "4eb2ef148a2100a6013483ca33435ceed6659967480f69434111e8c5a78e607f"),
        (.striped, "d06056e920b7666ae4e49d45f427d951578acfbc4354ad78afbdac05a502057a"),
    ])
    func picturesOfAVersionNeverChange(texture: Texture, expected: String) {
        #expect(TextureSamples.version == 1)
        var all: [UInt8] = []
        for number in 1...6 {
            var photograph = Photograph(texture, number: number, seed: 1)
            all += photograph.picture().pixels
        }
        #expect(ContentHash(of: all).description == expected)
    }

    @Test func aSetIsADataset() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.appending(path: "deep/er/demo")
            let samples = try TextureSamples(count: 8)
            _ = try samples.write(to: place)
            let dataset = try Dataset.read(place).hashingContents()
            #expect(dataset.classes == ["dotted", "leopard", "striped"])
            #expect(dataset.counts == Texture.allCases.map(samples.count(of:)))
            #expect(dataset.leftOut.isEmpty)
            try dataset.requireTrainable()
            #expect(ExactDuplicates.find(in: dataset.images).isEmpty)
            for image in dataset.images {
                let picture = try Picture.decode(Data(contentsOf: image.url))
                #expect((300...340).contains(picture.width) && (300...420).contains(picture.height))
            }
            // Nothing unfinished stays beside it.
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "deep/er").path) == ["demo"])
            let record = try JSONDecoder().decode(
                [String: JSONValue].self, from: Data(contentsOf: place.appending(path: ".ocelot/sample.json")))
            #expect(record["version"] == .number(1) && record["seed"] == .number(1) && record["count"] == .number(8))
            #expect(record["fingerprint"] == .text(dataset.fingerprint.description))
        }
    }

    @Test func whatIsThereIsKept() async throws {
        try await withTemporaryFolder { folder in
            let samples = try TextureSamples(count: 8)
            let place = try folder.makeFolder("demo")
            #expect(try samples.write(to: place) == .drawn)
            let before = try place.everything()
            #expect(try samples.write(to: place) == .alreadyThere)
            let refused =
                "The folder 'demo' is not empty, and nothing is overwritten. Give a new folder, or empty this one."
            #expect(try sentence(folder, "demo", TextureSamples(count: 9)) == refused)
            #expect(try sentence(folder, "demo", TextureSamples(count: 8, seed: 2)) == refused)
            #expect(try place.everything() == before)
            // One file more, or one byte, and it is no longer the same set.
            try place.write("dotted/mine.jpg", jpeg())
            #expect(try sentence(folder, "demo", samples) == refused)
            try FileManager.default.removeItem(at: place.appending(path: "dotted/mine.jpg"))
            #expect(try samples.write(to: place) == .alreadyThere)
            try place.write("dotted/0001.jpg", jpeg())
            #expect(try sentence(folder, "demo", samples) == refused)
            try folder.write("other/notes.txt", "mine")
            #expect(
                try sentence(folder, "other", samples)
                    == "The folder 'other' is not empty, and nothing is overwritten. Give a new folder, or empty this one."
            )
        }
    }

    @Test func refusalsLeaveNothing() async throws {
        try await withTemporaryFolder { folder in
            let samples = try TextureSamples(count: 8)
            try folder.write("file.txt", "text")
            #expect(
                try sentence(folder, "file.txt", samples) == "'file.txt' is a file. Give a new folder for the pictures."
            )
            #expect(
                try sentence(folder, "file.txt/demo", samples)
                    == "The pictures cannot be written to 'file.txt/demo': a file lies where a folder is needed. Give a folder "
                    + "where there is space and you may write.")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file.txt"])
            let few = #expect(throws: TextureSamplesError.self) { try TextureSamples(count: 7) }
            #expect(
                few?.description
                    == "A set of 7 pictures cannot be trained on. Ask for at least 8, so that each class has two.")
        }
    }

    private func sentence(_ folder: URL, _ path: String, _ samples: TextureSamples) throws -> String {
        do {
            return "\(try samples.write(to: folder.appending(path: path)))"
        } catch let error as TextureSamplesError {
            return "\(error)".replacingOccurrences(of: folder.path + "/", with: "")
        }
    }
}

/// A number or a text of a JSON file.
private enum JSONValue: Decodable, Equatable {
    case number(Double)
    case text(String)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .text(try container.decode(String.self))
        }
    }
}
