// `call`, `load-test`, `explain` and `sign`: what they write, and every mistake's sentence and status.

import Foundation
import Imaging
import TestSupport
import Testing

@Suite("Asking a service, and explaining without one")
struct AskingTests {
    /// Nothing listens on port 1.
    private let nowhere = "http://127.0.0.1:1"

    @Test func nothingListens() async throws {
        try await withTemporaryFolder { folder in
            try Data(drawnPicture(0, 0).jpeg(quality: 90)).write(to: folder.appending(path: "a.jpg"))
            let sentence =
                "Error: http://127.0.0.1:1 does not answer: nothing listens there. Check the address and the port, and that the "
                + "service runs.\n"
            let called = try await ocelot(["call", nowhere, "a.jpg"], in: folder)
            #expect(called.errors == sentence && called.status == 1 && called.output.isEmpty)
            let tested = try await ocelot(["load-test", nowhere, "a.jpg", "--seconds", "1"], in: folder)
            #expect(tested.errors == sentence && tested.status == 1 && tested.output.isEmpty)
        }
    }

    @Test func photosThatAreNotThere() async throws {
        try await withTemporaryFolder { folder in
            try Data(drawnPicture(0, 0).jpeg(quality: 90)).write(to: folder.appending(path: "photo.jpg"))
            for command in ["call", "load-test"] {
                let missing = try await ocelot([command, nowhere, "phot.jpg"], in: folder)
                #expect(missing.errors == "Error: phot.jpg: There is no such file. Did you mean 'photo.jpg'?\n")
                #expect(missing.status == 4)
            }
            let isFolder = try await ocelot(["call", nowhere, "."], in: folder)
            #expect(isFolder.errors == "Error: .: This is not a plain file.\n" && isFolder.status == 4)
        }
    }

    @Test func tokensThatAreNone() async throws {
        try await withTemporaryFolder { folder in
            try Data(drawnPicture(0, 0).jpeg(quality: 90)).write(to: folder.appending(path: "a.jpg"))
            try Data("{\"tokens\":[]}".utf8).write(to: folder.appending(path: "tokens.json"))
            try Data("a token".utf8).write(to: folder.appending(path: "blank"))
            for (file, reason) in [
                ("none", "it cannot be read"),
                ("tokens.json", "it is the service's own file, which holds no token, only what tells one"),
                ("blank", "it does not hold one line of letters and digits"),
            ] {
                let outcome = try await ocelot(["call", nowhere, "a.jpg", "--token-file", file], in: folder)
                #expect(
                    outcome.errors
                        == "Error: There is no token in '\(file)': \(reason). Put there what 'ocelot token add' prints.\n"
                )
                #expect(outcome.status == 2)
            }
            let argument = try await ocelot(["call", nowhere, "a.jpg", "--token", "x"], in: folder)
            #expect(argument.status == 2 && argument.errors.contains("Unknown option '--token'"))
            let alone = try await ocelot(["call", nowhere, "a.jpg", "--class", "x"], in: folder)
            #expect(alone.status == 2 && alone.errors.contains("--class goes with --explain FILE.png."))
        }
    }

    @Test func explainsAndSigns() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 4)
            _ = try await ocelot(
                ["train", "classifier", "photos", "--backbone", "starter", "--name", "m", "--quiet"], in: folder)
            #expect(try package("models/m/1", in: folder)["feature-statistics.safetensors"] != nil)

            let photo = "photos/dots/0.jpg"
            let explained = try await ocelot(["explain", "m", photo, "--out", "why.png", "--json"], in: folder)
            #expect(explained.status == 0, "\(explained.errors)")
            let line = try #require(explained.objects.first)
            #expect(line["method"] as? String == "class-activation" && line["explanation"] as? String == "why.png")
            let picture = try Picture.decode(Data(contentsOf: folder.appending(path: "why.png")))
            #expect(picture.width == picture.height && picture.width > 31)
            let covered = try await ocelot(
                ["explain", "m", photo, "--class", "along", "--occlusion", "--out", "w.png"], in: folder)
            #expect(covered.output.hasPrefix("Where 'along' (") && covered.output.hasSuffix("w.png (occlusion)\n"))
            let wrong = try await ocelot(["explain", "m", photo, "--class", "alon", "--out", "x.png"], in: folder)
            #expect(wrong.errors.contains("The model has no class 'alon'. Did you mean 'along'?") && wrong.status == 2)
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "x.png").path))

            let noKey = try await ocelot(["sign", "m", "--key", photo], in: folder)
            #expect(noKey.status == 2 && noKey.errors.contains("is no private key of Ed25519"))
            // RFC 8032, section 7.1, test 1, in the form of RFC 8410.
            let key = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
            try Data("-----BEGIN PRIVATE KEY-----\n\(key)\n-----END PRIVATE KEY-----\n".utf8)
                .write(to: folder.appending(path: "key.pem"))
            let signed = try await ocelot(["sign", "m", "--key", "key.pem"], in: folder)
            #expect(signed.status == 0 && signed.output.hasSuffix("models/m/1/manifest.sig\n"))
            #expect(try package("models/m/1", in: folder)["manifest.sig"]?.count == 64)
            // A signature changes nothing of the model.
            #expect(try await ocelot(["predict", "m", photo], in: folder).status == 0)
        }
    }

    /// The real service, on a model that was just trained.
    @Test func asksAService() async throws {
        try await withTemporaryFolder { folder in
            try drawDataset(at: folder.appending(path: "photos"), count: 4)
            _ = try await ocelot(
                ["train", "classifier", "photos", "--backbone", "starter", "--name", "m", "--quiet"], in: folder)
            let service = try await ServiceProcess.start(["m", "--port", "0", "--log", "events"], in: folder)
            defer { service.kill() }
            let address = "http://127.0.0.1:\(service.port)"
            let called = try await ocelot(["call", address, "photos/dots/0.jpg", "--json"], in: folder)
            #expect(called.status == 0, "\(called.errors)")

            let tested = try await ocelot(
                [
                    "load-test", "\(address)/v1/models/m:predict", "photos", "--callers", "2", "--seconds", "1",
                    "--warm-up", "0", "--out", "latency.hgrm", "--json",
                ], in: folder)
            #expect(tested.status == 0, "\(tested.errors)")
            let sent = try #require(tested.objects.first?["sent"] as? Int)
            let text = try String(contentsOf: folder.appending(path: "latency.hgrm"), encoding: .utf8)
            let lines = text.split(separator: "\n")
            #expect(lines.first == "       Value     Percentile TotalCount 1/(1-Percentile)")
            // Every request was answered, so the last line counts them all.
            let last = lines.last { !$0.hasPrefix("#") }?.split(separator: " ")
            #expect(last?.dropFirst() == ["1.000000000000", "\(sent)"])
            let status = await onOwnThread { service.end(within: 60) }
            #expect(status == 0, "\(service.lastWords)")
        }
    }
}
