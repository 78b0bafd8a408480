import ArgumentParser
import Foundation
import RunHistory

/// `ocelot runs`: what was trained, and how it compares.
struct Runs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows and compares what was trained.",
        subcommands: [List.self, Show.self, Compare.self, Delete.self, Export.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the runs, the newest first.")

        @Option(help: "How many to list.")
        var limit = 50
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let runs = try RunStore(workspace: workspace.url, .reading).runs(RunFilter(limit: limit))
            if output.json { for run in runs { try writeJSON(run) } } else { write(RunTables.list(runs)) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows one run whole.")

        @Argument(help: ArgumentHelp("The run's number.", valueName: "run"))
        var number: Int
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let details = try RunStore(workspace: workspace.url, .reading).details(number)
            if output.json { try writeJSON(details) } else { write(RunTables.show(details)) }
        }
    }

    struct Compare: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets runs side by side: what differs, and which photos were gained or lost.")

        @Argument(help: "The runs' numbers, two or more.")
        var runs: [Int]
        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard runs.count >= 2 else {
                throw ValidationError("compare takes two or more runs; 'ocelot runs' lists them.")
            }
        }

        func run() throws {
            let comparison = try RunStore(workspace: workspace.url, .reading).compare(runs)
            if output.json { try writeJSON(comparison) } else { write(RunTables.compare(comparison)) }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forgets a run; its models stay.")

        @Argument(help: ArgumentHelp("The run's number.", valueName: "run"))
        var number: Int
        @OptionGroup var workspace: WorkspaceOptions

        func run() throws {
            let freed = try RunStore(workspace: workspace.url, .existing).delete(number)
            write("Deleted run \(number); \(freed) bytes freed.")
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes a run's parameters, metrics, report and files into a folder.")

        @Argument(help: ArgumentHelp("The run's number.", valueName: "run"))
        var number: Int
        @Argument(help: ArgumentHelp("The folder to make.", valueName: "dir"))
        var folder: String
        @OptionGroup var workspace: WorkspaceOptions

        func run() throws {
            _ = try RunStore(workspace: workspace.url, .reading).export(number, to: URL(filePath: folder))
            write("Wrote run \(number) to \(folder).")
        }
    }
}
