// What is kept, listed, imported and verified.
import Foundation
import Networks
import Ocelot
import TestSupport
import Testing
import WeightFiles

@Suite struct WeightStoreTests {
    @Test func importsAFile() async throws {
        try await withTemporaryFolder { folder in
            let store = store(folder.appending(path: "kept"), [])
            let own = folder.appending(path: "own.safetensors")
            try file.write(to: own)
            let kept = try store.import(own, as: .resNet20CIFAR)
            #expect(store.file(for: .resNet20CIFAR) == kept)
            #expect(store.file(for: .resNet32CIFAR) == nil)
            let weights = try Weights.read(kept)
            #expect(weights.metadata["source"] == "file own.safetensors")
            #expect(weights.metadata["licence"] == "not stated")
            #expect(weights.metadata["padding"] == "torchvision")
            #expect(weights.metadata["sha256"] == sha256(file))

            // Another file for the same network takes its place.
            var other = try Weights(file: file)
            other.metadata = ["licence": "MIT", "source": "a friend"]
            try other.write(to: own)
            try store.import(own, as: .resNet20CIFAR, padding: .bottomRight)
            #expect(try Weights.read(kept).metadata["licence"] == "MIT")
            #expect(try Weights.read(kept).metadata["source"] == "a friend")
            #expect(try Weights.read(kept).metadata["padding"] == "bottom-right")
            let name = "resnet20-cifar-imported"
            #expect(try names(in: store.folder) == ["\(name).json", "\(name).safetensors"])
        }
    }

    // A machine without a network gets the published file by hand, and is as well off as after `pull`.
    @Test func knowsAPublishedFile() async throws {
        try await withTemporaryFolder { folder in
            let store = store(folder.appending(path: "kept"))
            let carried = folder.appending(path: "whatever it is called now")
            try file.write(to: carried)
            try store.import(carried, as: .resNet20CIFAR)
            #expect(try names(in: store.folder) == ["small.json", "small.safetensors"])
            let entry = try store.list().first { $0.name == "small" }
            #expect(entry?.isPresent == true)
            #expect(entry?.licence == "CC0")
            // It is there, so nothing is fetched (nothing answers at the catalogue's address).
            try await store.pull("small")
        }
    }

    @Test func refusesWhatDoesNotFit() async throws {
        try await withTemporaryFolder { folder in
            let store = store(folder.appending(path: "kept"))
            let own = folder.appending(path: "own.safetensors")
            try file.write(to: own)
            let text = await sentence { try store.import(own, as: .resNet18) }
            #expect(text.hasPrefix("The weights are not those of resnet18."))
            #expect(text.hasSuffix("They fit resnet20-cifar."))
            try Data("GIF89a, not weights".utf8).write(to: own)
            #expect(throws: WeightsError.self) { try store.import(own, as: .resNet20CIFAR) }
            #expect(!FileManager.default.fileExists(atPath: store.folder.path))
        }
    }

    // What was imported by hand is preferred to what was fetched: whoever took the trouble wants it used.
    @Test func prefersImportedWeights() async throws {
        try await withTemporaryFolder { folder in
            let mirror = folder.appending(path: "mirror")
            try FileManager.default.createDirectory(at: mirror, withIntermediateDirectories: true)
            try file.write(to: mirror.appending(path: published.file))
            let store = store(folder.appending(path: "kept"), mirror: mirror.path)
            let fetched = try await store.pull("small")
            #expect(store.file(for: .resNet20CIFAR) == fetched)
            let own = folder.appending(path: "own.safetensors")
            var weights = try Weights(file: file)
            weights.metadata["note"] = "another file"
            try weights.write(to: own)
            let imported = try store.import(own, as: .resNet20CIFAR)
            #expect(imported != fetched)
            #expect(store.file(for: .resNet20CIFAR) == imported)
        }
    }

    @Test func noticesDamage() async throws {
        try await withTemporaryFolder { folder in
            let store = store(folder.appending(path: "kept"))
            #expect(try store.verify() == [])
            let own = folder.appending(path: "own.safetensors")
            try file.write(to: own)
            let kept = try store.import(own, as: .resNet20CIFAR)
            var bytes = try Data(contentsOf: kept)
            bytes[bytes.count - 1] ^= 1
            try bytes.write(to: kept)
            let remedy = "delete \(kept.path) and pull it again"
            #expect(
                try store.verify() == [
                    .init(
                        name: "small", isIntact: false, reason: "its SHA-256 is not the one that was noted; \(remedy)")
                ])
            // Of another length it does not count as kept at all.
            try bytes.dropLast().write(to: kept)
            #expect(store.file(for: .resNet20CIFAR) == nil)
            try FileManager.default.removeItem(at: kept)
            #expect(
                try store.verify().map(\.reason) == ["the file cannot be read; \(remedy)"])
            #expect(try store.list().first { $0.name == "small" }?.isPresent == false)
        }
    }

    @Test func lists() async throws {
        try await withTemporaryFolder { folder in
            let store = WeightStore(folder: folder, catalogue: PublishedWeights.torchvision, patience: Patience())
            let own = folder.appending(path: "own.safetensors")
            try file.write(to: own)
            try store.import(own, as: .resNet20CIFAR)
            let kept = try #require(store.file(for: .resNet20CIFAR))
            let size = String(format: "%.1f MB", Double(try Data(contentsOf: kept).count) / 1e6)
            let terms = "BSD-3-Clause (torchvision); trained on ImageNet, whose terms may apply"
            #expect(
                weightsTable(try store.list()) == """
                    name                     network         here        size  ImageNet top-1  licence
                    resnet18                 resnet18        pull     46.8 MB          69.8 %  \(terms)
                    resnet34                 resnet34        pull     87.3 MB          73.3 %  \(terms)
                    resnet50                 resnet50        pull    102.5 MB          76.1 %  \(terms)
                    resnet50-v2              resnet50        pull    102.5 MB          80.9 %  \(terms)
                    resnet101                resnet101       pull    178.8 MB          77.4 %  \(terms)
                    resnet152                resnet152       pull    241.6 MB          78.3 %  \(terms)
                    mobilenet_v2             mobilenet_v2    pull     14.2 MB          71.9 %  \(terms)
                    squeezenet1_1            squeezenet1_1   pull      5.0 MB          58.2 %  \(terms)
                    resnet20-cifar-imported  resnet20-cifar  yes       \(size)               –  not stated
                    resnet32-cifar           resnet32-cifar  import         –               –  –
                    resnet44-cifar           resnet44-cifar  import         –               –  –
                    resnet56-cifar           resnet56-cifar  import         –               –  –

                    starter, a small network, comes with ocelot and is always there.
                    pull: 'ocelot weights pull NAME' downloads it. import: give a file, \
                    'ocelot weights import FILE --as NETWORK'.

                    """)
        }
    }

    @Test func saysWhichNamesThereAre() async throws {
        try await withTemporaryFolder { folder in
            let store = WeightStore(folder: folder, catalogue: PublishedWeights.torchvision, patience: Patience())
            #expect(
                await sentence { try await store.pull("resnet81") }
                    == "There are no weights 'resnet81'. Did you mean 'resnet18'? 'ocelot weights list' shows all.")
            #expect(
                await sentence { try await store.pull("xyz") }
                    == "There are no weights 'xyz'. 'ocelot weights list' shows all.")
            #expect(
                await sentence { try await store.pull("ResNet20-CIFAR") } == """
                    Nobody publishes weights of resnet20-cifar for download. If you have a file, 'ocelot weights import \
                    FILE --as resnet20-cifar' keeps it.
                    """)
        }
    }

    @Test func saysThatTheFolderTakesNoFiles() async throws {
        try await withTemporaryFolder { folder in
            let inTheWay = folder.appending(path: "file")
            try Data().write(to: inTheWay)
            let place = inTheWay.appending(path: "weights")
            #expect(
                await sentence { try await store(place, mirror: "http://127.0.0.1:9").pull("small") } == """
                    Weights cannot be kept in \(place.path): Not a directory. Set OCELOT_CACHE to a folder that can be \
                    written.
                    """)
        }
    }

    // Names that a publisher chose are the interface: their digits are checked, so a slip would refuse every download.
    @Test func knowsTorchvisionsFiles() {
        let names = PublishedWeights.torchvision.map(\.file)
        #expect(
            names == [
                "resnet18-f37072fd.pth", "resnet34-b627a593.pth", "resnet50-0676ba61.pth", "resnet50-11ad3fa6.pth",
                "resnet101-63fe2227.pth", "resnet152-394f9c45.pth", "mobilenet_v2-b0353104.pth",
                "squeezenet1_1-b8a52dc0.pth",
            ])
        #expect(
            PublishedWeights.torchvision.map(\.digestPrefix) == [
                "f37072fd", "b627a593", "0676ba61", "11ad3fa6", "63fe2227", "394f9c45", "b0353104", "b8a52dc0",
            ])
    }

    @Test func keepsWeightsWhereTheEnvironmentSays() {
        #expect(WeightStore.defaultFolder(["OCELOT_CACHE": "/c", "XDG_CACHE_HOME": "/x"]).path == "/c/weights")
        #expect(WeightStore.defaultFolder(["XDG_CACHE_HOME": "/x"]).path == "/x/ocelot/weights")
        for environment in [[:], ["XDG_CACHE_HOME": "relative"], ["OCELOT_CACHE": ""]] {
            #expect(WeightStore.defaultFolder(environment).path.hasSuffix("/.cache/ocelot/weights"))
        }
    }
}
