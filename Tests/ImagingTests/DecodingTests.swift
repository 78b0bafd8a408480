import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct DecodingTests {
    @Test(arguments: Golden.shared.files)
    func `A file is read as Pillow reads it`(_ file: Golden.File) throws {
        let picture = try Picture.decode(file.bytes)
        #expect([picture.width, picture.height] == file.displayed)
        #expect(largestDifference(picture.pixels, Array(file.rgb)) <= file.tolerance)
    }

    @Test(arguments: Golden.shared.files)
    func `Format and size stand in the header`(_ file: Golden.File) throws {
        let header = try ImageHeader.read(file.bytes)
        #expect(header.format.rawValue == file.format)
        #expect([header.width, header.height] == file.displayed)
        // Pictures that are turned are stored as 8 × 5 pixels.
        if file.name.hasPrefix("orientation-") { #expect((header.storedWidth, header.storedHeight) == (8, 5)) }
    }

    @Test(arguments: ["jpeg", "png", "webp", "tiff"])
    func `All eight orientations are read from the header`(_ format: String) throws {
        let found = try (1...8).map {
            try ImageHeader.read(Golden.shared.file("orientation-\($0).\(format)").bytes).orientation
        }
        #expect(found == Orientation.allCases)
    }

    @Test func `The name of a file does not matter, its first bytes do`() throws {
        let cases: [(String, ImagingError)] = [
            ("", .notAnImage), ("hello", .notAnImage), ("\0\0\0\0\0\0\0\0", .notAnImage),
            (
                "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
                .unsupportedFormat("SVG, or other text in angle brackets,")
            ),
            (" \n<?xml version=\"1.0\"?>", .unsupportedFormat("SVG, or other text in angle brackets,")),
            ("%PDF-1.7", .unsupportedFormat("PDF")), ("8BPS\0\u{1}", .unsupportedFormat("Photoshop")),
            ("P6\n1 1\n255\nabc", .unsupportedFormat("Netpbm (PBM, PGM, PPM, PAM)")),
            ("\0\0\0\u{0C}jP  \r\n", .unsupportedFormat("JPEG 2000")),
        ]
        for (text, expected) in cases {
            #expect(throws: expected) { try Picture.decode(Data(text.utf8)) }
        }
    }

    @Test func `The budget of pixels is decided by the header alone`() throws {
        // A PNG of 13 × 9 pixels whose limit is met, and exceeded by one.
        let file = try Golden.shared.file("rgb.png")
        #expect(try Picture.decode(file.bytes, limits: DecodingLimits(pixels: 117)).width == 13)
        #expect(throws: ImagingError.tooManyPixels(width: 13, height: 9, limit: 116)) {
            try Picture.decode(file.bytes, limits: DecodingLimits(pixels: 116))
        }
        // Headers without any pixels behind them are refused for their size, not for what is missing.
        let tooLarge = ImagingError.tooManyPixels(width: 30000, height: 20000, limit: 50_000_000)
        let gif = Data("GIF89a".utf8) + [0x30, 0x75, 0x20, 0x4E]
        let jpeg = Data([
            0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8, 0x4E, 0x20, 0x75, 0x30, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 0xFF, 0xDA,
        ])
        for bytes in [gif, jpeg] {
            #expect(throws: tooLarge) { try Picture.decode(bytes) }
            #expect(throws: tooLarge) { try Preprocessing()(bytes) }
        }
    }

    @Test func `Half a file is told to be cut off, or damaged where its format cannot tell`() throws {
        for name in ["420.jpg", "progressive.jpg", "rgb.png", "palette.gif", "rgb.tiff", "rgb.bmp", "lossless.webp"] {
            let file = try Golden.shared.file(name)
            let half = file.bytes.prefix(file.bytes.count * 2 / 3)
            let error = try #require(throws: ImagingError.self) { try Picture.decode(half) }
            switch error {
            case .truncated: break
            case .corrupt: #expect(name.hasSuffix("webp"), "\(name): \(error)")
            default: Issue.record("\(name): \(error)")
            }
        }
    }

    @Test func `A JPEG without its last two bytes is cut off, and one with bytes behind its end is whole`() throws {
        let file = try Golden.shared.file("420.jpg")
        #expect(throws: ImagingError.self) { try Picture.decode(file.bytes.dropLast(2)) }
        #expect(try Picture.decode(file.bytes + Data("and more".utf8)) == Picture.decode(file.bytes))
    }

    @Test func `A JPEG without tables is refused, whatever was read before it`() throws {
        let whole = try Golden.shared.file("420.jpg").bytes
        // Leaves the segments of quantisation tables (marker DB) out.
        var bare: [UInt8] = [0xFF, 0xD8]
        var offset = 2
        while whole[offset + 1] != 0xDA {
            let end = offset + 2 + Int(whole[offset + 2]) << 8 + Int(whole[offset + 3])
            if whole[offset + 1] != 0xDB { bare += whole[offset..<end] }
            offset = end
        }
        bare += whole[offset...]
        for _ in 0..<3 {
            _ = try Picture.decode(whole)
            #expect(throws: ImagingError.self) { try Picture.decode(bare) }
        }
    }

    @Test func `A PNG gives back every pixel, and a JPEG nearly`() throws {
        let picture = formulaPicture(61, 43)
        #expect(try Picture.decode(picture.png()) == picture)
        let smooth = formulaPicture(12, 9).resized(width: 120, height: 90)
        let read = try Picture.decode(smooth.jpeg(quality: 95))
        #expect(meanDifference(read.pixels, smooth.pixels) < 2)
    }

    @Test func `A thumbnail has its longer side, and never grows`() throws {
        let file = try formulaPicture(300, 200).png()
        let large = try Picture.decode(Picture.thumbnail(of: file, longerSide: 60))
        #expect((large.width, large.height) == (60, 40))
        let small = try Picture.decode(Picture.thumbnail(of: file, longerSide: 1000))
        #expect((small.width, small.height) == (300, 200))
    }

    @Test func `Bytes changed at random are read or refused, and never worse`() throws {
        let names = [
            "420.jpg", "progressive.jpg", "cmyk.jpg", "orientation-6.jpeg", "rgba.png", "palette.png", "palette.gif",
            "lossy.webp", "transparent.webp", "rgba.tiff", "palette.tiff", "palette.bmp", "masks-and-alpha.bmp",
            "rgb.avif",
        ]
        let files = try names.map { try Golden.shared.file($0) }
        var (read, refused) = (0, 0)
        for seed in 0..<700 {
            var generator = SeededGenerator(state: UInt64(seed))
            let file = files[seed % files.count]
            var bytes = Array(file.bytes)
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            }
            if seed % 5 == 4 { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &generator)) }
            do {
                let picture = try Picture.decode(bytes, limits: DecodingLimits(pixels: 1_000_000))
                #expect(picture.pixels.count == 3 * picture.width * picture.height, "seed \(seed), \(file)")
                read += 1
            } catch is ImagingError {
                refused += 1
            }
        }
        #expect(read > 50 && refused > 50, "\(read) read, \(refused) refused")
        // And none of it leaves a trace.
        for file in files where file.format != "avif" {
            #expect(
                largestDifference(try Picture.decode(file.bytes).pixels, Array(file.rgb)) <= file.tolerance, "\(file)")
        }
    }
}
