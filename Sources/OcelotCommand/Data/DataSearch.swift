import ArgumentParser
import Foundation
import Ocelot
import PhotoSources

/// `ocelot data search`.
struct DataSearch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Asks an image search, and writes a list of links for 'ocelot data fetch'.",
        discussion: """
            The service is Openverse (openverse.org), which finds pictures under open licences and needs no key. It takes 20 \
            requests a minute and 200 a day, and gives 20 pictures a request. Each picture's licence, creator and page are \
            kept in the list. Look the pictures over once they are fetched: a search finds much that does not fit.
            """)

    @Option(
        help: ArgumentHelp(
            "The questions, one a line, each followed by a tab and its label if that is not the question itself.",
            valueName: "file"))
    var queries: String

    @Option(help: "How many pictures to take for each question, 1 to 240.")
    var top = 50

    @Option(help: ArgumentHelp("The list to write.", valueName: "list.tsv"))
    var out: String

    @Option(help: ArgumentHelp("Openverse, or a server that speaks as it does.", valueName: "url"))
    var endpoint = Openverse.endpoint

    @Option(
        help:
            "Only pictures with these licences, with commas between them: \(Openverse.licences.joined(separator: ", "))."
    )
    var licence: String?

    @Option(help: ArgumentHelp("The pause between two requests.", valueName: "seconds"))
    var pause = 3.0

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...240).contains(top) else { throw ValidationError("--top is \(top); it must be from 1 to 240.") }
        guard (0...3600).contains(pause) else {
            throw ValidationError("--pause is \(pause); it must be from 0 to 3600 seconds.")
        }
        for code in licences where !Openverse.licences.contains(code) {
            throw ValidationError(
                "--licence has '\(code)', which Openverse does not know. It knows \(Openverse.licences.joined(separator: ", "))."
            )
        }
        do { _ = try WebAddress(endpoint) } catch {
            throw ValidationError("--endpoint is '\(endpoint)', and cannot be asked: \(error).")
        }
    }

    private struct QueryLine: Encodable {
        var event = "query"
        var query: String
        var label: String
        var hits: Int
    }

    private struct Finished: Encodable {
        var event = "finished"
        var links: Int
        var repeated: Int
        var two_labels: [FetchSummary.TwoLabels]
        var list: String
    }

    func run() async throws {
        let progress = Progress(quiet: output.quiet)
        let questions = try SearchQuery.read(URL(filePath: queries))
        var search = PictureSearch(
            .openverse(endpoint: endpoint, licences: licences, pause: .seconds(pause)))
        search.top = top
        search.agent = "ocelot/\(Ocelot.version)"
        // Whoever names a service of their own means that machine.
        if endpoint != Openverse.endpoint {
            search.policy.exceptions = [AddressPolicy.Exception(try WebAddress(endpoint).authority)].compactMap(\.self)
        }
        var failure: (any Error)?
        let result = try await search.run(questions) { query, hits in
            progress.line("\(hits)  \(query.text)")
            guard output.json else { return }
            do { try writeJSON(QueryLine(query: query.text, label: query.label, hits: hits)) } catch { failure = error }
        }
        if let failure { throw failure }
        try writeWhole(result.table, to: URL(filePath: out))
        if output.json {
            try writeJSON(
                Finished(
                    links: result.links.count, repeated: result.repeated, two_labels: result.twoLabels, list: out))
        }
        progress.line("\(result.links.count) links are in \(out); 'ocelot data fetch \(out) DIR' fetches them.")
        if result.repeated > 0 { progress.line("\(result.repeated) were found more than once, and count once.") }
        if let first = result.twoLabels.first {
            progress.line(
                "\(result.twoLabels.count) were found under two labels, such as \(first.url) under "
                    + "\(first.labels.joined(separator: " and ")); the first counts. Look at them.")
        }
    }

    private var licences: [String] {
        (licence ?? "").lowercased().split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
