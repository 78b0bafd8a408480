// Several models, versions, aliases; new versions under load.

import Foundation
import Imaging
import Models
import Service
import TestSupport
import Testing

@Suite struct StoreTests {
    @Test func changesToANewVersion() async throws {
        try await withService { service, folder in
            let photo = try picture().png()
            func version() async -> String? {
                let reply = await ask(service, "POST", "/v1/models/tiny:predict", body: photo)
                #expect(reply?.status == 200)
                return reply?.json["model"]?["version"]?.string
            }
            #expect(await version() == "1")
            try writeModel(folder.appending(path: "models/tiny/2"))
            var found = await version()
            for _ in 0..<5000 where found == "1" {
                try await Task.sleep(for: .milliseconds(20))
                found = await version()
            }
            #expect(found == "2")
            // A damaged one does not take its place.
            try writeModel(folder.appending(path: "models/tiny/3"))
            let weights = folder.appending(path: "models/tiny/3/model.onnx")
            var bytes = try Data(contentsOf: weights)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: weights)
            try await Task.sleep(for: .milliseconds(300))
            #expect(["2", "3"].contains(await version() ?? ""))
        }
    }

    @Test func servesSeveralModelsAndAliases() async throws {
        try await withTemporaryFolder { folder in
            try writeModel(folder.appending(path: "models/a/1"))
            try writeModel(folder.appending(path: "models/a/2"))
            try writeModel(folder.appending(path: "models/b/7"), classes: ["x", "y"])
            func change(_ configuration: inout ServiceConfiguration) {
                configuration.workspace = folder
                configuration.models = ["a:1", "a:2", "b", "c=models/b/7"]
                configuration.aliases = ["best=a:1", "newest=a"]
            }
            try await withService(change) { service, _ in
                let photo = try picture().png()
                for (path, version, name) in [
                    ("a:predict", "2", "a"), ("a/versions/1:predict", "1", "a"), ("best:predict", "1", "a"),
                    ("newest:predict", "2", "a"), ("b:predict", "7", "b"), ("c:predict", "7", "c"),
                ] {
                    let reply = await ask(service, "POST", "/v1/models/\(path)", body: photo)
                    #expect(reply?.json["model"]?["version"]?.string == version, "\(path): \(reply?.text ?? "")")
                    #expect(reply?.json["model"]?["name"]?.string == name)
                }
                #expect(await ask(service, "POST", "/v1/models/a/versions/9:predict", body: photo)?.status == 404)
                #expect(await ask(service, "GET", "/v1/models")?.json["models"]?.elements?.count == 4)
                #expect(await ask(service, "POST", "/score", body: photo)?.status == 400)
                #expect(await ask(service, "POST", "/score?model=b", body: photo)?.status == 200)
            }
        }
    }

    @Test func doesNotStartWithADamagedModel() async throws {
        try await withTemporaryFolder { folder in
            try writeModel(folder.appending(path: "models/a/1"))
            let url = folder.appending(path: "models/a/1/weights.safetensors")
            var bytes = try Data(contentsOf: url)
            bytes[100] ^= 4
            try bytes.write(to: url)
            await #expect(throws: ModelPackageError.self) {
                try await withService({ ($0.workspace, $0.models) = (folder, ["a"]) }) { _, _ in }
            }
        }
    }
}
