import ArgumentParser
import Foundation
import Ocelot
import PhotoSources

/// `ocelot data fetch`.
struct DataFetch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Downloads the pictures of a list of links, one folder a label.",
        discussion: """
            The list has a link and a label on each line, in either order, with a tab between them. Links break: those are \
            counted with their reasons, and are no error. Started again, the command fetches only what is not there yet. \
            Where each picture came from stands in sources.tsv in the folder.

            Only http and https are spoken, only with public addresses, and never through a proxy.
            """)

    @Argument(help: ArgumentHelp("The list: a link, a tab, a label.", valueName: "list.tsv"))
    var list: String

    @Argument(help: ArgumentHelp("The folder to fill; it is made if it does not exist.", valueName: "dir"))
    var folder: String

    @Option(help: "Pictures whose longer side has more pixels are shrunk to this; 0 keeps the size of all.")
    var maxSide = 1000

    @Option(help: "How many links are asked for at once, 1 to 64.")
    var jobs = 16

    @Option(help: "How many of them at the same host, 1 to 64.")
    var perHost = 4

    @Option(help: ArgumentHelp("How long a link may take.", valueName: "seconds"))
    var timeout = 60.0

    @Option(help: ArgumentHelp("Larger files are refused.", valueName: "bytes"))
    var maxBytes = 20_000_000

    @Option(help: ArgumentHelp("After so many the command stops.", valueName: "bytes"))
    var maxTotal = 20_000_000_000

    @Option(help: "How often a link is asked for again after a failure that may pass, 0 to 10.")
    var retries = 2

    @Flag(help: "Ask again for all links that brought no picture, also those that are gone.")
    var again = false

    @Option(
        help: ArgumentHelp(
            "A machine that may be asked although its address is not public, for pictures on your own network. Repeatable.",
            valueName: "host[:port]"))
    var allowPrivate: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where a host is, instead of asking the system; '*' stands for all others. The address is checked as always.",
            valueName: "host=address:port", visibility: .hidden))
    var resolve: [String] = []

    @Option(help: "The pauses between attempts are drawn by this lot.")
    var seed: UInt64 = 1

    @OptionGroup var output: OutputOptions

    func validate() throws {
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
            guard range.contains(value) else {
                throw ValidationError(
                    "--\(name) is \(value); it must be from \(range.lowerBound) to \(range.upperBound).")
            }
        }
        try check("jobs", jobs, 1...64)
        try check("per-host", perHost, 1...64)
        try check("retries", retries, 0...10)
        try check("max-bytes", maxBytes, 1...1_000_000_000)
        guard maxTotal > 0 else { throw ValidationError("--max-total is \(maxTotal); it must be 1 or more.") }
        guard maxSide == 0 || (32...65_500).contains(maxSide) else {
            throw ValidationError("--max-side is \(maxSide); it must be 0, or from 32 to 65500.")
        }
        guard (0.1...3600).contains(timeout) else {
            throw ValidationError("--timeout is \(timeout); it must be from 0.1 to 3600 seconds.")
        }
        for text in allowPrivate where AddressPolicy.Exception(text) == nil {
            throw ValidationError(
                "--allow-private is '\(text)'; it must be a host, or a host and a port, such as nas:8080.")
        }
        for text in resolve where Resolver.entry(text) == nil {
            throw ValidationError("--resolve is '\(text)'; it must read like example.org=192.0.2.1:80.")
        }
    }

    func run() async throws {
        let progress = Progress(quiet: output.quiet)
        let list = try LinkList(contentsOf: URL(filePath: list))
        let fetch = PhotoFetch(list, to: URL(filePath: folder), options: options)
        progress.line(
            """
            Pictures on the web belong to those who made them. Before you use or share them, or a model that learned from \
            them, make sure that you may: where each came from stands in \(folder)/sources.tsv.
            """)
        for note in notes { progress.line(note) }
        StopRequest.listen()
        if output.json { try writeJSON(Started(links: list.links.count, folder: folder)) }
        let start = ContinuousClock.now
        var counts = (kept: 0, broken: 0)
        var failure: (any Error)?
        let summary = try await fetch.run { done in
            if done.source.status == .fetched { counts.kept += 1 } else { counts.broken += 1 }
            let rate = Double(done.done) / max((ContinuousClock.now - start) / .seconds(1), 0.001)
            progress.live(
                String(
                    format: "%d/%d links, %d pictures, %d without, %.1f links/s, %.0f s left", done.done, done.total,
                    counts.kept, counts.broken, rate, Double(done.total - done.done) / rate))
            guard output.json else { return }
            do { try writeJSON(LinkLine(done.source)) } catch { failure = error }
        }
        if let failure { throw failure }
        if output.json { try writeJSON(Finished(summary)) } else { write(summary.text) }
    }

    private var options: PhotoFetch.Options {
        var options = PhotoFetch.Options()
        options.maxSide = maxSide == 0 ? nil : maxSide
        (options.jobs, options.perHost, options.retries, options.seed) = (jobs, perHost, retries, seed)
        (options.totalBytes, options.asksBrokenAgain) = (maxTotal, again)
        options.limits.bytes = maxBytes
        options.limits.total = .seconds(timeout)
        options.limits.connecting = min(options.limits.connecting, .seconds(timeout))
        options.limits.silence = min(options.limits.silence, .seconds(timeout))
        options.policy = AddressPolicy(exceptions: allowPrivate.compactMap { AddressPolicy.Exception($0) })
        if !resolve.isEmpty {
            let entries = resolve.compactMap { Resolver.entry($0) }
            options.resolver = .table(Dictionary(entries) { $1 }, otherwise: .system)
        }
        options.agent = "ocelot/\(Ocelot.version)"
        options.isStopRequested = { StopRequest.isMade }
        return options
    }

    /// What a person would not expect.
    private var notes: [String] {
        var notes: [String] = []
        let names = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        if let name = names.first(where: { !(ProcessInfo.processInfo.environment[$0] ?? "").isEmpty }) {
            notes.append(
                "\(name) is set and not used: a proxy would look hosts up where nobody checks their addresses.")
        }
        if !resolve.isEmpty {
            notes.append("Hosts are looked up as --resolve says; their addresses are checked as always.")
        }
        if !allowPrivate.isEmpty {
            notes.append("Allowed although not public: \(allowPrivate.joined(separator: ", ")).")
        }
        return notes
    }
}

/// The first line with `--json`.
private struct Started: Encodable {
    var event = "started"
    var links: Int
    var folder: String
}

/// The line about a link.
private struct LinkLine: Encodable {
    var event = "link"
    var url: String
    var label: String
    var status: String
    var path: String?
    var reason: String?
    var bytes: Int?

    init(_ source: Source) {
        (url, label) = (source.url, source.label)
        status = source.status.name
        path = source.path.isEmpty ? nil : source.path
        reason = source.reason.isEmpty ? nil : source.reason
        bytes = source.bytes > 0 ? source.bytes : nil
    }
}

/// The last line.
private struct Finished: Encodable {
    var event = "finished"
    var lines, repeated, known, asked, fetched, duplicates, bytes: Int
    var pictures: [String: Int]
    var broken: [String: Int]
    var twoLabels: [FetchSummary.TwoLabels]
    var seconds: Double

    init(_ summary: FetchSummary) {
        (lines, repeated, known) = (summary.lines, summary.repeated, summary.known)
        (asked, fetched, duplicates, bytes) = (summary.asked, summary.fetched, summary.duplicates, summary.bytes)
        pictures = summary.pictures
        broken = Dictionary(uniqueKeysWithValues: summary.broken.map { ($0.key.rawValue, $0.value) })
        twoLabels = summary.twoLabels
        seconds = summary.seconds
    }

    private enum CodingKeys: String, CodingKey {
        case event, lines, repeated, known, asked, fetched, duplicates, bytes, pictures, broken, seconds
        case twoLabels = "two_labels"
    }
}
