// What happens when a package cannot be written, and when several are written at once.
import Foundation
import Models
import TestSupport
import Testing

@Suite struct ModelPackageWritingTests {
    struct Interruption: Error {}

    @Test func leavesNothingWhenWritingFails() async throws {
        try await withTemporaryFolder { folder in
            #expect(throws: Interruption.self) {
                try ModelPackage.write(manifest(), to: folder.appending(path: "a")) { partial in
                    try network.write(to: partial.appending(path: "model.onnx"))
                    throw Interruption()
                }
            }
            let left = try names(in: folder)
            #expect(left.isEmpty)
        }
    }

    @Test func insistsOnWhatEveryPackageHas() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.appending(path: "a")
            let text = sentence {
                try ModelPackage.write(manifest(), to: place) {
                    try network.write(to: $0.appending(path: "model.onnx"))
                }
            }
            #expect(text == "The model package was not written: weights.safetensors is missing.")
            let odd = sentence {
                try ModelPackage.write(manifest(), to: place) {
                    try network.write(to: $0.appending(path: "Model X.onnx"))
                }
            }
            #expect(
                odd == """
                    The model package was not written: 'Model X.onnx' is not a plain file with a plain name in lower case.
                    """)
            let twice = sentence { try writePackage(place, manifest(classes: ["dotted", "dotted"])) }
            #expect(twice == "The model package was not written: it lists a class twice.")
            let left = try names(in: folder)
            #expect(left.isEmpty)
        }
    }

    @Test func neverOverwrites() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.appending(path: "a")
            try writePackage(place)
            #expect(
                sentence { try writePackage(place, manifest(classes: ["x", "y"])) } == """
                    \(place.path) is there already; a package is never overwritten. Choose another place or remove it.
                    """)
            #expect(try ModelPackage.open(place).manifest == manifest())
        }
    }

    // The last step decides: of eight writers that all saw a free place, one gets it, and its package is whole.
    @Test func onePackageWinsOfSeveral() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.appending(path: "a")
            let winners = await withTaskGroup { group in
                for n in 0..<8 {
                    group.addTask {
                        let mine = manifest(classes: ["class \(n)", "other"])
                        return (try? writePackage(place, mine)) == nil ? nil : "class \(n)"
                    }
                }
                return await group.reduce(into: [String]()) { $0 += [$1].compactMap(\.self) }
            }
            #expect(winners.count == 1)
            let package = try ModelPackage.open(place)
            #expect(package.manifest.classes.first == winners.first)
            #expect(try names(in: folder) == ["a"])
        }
    }

    @Test func removesWhatAKilledWriterLeft() async throws {
        try await withTemporaryFolder { folder in
            let old = folder.appending(path: ".partial-1-x")
            let recent = folder.appending(path: ".partial-2-y")
            for url in [old, recent] {
                try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            }
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -100_000)], ofItemAtPath: old.path)
            try writePackage(folder.appending(path: "a"))
            #expect(try names(in: folder) == [".partial-2-y", "a"])
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func saysThatTheDiskIsFull() async throws {
        try await SmallDisk.with(kilobytes: 256) { disk in
            let place = disk.appending(path: "models/textures/1")
            let text = sentence {
                try ModelPackage.write(manifest(), to: place) { partial in
                    try network.write(to: partial.appending(path: "model.onnx"))
                    try Data(count: 1 << 20).write(to: partial.appending(path: "weights.safetensors"))
                }
            }
            #expect(text.hasPrefix("The disk is full: the package could not be written to \(place.path) ("))
            #expect(text.hasSuffix(" bytes are free). Nothing was left there. Make room and start again."))
            #expect(try names(in: disk.appending(path: "models/textures")) == [])
            // Once there is room, the same call succeeds.
            try writePackage(place)
            #expect(try ModelPackage.open(place).manifest == manifest())
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func saysThatTheFolderTakesNoFiles() async throws {
        try await SmallDisk.with(kilobytes: 256) { disk in
            try await SmallDisk.withoutWriting(disk) {
                let place = disk.appending(path: "models/textures/1")
                #expect(
                    sentence { try writePackage(place) } == """
                        The package could not be written to \(place.path): Read-only file system. \
                        Choose another place or change its permissions.
                        """)
            }
        }
    }

    @Test func saysThatAFileIsInTheWay() async throws {
        try await withTemporaryFolder { folder in
            try Data().write(to: folder.appending(path: "models"))
            let place = folder.appending(path: "models/textures/1")
            #expect(
                sentence { try writePackage(place) } == """
                    The package could not be written to \(place.path): Not a directory. \
                    Choose another place or change its permissions.
                    """)
        }
    }
}
