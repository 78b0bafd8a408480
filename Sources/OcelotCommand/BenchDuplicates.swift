import ArgumentParser
import Datasets
import Foundation
import Imaging

extension Bench {
    /// How many copies are found among photos, and how many photos are wrongly taken for copies.
    struct Duplicates: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Plants altered copies among the photos of a folder, and looks for them.",
            discussion: """
                The photos should be of different things: each group that nobody planted counts as a false alarm, and is \
                printed, so that you can look whether it is one.
                """)

        @Argument(help: ArgumentHelp("A folder of photos.", valueName: "folder"))
        var folder: String
        @Option(help: "Copies of each alteration: \(PlantedDuplicates.Alteration.names).")
        var each = 25
        @Option(help: "Which photos are copied.")
        var seed: UInt64 = 0
        @Option(help: "How alike copies must be, 0 to 1.")
        var similarity = NearDuplicates.Options().similarity
        @Option(help: "Measure the rule by difference hashes instead: in how many of 256 bits they may differ.")
        var distance: Int?
        @Option(help: "Threads that read, measure and compare.")
        var threads = 1
        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            var photos: Int
            var copies: Int
            var recall: Double
            var recall_by_alteration: [String: Double]
            var false_alarm_rate: Double
            var false_alarms: [[String]]
            var missed: [String]
            var seconds_comparing: Double
            var measured_per_core_second: Double
        }

        func validate() throws {
            guard each > 0 else { throw ValidationError("--each is at least 1.") }
            guard (0...1).contains(similarity) else { throw ValidationError("--similarity is 0 to 1.") }
            guard threads > 0 else { throw ValidationError("--threads is at least 1.") }
            if let distance, !(0...256).contains(distance) { throw ValidationError("--distance is 0 to 256.") }
        }

        func run() async throws {
            let photos = try imageFiles(in: [folder]).map { URL(filePath: $0) }
            let alterations = PlantedDuplicates.Alteration.allCases
            guard each * alterations.count <= photos.count else {
                throw ValidationError(
                    "\(photos.count) photos are too few for \(each * alterations.count) copies; give --each less.")
            }
            let planted = try PlantedDuplicates(
                among: photos, each: each, alterations, seed: seed, .init(similarity: similarity), distance: distance,
                threads: threads)
            let pictures = photos.prefix(50).compactMap { try? Picture.decode(readImageFile($0)) }
            let speed = measureMeasuring(of: pictures, repeats: 4)
            let result = Result(
                photos: planted.photoCount, copies: planted.copies.count, recall: planted.recall(),
                recall_by_alteration: Dictionary(
                    uniqueKeysWithValues: alterations.map { ($0.rawValue, planted.recall($0)) }),
                false_alarm_rate: planted.falseAlarmRate,
                false_alarms: planted.falseAlarms.map { [$0.photo, $0.best] },
                missed: planted.copies.filter { !$0.isFound }.map { "\($0.path) (\($0.alteration.rawValue))" },
                seconds_comparing: planted.seconds, measured_per_core_second: speed.imagesPerCoreSecond)
            if output.json { return try writeJSON(result) }
            for alteration in alterations {
                write(String(format: "%@: %.0f %% found", alteration.rawValue, 100 * planted.recall(alteration)))
            }
            write(
                String(
                    format: "%d copies among %d photos: %.1f %% found, %.2f %% false alarms, compared in %.2f s",
                    result.copies, result.photos, 100 * result.recall, 100 * result.false_alarm_rate,
                    result.seconds_comparing))
            for path in result.missed { write("missed: \(path)") }
            for pair in result.false_alarms { write("not planted: \(pair[0]) is like \(pair[1])") }
            write(String(format: "%.0f pictures measured a second and core", result.measured_per_core_second))
        }
    }

    /// Pairs among many hashes.
    struct Hashes: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Finds all pairs of near hashes among hashes drawn by lot, a tenth of them copies of others.")

        @Option(help: "How many hashes.")
        var count = 100_000
        @Option(help: "Bits in a row.")
        var hashSize = 16
        @Option(help: "In how many bits two hashes of a pair may differ.")
        var distance = 16
        @Option(help: "Threads that compare.")
        var threads = 1
        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            var hashes: Int
            var pairs: Int
            var seconds: Double
        }

        func validate() throws {
            guard count > 0, threads > 0, distance >= 0 else {
                throw ValidationError("--count and --threads are at least 1, --distance at least 0.")
            }
            guard DifferenceHash.sizes.contains(hashSize) else { throw ValidationError("--hash-size is 2 to 64.") }
        }

        func run() async throws {
            let hashes = DifferenceHash.drawn(count, size: hashSize, copies: 0.1, seed: 0)
            let start = ContinuousClock.now
            let pairs = HashIndex(hashes).pairs(within: distance, threads: threads)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            if output.json {
                try writeJSON(Result(hashes: count, pairs: pairs.count, seconds: seconds))
            } else {
                write(String(format: "%d pairs in %.2f s", pairs.count, seconds))
            }
        }
    }
}
