import ArgumentParser
import Datasets
import Foundation

/// `ocelot sample`: pictures to try things with.
struct Sample: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draws a data set to try things with.", subcommands: [Textures.self])

    /// `ocelot sample textures`.
    struct Textures: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draws clothing with a dotted, leopard or striped texture, one folder a class.")

        @Argument(help: ArgumentHelp("The folder to make.", valueName: "dir"))
        var folder: String

        @Option(help: "How many pictures to draw, 8 or more.")
        var count = 428

        @Option(help: "The same seed draws the same pictures, byte for byte.")
        var seed: UInt64 = 1

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let progress = Progress(quiet: output.quiet)
            let start = ContinuousClock.now
            let samples = try TextureSamples(count: count, seed: seed)
            let result = try samples.write(to: URL(filePath: folder))
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            switch result {
            case .drawn:
                let counts = Texture.allCases.map { "\($0.rawValue) \(samples.count(of: $0))" }.joined(separator: ", ")
                progress.line(String(format: "Drew %d pictures in %.1f s: %@.", count, seconds, counts as NSString))
            case .alreadyThere:
                progress.line("\(folder) holds these pictures already; nothing was changed.")
            }
        }
    }
}
