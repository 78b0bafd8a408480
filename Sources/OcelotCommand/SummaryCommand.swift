import ArgumentParser
import Foundation
import Networks
import Ocelot

/// `ocelot summary`.
struct SummaryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary", abstract: "Lists a network's layers, with their shapes and parameters.")

    @Argument(help: ArgumentHelp("A network; see 'ocelot weights list'.", valueName: "backbone"))
    var backbone: String

    @Option(help: "Side of the image that the network sees, in pixels. (default: the network's)")
    var imageSize: Int?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let backbone = try Backbone(named: backbone)
        let side = imageSize ?? backbone.defaultImageSize
        let classes = backbone.publishedClassCount ?? 0
        let graph = try backbone.graph(
            .floats(rows: side, columns: side),
            outputs: [.features] + (classes > 0 ? [.logits(classes: classes)] : []))
        let summary = NetworkSummary(graph)
        if output.json { try writeJSON(summary) } else { write(summary.table) }
    }
}
