// The command `ocelot`. Its contract: documented exit statuses, JSON on standard output only, progress on standard error.

import ArgumentParser
import Datasets
import Foundation
import Ocelot

@main
struct OcelotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ocelot",
        abstract: "Turns a folder of your own photos into a working vision model.",
        discussion: """
            A data set is a folder with one folder of photos for each class, or a table 'path,label'. Start with:

              ocelot sample textures photos            draws a set of 428 photos to try things with
              ocelot train classifier photos           trains, measures and keeps a model
              ocelot predict photos some/photo.jpg     asks it

            Exit status: 0 done, 1 failed, 2 wrong usage, 3 diverged, 4 bad data, 5 out of a resource, 130 interrupted.
            """,
        version: Ocelot.version,
        subcommands: [
            Sample.self, New.self, DataCommand.self, Train.self, FindRate.self, LearningCurveCommand.self, Presets.self,
            Augment.self, Evaluate.self, Predict.self, Explain.self, ModelsCommand.self, Quantize.self,
            Export.self, Sign.self,
            Runs.self, WeightsCommand.self, SummaryCommand.self, Serve.self, TokenCommand.self, Call.self,
            LoadTestCommand.self, Doctor.self, Bench.self,
        ])

    /// Runs a command and ends the process with the status that the contract promises.
    static func main() async {
        var arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.isEmpty { arguments = ["--help"] }
        do {
            // The service's own program knows its options, and its help.
            if arguments[0] == "serve" { try Serve.start(Array(arguments.dropFirst())) }
            try checkSubcommands(arguments)
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let status = exitStatus(of: error)
            let message = isOurs(error) ? "Error: \(error)" : fullMessage(for: error)
            if !message.isEmpty {
                (status == 0 ? FileHandle.standardOutput : .standardError).write(Data((message + "\n").utf8))
            }
            Foundation.exit(status)
        }
    }

    /// Throws if a word stands where a subcommand should and is none; ArgumentParser would only call it unexpected.
    private static func checkSubcommands(_ arguments: [String]) throws {
        var command: any ParsableCommand.Type = self
        for word in arguments {
            let subcommands = command.configuration.subcommands
            guard !subcommands.isEmpty, !word.hasPrefix("-"), word != "help" else { return }
            guard let next = subcommands.first(where: { $0._commandName == word }) else {
                // A default subcommand takes the word as its own argument, where it has any.
                let near = NearMiss.suggestion(for: word, among: subcommands.map { $0._commandName })
                let hint = near.map { " Did you mean '\($0)'?" } ?? ""
                let path = command == self ? "ocelot" : "ocelot \(command._commandName)"
                throw ValidationError("'\(path)' has no subcommand '\(word)'.\(hint)")
            }
            command = next
        }
    }
}
