// The second pass: nothing is decoded twice, nothing that changed is missed, and no damage does harm.

import Datasets
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct MeasureCacheTests {
    private func pass(_ folder: URL, _ cache: URL, hashSize: Int = 16) async throws -> PictureSurvey {
        try await PictureSurvey.make(
            of: Dataset.read(folder), cache: MeasureCache(folder: cache, hashSize: hashSize), threads: 2)
    }

    /// The files of a cache by their endings.
    private func file(_ cache: URL, _ suffix: String) throws -> URL {
        let names = try FileManager.default.contentsOfDirectory(atPath: cache.path)
        return cache.appending(path: try #require(names.first { $0.hasSuffix(suffix) }))
    }

    /// Two classes of three pictures each, and a file that begins as a picture and is none.
    private func withPhotos(_ body: (URL, URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let photos = folder.appending(path: "photos")
            try photos.writePictures("a", 3, seed: 1)
            try photos.writePictures("b", 3, seed: 2)
            try photos.write("b/broken.jpg", jpeg("no picture"))
            try await body(photos, folder.appending(path: "cache"))
        }
    }

    @Test func `A second pass decodes nothing and finds the same`() async throws {
        try await withPhotos { photos, cache in
            let before = try photos.everything()
            let first = try await pass(photos, cache)
            let second = try await pass(photos, cache)
            #expect(first.decodedCount == 7)
            #expect(second.decodedCount == 0)
            #expect(second.measures == first.measures)
            let alone = try await PictureSurvey.make(of: Dataset.read(photos), threads: 1)
            #expect(second.measures == alone.measures)
            #expect(second.dataset.leftOut == first.dataset.leftOut)
            #expect(second.dataset.leftOut.map(\.path) == ["b/broken.jpg"])
            #expect(second.dataset.fingerprint == first.dataset.fingerprint)
            #expect(zip(second.decodingSeconds, first.decodingSeconds).allSatisfy { abs($0 - $1) < 2e-6 })
            #expect(try photos.everything() == before)
        }
    }

    /// Files that have just been written may change again unseen, so they are read again; two seconds later they are not.
    @Test func `Files that have not been touched are not even read`() async throws {
        try await withPhotos { photos, cache in
            #expect(try await pass(photos, cache).readBytes > 0)
            try await Task.sleep(for: .seconds(2.1))
            _ = try await pass(photos, cache)
            let known = try await pass(photos, cache)
            #expect(known.readBytes == 0)
            #expect(known.measures.count == 6)
        }
    }

    @Test func `A changed file is noticed, also if it is as long and as old as before`() async throws {
        try await withPhotos { photos, cache in
            try await Task.sleep(for: .seconds(2.1))
            _ = try await pass(photos, cache)
            let file = photos.appending(path: "a/1.png")
            let old = try FileManager.default.attributesOfItem(atPath: file.path)
            // PNG ignores what follows its end, so that the file can be made as long as it was.
            let new = try drawnPicture(77, width: 16, height: 12).png()
            let length = try #require((old[.size] as? NSNumber)?.intValue)
            try Data(new + [UInt8](repeating: 0, count: length - new.count)).write(to: file)
            try FileManager.default.setAttributes(
                [.modificationDate: try #require(old[.modificationDate])], ofItemAtPath: file.path)
            let second = try await pass(photos, cache)
            #expect(second.decodedCount == 1)
            #expect(second.measures[1].width == 16)
        }
    }

    @Test func `A file that moved or was copied is not decoded again`() async throws {
        try await withPhotos { photos, cache in
            _ = try await pass(photos, cache)
            try FileManager.default.moveItem(
                at: photos.appending(path: "a/1.png"), to: photos.appending(path: "b/moved.png"))
            try FileManager.default.copyItem(
                at: photos.appending(path: "a/2.png"), to: photos.appending(path: "b/copy.png"))
            let second = try await pass(photos, cache)
            #expect(second.decodedCount == 0)
            #expect(second.measures.count == 7)
        }
    }

    @Test(arguments: [0.1, 0.5, 0.9]) func `A damaged record is measured again, and mended`(_ place: Double)
        async throws
    {
        try await withPhotos { photos, cache in
            let first = try await pass(photos, cache)
            let records = try file(cache, ".records")
            var bytes = try Data(contentsOf: records)
            bytes[Int(place * Double(bytes.count))] ^= 0x40
            try bytes.write(to: records)
            let second = try await pass(photos, cache)
            #expect(second.decodedCount == 1)
            #expect(second.measures == first.measures)
            #expect(try await pass(photos, cache).decodedCount == 0)
        }
    }

    @Test func `What was cut off, emptied or overwritten does no harm`() async throws {
        try await withPhotos { photos, cache in
            let first = try await pass(photos, cache)
            let records = try file(cache, ".records")
            let whole = try Data(contentsOf: records)
            for damaged in [whole.dropLast(100), Data(), Data("nonsense".utf8), whole + Data("rest".utf8)] {
                try Data(damaged).write(to: records)
                let again = try await pass(photos, cache)
                #expect(again.measures == first.measures)
                #expect(try await pass(photos, cache).decodedCount == 0)
            }
        }
    }

    @Test func `A damaged list of files does no harm`() async throws {
        try await withPhotos { photos, cache in
            try await Task.sleep(for: .seconds(2.1))
            let first = try await pass(photos, cache)
            let list = try file(cache, ".index")
            let whole = try Data(contentsOf: list)
            for position in [0, 16, 20, whole.count / 2, whole.count - 1] {
                var bytes = whole
                bytes[position] ^= 0xFF
                try bytes.write(to: list)
                let again = try await pass(photos, cache)
                #expect(again.measures == first.measures)
                #expect(again.decodedCount == 0)
                #expect(again.readBytes > 0)
            }
            #expect(try await pass(photos, cache).readBytes == 0)
        }
    }

    @Test func `Hashes of another size are kept apart`() async throws {
        try await withPhotos { photos, cache in
            _ = try await pass(photos, cache)
            let other = try await pass(photos, cache, hashSize: 8)
            #expect(other.decodedCount == 7)
            #expect(other.measures[0].hash.size == 8)
            #expect(try await pass(photos, cache).measures[0].hash.size == 16)
        }
    }

    @Test func `What was measured before somebody stopped the pass is kept`() async throws {
        struct Stop: Error {}
        try await withPhotos { photos, cache in
            await #expect(throws: Stop.self) {
                _ = try await PictureSurvey.make(
                    of: Dataset.read(photos), cache: MeasureCache(folder: cache), threads: 1
                ) { if $0.done == 4 { throw Stop() } }
            }
            let rest = try await pass(photos, cache)
            #expect(rest.decodedCount == 3)
        }
    }

    @Test func `Equal pictures are compared once`() async throws {
        try await withPhotos { photos, cache in
            try photos.write("b/larger.png", drawnPicture(1000, width: 48, height: 36).resized(width: 96, height: 72))
            let survey = try await pass(photos, cache)
            let groups = survey.alike(keptIn: cache, threads: 1)
            #expect(groups.map { $0.indices.map { survey.dataset.images[$0].path } } == [["a/0.png", "b/larger.png"]])
            #expect(survey.alike(keptIn: cache, threads: 1) == groups)
            // Kept groups are those of other images once one is gone, and then count no more.
            try FileManager.default.removeItem(at: photos.appending(path: "b/larger.png"))
            #expect(try await pass(photos, cache).alike(keptIn: cache, threads: 1).isEmpty)
            try Data("nonsense".utf8).write(to: file(cache, ".json"))
            #expect(survey.alike(keptIn: cache, threads: 1) == groups)
        }
    }
}
