// Gives every parser of strangers' bytes changed and random inputs: FuzzParsers [RUNS] [NAME…]
//
// Prints a line for each parser. A crash ends the process, with the parser's name and the run on standard error; the same
// run gives the same input again. Scripts/check-serving runs it (T11); so may a build with a sanitizer.

import Foundation

let words = CommandLine.arguments.dropFirst()
let runs = words.first.flatMap { Int($0) } ?? 100_000
let wanted = Set(words.dropFirst(words.first.flatMap { Int($0) } == nil ? 0 : 1))

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
