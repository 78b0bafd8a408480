// How fast photos are made ready for a network, and measured: for `ocelot bench`, and for the comparison with Pillow.

public import Foundation

/// What a run over files took.
public struct DecodingSpeed: Hashable, Codable, Sendable {
    /// Pictures read.
    public let images: Int
    /// Files that could not be read as pictures.
    public let failures: Int
    /// Wall-clock time in seconds.
    public let seconds: Double
    /// Processor time of all threads in seconds.
    public let processorSeconds: Double

    /// By the clock on the wall.
    public var imagesPerSecond: Double { seconds > 0 ? Double(images) / seconds : 0 }
    /// By the time that processors worked, which other programs disturb less.
    public var imagesPerCoreSecond: Double { processorSeconds > 0 ? Double(images) / processorSeconds : 0 }
}

/// Reads files from disk and makes each ready for a network, once, on `threads` threads.
///
/// Nothing else may run in this process meanwhile, or its processor time is counted too.
public func measureDecoding(
    of files: [URL], with preprocessing: Preprocessing = Preprocessing(), threads: Int = 1
) async -> DecodingSpeed {
    let clock = ContinuousClock()
    let (start, startProcessor) = (clock.now, processorSeconds())
    var (images, failures) = (0, 0)
    let pipeline = OrderedPipeline(files, threads: threads, ahead: 4 * threads) { file -> Bool in
        (try? preprocessing(Data(contentsOf: file))) != nil
    }
    for await isRead in pipeline {
        if isRead { images += 1 } else { failures += 1 }
    }
    let elapsed = start.duration(to: clock.now)
    return DecodingSpeed(
        images: images, failures: failures, seconds: elapsed / .seconds(1),
        processorSeconds: processorSeconds() - startProcessor)
}

/// Measures pictures that lie in memory, each `repeats` times, on one thread.
public func measureMeasuring(of pictures: [Picture], repeats: Int = 1, hashSize: Int = 16) -> DecodingSpeed {
    let clock = ContinuousClock()
    let (start, startProcessor) = (clock.now, processorSeconds())
    var images = 0
    for _ in 0..<repeats {
        // What is counted depends on the measures, so that none is left out as useless.
        for picture in pictures where picture.measures(hashSize: hashSize).pixelCount > 0 { images += 1 }
    }
    return DecodingSpeed(
        images: images, failures: 0, seconds: start.duration(to: clock.now) / .seconds(1),
        processorSeconds: processorSeconds() - startProcessor)
}

private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
