// One parser under libFuzzer, which keeps the inputs that reach what none before has reached, and changes those further.
//
// LLVM, "libFuzzer", https://llvm.org/docs/LibFuzzer.html. Only in a build by Scripts/fuzz.

#if LIBFUZZER
    import Foundation

    // libFuzzer's own entry, for programs that have a main function: FuzzerInterface.h gives it C's linkage, and all that
    // is passed are pointers and integers, which both languages pass alike on the machines that libFuzzer knows.
    @_silgen_name("LLVMFuzzerRunDriver")
    private func runDriver(
        _ count: UnsafeMutablePointer<Int32>,
        _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
        _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
    ) -> Int32

    // `nonisolated(unsafe)`: set before the only thread begins to run inputs.
    nonisolated(unsafe) private var subject: Subject?

    extension FuzzParsers {
        /// Writes the seeds of the parser that the first word names into the folder that the second names, and begins.
        static func guided(_ words: [String]) throws {
            guard words.count >= 2, let named = try subjects().first(where: { $0.name == words[0] }) else {
                FileHandle.standardError.write(Data("usage: FuzzParsers NAME FOLDER [OPTION…]\n".utf8))
                exit(2)
            }
            subject = named
            let folder = URL(filePath: words[1])
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for (number, seed) in named.seeds.enumerated() {
                try Data(seed).write(to: folder.appending(path: "seed-\(number)"))
            }
            let dictionary = URL(filePath: words[1] + ".words")
            let lines = named.words.map { word in
                "\"" + word.utf8.map { String(format: "\\x%02X", $0) }.joined() + "\"\n"
            }
            try Data(lines.joined().utf8).write(to: dictionary)
            let arguments = [CommandLine.arguments[0], words[1], "-dict=\(dictionary.path)"] + words.dropFirst(2)
            var list = arguments.map { strdup($0) } + [nil]
            list.withUnsafeMutableBufferPointer { list in
                guard var start = list.baseAddress else { return }
                var count = Int32(arguments.count)
                exit(
                    runDriver(&count, &start) { start, count in
                        _ = subject?.reads(Array(UnsafeBufferPointer(start: start, count: count)))
                        return 0
                    })
            }
        }
    }
#endif
