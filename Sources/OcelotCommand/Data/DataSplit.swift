public import ArgumentParser
import Datasets
import Foundation
import Ocelot

/// `ocelot data split`.
struct DataSplitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split",
        abstract: "Divides a data set into training, validation and test parts, or checks a division.",
        discussion: """
            Writes tables that 'ocelot train classifier' takes as data sets, and copies no photo: split.csv, or with --folds \
            fold-1.csv and so on, and split.json with what was done. Copies, also such as are only nearly equal, stay in one part, \
            and so do a table's groups. By folder, photos in one folder below their class's stay together. By time, the last \
            photos of each recording are for testing, and those shortly before them are left out. --audit says which \
            test photos have their like among those trained with; with --fix, a mended split is written.
            """)

    @Argument(
        help: ArgumentHelp("A folder with one folder of photos a class, or a table 'path,label'.", valueName: "dataset")
    )
    var dataset: String

    @Option(help: ArgumentHelp("The folder for the tables.", valueName: "dir"))
    var out: String?

    @Option(help: "Part of each class for the test, 0.01 to 0.9.")
    var test = 0.25

    @Option(help: "Part of the rest for validation, 0 to 0.9. (default: about 15 photos of the smallest class)")
    var validation: Double?

    @Option(help: "What stays together: image (nothing but copies and groups), folder, group or time. (default: image)")
    var by: String?

    @Option(
        help: ArgumentHelp(
            "The table's column that names groups, or recordings with --by time. (default: group)", valueName: "name"))
    var groupColumn: String?

    @Option(
        help: ArgumentHelp("The table's column that says when photos were taken. (default: time)", valueName: "name"))
    var timeColumn: String?

    @Option(
        help: ArgumentHelp(
            "How far apart training and test photos are taken: frames, or a time such as 90, 90s, 5m, 2h, 1d. (default: 10 frames or 1m, at most a tenth of a recording)",
            valueName: "gap"))
    var timeGap: String?

    @Option(help: "Make so many splits for cross-validation, 2 to 100, each photo in the test part of one.")
    var folds: Int?

    @Option(
        help: ArgumentHelp(
            "A file that names the test photos: a path a line, or class, tab, file name.", valueName: "file"))
    var testList: String?

    @Option(help: "Seed of the lots; the same seed gives the same split.")
    var seed: UInt64 = 42

    @Flag(help: "Let copies fall into different parts, to see what that does to the accuracy.")
    var splitCopies = false

    @Flag(inversion: .prefixedNo, help: "Compare the pictures, so that nearly equal photos count as copies.")
    var compare = true

    @Flag(help: "Check the parts that the data set has.")
    var audit = false

    @Flag(help: "With --audit and --out: move what is alike to one side, and write the mended split.")
    var fix = false

    @OptionGroup var survey: SurveyOptions
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0.01...0.9).contains(test) else { throw ValidationError("--test is 0.01 to 0.9, not \(test).") }
        if let validation, !(0...0.9).contains(validation) {
            throw ValidationError("--validation is 0 to 0.9, not \(validation).")
        }
        if let folds, !(2...100).contains(folds) { throw ValidationError("--folds is 2 to 100, not \(folds).") }
        if let timeGap, gap(timeGap) == nil {
            throw ValidationError(
                "--time-gap is a number, of frames or seconds, or such as 90s, 5m, 2h or 1d, not '\(timeGap)'.")
        }
        if let by, SplitPlan.Rule(rawValue: by) == nil {
            throw ValidationError("--by is image, folder, group or time, not '\(by)'.")
        }
        if timeGap != nil && rule != .time { throw ValidationError("--time-gap goes with --by time.") }
        if folds != nil && testList != nil { throw ValidationError("Give --folds or --test-list, not both.") }
        if rule == .time && testList != nil { throw ValidationError("Give --by time or --test-list, not both.") }
        if fix && !audit { throw ValidationError("--fix goes with --audit.") }
        if out == nil && (!audit || fix) { throw ValidationError("Say with --out where the tables go.") }
    }

    func run() async throws {
        let progress = Progress(quiet: output.quiet)
        let split = job
        if audit, let out, fix {
            let (before, after) = try await survey.watched(progress) {
                try await split.mend(to: URL(filePath: out), progress: $0)
            }
            show(before, progress, note: nil)
            show(after, progress, note: "Mended:")
        } else if audit {
            show(try await survey.watched(progress) { try await split.audit(progress: $0) }, progress, note: nil)
        } else if let out {
            let outcome = try await survey.watched(progress) {
                try await split.write(to: URL(filePath: out), progress: $0)
            }
            show(outcome, progress, note: nil)
        }
    }

    private var rule: SplitPlan.Rule { by.flatMap { SplitPlan.Rule(rawValue: $0) } ?? .image }

    private var job: DataSplit {
        var split = DataSplit(
            URL(filePath: dataset),
            plan: SplitPlan(
                rule, test: test, validation: validation, seed: seed, timeGap: timeGap.flatMap(gap),
                keepsCopiesTogether: !splitCopies),
            workspace: survey.cache ? workspace.url : nil)
        split.options = .init(groupColumn: groupColumn, timeColumn: timeColumn)
        split.folds = folds
        split.testList = testList.map { URL(filePath: $0) }
        split.comparesPictures = compare
        split.threads = survey.threadCount
        return split
    }

    private func show(_ outcome: SplitOutcome, _ progress: Progress, note: String?) {
        if output.json {
            try? writeJSON(outcome.document)
        } else {
            if let note { write("\n\(note)") }
            write(outcome.text)
            for file in outcome.dataset.leftOut.prefix(10) {
                progress.line("left out: \(file.path): it \(file.reason)")
            }
            let files = outcome.files
            if let first = files.first {
                write(files.count == 1 ? "Wrote \(first)." : "Wrote \(first) to \(files[files.count - 1]).")
                write("Train with it: ocelot train classifier \(first)")
            }
        }
    }

    /// A number of frames or seconds.
    private func gap(_ text: String) -> Double? {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let factor = text.last.flatMap { units[$0] }
        guard let number = Double(factor == nil ? text : String(text.dropLast())), number >= 0, number.isFinite else {
            return nil
        }
        return number * (factor ?? 1)
    }
}
