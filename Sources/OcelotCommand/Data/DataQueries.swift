public import ArgumentParser
public import PhotoSources

/// `ocelot data queries`.
struct DataQueries: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queries",
        abstract: "Combines things with attributes into questions for an image search, one a line.",
        discussion: """
            7 things and 3 attributes make 21 questions:

              ocelot data queries --items blouse,hoodie,pullover,sweater,shirt,t-shirt,vest \\
                --attributes striped,dotted,leopard --labels > queries.tsv
            """)

    @Option(help: "Things, with commas between them.")
    var items: String

    @Option(help: "Attributes, which are the classes, with commas between them.")
    var attributes: String

    @Option(help: "Which word comes first: item-first (blouse striped) or attribute-first (striped blouse).")
    var order: SearchQuery.Order = .itemFirst

    @Flag(help: "Add a tab and the attribute to each line, for 'ocelot data search'.")
    var labels = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if queries.isEmpty {
            throw ValidationError("--items and --attributes must each name at least one word.")
        }
    }

    func run() throws {
        for query in queries {
            if output.json {
                try writeJSON(["query": query.text, "label": query.label])
            } else {
                write(labels ? "\(query.text)\t\(query.label)" : query.text)
            }
        }
    }

    private var queries: [SearchQuery] {
        func words(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }
        return SearchQuery.combining(items: words(items), attributes: words(attributes), order: order)
    }
}

extension SearchQuery.Order: ExpressibleByArgument {}
