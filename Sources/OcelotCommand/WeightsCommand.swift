import ArgumentParser
import Foundation
import Networks
import Ocelot

/// `ocelot weights`: pretrained networks.
struct WeightsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Lists, downloads, imports and verifies pretrained networks.",
        discussion: """
            Downloads come from their publishers' own host, and are kept in \(WeightStore.defaultFolder.path). Set \
            OCELOT_WEIGHTS_MIRROR to a folder or an address to take them from there, for machines without internet.
            """,
        subcommands: [List.self, Pull.self, Import.self, Verify.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the networks, and which weights are at hand.")
        @OptionGroup var output: OutputOptions

        func run() throws {
            let entries = try WeightStore().list()
            if output.json { for entry in entries { try writeJSON(entry) } } else { write(weightsTable(entries)) }
        }
    }

    struct Pull: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Downloads published weights, and checks their SHA-256.")
        @Argument(help: "A network; see 'ocelot weights list'.")
        var name: String
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let progress = Progress(quiet: output.quiet)
            let file = try await WeightStore().pull(name) { done, total in
                let part = total.map { String(format: " (%.0f %%)", 100 * Double(done) / Double(max($0, 1))) } ?? ""
                progress.live(String(format: "%.1f MB%@", Double(done) / 1e6, part as NSString))
            }
            progress.line("Kept as \(file.path).")
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes weights from a file: safetensors or .pth, which is read as data and never executed.")
        @Argument(help: ArgumentHelp("The file.", valueName: "file"))
        var file: String
        @Option(name: .customLong("as"), help: "The network that the weights are for.")
        var backbone: String
        @Option(
            help:
                "How the weights expect images to be padded: torchvision, or bottom-right for weights from TensorFlow.")
        var padding: String?
        @OptionGroup var output: OutputOptions

        func run() throws {
            let style = try padding.map { name in
                guard let style = PaddingStyle(rawValue: name) else {
                    throw RecipeProblem.notOne(key: "--padding", value: name, of: PaddingStyle.allCases.map(\.rawValue))
                }
                return style
            }
            let kept = try WeightStore().import(URL(filePath: file), as: Backbone(named: backbone), padding: style)
            Progress(quiet: output.quiet).line("Kept as \(kept.path).")
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads all weights at hand, and checks their SHA-256.")
        @OptionGroup var output: OutputOptions

        func run() throws {
            let results = try WeightStore().verify()
            for result in results {
                write("\(result.name)  \(result.isIntact ? "intact" : "DAMAGED: \(result.reason ?? "")")")
            }
            if results.isEmpty { write("No weights are kept yet. 'ocelot weights pull NAME' downloads some.") }
            guard results.allSatisfy(\.isIntact) else { throw ExitCode(1) }
        }
    }
}
