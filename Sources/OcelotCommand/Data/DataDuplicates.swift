import ArgumentParser
import Foundation
import Ocelot

/// `ocelot data duplicates`.
struct DataDuplicates: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "duplicates",
        abstract: "Finds photos that are there more than once, and says which to keep.",
        discussion: """
            Without options, photos count as copies if they look the same: resized, encoded again, cropped by up to 5 % a side, \
            mirrored, turned by a quarter or a half, a little lighter or darker. With --exact only equal files do; with --distance or \
            --hash-size those whose difference hashes (imagehash's dhash, 16 bits a side) differ in at most so many bits, 0 unless \
            you say more; with --features those that a network takes \
            for nearly the same, such as two frames of a film or two shots of one scene. Of each set the photo with most pixels is \
            kept, of several the sharpest. No photo is ever touched: --exclude adds decisions to .ocelot/labels.tsv in the data \
            set's folder, which every command honours.
            """)

    @Argument(
        help: ArgumentHelp("A folder with one folder of photos a class, or a table 'path,label'.", valueName: "dataset")
    )
    var dataset: String

    @Flag(help: "Only equal files.")
    var exact = false

    @Option(
        help: """
            Compare by difference hashes instead: in how many bits they may differ, 0 to the size squared. (default with \
            --hash-size: 0)
            """)
    var distance: Int?

    @Option(
        help: "Compare by difference hashes instead: the side of a hash in bits, 2 to 64. (default with --distance: 16)"
    )
    var hashSize: Int?

    @Option(help: "How like two photos must look, 0.5 to 1: the correlation of their fine structure.")
    var similarity = NearDuplicates.Options().similarity

    @Flag(help: "Compare by what a network makes of the photos instead.")
    var features = false

    @Option(help: "How like two photos must be with --features, 0.5 to 1: the cosine of their vectors.")
    var cosine = 0.95

    @OptionGroup(title: "Network, with --features") var network: BackboneChoices

    @Flag(help: "Exclude all but the best of each set, in the data set's corrections.")
    var exclude = false

    @OptionGroup var survey: SurveyOptions
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let hashSize, !(2...64).contains(hashSize) {
            throw ValidationError("--hash-size is 2 to 64, not \(hashSize).")
        }
        guard (0.5...1).contains(similarity) else {
            throw ValidationError("--similarity is 0.5 to 1, not \(similarity).")
        }
        if let rule = hashRule, !(0...rule.size * rule.size).contains(rule.distance) {
            throw ValidationError("--distance is 0 to \(rule.size * rule.size) bits, not \(rule.distance).")
        }
        guard (0.5...1).contains(cosine) else { throw ValidationError("--cosine is 0.5 to 1, not \(cosine).") }
        guard [exact, hashRule != nil, features].count(where: \.self) <= 1 else {
            throw ValidationError("Give one of --exact, --distance and --features.")
        }
    }

    func run() async throws {
        let progress = Progress(quiet: output.quiet)
        let search = try await survey.watched(progress) { report in
            try await DuplicateSearch.run(
                on: URL(filePath: dataset), rule: try rule(), workspace: survey.cache ? workspace.url : nil,
                threads: survey.threadCount, progress: report, isStopRequested: { StopRequest.isMade },
                described: TrainingPrinter(json: false, progress: progress).show)
        }
        let excluded = exclude ? try search.exclude(who: NSUserName()) : []
        if output.json {
            try writeJSON(search.document(excluded: excluded))
            return
        }
        write(search.text())
        if exclude {
            let conflicts = search.groups.count(where: \.isConflict)
            let left = conflicts > 0 ? "\n\(conflicts) sets with different labels are left for you to decide." : ""
            guard !excluded.isEmpty else { return write("\nNothing was excluded." + left) }
            write(
                "\nExcluded \(excluded.count) \(excluded.count == 1 ? "photo" : "photos"); no file is touched. "
                    + "'ocelot data labels \(dataset) --undo \(excluded.count)' takes that back." + left)
        } else if search.surplus > 0 {
            write("Run it again with --exclude to leave out all but the first of each set.")
        }
    }

    /// The founding rule, where one of its two numbers is given: hashes of 16 × 16 bits that are equal.
    private var hashRule: (size: Int, distance: Int)? {
        hashSize != nil || distance != nil ? (hashSize ?? 16, distance ?? 0) : nil
    }

    private func rule() throws -> DuplicateSearch.Rule {
        if features { return .features(try network.recipe(), cosine: cosine) }
        if exact { return .equalFiles }
        if let hashRule { return .hashes(size: hashRule.size, distance: hashRule.distance) }
        return .looks(.init(similarity: similarity))
    }
}
