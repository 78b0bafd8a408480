import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct PreprocessingTests {
    @Test(arguments: Golden.shared.squares)
    func `A square is torchvision's or Pillow's`(_ golden: Golden.Square) {
        let preprocessing = Preprocessing(
            resize: golden.resize, side: Golden.shared.side, shorterSide: golden.shorterSide)
        let picture = formulaPicture(golden.from[0], golden.from[1])
        #expect(largestDifference(preprocessing(picture), Array(golden.rgb)) <= golden.tolerance)
    }

    @Test func `Part of a resize is the same part of the whole resize`() throws {
        var generator = SeededGenerator(state: 7)
        for _ in 0..<40 {
            let (width, height) = (Int.random(in: 1...90, using: &generator), Int.random(in: 1...90, using: &generator))
            let side = Int.random(in: 1...40, using: &generator)
            let shorter = side + Int.random(in: 0...9, using: &generator)
            let picture = formulaPicture(width, height)
            let long = Int(Double(shorter * max(width, height)) / Double(min(width, height)))
            let (w, h) = width <= height ? (shorter, long) : (long, shorter)
            let x = Int((Double(w - side) / 2).rounded(.toNearestOrEven))
            let y = Int((Double(h - side) / 2).rounded(.toNearestOrEven))
            let whole = picture.resized(width: w, height: h).cropped(x: x, y: y, width: side, height: side)
            #expect(
                Preprocessing(side: side, shorterSide: shorter)(picture) == whole.pixels,
                "\(width) × \(height), \(side)")
        }
    }

    @Test func `Bytes of a file and its picture give the same square`() throws {
        for file in Golden.shared.files where !["avif", "heic"].contains(file.format) {
            let preprocessing = Preprocessing(side: 8)
            let picture = try Picture.decode(file.bytes)
            #expect(try preprocessing(file.bytes) == preprocessing(picture), "\(file)")
        }
    }

    @Test func `A slot of a batch is filled, and nothing beside it`() throws {
        let file = try Golden.shared.file("444.jpg")
        let preprocessing = Preprocessing(side: 8)
        let expected = try preprocessing(file.bytes)
        var batch = [UInt8](repeating: 99, count: 3 * preprocessing.byteCount)
        try batch.withUnsafeMutableBufferPointer { buffer in
            let slot = UnsafeMutableBufferPointer(
                rebasing: buffer[preprocessing.byteCount..<2 * preprocessing.byteCount])
            try preprocessing.write(file.bytes, into: slot)
        }
        let n = preprocessing.byteCount
        #expect(Array(batch[n..<2 * n]) == expected)
        #expect((batch[..<n] + batch[(2 * n)...]).allSatisfy { $0 == 99 })
    }

    @Test func `A large JPEG decoded at a fraction differs little, and at full size not at all`() throws {
        // 900 pixels are at least twice 2 × 200 and not twice 4 × 200: decoded at a half. 300 are not twice 200.
        let picture = formulaPicture(90, 60).resized(width: 1350, height: 900)
        let bytes = try picture.jpeg(quality: 95)
        #expect(try Picture.decode(bytes, forShorterSide: 200).width == 675)
        #expect(try Picture.decode(bytes, forShorterSide: 225).width == 675)
        #expect(try Picture.decode(bytes, forShorterSide: 226).width == 1350)
        #expect(try Picture.decode(bytes, forShorterSide: 50).width == 169)  // An eighth of 1350 is 168.75.
        let whole = Preprocessing(side: 175, shorterSide: 200)(try Picture.decode(bytes))
        let reduced = try Preprocessing(side: 175, shorterSide: 200)(bytes)
        #expect(whole != reduced)
        #expect(meanDifference(whole, reduced) < 0.5)
        let small = Preprocessing(side: 480)
        #expect(try small(bytes) == small(try Picture.decode(bytes)))
    }

    @Test func `The shorter side is 256 for 224, and in proportion otherwise`() {
        // 256 / 224 · 32 = 36.57…; · 299 = 341.7…
        #expect([224, 32, 299, 112].map { Preprocessing(side: $0).shorterSide } == [256, 37, 342, 128])
    }

    @Test func `It is written as JSON and read again, with defaults for what is missing`() throws {
        let preprocessing = Preprocessing(
            resize: .letterbox, side: 96, mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25])
        let data = try JSONEncoder().encode(preprocessing)
        #expect(try JSONDecoder().decode(Preprocessing.self, from: data) == preprocessing)
        #expect(try JSONDecoder().decode(Preprocessing.self, from: Data("{}".utf8)) == Preprocessing())
        #expect(preprocessing.paddingColour == [128, 128, 128])  // 127.5, rounded away from zero.
    }

    @Test(arguments: [
        #"{"side": 0}"#, #"{"side": 224, "shorterSide": 223}"#, #"{"mean": [0.5]}"#, #"{"deviation": [1, 0, 1]}"#,
        #"{"side": 100000}"#,
    ])
    func `Numbers that make no sense are refused`(_ json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Preprocessing.self, from: Data(json.utf8)) }
    }

    @Test(.enabled(if: Fixtures.photos != nil))
    func `Real photos are read, and the measurement counts them`() async throws {
        let folder = try #require(Fixtures.photos).appending(path: "fridge-objects-150px/can")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let missing = folder.appending(path: "nothing.jpg")
        let speed = await measureDecoding(of: files + [missing], threads: 2)
        #expect(speed.images == files.count && speed.failures == 1)
        #expect(speed.imagesPerSecond > 0 && speed.imagesPerCoreSecond > 0)
    }
}
