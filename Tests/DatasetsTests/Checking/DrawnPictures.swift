// Pictures that no check has anything to say about, each another one, and what can be done to spoil them.

import Datasets
import Foundation
import Imaging

/// Rectangles of all colours, drawn by lot: sharp, bright, and like no other picture.
func drawnPicture(_ seed: Int, width: Int = 120, height: Int = 90) -> Picture {
    var generator = SplitMix64(seed: UInt64(seed))
    var pixels = [UInt8](repeating: 128, count: 3 * width * height)
    for _ in 0..<60 {
        let colour = (0..<3).map { _ in UInt8(generator.next() % 256) }
        let (x, y) = (Int(generator.next() % UInt64(width)), Int(generator.next() % UInt64(height)))
        let (w, h) = (4 + Int(generator.next() % 40), 4 + Int(generator.next() % 30))
        for row in y..<min(height, y + h) {
            for column in x..<min(width, x + w) {
                for channel in 0..<3 { pixels[3 * (row * width + column) + channel] = colour[channel] }
            }
        }
    }
    return Picture(width: width, height: height, pixels: pixels)
}

extension Picture {
    /// Every byte changed, a pixel's three at a time.
    func mapped(_ body: ([UInt8]) -> [UInt8]) -> Picture {
        var copy = self
        copy.pixels = stride(from: 0, to: pixels.count, by: 3).flatMap { body(Array(pixels[$0..<$0 + 3])) }
        return copy
    }

    /// All pixels brought into a range of brightness.
    func squeezed(into range: ClosedRange<Double>) -> Picture {
        mapped { pixel in
            pixel.map { UInt8(range.lowerBound + Double($0) / 255 * (range.upperBound - range.lowerBound)) }
        }
    }

    /// Each pixel's three channels made equal.
    var greyed: Picture { mapped { pixel in [UInt8](repeating: pixel[1], count: 3) } }

    /// Redder to the right and greener to the bottom, without any edge: its clarity is 0.20.
    static let gradient: Picture = {
        var pixels: [UInt8] = []
        for y in 0..<90 {
            for x in 0..<120 { pixels += [UInt8(160 * x / 119), UInt8(160 * y / 89), 60] }
        }
        return Picture(width: 120, height: 90, pixels: pixels)
    }()

    /// One colour all over.
    static func plain(_ value: UInt8, width: Int = 120, height: Int = 90) -> Picture {
        Picture(width: width, height: height, pixels: [UInt8](repeating: value, count: 3 * width * height))
    }
}

extension URL {
    /// Writes a picture below this folder, without loss.
    func write(_ path: String, _ picture: Picture) throws { try write(path, picture.png()) }

    /// Writes `count` pictures of a class, each another one.
    func writePictures(_ label: String, _ count: Int, seed: Int = 0) throws {
        for number in 0..<count {
            try write("\(label)/\(number).png", drawnPicture(1000 * seed + number, width: 48, height: 36))
        }
    }
}

extension DatasetCheck {
    /// Checks a folder, without a cache.
    static func of(_ folder: URL) async throws -> DatasetCheck {
        let survey = try await PictureSurvey.make(of: Dataset.read(folder), threads: 2)
        return DatasetCheck(survey, alike: survey.alike(keptIn: nil, threads: 2).map(\.indices))
    }

    /// The kinds of its findings and their paths, but for small classes, which all sets of tests have.
    var found: [Problem.Kind: [String]] {
        Dictionary(problems.filter { $0.kind != .fewImages }.map { ($0.kind, $0.paths.sorted()) }) { $0 + $1 }
    }
}
