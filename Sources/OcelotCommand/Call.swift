import ArgumentParser
import Foundation
import OcelotClient

/// `ocelot call`: asks several times, as the founding caller does, and tells computation from the way there and back.
struct Call: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Asks a running service what a photo shows.")

    @Argument(help: ArgumentHelp("The service, such as http://127.0.0.1:8080.", valueName: "url"))
    var url: String

    @Argument(help: ArgumentHelp("An image file.", valueName: "image"))
    var image: String

    @Option(help: ArgumentHelp("The model. (default: the service's first)", valueName: "name"))
    var model: String?

    @Option(help: "How often to ask.")
    var `repeat` = 5

    @Option(
        help: ArgumentHelp(
            "A token, where the service asks for one. (default: the variable OCELOT_TOKEN)", valueName: "token"))
    var token: String?

    @OptionGroup var encryption: EncryptionOptions
    @OptionGroup var output: OutputOptions

    private struct Line: Encodable {
        var call: Int
        var label: String
        var probability: Double
        var total_ms: Double
        var computation_ms: Double
        var overhead_ms: Double
    }

    func validate() throws {
        guard (1...100_000).contains(`repeat`) else {
            throw ValidationError("--repeat is \(`repeat`); it must be from 1 to 100000.")
        }
        guard URL(string: url)?.host() != nil else {
            throw ValidationError("'\(url)' is no address such as http://127.0.0.1:8080.")
        }
    }

    func run() async throws {
        guard let address = URL(string: url) else { throw ValidationError("'\(url)' is no address.") }
        let token = token ?? ProcessInfo.processInfo.environment["OCELOT_TOKEN"]
        let client = PredictionClient(address, token: token, trusting: encryption.authority)
        let photo = try Data(contentsOf: URL(filePath: image))
        let name: String
        if let model {
            name = model
        } else {
            guard let first = try await client.models().first?.name else { throw PredictionError.unknownAnswer }
            name = first
        }
        for number in 1...`repeat` {
            let answer = try await client.predict(photo, by: name)
            guard let best = answer.top.first else { throw PredictionError.unknownAnswer }
            let (total, computation, overhead) = (ms(answer.total), ms(answer.computation), ms(answer.overhead))
            if output.json {
                try writeJSON(
                    Line(
                        call: number, label: best.label, probability: best.probability, total_ms: total,
                        computation_ms: computation, overhead_ms: overhead))
            } else {
                write(
                    String(
                        format: "%d: %@ %.1f %%, %.1f ms: computation %.1f ms, overhead %.1f ms", number,
                        best.label as NSString, 100 * best.probability, total, computation, overhead))
            }
        }
    }

    private func ms(_ time: Duration) -> Double { time / .milliseconds(1) }
}
