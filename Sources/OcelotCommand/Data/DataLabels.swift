import ArgumentParser
import Datasets
import Evaluation
import Foundation
import Ocelot

/// `ocelot data labels`.
struct DataLabels: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labels",
        abstract: "Corrects labels and excludes photos, without touching the photos.",
        discussion: """
            Decisions are lines in .ocelot/labels.tsv in the data set's folder, or beside the table: path, label, who, when. \
            Every command honours them, and nothing is ever removed: what is taken back is a line as well. Several people and \
            programs may decide at once. Without options, the decisions that count are listed.
            """)

    @Argument(
        help: ArgumentHelp("A folder with one folder of photos a class, or a table 'path,label'.", valueName: "dataset")
    )
    var dataset: String

    @Option(
        help: ArgumentHelp(
            "The right label of a photo, or several with | between, or nothing if it shows none of them, where photos may have several; may be repeated.",
            valueName: "path=label"))
    var set: [String] = []

    @Option(
        help: ArgumentHelp(
            "Use a photo no longer: it is ambiguous, or of no class; may be repeated.", valueName: "path"))
    var exclude: [String] = []

    @Option(
        name: .customLong("undo"), defaultAsFlag: "1",
        help: ArgumentHelp(
            "Take back the last decision, the last N, or the last one about a photo.", valueName: "n|path"))
    var undo: String? = nil

    @Option(help: ArgumentHelp("Who decides. (default: your user name)", valueName: "name"))
    var who: String?

    @Flag(help: "Let --set name a class that no photo has yet.")
    var newClass = false

    @Flag(help: "List all decisions, also those that were changed or taken back.")
    var list = false

    @Option(
        help: ArgumentHelp(
            "Write the corrected data set: a new folder with copies of the photos, or a table (.csv, .tsv, .jsonl).",
            valueName: "dir|file"))
    var export: String?

    @Flag(help: "With --export and a folder: make hard links instead of copies where the disk allows it.")
    var link = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if undo != nil && !(set.isEmpty && exclude.isEmpty) {
            throw ValidationError("Give --undo by itself: with --set or --exclude, which one is meant is not clear.")
        }
        if let undo, let count = Int(undo), count < 1 {
            throw ValidationError("--undo takes back 1 or more, not \(count).")
        }
        if link && export == nil { throw ValidationError("--link goes with --export.") }
    }

    func run() async throws {
        let location = URL(filePath: dataset)
        let read = try Dataset.read(location)
        let who = who ?? NSUserName()
        if let undo {
            try show(try takeBack(undo, read, who), "Took back")
        } else if !(set.isEmpty && exclude.isEmpty) {
            let decisions = try decisions(read, who)
            try Overlay.append(decisions, to: read.root)
            try show(decisions, "Wrote")
        } else if export == nil {
            let overlay = try Overlay.read(root: read.root)
            let all = (list ? overlay?.corrections : overlay?.standing) ?? []
            if output.json { for one in all { try writeJSON(DecisionLine(one)) } } else { write(table(all)) }
        }
        if let export { try writeOut(try Dataset.read(location), to: URL(filePath: export)) }
    }

    private func decisions(_ read: Dataset, _ who: String) throws -> [Overlay.Correction] {
        let now = Date.now
        var decisions = try set.map { text in
            guard let (name, labels) = read.assignment(text) else {
                throw ValidationError("--set takes PATH=LABEL, such as cat/1.jpg=dog, not '\(text)'.")
            }
            return try read.correction(name, .labels(labels), who: who, at: now, allowsNewClasses: newClass)
        }
        decisions += try exclude.map { try read.correction($0, .exclude, who: who, at: now) }
        var seen: Set<String> = []
        for decision in decisions where !seen.insert(decision.path).inserted {
            throw ValidationError("'\(decision.path)' is decided about twice. Say once what it is.")
        }
        return decisions
    }

    private func takeBack(_ what: String, _ read: Dataset, _ who: String) throws -> [Overlay.Correction] {
        // Where nobody has decided anything, not even the overlay's folder is made.
        guard let overlay = try Overlay.read(root: read.root) else { return [] }
        if let count = Int(what) { return try Overlay.undo(last: count, who: who, in: read.root) }
        let standing = overlay.standing.map(\.path)
        let path = standing.contains(what) ? what : try read.path(of: what)
        return try [Overlay.undo(path: path, who: who, in: read.root)].compactMap(\.self)
    }

    private func show(_ decisions: [Overlay.Correction], _ verb: String) throws {
        if output.json {
            for one in decisions { try writeJSON(DecisionLine(one)) }
        } else {
            for one in decisions { write("\(printable(one.path))  \(one.decision.shown)") }
            let count = decisions.count
            guard count > 0 else { return write("\(verb) nothing: no such decision stands in '\(dataset)'.") }
            write("\(verb) \(count) \(count == 1 ? "decision" : "decisions") in \(dataset)'s \(Overlay.relativePath).")
        }
    }

    private func table(_ decisions: [Overlay.Correction]) -> String {
        guard !decisions.isEmpty else { return "Nobody has corrected anything in '\(dataset)'." }
        return decisions.map { one in
            [one.when, one.who, printable(one.path), one.decision.shown].filter { !$0.isEmpty }.joined(
                separator: "  ")
        }.joined(separator: "\n")
    }

    private func writeOut(_ corrected: Dataset, to target: URL) throws {
        if TableFormat(fileExtension: target.pathExtension) != nil {
            try corrected.writeTable(to: target)
        } else {
            try corrected.export(to: target, linking: link)
        }
        Progress(quiet: output.quiet).line("Wrote \(corrected.images.count) photos to \(target.relativePath).")
    }
}

extension Overlay.Decision {
    /// The same for a terminal.
    fileprivate var shown: String { text.isEmpty ? "(no label)" : printable(text) }
}

/// A decision as a line of JSON.
private struct DecisionLine: Encodable {
    var path: String
    var decision: String
    var who: String
    var when: String

    init(_ correction: Overlay.Correction) {
        (path, decision) = (correction.path, correction.decision.text)
        (who, when) = (correction.who, correction.when)
    }
}
