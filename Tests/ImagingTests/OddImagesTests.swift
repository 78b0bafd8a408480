import Foundation
import Imaging
import TestSupport
import Testing

/// Files that readers stumble over, each against what Pillow makes of it (Tools/golden/imaging_odd.py).
@Suite(.enabled(if: Fixtures.photos != nil)) struct OddImagesTests {
    struct Golden: Decodable {
        struct File: Decodable {
            let error: String?
            let width, height: Int?
            let adler32: UInt32?
            let small: Data?
        }
        let files: [String: File]
    }

    /// What Pillow reads and we refuse, and why.
    let stricter: [String: ImagingError] = [
        "sharp/relax.jp2": .unsupportedFormat("JPEG 2000"),
        "stb/xcsn0g01.png": .corrupt("vipspng: libpng read error"),  // The checksum of its image data is wrong.
    ]
    /// What two libraries decode differently, by a little.
    let decodedByAnotherLibrary: Set = ["sharp/pitm.avif"]

    @Test func `Each is read as Pillow reads it, or refused with its reason, within two seconds`() throws {
        let folder = try #require(Fixtures.photos).appending(path: "odd-images")
        let golden = try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: Fixtures.golden("imaging-odd-images.json")))
        #expect(golden.files.count == 65)
        for (name, expected) in golden.files.sorted(by: { $0.key < $1.key }) {
            let bytes = try Data(contentsOf: folder.appending(path: name))
            var picture: Picture?
            var error: ImagingError?
            let time = ContinuousClock().measure {
                do { picture = try Picture.decode(bytes) } catch let problem as ImagingError { error = problem } catch {
                }
            }
            #expect(time < .seconds(2), "\(name)")
            if let known = stricter[name] {
                #expect(error == known, "\(name)")
            } else if expected.error != nil {
                #expect(error != nil, "\(name)")
            } else {
                let picture = try #require(picture, "\(name): \(error.map(String.init(describing:)) ?? "")")
                #expect(picture.width == expected.width && picture.height == expected.height, "\(name)")
                if !decodedByAnotherLibrary.contains(name) {
                    #expect(adler32(picture.pixels) == expected.adler32, "\(name)")
                }
                let small = picture.resized(width: 16, height: 16)
                #expect(meanDifference(small.pixels, Array(try #require(expected.small))) < 1.5, "\(name)")
            }
        }
    }

    @Test(arguments: ["Landscape", "Portrait"])
    func `The same scene stands upright in all eight orientations`(_ scene: String) throws {
        let folder = try #require(Fixtures.photos).appending(path: "odd-images/exif-orientation-examples")
        func square(_ orientation: Int) throws -> [UInt8] {
            try Preprocessing(resize: .squash, side: 64)(
                Data(contentsOf: folder.appending(path: "\(scene)_\(orientation).jpg")))
        }
        let first = try square(1)
        // Each file carries a large number of its own orientation, so the scenes are alike and not equal: they differ from
        // the first by about a tenth of what turning them would make.
        for orientation in 2...8 { #expect(meanDifference(first, try square(orientation)) < 12, "\(orientation)") }
    }

    /// RFC 1950, section 8.2.
    private func adler32(_ bytes: [UInt8]) -> UInt32 {
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        return b << 16 | a
    }
}
