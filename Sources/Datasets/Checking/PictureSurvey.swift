// One pass over a data set's pictures: each file is read, decoded and measured once, and never again until it changes.

public import Foundation
public import Imaging

/// A data set whose pictures have been looked at.
public struct PictureSurvey: Sendable {
    /// The images that could be read, their contents known; all others are among those left out.
    public let dataset: Dataset
    /// What each of them is like, in their order.
    public let measures: [PictureMeasures]
    /// How long decoding and measuring each took on one processor, in seconds.
    public let decodingSeconds: [Double]
    /// How many files of the pass were decoded; of the others the cache knew what they are like.
    public let decodedCount: Int
    /// How many bytes were read.
    public let readBytes: Int
    /// By the clock on the wall.
    public let seconds: Double

    /// Where a pass is.
    public struct Progress: Hashable, Sendable {
        /// Files looked at.
        public let done: Int
        /// Files in all.
        public let total: Int
        /// Of those looked at, how many had to be decoded.
        public let decoded: Int
    }

    /// Looks at all pictures of a data set.
    ///
    /// - Parameters:
    ///   - dataset: The data set; nothing in it is changed.
    ///   - cache: What was found before, and where new findings are kept. Nil measures everything and keeps nothing.
    ///   - hashSize: The size of the difference hashes; that of the cache if there is one.
    ///   - limits: Larger pictures are left out.
    ///   - threads: Threads that read, decode and measure, 1 or more.
    ///   - progress: Called after each picture; what it throws ends the pass, and what was measured is kept.
    /// - Returns: What was found, with all files that cannot be read among those left out.
    /// - Throws: `MeasureCacheError`, and what `progress` throws.
    public static func make(
        of dataset: Dataset, cache: MeasureCache? = nil, hashSize: Int = 16, limits: DecodingLimits = .default,
        threads: Int = ProcessInfo.processInfo.activeProcessorCount, progress: (Progress) throws -> Void = { _ in }
    ) async throws -> PictureSurvey {
        let start = ContinuousClock.now
        let looker = Looker(
            cache: cache, memory: cache.map { FileMemory(of: dataset.root, in: $0.folder) },
            hashSize: cache?.hashSize ?? hashSize, limits: limits)
        let pipeline = OrderedPipeline(dataset.images, threads: threads, ahead: 32 * threads) { looker.look(at: $0) }
        var survey = Collector()
        do {
            for await look in pipeline {
                if look.isNew, case .success(let record) = look.result { cache?.insert(record) }
                if cache?.pendingBytes ?? 0 > 16 << 20 { try cache?.flush() }
                let image = dataset.images[survey.count]
                survey.add(look, image)
                try progress(
                    Progress(done: survey.count, total: dataset.images.count, decoded: survey.decodedCount))
            }
            try Task.checkCancellation()
        } catch {
            // What was measured is kept; the error that ended the pass says more than one of the cache.
            try? cache?.flush()
            throw error
        }
        try cache?.flush()
        if var memory = looker.memory { try memory.replace(by: survey.stamped) }
        return PictureSurvey(
            dataset: dataset.leavingOut(survey.leftOut).with(contents: survey.contents), measures: survey.measures,
            decodingSeconds: survey.decodingSeconds, decodedCount: survey.decodedCount, readBytes: survey.readBytes,
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }
}

/// What a pass has found so far.
private struct Collector {
    var count = 0
    var measures: [PictureMeasures] = []
    var contents: [ContentHash] = []
    var decodingSeconds: [Double] = []
    var leftOut: [LeftOutFile] = []
    var stamped: [(path: String, stamp: FileStamp, content: ContentHash)] = []
    var (decodedCount, readBytes) = (0, 0)

    mutating func add(_ look: Look, _ image: LabelledImage) {
        count += 1
        readBytes += look.readBytes
        if look.isNew { decodedCount += 1 }
        switch look.result {
        case .failure(let failure):
            leftOut.append(LeftOutFile(path: image.path, kind: failure.kind, reason: failure.reason))
        case .success(let record):
            if let stamp = look.stamp { stamped.append((image.path, stamp, record.content)) }
            switch record.finding {
            case .refused(let refusal):
                leftOut.append(LeftOutFile(path: image.path, kind: refusal.leftOutKind, reason: refusal.reason))
            case .measured(let found):
                measures.append(found)
                contents.append(record.content)
                decodingSeconds.append(record.seconds)
            }
        }
    }
}

/// What looking at one file has shown.
private struct Look: Sendable {
    struct Failure: Error {
        let kind: LeftOutFile.Kind
        let reason: String
    }

    let result: Result<PictureRecord, Failure>
    /// Whether it was decoded for this.
    var isNew = false
    /// The file's stamp, where it says reliably whether the file changes after this.
    var stamp: FileStamp?
    var readBytes = 0
}

/// Looks at files, on any thread.
private struct Looker: Sendable {
    let cache: MeasureCache?
    let memory: FileMemory?
    let hashSize: Int
    let limits: DecodingLimits

    func look(at image: LabelledImage) -> Look {
        let path = image.url.path
        let before = FileStamp(path: path)
        if let before, let content = memory?.content(of: image.path, before), let record = cache?.record(of: content) {
            return Look(result: .success(record), stamp: before)
        }
        let start = Date.now
        do {
            let bytes = try readImageFile(image.url)
            let content = ContentHash(of: bytes)
            let isSettled = before.map { $0.isSettled(at: start, after: 2) && $0 == FileStamp(path: path) } ?? false
            let stamp = isSettled ? before : nil
            if let record = cache?.record(of: content) {
                return Look(result: .success(record), stamp: stamp, readBytes: bytes.count)
            }
            let record = measure(bytes, content)
            // What is too large is refused by its header, each time anew.
            return Look(result: .success(record), isNew: !record.isTooLarge, stamp: stamp, readBytes: bytes.count)
        } catch let error as ImageFileError {
            return Look(result: .failure(failure(error)))
        } catch {
            return Look(result: .failure(.init(kind: .unreadable, reason: "cannot be read: \(error)")))
        }
    }

    private func measure(_ bytes: [UInt8], _ content: ContentHash) -> PictureRecord {
        let start = processorSeconds()
        let finding: PictureRecord.Finding
        do {
            finding = .measured(try PictureMeasures(reading: bytes, hashSize: hashSize, limits: limits))
        } catch let error as ImagingError {
            finding = .refused(PictureRefusal(error))
        } catch {
            finding = .refused(PictureRefusal(kind: .damaged, reason: "cannot be decoded: \(error)"))
        }
        return PictureRecord(content: content, finding: finding, seconds: processorSeconds() - start)
    }

    private func failure(_ error: ImageFileError) -> Look.Failure {
        switch error {
        case .unreadable(let reason): .init(kind: .unreadable, reason: "cannot be read: \(reason)")
        case .notAFile: .init(kind: .notAFile, reason: "is not a plain file")
        case .tooLarge(let bytes): .init(kind: .unsupported, reason: "has \(bytes) bytes, more than 1 GB")
        }
    }
}

/// How long this thread has worked.
func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
