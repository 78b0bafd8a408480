// A package is written whole or not at all, is the same bytes twice, and is refused when any bit of it has changed.
import Crypto
import Foundation
import Models
import TestSupport
import Testing

@Suite struct ModelPackageTests {
    @Test func readsBackWhatWasWritten() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.appending(path: "models/textures/1")
            let written = try writePackage(place)
            let read = try ModelPackage.open(place)
            #expect(read == written)
            #expect(read.manifest == manifest())
            #expect(Set(read.files.keys) == ["model.onnx", "weights.safetensors"])
            #expect(read.files["weights.safetensors"]?.bytes == 40)
            #expect(try read.contents(of: "model.onnx") == network)
            #expect(try Data(contentsOf: read.weights) == weights)
            #expect(try names(in: folder.appending(path: "models/textures")) == ["1"])
        }
    }

    @Test func isTheSameBytesTwice() async throws {
        try await withTemporaryFolder { folder in
            let first = try writePackage(folder.appending(path: "a"))
            let second = try writePackage(folder.appending(path: "elsewhere/b"))
            #expect(first.digest == second.digest)
            for name in ["manifest.json", "model.onnx", "weights.safetensors"] {
                let bytes = try Data(contentsOf: first.folder.appending(path: name))
                #expect(try bytes == Data(contentsOf: second.folder.appending(path: name)))
            }
        }
    }

    // The rule that anyone can check with common tools: the digest's own 64 digits count as zeros.
    @Test func digestIsThatOfTheManifestWithZeros() async throws {
        try await withTemporaryFolder { folder in
            let package = try writePackage(folder.appending(path: "a"))
            let text = try String(contentsOf: package.folder.appending(path: "manifest.json"), encoding: .utf8)
            let neutral = text.replacing(package.digest, with: String(repeating: "0", count: 64))
            let digest = SHA256.hash(data: Data(neutral.utf8)).map { String(format: "%02x", $0) }.joined()
            #expect(digest == package.digest)
        }
    }

    // T36. Of each byte one bit, which is another one from byte to byte.
    @Test func refusesEveryChangedByte() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.appending(path: "a")
            try writePackage(place)
            var tried = 0
            for name in try names(in: place) {
                let url = place.appending(path: name)
                let good = try Data(contentsOf: url)
                for index in good.indices {
                    var bad = good
                    bad[index] ^= 1 << (index % 8)
                    try bad.write(to: url)
                    tried += 1
                    if (try? ModelPackage.open(place)) != nil { Issue.record("\(name): byte \(index) was not noticed") }
                }
                try good.write(to: url)
            }
            #expect(tried > 1500)
            #expect(try ModelPackage.open(place).manifest == manifest())
        }
    }

    @Test func refusesEveryTruncation() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.appending(path: "a")
            try writePackage(place)
            for name in try names(in: place) {
                let url = place.appending(path: name)
                let good = try Data(contentsOf: url)
                for count in 0..<good.count {
                    try good.prefix(count).write(to: url)
                    if (try? ModelPackage.open(place)) != nil { Issue.record("\(name): \(count) bytes were accepted") }
                }
                try good.write(to: url)
            }
        }
    }

    @Test func saysWhatIsWrong() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.appending(path: "a")
            try writePackage(place)
            let file = place.appending(path: "weights.safetensors")

            try weights.dropLast().write(to: file)
            #expect(
                sentence { try ModelPackage.open(place) } == """
                    \(file.path) has 39 bytes instead of 40: it was cut off or changed. Copy the package again.
                    """)
            try Data(weights.reversed()).write(to: file)
            #expect(
                sentence { try ModelPackage.open(place) } == """
                    \(file.path) is not the file that was packed: its SHA-256 differs. Copy the package again.
                    """)
            try FileManager.default.removeItem(at: file)
            #expect(
                sentence { try ModelPackage.open(place) } == """
                    \(file.path) is missing, or is not a plain file. Copy the whole package again.
                    """)
            // A link out of the package is no file of it, whatever it leads to.
            let outside = folder.appending(path: "outside")
            try weights.write(to: outside)
            try FileManager.default.createSymbolicLink(at: file, withDestinationURL: outside)
            #expect(throws: ModelPackageError.missingFile(file)) { try ModelPackage.open(place) }
            #expect(
                sentence { try ModelPackage.open(folder) } == """
                    \(folder.path) is not a model package: it has no manifest.json. \
                    Give a package's folder or the name of a model.
                    """)
        }
    }

    @Test func saysWhichOcelotALaterFormatNeeds() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.appending(path: "a")
            try writePackage(place)
            try edit(place.appending(path: "manifest.json")) {
                $0.replacing(#""format" : 1"#, with: #""format" : 7"#)
                    .replacing(#""requires" : "0.1""#, with: #""requires" : "2.5""#)
                    .replacing(#""model""#, with: #""something else""#)
            }
            #expect(
                sentence { try ModelPackage.open(place) } == """
                    \(place.path) is a package of format 7; this ocelot reads formats up to 1. \
                    Ocelot 2.5 or later reads it.
                    """)
        }
    }

    // What a later ocelot of the same format adds is kept out, not refused: the digest is over bytes, not over meaning.
    @Test func readsAManifestWithMoreInIt() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.appending(path: "a")
            let package = try writePackage(place)
            try reseal(package) { $0.replacing(#""format" : 1,"#, with: #""format" : 1, "since" : [1, 2],"#) }
            #expect(try ModelPackage.open(place).manifest == manifest())
        }
    }

    @Test(arguments: [
        "../outside", "/etc/passwd", "a/../../x", #"..\\x"#, #"C:\\x"#, "%2e%2e/x", #"a\u0000b"#, ".hidden", "",
        "Model.ONNX", "manifest.json", String(repeating: "x", count: 101),
    ])
    func refusesForeignPaths(_ name: String) async throws {
        try await withTemporaryFolder { folder in
            try weights.write(to: folder.appending(path: "outside"))
            let place = folder.appending(path: "a")
            let package = try writePackage(place)
            let record = #"{ "bytes" : 40, "sha256" : "\#(String(repeating: "0", count: 64))" }"#
            try reseal(package) { $0.replacing(#""files" : {"#, with: #""files" : { "\#(name)" : \#(record),"#) }
            let text = #expect(throws: ModelPackageError.self) { try ModelPackage.open(place) }
            #expect("\(text.map(String.init(describing:)) ?? "")".contains("which no package has"))
        }
    }

    @Test func readsOnlyWhatIsListed() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.appending(path: "a")
            try writePackage(place)
            try Data("#!/bin/sh".utf8).write(to: place.appending(path: "extra.sh"))
            let package = try ModelPackage.open(place)
            #expect(throws: ModelPackageError.notListed("extra.sh")) { try package.contents(of: "extra.sh") }
            #expect(throws: ModelPackageError.notListed("../a/model.onnx")) {
                try package.contents(of: "../a/model.onnx")
            }
        }
    }

    @Test func noticesAChangeAfterOpening() async throws {
        try await withTemporaryFolder { folder in
            let package = try writePackage(folder.appending(path: "a"))
            try Data("the natwork".utf8).write(to: package.network)
            #expect(throws: ModelPackageError.wrongContents(package.network)) {
                try package.contents(of: "model.onnx")
            }
        }
    }

    /// Changes the manifest's text and puts the digest right again, as someone who means harm would.
    private func reseal(_ package: ModelPackage, _ change: (String) -> String) throws {
        let zeros = String(repeating: "0", count: 64)
        try edit(package.folder.appending(path: "manifest.json")) { text in
            let neutral = change(text)
            let ownPlace = neutral.replacing(package.digest, with: zeros)
            let digest = SHA256.hash(data: Data(ownPlace.utf8)).map { String(format: "%02x", $0) }.joined()
            return neutral.replacing(package.digest, with: digest)
        }
    }
}

/// The sentence of the error that `body` throws.
func sentence(_ body: () throws -> some Any) -> String {
    do {
        _ = try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}
