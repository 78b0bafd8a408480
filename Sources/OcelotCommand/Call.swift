import ArgumentParser
import Foundation
import Imaging
import OcelotClient

/// `ocelot call`: asks a prediction service about a photo, and shows where the time goes.
struct Call: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Asks a prediction service about a photo a few times, and shows where the time goes.",
        discussion: """
            The service is what 'ocelot serve' starts. Total is the time from the first byte sent to the last received, compute is \
            what the service says that it needed, and overhead is the rest: the network and the service's handling of requests.
            """)

    @Argument(help: ArgumentHelp("The service's address, such as http://127.0.0.1:8080.", valueName: "url"))
    var url: String

    @Argument(help: ArgumentHelp("A photo.", valueName: "image"))
    var image: String

    @Option(help: "How often it is asked, 1 to 100000.")
    var `repeat` = 5

    @Option(help: "The model's name; not needed if the service has only one.")
    var model: String?

    @Option(help: "How many labels are shown, 1 to 1000.")
    var top = 5

    @OptionGroup var access: ServiceAccess
    @OptionGroup var output: OutputOptions

    func validate() throws {
        _ = try serviceURL(url)
        guard (1...100_000).contains(`repeat`) else {
            throw ValidationError("--repeat is \(`repeat`); it must be from 1 to 100000.")
        }
        guard (1...1000).contains(top) else { throw ValidationError("--top is \(top); it must be from 1 to 1000.") }
    }

    func run() async throws {
        let service = OcelotClient(try serviceURL(url), token: try access.token())
        let photo = try readImageFile(URL(filePath: image))
        var name = model
        if name == nil {
            let models = try await service.models()
            guard models.count == 1 else { throw ClientError.whichModel(models.map(\.name)) }
            name = models[0].name
        }
        var calls: [Measured] = []
        for number in 1...`repeat` {
            let start = ContinuousClock.now
            let answer = try await service.predict(photo, model: name, top: top)
            let total = (ContinuousClock.now - start) / .milliseconds(1)
            let measured = Measured(number: number, total: total, compute: answer.timing?.total)
            if number == 1, !output.json {
                let labels = answer.predictions.first?.top.map { String(format: "%@ %.3f", $0.label, $0.probability) }
                write("\(answer.model.name) \(answer.model.version)   \(labels?.joined(separator: "   ") ?? "")")
                write("\ncall   total ms   compute ms   overhead ms")
            }
            if output.json {
                try writeJSON(measured)
                if number == `repeat` { try writeJSON(Finished(answer: answer)) }
            } else {
                write(row("\(number)", measured.total, measured.compute, measured.overhead))
            }
            calls.append(measured)
        }
        guard !output.json, calls.count > 1 else { return }
        write(
            row(
                "median", median(calls.map(\.total)) ?? 0, median(calls.compactMap(\.compute)),
                median(calls.compactMap(\.overhead))))
    }

    private func row(_ name: String, _ total: Double, _ compute: Double?, _ overhead: Double?) -> String {
        func text(_ value: Double?) -> String { value.map { String(format: "%.1f", $0) } ?? "–" }
        func padded(_ value: Double?, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text(value).count)) + text(value)
        }
        return name.padding(toLength: 6, withPad: " ", startingAt: 0)
            + padded(total, 9) + padded(compute, 13) + padded(overhead, 14)
    }

    private func median(_ values: [Double]) -> Double? {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return nil }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// One call, in milliseconds.
    private struct Measured: Encodable {
        var event = "call"
        var number: Int
        var total: Double
        var compute: Double?
        var overhead: Double? { compute.map { total - $0 } }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(event, forKey: .event)
            try values.encode(number, forKey: .number)
            try values.encode(total, forKey: .total)
            try values.encodeIfPresent(compute, forKey: .compute)
            try values.encodeIfPresent(overhead, forKey: .overhead)
        }

        private enum CodingKeys: String, CodingKey {
            case event, number
            case total = "total_ms"
            case compute = "compute_ms"
            case overhead = "overhead_ms"
        }
    }

    /// The last line of `--json`.
    private struct Finished: Encodable {
        var event = "finished"
        var answer: PredictionAnswer
    }
}

/// How a service knows its caller.
struct ServiceAccess: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file with the token for the service. Without it, the environment's OCELOT_TOKEN is taken, if there is one.",
            valueName: "file"))
    var tokenFile: String?

    func token() throws -> String? {
        guard let tokenFile else { return ProcessInfo.processInfo.environment["OCELOT_TOKEN"] }
        guard let text = try? String(contentsOf: URL(filePath: tokenFile), encoding: .utf8) else {
            throw ValidationError(
                "The file '\(tokenFile)' cannot be read; --token-file names a file with the token in it.")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// The address of a service, as it is typed.
func serviceURL(_ text: String) throws -> URL {
    guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host != nil else {
        throw ValidationError("'\(text)' is no address of a service; write it like http://127.0.0.1:8080.")
    }
    return url
}
