// What smaller copies of large photos would save, measured on a few of them.

import Foundation
import Imaging

/// How long large photos take to be made ready for a network, and how long smaller copies of them would.
struct SizeGain: Hashable, Sendable {
    /// Processor seconds a photo as it is.
    let secondsAsTheyAre: Double
    /// Processor seconds a photo of at most `CheckRules.copySide` pixels a side.
    let secondsAsCopies: Double
    /// How many photos are large.
    let count: Int

    /// Measures three of the photos at `files`, as training reads them; nil if none can be read.
    init?(files: [URL]) {
        guard !files.isEmpty else { return nil }
        let places = Set([files.count / 4, files.count / 2, 3 * files.count / 4])
        let times = places.sorted().compactMap { Self.times(of: files[$0]) }
        guard !times.isEmpty else { return nil }
        count = files.count
        secondsAsTheyAre = times.reduce(0) { $0 + $1.0 } / Double(times.count)
        secondsAsCopies = times.reduce(0) { $0 + $1.1 } / Double(times.count)
    }

    private static func times(of file: URL) -> (Double, Double)? {
        guard let bytes = try? readImageFile(file), let copy = try? smallCopy(of: bytes),
            let now = seconds({ _ = try Preprocessing()(bytes) }), let then = seconds({ _ = try Preprocessing()(copy) })
        else { return nil }
        return (now, then)
    }

    private static func smallCopy(of bytes: [UInt8]) throws -> [UInt8] {
        let picture = try Picture.decode(bytes, forShorterSide: CheckRules.copySide)
        let scale = Double(CheckRules.copySide) / Double(max(picture.width, picture.height))
        func side(_ length: Int) -> Int { max(1, Int((scale * Double(length)).rounded())) }
        return try picture.resized(width: side(picture.width), height: side(picture.height)).jpeg(quality: 90)
    }

    private static func seconds(_ body: () throws -> Void) -> Double? {
        let start = processorSeconds()
        guard (try? body()) != nil else { return nil }
        return processorSeconds() - start
    }

    /// What to do, and what it brings.
    var advice: String {
        func milliseconds(_ seconds: Double) -> String {
            seconds < 0.01 ? String(format: "%.1f", 1000 * seconds) : String(format: "%.0f", 1000 * seconds)
        }
        let times = secondsAsTheyAre / max(secondsAsCopies, 1e-6)
        let side = "Copies of at most \(CheckRules.copySide) pixels a side"
        guard times >= 1.2 else { return "\(side) would be read no faster here; they would only take less space." }
        return "\(side) show a network as much and would be read \(String(format: "%.1f", times)) times as fast: "
            + "\(milliseconds(secondsAsCopies)) instead of \(milliseconds(secondsAsTheyAre)) ms a photo on one processor."
    }
}
