import ArgumentParser
import Foundation
import Ocelot

extension Bench {
    /// A photo's bytes to its classes, one after another: what a service adds to this is its own.
    struct Answer: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Answers for one photo again and again, in this process.")
        @Argument(help: ArgumentHelp("A model: NAME, NAME:VERSION or a package's path.", valueName: "model"))
        var model: String
        @Argument(help: ArgumentHelp("An image file.", valueName: "image"))
        var image: String
        @Option(help: "For how long to measure, in seconds.")
        var seconds = 5.0
        @OptionGroup var computation: PrecisionOptions
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var output: OutputOptions

        private struct Result: Encodable {
            var answers: Int
            var p50_ms: Double
            var p90_ms: Double
        }

        func validate() throws {
            guard seconds > 0, seconds <= 3600 else {
                throw ValidationError("--seconds is \(seconds); it must be above 0, and at most 3600.")
            }
        }

        func run() async throws {
            let package = try ModelPackage.open(ModelPackage.locate(model, in: workspace.url))
            let predictor = try Predictor(package, for: .latency, precision: computation.precision)
            let file = [UInt8](try readPhoto(image))
            // The first few take memory that is taken once.
            try await naming(image) { for _ in 0..<5 { _ = try await predictor(file) } }
            var times: [Double] = []
            let end = ContinuousClock.now + .seconds(seconds)
            repeat {
                let began = ContinuousClock.now
                _ = try await predictor(file)
                times.append((ContinuousClock.now - began) / .milliseconds(1))
            } while ContinuousClock.now < end
            times.sort()
            let result = Result(
                answers: times.count, p50_ms: times[times.count / 2], p90_ms: times[9 * times.count / 10])
            if output.json { return try writeJSON(result) }
            write(String(format: "%d answers, p50 %.2f ms, p90 %.2f ms", result.answers, result.p50_ms, result.p90_ms))
        }
    }
}
