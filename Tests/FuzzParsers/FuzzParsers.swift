// Gives every parser of strangers' bytes changed and random inputs: FuzzParsers [RUNS] [NAME…]
//
// Prints a line for each parser. A crash ends the process, with the parser's name and the run on standard error; the same
// run gives the same input again. Scripts/check-serving runs it (T11); so may a build with a sanitizer.
//
// Built by Scripts/fuzz with libFuzzer, which looks for inputs that reach new parts of a parser: FuzzParsers NAME FOLDER
// [OPTION…]. FuzzParsers --list names the parsers.

import Foundation

@main
enum FuzzParsers {
    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        if words == ["--list"] { return print(try subjects().map(\.name).joined(separator: "\n")) }
        #if LIBFUZZER
            try guided(words)
        #else
            let runs = words.first.flatMap { Int($0) }
            try run(runs ?? 100_000, Set(words.dropFirst(runs == nil ? 0 : 1)))
        #endif
    }

    private static func run(_ runs: Int, _ wanted: Set<String>) throws {
        reportCrashes()
        for subject in try subjects() where wanted.isEmpty || wanted.contains(subject.name) {
            var (accepted, slowest) = (0, Duration.zero)
            for run in 0..<runs {
                noteProgress(subject.name, run)
                let input = subject.input(run)
                let began = ContinuousClock.now
                if subject.reads(input) { accepted += 1 }
                slowest = max(slowest, began.duration(to: .now))
            }
            let share = String(format: "%.1f", 100 * Double(accepted) / Double(max(runs, 1)))
            let milliseconds = String(format: "%.0f", slowest / .milliseconds(1))
            print("\(subject.name) \(share) % read, slowest \(milliseconds) ms")
        }
    }
}
