import ArgumentParser
import Foundation
import Learning
import Ocelot

/// `ocelot find-rate`: a learning rate for a data set.
struct FindRate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find-rate",
        abstract:
            "Finds a learning rate: trains for a moment while the rate climbs, and sees where the loss falls fastest.",
        discussion: """
            The rate climbs from 1e-6 to 1, by the same factor at each step, until the loss goes up for good. --stepwise is the \
            older procedure: 0.1 for five epochs, and a tenth of it as long as the loss does not fall from epoch to epoch. No model \
            is made, and the same seed gives the same answer. 'ocelot train classifier --learning-rate auto' does this by itself.
            """)

    @Argument(
        help: ArgumentHelp("A folder with one folder of photos a class, or a table 'path,label'.", valueName: "dataset")
    )
    var dataset: String

    @OptionGroup var choices: TrainingChoices

    @Flag(help: "Try 0.1, 0.01, 0.001 and 0.0001 for up to five epochs each instead.")
    var stepwise = false

    @Option(help: ArgumentHelp("Write the plot of loss by rate to this file.", valueName: "file.svg"))
    var out: String?

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        var recipe = try choices.recipe()
        if choices.method == nil, choices.config == nil { try recipe.set("method", to: "fine-tune") }
        let training = ClassifierTraining(dataset: URL(filePath: dataset), recipe: recipe, workspace: workspace.url)
        let printer = TrainingPrinter(json: output.json, progress: Progress(quiet: output.quiet))
        if stepwise {
            let trials = try await training.findRateStepwise(trial: printer.show, report: printer.show)
            let found = trials.last.flatMap { $0.isFalling ? $0.rate : nil }
            try finish(found, trials.map { [$0.rate, $0.losses.last ?? .infinity] })
            return
        }
        let sweep = try await training.findRate(report: printer.show)
        if let out { try writeWhole(Data(sweep.chart.svg(asFile: true).utf8), to: URL(filePath: out)) }
        try finish(sweep.suggestion, zip(sweep.points, sweep.smoothedLosses).map { [$0.rate, $1] })
    }

    private func finish(_ rate: Double?, _ curve: [[Double]]) throws {
        if output.json {
            // JSON has no infinity: a rate at which the loss was none has none.
            try writeJSON(Found(suggested: rate, curve: curve.map { $0.filter(\.isFinite) }))
        } else if let rate {
            write(String(format: "Learning rate %.2g: use --learning-rate %.2g.", rate, rate))
            if let out { write("Plot    \(out)") }
        } else {
            write("At none of these rates does the loss fall. Check the labels and the weights of the network.")
        }
    }

    /// The last line of `--json`.
    private struct Found: Encodable {
        var event = "finished"
        var suggested: Double?
        var curve: [[Double]]
    }
}
