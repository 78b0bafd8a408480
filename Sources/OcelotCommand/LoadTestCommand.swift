import ArgumentParser
import Foundation
import Imaging
import LoadTest
import OcelotClient

/// `ocelot load-test`: how many photos a second a service answers, and how long each waits.
struct LoadTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load-test",
        abstract: "Sends photos to a prediction service, and measures how many it answers and how long each waits.",
        discussion: """
            With --rate, photos are sent at their times whether or not earlier ones were answered, and waiting counts from when \
            each was due: that is what your callers would see. Without it, --callers ask one photo after the other each, which shows \
            how much the service can do. An address with a path, such as http://127.0.0.1:8080/score, is posted to as it is.
            """)

    @Argument(help: ArgumentHelp("The service's address, such as http://127.0.0.1:8080.", valueName: "url"))
    var url: String

    @Argument(help: ArgumentHelp("Photos, which are sent in turn.", valueName: "image"))
    var images: [String]

    @Option(help: "Photos a second, 0.01 to 100000.")
    var rate: Double?

    @Option(help: "How many callers there are if no rate is given, 1 to 4096.")
    var callers = 16

    @Option(help: "For how long, in seconds, 0.1 to 86400.")
    var seconds = 10.0

    @Option(help: "How long photos are sent before they count, in seconds, 0 to 600.")
    var warmUp = 1.0

    @Option(help: "After how many seconds a photo counts as lost, 0.1 to 600.")
    var timeout = 30.0

    @Option(help: "The model's name; not needed if the service has only one.")
    var model: String?

    @OptionGroup var access: ServiceAccess
    @OptionGroup var output: OutputOptions

    func validate() throws {
        _ = try serviceURL(url)
        guard rate.map({ (0.01...100_000).contains($0) }) ?? true else {
            throw ValidationError("--rate must be from 0.01 to 100000.")
        }
        guard (1...4096).contains(callers) else {
            throw ValidationError("--callers is \(callers); it must be from 1 to 4096.")
        }
        guard (0.1...86_400).contains(seconds) else { throw ValidationError("--seconds must be from 0.1 to 86400.") }
        guard (0...600).contains(warmUp) else { throw ValidationError("--warm-up must be from 0 to 600.") }
        guard (0.1...600).contains(timeout) else { throw ValidationError("--timeout must be from 0.1 to 600.") }
        guard !images.isEmpty else { throw ValidationError("Name at least one photo to send.") }
    }

    func run() async throws {
        let token = try access.token()
        let bodies = try images.map { try readImageFile(URL(filePath: $0)) }
        var target = try serviceURL(url)
        if target.path.isEmpty || target.path == "/" {
            let models = model == nil ? try await OcelotClient(target, token: token).models().map(\.name) : []
            guard let name = model ?? (models.count == 1 ? models[0] : nil) else {
                throw ClientError.whichModel(models)
            }
            target.append(path: "v1/models/\(name):predict")
        }
        var test = LoadTest(target, bodies: bodies, load: rate.map { .rate($0) } ?? .callers(callers), seconds: seconds)
        (test.warmUp, test.timeout, test.token) = (warmUp, timeout, token)
        let result = try await test()
        if output.json {
            try writeJSON(result)
        } else {
            write(String(format: "%.1f good answers a second (%d in all)", result.perSecond, result.good))
            for (status, count) in result.answers.sorted(by: { $0.key < $1.key }) {
                write("  \(status): \(count)")
            }
            if result.notSent > 0 { write("  not sent, too many were waiting: \(result.notSent)") }
            if result.good > 0 {
                let shown = ["p50", "p90", "p95", "p99", "p99.9", "max"].map {
                    String(format: "%@ %.1f", $0, result.latency[$0] ?? 0)
                }
                write(String(format: "milliseconds   mean %.1f   ", result.mean) + shown.joined(separator: "   "))
            }
        }
        if result.good == 0 { throw ClientError.unreachable(target, reason: "no request had a good answer") }
    }
}
