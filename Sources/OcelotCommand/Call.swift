import ArgumentParser
import Foundation
import Ocelot
import OcelotClient

/// `ocelot call`: asks several times, as the founding caller does, and tells computation from the way there and back.
struct Call: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Asks a running service what a photo shows.")

    @Argument(help: ArgumentHelp("The service, such as http://127.0.0.1:8080.", valueName: "url"))
    var url: String

    @Argument(help: ArgumentHelp("An image file.", valueName: "image"))
    var image: String

    @Option(help: ArgumentHelp("The model. (default: the service's only one)", valueName: "name"))
    var model: String?

    @Option(help: "How often to ask.")
    var `repeat` = 5

    @Option(
        help: ArgumentHelp(
            "Write a picture here that shows where in the photo the answer comes from.", valueName: "png"))
    var explain: String?

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("With --explain: the class. (default: the likeliest)", valueName: "name"))
    var className: String?

    @OptionGroup var token: TokenOptions
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

    private struct Explained: Encodable {
        var explanation: String
        var label: String
        var method: String
        var total_ms: Double
    }

    func validate() throws {
        guard (1...100_000).contains(`repeat`) else {
            throw ValidationError("--repeat is \(`repeat`); it must be from 1 to 100000.")
        }
        guard URL(string: url)?.host() != nil else {
            throw ValidationError("'\(url)' is no address such as http://127.0.0.1:8080.")
        }
        if className != nil && explain == nil { throw ValidationError("--class goes with --explain FILE.png.") }
    }

    func run() async throws {
        guard let address = URL(string: url) else { throw ValidationError("'\(url)' is no address.") }
        let photo = try readPhoto(image)
        let client = PredictionClient(address, token: try token.text(), trusting: encryption.authority)
        let name: String
        if let model { name = model } else { name = try await client.onlyModel() }
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
        if let explain { try await writeExplanation(of: photo, by: name, client, to: explain) }
    }

    private func writeExplanation(
        of photo: Data, by model: String, _ client: PredictionClient, to path: String
    ) async throws {
        let answer = try await client.predict(photo, by: model, explaining: className.map { .named($0) } ?? .likeliest)
        guard let explanation = answer.explanation else { throw PredictionError.unknownAnswer }
        try writeWhole(explanation.overlay, to: URL(filePath: path))
        if output.json {
            try writeJSON(
                Explained(
                    explanation: path, label: explanation.label, method: explanation.method, total_ms: ms(answer.total))
            )
        } else {
            write(
                "Where '\(explanation.label)' comes from: \(path) (\(explanation.method), \(Int(ms(answer.total))) ms)")
        }
    }

    private func ms(_ time: Duration) -> Double { time / .milliseconds(1) }
}
