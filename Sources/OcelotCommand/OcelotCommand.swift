// The command `ocelot`. Its contract: documented exit statuses, JSON on standard output only, progress on standard error.

import ArgumentParser
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
            New.self, Train.self, Evaluate.self, Predict.self, Export.self, Runs.self, WeightsCommand.self,
            SummaryCommand.self, Doctor.self, Bench.self,
        ])

    /// Runs a command and ends the process with the status that the contract promises.
    static func main() async {
        var arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.isEmpty { arguments = ["--help"] }
        do {
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
}
