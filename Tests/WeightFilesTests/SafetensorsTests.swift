// The safetensors format: what is written, what is read, and what must be refused.

import Foundation
import TestSupport
import Testing
import WeightFiles

struct SafetensorsTests {
    static let three = try? Weights(
        [
            "b": StoredTensor(floats: [1, 2, 3, 4, 5, 6], shape: [2, 3]),
            "a.weight": StoredTensor(floats: [-1, 0.5], shape: [2]),
            "c": StoredTensor(type: .int64, shape: [], bytes: Data([7, 0, 0, 0, 0, 0, 0, 0])),
        ],
        metadata: ["padding": "torchvision", "by": "a \"test\"\n"])

    /// A file with this header and as many zeros behind it.
    private func file(_ header: String, data: Int = 0) -> Data {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8) + Data(count: data)
    }

    @Test func writesTheseBytes() throws {
        // By the format: length, sorted JSON filled up with spaces to 8 bytes, arrays in the order of their names.
        let weights = try #require(Self.three)
        let json =
            #"{"__metadata__":{"by":"a \"test\"\u000a","padding":"torchvision"},"#
            + #""a.weight":{"data_offsets":[0,8],"dtype":"F32","shape":[2]},"#
            + #""b":{"data_offsets":[8,32],"dtype":"F32","shape":[2,3]},"#
            + #""c":{"data_offsets":[32,40],"dtype":"I64","shape":[]}}"#
        let padded = json + String(repeating: " ", count: (8 - json.utf8.count % 8) % 8)
        let data = try weights.safetensors()
        #expect(data.prefix(8 + padded.utf8.count) == file(padded))
        // -1 is BF800000, 0.5 is 3F000000.
        let numbers = data.dropFirst(8 + padded.utf8.count)
        #expect(numbers.prefix(8) == Data([0, 0, 0x80, 0xBF, 0, 0, 0, 0x3F]))
        #expect(numbers.count == 40)
    }

    @Test func readsWhatItWrote() throws {
        let weights = try #require(Self.three)
        let read = try Weights(file: weights.safetensors())
        #expect(read == weights)
        #expect(read.metadata["by"] == "a \"test\"\n")
        #expect(try read.tensor("b").floats() == [1, 2, 3, 4, 5, 6])
        #expect(try Weights(file: Weights().safetensors()) == Weights())
    }

    @Test func readsMetadataOfTheReferenceImplementation() throws {
        let golden = try WeightsGolden.read()
        let example = try #require(golden.good.first { $0.name == "safetensors" })
        #expect(try Weights(file: example.file).metadata == ["by": "é \"quoted\""])
    }

    /// Random names, shapes and metadata come back as they were, and equal weights give equal bytes.
    @Test(arguments: 0..<20) func anyWeightsComeBack(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        var weights = Weights()
        let letters = Array("abz.0_é\"\\\n\u{1}\u{1F600}/ ")
        func word() -> String {
            String(
                (0..<Int.random(in: 1...8, using: &generator)).compactMap { _ in
                    letters.randomElement(using: &generator)
                })
        }
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            let shape = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                Int.random(in: 0...4, using: &generator)
            }
            let floats = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -9...9, using: &generator) }
            weights[word()] = try StoredTensor(floats: floats, shape: shape)
            weights.metadata[word()] = word()
        }
        let data = try weights.safetensors()
        let read = try Weights(file: data)
        #expect(read == weights, "seed \(seed)")
        #expect(try read.safetensors() == data, "seed \(seed)")
        #expect(try read.digest() == weights.digest(), "seed \(seed)")
    }

    /// T35: each of the truncations is refused.
    @Test func refusesEveryTruncation() throws {
        let data = try #require(try Self.three?.safetensors())
        for length in 0..<data.count {
            #expect(throws: WeightsError.self, "cut to \(length)") { try Weights(file: data.prefix(length)) }
        }
        #expect(throws: WeightsError.self) { try Weights(file: data + [0]) }
    }

    /// The abuses that the format's authors list (safetensors, attacks/README.md), and other broken headers.
    @Test(arguments: [
        // Proposal 3: offsets that are negative or out of the file.
        ("negative", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}"#, "unexpected"),
        ("outside", #"{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}"#, "ends at 9 of 8"),
        ("reversed", #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[8,0]}}"#, "lies at"),
        ("huge", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551616]}}"#, "too many digits"),
        // Proposal 4: overlapping arrays, with which a small file claims much memory; and holes.
        (
            "overlap",
            #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}"#,
            "lies at"
        ),
        ("hole", #"{"a":{"dtype":"U8","shape":[7],"data_offsets":[1,8]}}"#, "lies at"),
        ("rest", #"{"a":{"dtype":"U8","shape":[7],"data_offsets":[0,7]}}"#, "belong to nothing"),
        // Proposal 5: offsets that do not agree with type and shape.
        ("type", #"{"a":{"dtype":"F32","shape":[8],"data_offsets":[0,8]}}"#, "does not have 8 bytes"),
        ("product", #"{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#, "does not have"),
        ("zero", #"{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,8]}}"#, "does not have"),
        (
            "zero first", #"{"a":{"dtype":"U8","shape":[0,4611686018427387904,8],"data_offsets":[0,0]}}"#,
            "does not have 0 bytes"
        ),
        // Proposal 7: JSON that readers take differently.
        (
            "twice",
            #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[0],"data_offsets":[8,8]}}"#,
            "twice"
        ),
        ("key twice", #"{"a":{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}}"#, "second “dtype”"),
        ("metadata twice", #"{"__metadata__":{},"__metadata__":{}}"#, "twice"),
        ("note twice", #"{"__metadata__":{"a":"b","a":"c"}}"#, "twice"),
        ("unknown key", #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"x":[]}}"#, "unknown"),
        ("unknown type", #"{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}"#, "F8_E4M3"),
        ("no type", #"{"a":{"shape":[8],"data_offsets":[0,8]}}"#, "lacks"),
        ("fraction", #"{"a":{"dtype":"U8","shape":[8.0],"data_offsets":[0,8]}}"#, "unexpected"),
        ("leading zero", #"{"a":{"dtype":"U8","shape":[08],"data_offsets":[0,8]}}"#, "unexpected"),
        ("number as note", #"{"__metadata__":{"a":1}}"#, "unexpected"),
        ("comma", #"{"a":{"dtype":"U8","shape":[8,],"data_offsets":[0,8]}}"#, "unexpected"),
        ("half a pair", #"{"\ud83d":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}"#, "unexpected"),
        ("control", "{\"a\u{1}\":{}}", "control"),
        ("deep", String(repeating: "{\"a\":", count: 100), "unknown"),
        ("dimensions", #"{"a":{"dtype":"U8","shape":["# + String(repeating: "1,", count: 40) + "1]}}", "dimensions"),
        ("list", "[]", "neither"),
        ("more", #"{} {}"#, "unexpected"),
    ]) func refuses(_ name: String, _ header: String, _ says: String) {
        #expect("\(name)") { try Weights(file: file(header, data: name == "zero first" ? 0 : 8)) } throws: { error in
            if !"\(error)".contains(says) { Issue.record("\(name): \(error)") }
            return error is WeightsError
        }
    }

    @Test func refusesLongHeaders() throws {
        // Proposals 1 and 2: the length is checked before anything is read or allocated.
        for length in [UInt64.max, 1 << 63, 100_000_001, 100] {
            var data = file("{}", data: 8)
            data.replaceSubrange(0..<8, with: withUnsafeBytes(of: length.littleEndian) { Data($0) })
            #expect { try Weights(file: data) } throws: { "\($0)".contains("claims \(length) bytes") }
        }
    }

    @Test func refusesNamesThatAreNotUTF8() {
        var data = file(#"{"?":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}"#, data: 8)
        data[10] = 0xFF
        #expect { try Weights(file: data) } throws: { "\($0)".contains("UTF-8") }
    }

    @Test func saysWhatAFileIsInstead() {
        let files = [
            ("<!DOCTYPE html><html>", "web page"), ("version https://git-lfs.github.com/spec/v1", "git lfs pull"),
            ("", "empty"), ("\u{1F}\u{8B}", "neither"),
        ]
        for (content, says) in files {
            #expect { try Weights(file: Data(content.utf8)) } throws: { "\($0)".contains(says) }
        }
    }

    /// Bytes of a good file changed at random: an error or weights, never a crash.
    @Test(arguments: 0..<8) func survivesMutations(seed: UInt64) throws {
        let data = [UInt8](try #require(try Self.three?.safetensors()))
        var generator = SeededGenerator(state: seed)
        var read = 0
        for _ in 0..<3000 {
            var bytes = data
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            if let weights = try? Weights(file: Data(bytes)) {
                read += 1
                for name in weights.names {
                    #expect(try weights.tensor(name).floats().count == weights.tensor(name).count)
                }
            }
        }
        // Many changes hit only numbers.
        #expect(read > 100, "seed \(seed)")
    }
}
