// Explanations and the watching of features, over a real socket.

import Foundation
import Imaging
import Models
import Service
import TestSupport
import Testing

@Suite struct ExplainTests {
    @Test func explainsAsThePackageDoes() async throws {
        try await withService { service, folder in
            let photo = try picture().png()
            let package = try ModelPackage.open(folder.appending(path: "models/tiny/1"))
            for (query, method, index) in [
                ("explain=true", nil, nil), ("explain=gradcam&explain_class=class%203", nil, 3),
                ("explain=occlusion&explain_class=class%203&top_k=1", .occlusion, 3),
            ] as [(String, Explanation.Method?, Int?)] {
                let reply = try #require(
                    await ask(service, "POST", "/v1/models/tiny:predict?\(query)", body: photo))
                #expect(reply.status == 200, "\(reply.text)")
                let expected = try await PhotoExplainer(package, by: method)(photo, ofClass: index)
                let prediction = try #require(reply.json["predictions"]?.elements?.first)
                let found = try #require(prediction["explanation"])
                #expect(found["index"]?.integer == expected.explanation.classIndex)
                #expect(found["label"]?.string == "class \(expected.explanation.classIndex)")
                #expect(found["method"]?.string == (method ?? .classActivation).rawValue)
                let grid = found["grid"]?.elements?.map { $0.elements?.compactMap(\.number) ?? [] } ?? []
                #expect(grid.count == expected.explanation.rows)
                for (one, other) in zip(grid.joined(), expected.explanation.values) {
                    #expect(abs(one - Double(other)) <= 1e-4)
                }
                // The model squashes: all of the photo is seen.
                let region = try #require(found["region"]?.members)
                #expect(region.map(\.name) == ["x", "y", "width", "height"])
                #expect(region.compactMap(\.value.number) == [0, 0, 60, 40])
                let overlay = try Picture.decode(Data(base64Encoded: found["overlay"]?.string ?? "") ?? Data())
                let drawn = expected.explanation.overlay(on: expected.seen)
                #expect(overlay.width == 32 && overlay.height == 32)
                #expect(zip(overlay.pixels, drawn.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
                // What is said of the photo is what is said without an explanation.
                let plain = await ask(service, "POST", "/v1/models/tiny:predict", body: photo)
                #expect(
                    plain?.json["predictions"]?.elements?.first?["top"]?.elements?.first?["label"]
                        == prediction["top"]?.elements?.first?["label"])
            }
            let without = await ask(service, "POST", "/v1/models/tiny:predict?explain=false", body: photo)
            #expect(without?.json["predictions"]?.elements?.first?["explanation"] == nil)
            for query in ["explain=yes", "explain_class=class%203", "explain=true&explain_class=class%2099"] {
                let reply = await ask(service, "POST", "/v1/models/tiny:predict?\(query)", body: photo)
                #expect(reply?.status == 400, "\(query)")
            }
            #expect(await ask(service, "POST", "/v1/models/tiny:embed?explain=true", body: photo)?.status == 400)
        }
    }

    /// What may be asked in the address may be asked in a form and in JSON, with the same answer.
    @Test func takesWhatIsAskedFromWhereverItStands() async throws {
        try await withService { service, _ in
            let photo = try picture().png()
            let base64 = Data(photo).base64EncodedString()
            func asked(_ query: String, _ type: String, _ body: [UInt8]) async -> Reply? {
                await ask(service, "POST", "/v1/models/tiny:predict\(query)", ["content-type": type], body: body)
            }
            func json(_ members: String, _ query: String = "") async -> Reply? {
                await asked(query, "application/json", Array("{\"image\":\"\(base64)\"\(members)}".utf8))
            }
            func form(_ fields: [(String, String)], _ query: String = "") async -> Reply? {
                let parts = fields.map { "--b\r\nContent-Disposition: form-data; name=\"\($0)\"\r\n\r\n\($1)\r\n" }
                let image = Array("--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n".utf8) + photo
                return await asked(
                    query, "multipart/form-data; boundary=b",
                    Array(parts.joined().utf8) + image + Array("\r\n--b--".utf8))
            }
            let query = "?top_k=2&threshold=0.25&explain=occlusion&explain_class=class%203"
            let expected = await asked(query, "image/png", photo)?.json["predictions"]
            #expect(expected?.elements?.first?["explanation"]?["method"] == "occlusion")
            let members = #","top_k":2,"threshold":0.25,"explain":"occlusion","explain_class":"class 3""#
            let fields = [
                ("top_k", "2"), ("threshold", "0.25"), ("explain", "occlusion"), ("explain_class", "class 3"),
            ]
            // Given twice alike, it counts once.
            for reply in [
                await json(members), await form(fields), await json(members, query), await form(fields, query),
            ] {
                let found = reply?.json["predictions"]?.elements?.first
                #expect(found?["top"]?.elements?.count == 2, "\(reply?.text ?? "")")
                #expect(found?["threshold"]?.number == 0.25)
                #expect(found?["explanation"]?["label"] == "class 3")
                #expect(found?["explanation"]?["method"] == "occlusion")
            }
            let isTrue = await json(#","explain":true"#)?.json["predictions"]?.elements?.first
            #expect(isTrue?["explanation"]?["method"] == "class-activation")
            let isFalse = await json(#","explain":false"#)
            #expect(isFalse?.status == 200 && isFalse?.json["predictions"]?.elements?.first?["explanation"] == nil)
            // One half here, the other there.
            let halves = await json(#","explain_class":"class 3""#, "?explain=true")
            #expect(halves?.json["predictions"]?.elements?.first?["explanation"]?["label"] == "class 3")

            for (reply, name) in [
                (await json(#","top_k":3"#, "?top_k=2"), "top_k"), (await form([("top_k", "3")], "?top_k=2"), "top_k"),
                (await json(#","threshold":0.3"#, "?threshold=0.25"), "threshold"),
                (await json(#","explain":false"#, "?explain=true"), "explain"),
                (await form([("explain", "true"), ("explain", "occlusion")]), "explain"),
                (await form([("explain_class", "class 4")], "?explain=true&explain_class=class%203"), "explain_class"),
            ] {
                #expect(reply?.status == 400 && reply?.json["code"] == "conflicting_parameters", "\(name)")
                #expect(reply?.json["error"]?.string == "\(name) is given twice, with different values. Give it once.")
            }
            for reply in [
                await json(#","explain":1"#), await json(#","explain":null"#), await json(#","explain_class":3"#),
                await json(#","explain_class":"class 3""#), await json(#","other":1"#),
                await form([("explain", "yes")]), await form([("other", "1")]),
                await form([("explain", "true"), ("explain_class", String(repeating: "x", count: 2000))]),
            ] { #expect(reply?.status == 400, "\(reply?.text ?? "")") }
        }
    }

    @Test func explainsAFewImagesAtOnce() async throws {
        try await withService({ $0.limits.explainedImagesPerRequest = 2 }) { service, _ in
            func reply(_ count: Int) async throws -> Reply? {
                let images = try (0..<count).map { Data(try picture(seed: UInt64($0)).png()).base64EncodedString() }
                let body = "{\"images\":[\(images.map { "\"\($0)\"" }.joined(separator: ","))]}"
                return await ask(
                    service, "POST", "/v1/models/tiny:predict?explain=true", ["content-type": "application/json"],
                    body: Array(body.utf8))
            }
            let two = try await reply(2)
            #expect(two?.json["predictions"]?.elements?.compactMap { $0["explanation"] }.count == 2)
            let three = try await reply(3)
            #expect(three?.status == 422 && three?.json["code"]?.string == "too_many_images")
        }
    }

    /// Where the queue is shorter than what an explanation counts as, it is explained all the same.
    @Test(arguments: ["true", "occlusion"]) func explainsWithAShortQueue(way: String) async throws {
        try await withService({ $0.limits.queue = 2 }) { service, _ in
            let photo = try picture().png()
            let reply = await ask(service, "POST", "/v1/models/tiny:predict?explain=\(way)", body: photo)
            #expect(reply?.status == 200, "\(reply?.text ?? "")")
        }
    }

    @Test func noticesOtherPhotos() async throws {
        try await withTemporaryFolder { folder in
            let plain = try writeModel(folder.appending(path: "models/plain/1"))
            let predictor = try Predictor(plain, for: .latency)
            let photos = try (0..<40).map { try picture(seed: UInt64($0)).png() }
            var features: [[Float]] = []
            for photo in photos { features.append(try await predictor(photo).features) }
            let statistics = try #require(FeatureStatistics(count: features.count) { features[$0][...] })
            try writeModel(folder.appending(path: "models/watched/1"), features: statistics)
            let blank = try Picture(width: 40, height: 40, pixels: [UInt8](repeating: 250, count: 4800)).png()
            try await withService({ ($0.workspace, $0.models) = (folder, ["plain", "watched"]) }) { service, _ in
                func metric(_ name: String) async -> Double? {
                    let text = await ask(service, "GET", "/metrics")?.text ?? ""
                    let line = text.split(separator: "\n").first { $0.hasPrefix(name + "{") && $0.contains("watched") }
                    return line?.split(separator: " ").last.flatMap { Double($0) }
                }
                for photo in photos {
                    for name in ["plain", "watched"] {
                        #expect(
                            await ask(service, "POST", "/v1/models/\(name):predict", body: photo)?.status == 200)
                    }
                }
                // Exactly the photos that the statistics are of: their mean is the mean, less what chance alone gives.
                #expect(await metric("ocelot_feature_drift") == 0)
                #expect(await metric("ocelot_feature_drift_photos") == 40)
                // Covered pictures are none of the photos.
                _ = await ask(service, "POST", "/v1/models/watched:predict?explain=occlusion", body: photos[0])
                #expect(await metric("ocelot_feature_drift_photos") == 41)
                for _ in 0..<40 {
                    _ = await ask(service, "POST", "/v1/models/watched:embed", body: blank)
                }
                #expect(await metric("ocelot_feature_drift_photos") == 81)
                #expect(await metric("ocelot_feature_drift") ?? 0 > 1)
                // A package that says nothing of its training has no such metric.
                let text = try #require(await ask(service, "GET", "/metrics")).text
                #expect(!text.contains("ocelot_feature_drift{model=\"plain\""))
            }
        }
    }
}
