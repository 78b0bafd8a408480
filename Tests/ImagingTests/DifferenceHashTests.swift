import Foundation
import Imaging
import TestSupport
import Testing

/// Tests/Golden/hashes.json, made by Tools/golden/hashes.py.
struct HashGolden: Decodable {
    struct Picture: Decodable, CustomStringConvertible {
        struct Measures: Decodable {
            let brightness, meanColour: [Double]
            let contrast, sharpness, entropy, colourfulness, edges, greyCountDeviation, clarity: Double
        }
        let size: [Int]
        let hashes: [String: String]
        let measures: Measures
        var description: String { "\(size[0]) × \(size[1])" }
    }

    let pictures: [Picture]
    let files: [String: [String]]

    static let shared: HashGolden = {
        do {
            return try JSONDecoder().decode(
                HashGolden.self, from: Data(contentsOf: Fixtures.golden("hashes.json")))
        } catch {
            preconditionFailure("Tests/Golden/hashes.json cannot be read: \(error)")
        }
    }()
}

@Suite struct DifferenceHashTests {
    @Test(arguments: HashGolden.shared.pictures)
    func `A hash is imagehash's, to the bit, in every size`(_ golden: HashGolden.Picture) throws {
        let picture = formulaPicture(golden.size[0], golden.size[1])
        #expect(golden.hashes.count == 6)
        for (size, expected) in golden.hashes {
            #expect(picture.differenceHash(size: try #require(Int(size))).description == expected, "size \(size)")
        }
    }

    @Test(.enabled(if: Fixtures.photos != nil))
    func `Hashes of files are imagehash's, to the bit`() throws {
        let folder = try #require(Fixtures.photos)
        // Decoded by another library than Pillow's, or refused by us (OddImagesTests says why).
        let others: Set = [
            "odd-images/sharp/pitm.avif", "odd-images/sharp/relax.jp2", "odd-images/stb/xcsn0g01.png",
        ]
        #expect(HashGolden.shared.files.count == 258)
        for (name, expected) in HashGolden.shared.files where !others.contains(name) {
            let picture = try Picture.decode(Data(contentsOf: folder.appending(path: name)))
            #expect(picture.differenceHash(size: 8).description == expected[0], "\(name)")
            #expect(picture.differenceHash(size: 16).description == expected[1], "\(name)")
        }
    }

    @Test func `A slope to the right has all bits, a slope to the left and one colour none`() {
        func picture(_ value: (Int) -> Int) -> Picture {
            let row = (0..<90).flatMap { [UInt8](repeating: UInt8(value($0)), count: 3) }
            return Picture(width: 90, height: 20, pixels: (0..<20).flatMap { _ in row })
        }
        #expect(picture { 2 * $0 }.differenceHash(size: 8).description == "ffffffffffffffff")
        #expect(picture { 200 - 2 * $0 }.differenceHash(size: 8).description == "0000000000000000")
        #expect(picture { _ in 77 }.differenceHash(size: 8).brighterCount == 0)
    }

    @Test(arguments: [2, 3, 5, 8, 11, 16, 33, 64])
    func `Text and hash are each other's inverse`(_ size: Int) throws {
        var generator = SeededGenerator(state: UInt64(size))
        for _ in 0..<20 {
            var words = (0..<(size * size + 63) / 64).map { _ in generator.next() }
            let unused = words.count * 64 - size * size
            words[words.count - 1] &= ~0 << UInt64(unused)
            let hash = try #require(DifferenceHash(size: size, words: words))
            #expect(hash.description.count == (size * size + 3) / 4)
            #expect(DifferenceHash(hash.description) == hash)
            let data = try JSONEncoder().encode([hash])
            #expect(try JSONDecoder().decode([DifferenceHash].self, from: data) == [hash])
        }
    }

    @Test(arguments: ["", "12", "xyz", "fffffffffffffff", "0123456789abcdefg", "+fff", "8ff"])
    func `What is no hash is not read`(_ text: String) {
        // "8ff" has the digits of size 3, but its first digit may only be 0 or 1.
        #expect(DifferenceHash(text) == nil)
    }

    @Test func `The distance is the number of bits that differ`() throws {
        // 0x0f and 0x35 differ in 0b111010: 4 bits. 0x8…0 adds one.
        let a = try #require(DifferenceHash("000000000000000f"))
        let b = try #require(DifferenceHash("8000000000000035"))
        #expect(a.distance(to: b) == 5)
        #expect(b.distance(to: a) == 5)
        #expect(a.distance(to: a) == 0)
    }

    @Test func `The mirrored hash is that of the mirrored picture, but for what rounding changes`() {
        for (width, height) in [(300, 200), (97, 131), (640, 480)] {
            let picture = formulaPicture(width, height)
            let mirrored = picture.turned(.mirrored).differenceHash()
            // A cell exactly between two others may go either way; none of these pictures has more than two such.
            #expect(picture.measures().mirroredHash.distance(to: mirrored) <= 2, "\(width) × \(height)")
        }
    }
}
