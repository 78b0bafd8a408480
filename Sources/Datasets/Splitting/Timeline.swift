// In which order images were taken, and which were taken in one go.
//
// The time comes from the first of these that all images have: the column of a table, EXIF's DateTimeOriginal, the date
// and time in the file's name, the number in the file's name.

public import Foundation
import Imaging

/// Images in the order in which they were taken.
public struct Timeline: Sendable {
    /// Where a time was found.
    public enum Source: String, Codable, CaseIterable, Sendable {
        /// A column of the table.
        case column
        /// What the camera wrote into the file.
        case exif
        /// The date and the time in the file's name.
        case name
        /// The number in the file's name.
        case frame

        /// Such as "the number in the file's name".
        public var noun: String {
            switch self {
            case .column: "the table's column"
            case .exif: "the camera's EXIF date"
            case .name: "the date in the file's name"
            case .frame: "the number in the file's name"
            }
        }
    }

    /// Where the times were found.
    public let source: Source
    /// The time of each image of the data set, in their order: seconds, or frames where the source is `frame`.
    public let times: [Double]
    /// Indices of images that were taken in one go, each in the order of time; every image is in one.
    public let recordings: [[Int]]

    /// The times of a data set's images; opens all files if the table does not say them.
    ///
    /// One group of the table is one recording. Without groups, the series of one name are recordings where frames are
    /// counted; otherwise classes that were photographed in overlapping periods share a recording.
    ///
    /// An image without a time throws `SplitError.noTimes`.
    public static func read(
        _ dataset: Dataset, threads: Int = ProcessInfo.processInfo.activeProcessorCount
    ) throws -> Timeline {
        let images = dataset.images
        var found: [(source: Source, count: Int, missing: String)] = []
        for source in Source.allCases {
            let times = times(of: images, from: source, threads: threads)
            let known = times.compactMap(\.self)
            if known.count == images.count {
                return Timeline(source: source, times: known, images: images)
            }
            let missing = zip(images, times).first { $1 == nil }?.0.path ?? ""
            found.append((source, known.count, missing))
        }
        let best = found.max { ($0.count, $1.source.rawValue) < ($1.count, $0.source.rawValue) } ?? found[0]
        throw SplitError.noTimes(
            path: dataset.location.relativePath, count: images.count, best: best.source, known: best.count,
            missing: best.missing)
    }

    private static func times(of images: [LabelledImage], from source: Source, threads: Int) -> [Double?] {
        switch source {
        case .column: images.map { $0.time.flatMap { TimeStamp.seconds($0) } }
        case .exif:
            inParallel(images.count, threads: threads) { index -> Double? in
                // Cameras write EXIF before the picture, so the beginning of the file is enough.
                let bytes = try? FileSystem.firstBytes(of: images[index].url.path, count: 1 << 17)
                return bytes.flatMap(ImageHeader.timeTaken).flatMap { TimeStamp.seconds($0) }
            }
        case .name: images.map { TimeStamp.seconds(inNameOf: $0.path) }
        case .frame: images.map { FrameNumber(path: $0.path).map { Double($0.number) } }
        }
    }

    /// `times` of all `images`, in their order.
    init(source: Source, times: [Double], images: [LabelledImage]) {
        (self.source, self.times) = (source, times)
        let keys: [String]
        if images.contains(where: { $0.group != nil }) {
            keys = images.map { $0.group.map { "group \($0)" } ?? "" }
        } else if source == .frame {
            keys = images.map { FrameNumber(path: $0.path)?.series ?? "" }
        } else {
            let periods = Self.periods(times, images)
            keys = images.map { "\(periods[$0.label] ?? 0)" }
        }
        recordings = Dictionary(grouping: images.indices) { keys[$0] }.sorted { isOrdered($0.key, $1.key) }.map {
            $0.value.sorted { a, b in
                times[a] != times[b] ? times[a] < times[b] : isOrdered(images[a].path, images[b].path)
            }
        }
    }

    /// Numbers the periods in which classes were photographed; classes whose periods overlap have one number.
    private static func periods(_ times: [Double], _ images: [LabelledImage]) -> [Int: Int] {
        var spans: [Int: ClosedRange<Double>] = [:]
        for (image, time) in zip(images, times) {
            for label in image.labels {
                let span = spans[label] ?? time...time
                spans[label] = min(span.lowerBound, time)...max(span.upperBound, time)
            }
        }
        var numbers: [Int: Int] = [:]
        var (number, end) = (0, -Double.infinity)
        for (label, span) in spans.sorted(by: { ($0.value.lowerBound, $0.key) < ($1.value.lowerBound, $1.key) }) {
            if span.lowerBound > end { number += 1 }
            end = max(end, span.upperBound)
            numbers[label] = number
        }
        return numbers
    }

    /// How far training images must be from test images where nobody says it: 10 frames or a minute, but no more than a
    /// tenth of the recording.
    func defaultGap(of recording: [Int]) -> Double {
        guard let first = recording.first, let last = recording.last else { return 0 }
        let span = times[last] - times[first]
        return source == .frame ? min(10, max(1, (span / 10).rounded(.down))) : min(60, span / 10)
    }
}
