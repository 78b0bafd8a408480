import ArgumentParser
import Foundation
import Ocelot
import OcelotClient

/// `ocelot load-test`.
struct LoadTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load-test",
        abstract: "Measures how a service does under load.",
        discussion: """
            With --rate, requests are sent when they are due, whether or not earlier ones have been answered, and latency \
            counts from then. With --callers, each caller sends its next request when it has the last answer.

            --out writes every percentile of the latency of answers, in milliseconds, as HdrHistogram does; its plotter at \
            https://hdrhistogram.github.io/HdrHistogram/plotFiles.html draws such files.
            """)

    @Argument(
        help: ArgumentHelp("Where to post, such as http://127.0.0.1:8080/v1/models/NAME:predict.", valueName: "url"))
    var url: String

    @Argument(help: ArgumentHelp("Image files, or folders of them, sent in turn.", valueName: "image"))
    var images: [String]

    @Option(help: ArgumentHelp("Requests a second.", valueName: "n"))
    var rate: Double?

    @Option(help: ArgumentHelp("Callers, instead of a rate. (default: 4)", valueName: "n"))
    var callers: Int?

    @Option(help: "For how many seconds.")
    var seconds = 10.0

    @Option(help: "For how many seconds it is warmed up before anything is counted.")
    var warmUp = 1.0

    @Option(help: ArgumentHelp("Where the percentiles of the latency are written.", valueName: "file.hgrm"))
    var out: String?

    @OptionGroup var token: TokenOptions
    @OptionGroup var encryption: EncryptionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !images.isEmpty else { throw ValidationError("Give at least one image.") }
        guard URL(string: url)?.host() != nil else { throw ValidationError("'\(url)' is no address.") }
        if rate != nil && callers != nil { throw ValidationError("Give --rate or --callers, not both.") }
        if let rate, !(rate > 0 && rate <= 100_000) {
            throw ValidationError("--rate is \(rate); it must be above 0, and at most 100000.")
        }
        if let callers, !(1...4096).contains(callers) {
            throw ValidationError("--callers is \(callers); it must be from 1 to 4096.")
        }
        guard (0...3600).contains(warmUp) else {
            throw ValidationError("--warm-up is \(warmUp); it must be from 0 to 3600.")
        }
        guard seconds > 0, seconds <= 86_400 else {
            throw ValidationError("--seconds is \(seconds); it must be above 0, and at most 86400.")
        }
    }

    func run() async throws {
        guard let address = URL(string: url) else { throw ValidationError("'\(url)' is no address.") }
        let files = try imageFiles(in: images).map { try readPhoto($0) }
        let pace: LoadTest.Pace = rate.map { .open(perSecond: $0) } ?? .closed(callers: callers ?? 4)
        let test = LoadTest(address, images: files, token: try token.text(), trusting: encryption.authority)
        let result = try await test.run(pace, for: .seconds(seconds), warmUp: .seconds(warmUp))
        if let out, let distribution = result.distribution {
            try writeWhole(Data(distribution.percentileText.utf8), to: URL(filePath: out))
        }
        if output.json { return try writeJSON(result) }
        write(
            String(
                format: "%d requests in %.1f s, after %.1f s of warming up: %.1f answers a second", result.sent,
                result.seconds, result.warmUp, result.goodput))
        for (status, count) in result.statuses.sorted(by: { $0.key < $1.key }) {
            write("  \(status == 0 ? "no answer" : "status \(status)"): \(count)")
        }
        for (name, latency) in [("answers", result.latency), ("refusals", result.refusalLatency)] {
            guard let latency else { continue }
            write(
                String(
                    format: "  latency of %@, ms: p50 %.1f, p90 %.1f, p95 %.1f, p99 %.1f, max %.1f", name as NSString,
                    latency.p50, latency.p90, latency.p95, latency.p99, latency.max))
        }
        if result.refusalsWithoutRetryAfter > 0 {
            write("  refusals that do not say when to come back: \(result.refusalsWithoutRetryAfter)")
        }
        if let out {
            write(
                result.distribution == nil ? "  no answers, so nothing was written to \(out)" : "  percentiles: \(out)")
        }
    }
}
