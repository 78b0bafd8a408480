// Files of torch.save: read as PyTorch reads them, and refused where PyTorch would run something.

import Foundation
import Testing
import WeightFiles

struct TorchFileTests {
    @Test func readsWhatPyTorchWrote() throws {
        let golden = try WeightsGolden.read()
        #expect(golden.good.count == 13)
        for example in golden.good {
            let weights = try Weights(file: example.file)
            #expect(weights.names == example.tensors.keys.sorted(), "\(example)")
            for (name, expected) in example.tensors {
                let tensor = try weights.tensor(name)
                #expect(tensor.type == expected.type, "\(example): \(name)")
                #expect(tensor.shape == expected.shape, "\(example): \(name)")
                #expect(tensor.floats() == expected.floats, "\(example): \(name)")
            }
        }
    }

    /// T34: each file would call something, claim memory, or reach out of its bounds.
    @Test func refusesHostileFilesAndSaysWhy() throws {
        let golden = try WeightsGolden.read()
        #expect(golden.hostile.count == 134)
        for example in golden.hostile {
            #expect("\(example)") { try Weights(file: example.file) } throws: { error in
                let says = (error as? WeightsError)?.description ?? "not a WeightsError: \(error)"
                if !says.contains(example.error) { Issue.record("\(example): “\(says)”") }
                return error is WeightsError
            }
        }
        #expect(!FileManager.default.fileExists(atPath: "ocelot-canary"))
    }

    @Test func namesWhatAFileRefersTo() throws {
        let golden = try WeightsGolden.read()
        let example = try #require(golden.hostile.first { $0.name == "posix.system by GLOBAL, zip" })
        #expect(throws: WeightsError.notData(global: "posix.system")) { try Weights(file: example.file) }
    }

    @Test func refusesEveryTruncation() throws {
        // A zip has its directory at its end, a legacy file its last storage.
        for example in try WeightsGolden.read().good where example.name.hasPrefix("state dict") {
            for length in 0..<example.file.count {
                #expect(throws: WeightsError.self, "\(example) cut to \(length)") {
                    try Weights(file: example.file.prefix(length))
                }
            }
        }
    }

    /// Nested as deep as 300,000 lists: neither reading nor releasing may use the stack for it.
    @Test func survivesDeepNesting() throws {
        let legacy = try #require(try WeightsGolden.read().hostile.first { $0.name == "posix.system, legacy" })
        // The head of a legacy file ends where its third pickle, the dictionary of the system, ends ("u." or "s.").
        let head = try #require(
            legacy.file.range(of: Data("\u{89}u.".utf8)) ?? legacy.file.range(of: Data([0x88, 0x73, 0x2E])))
        let depth = 300_000
        var file = legacy.file[..<head.upperBound] + [0x80, 0x02]
        file += Data(repeating: UInt8(ascii: "]"), count: depth)
        file += Data(repeating: UInt8(ascii: "a"), count: depth - 1)
        file += Data(".".utf8) + [0x80, 0x02] + Data("].".utf8)
        #expect { try Weights(file: file) } throws: { "\($0)".contains("state_dict") }
        // Twice as many values as may be: refused before the memory fills.
        let many =
            legacy.file[..<head.upperBound] + [0x80, 0x02] + Data(repeating: UInt8(ascii: "N"), count: 4_000_000)
        #expect { try Weights(file: many) } throws: { "\($0)".contains("more than 2000000 values") }
    }

    /// Bytes of good and hostile files changed at random: an error or weights, never a crash.
    @Test(arguments: 0..<8) func survivesMutations(seed: UInt64) throws {
        let golden = try WeightsGolden.read()
        let files = golden.good.map { ($0.file, 120) } + golden.hostile.map { ($0.file, 10) }
        var generator = SeededGenerator(state: seed)
        var read = 0
        for (file, times) in files {
            for _ in 0..<times {
                var bytes = [UInt8](file)
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    // Half of the changes near the ends, where headers and directories are.
                    let near = Bool.random(using: &generator) ? min(600, bytes.count) : bytes.count
                    let distance = Int.random(in: 0..<near, using: &generator)
                    let place = Bool.random(using: &generator) ? distance : bytes.count - 1 - distance
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: bytes[place] = .random(in: 0...255, using: &generator)
                    case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                    case 2: bytes[place] = [0, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
                    default: bytes.insert(.random(in: 0...255, using: &generator), at: place)
                    }
                }
                if let weights = try? Weights(file: Data(bytes)) {
                    read += 1
                    for name in weights.names {
                        #expect(try weights.tensor(name).floats().count == weights.tensor(name).count)
                    }
                }
            }
        }
        // Some changes hit only numbers or padding: about a tenth of those to good files.
        #expect(read > 60, "seed \(seed)")
    }
}
