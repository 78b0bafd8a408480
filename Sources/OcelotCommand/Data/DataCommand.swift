import ArgumentParser

/// `ocelot data`: getting photos, checking, mending and dividing them.
struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Gets photos, checks and mends a data set, and divides it.",
        subcommands: [
            DataFetch.self, DataQueries.self, DataSearch.self, DataCheckCommand.self, DataDuplicates.self,
            DataLabels.self, DataSuspects.self, DataSplitCommand.self,
        ])
}
