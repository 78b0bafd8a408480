// A service over a real socket: what each route answers.

import Foundation
import Imaging
import Labels
import Models
import Service
import TestSupport
import Testing

@Suite struct RouteTests {
    @Test func answersAsThePredictorDoes() async throws {
        try await withService { service, folder in
            let photo = try picture().png()
            let package = try ModelPackage.open(folder.appending(path: "models/tiny/1"))
            let expected = try await Predictor(package, for: .latency)(photo)
            let ranked = expected.ranked(package.manifest.classes)
            let boundary = "x-y"
            let form =
                Array("--x-y\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n".utf8)
                + photo
                + Array("\r\n--x-y--\r\n".utf8)
            let base64 = Data(photo).base64EncodedString()
            let bodies: [(String, [UInt8])] = [
                ("image/png", photo), ("application/x-www-form-urlencoded", photo),
                ("multipart/form-data; boundary=\(boundary)", form),
                ("application/json", Array("{\"image\":\"\(base64)\"}".utf8)),
                ("application/json; charset=utf-8", Array("{\"images\":[\"\(base64)\"],\"top_k\":5}".utf8)),
            ]
            for (type, body) in bodies {
                let reply = try #require(
                    await ask(service, "POST", "/v1/models/tiny:predict", ["content-type": type], body: body))
                #expect(reply.status == 200, "\(type): \(reply.text)")
                let prediction = try #require(reply.json["predictions"]?.elements?.first)
                let top = try #require(prediction["top"]?.elements)
                #expect(top.count == 5)
                for (one, other) in zip(top, ranked) {
                    #expect(one["label"]?.string == other.label)
                    #expect(abs((one["probability"]?.number ?? -1) - other.probability) < 1e-4)
                }
                #expect(prediction["image"]?["width"]?.integer == 60)
                #expect(prediction["image"]?["height"]?.integer == 40)
                #expect(reply.json["model"]?["version"]?.string == "1")
                #expect(prediction["accepted"]?.bool == (ranked[0].probability >= 0.5))
                #expect(reply.headers["server-timing"]?.contains("infer;dur=") == true)
            }
        }
    }

    @Test func takesParameters() async throws {
        try await withService { service, _ in
            let photo = try picture().png()
            let two = try #require(
                await ask(service, "POST", "/v1/models/tiny:predict?top_k=2&threshold=0", body: photo))
            #expect(two.json["predictions"]?.elements?.first?["top"]?.elements?.count == 2)
            #expect(two.json["predictions"]?.elements?.first?["accepted"]?.bool == true)
            for query in [
                "top_k=0", "top_k=x", "top_k=1.5", "threshold=2", "threshold=nan", "a=1", "top_k=1&top_k=2", "%ff=1",
            ] {
                #expect(
                    await ask(service, "POST", "/v1/models/tiny:predict?\(query)", body: photo)?.status == 400,
                    "\(query)")
            }
        }
    }

    @Test func namesEachLabelThatIsLikelyEnough() async throws {
        try await withTemporaryFolder { folder in
            let package = try writeModel(folder.appending(path: "models/many/1"), labels: .many)
            try await withService({ ($0.workspace, $0.models) = (folder, ["many"]) }) { service, _ in
                let photo = try picture().png()
                let probabilities = try await Predictor(package, for: .latency)(photo).probabilities
                for (query, limit) in [("", nil), ("?threshold=0", 0), ("?threshold=1", 1)] as [(String, Double?)] {
                    let reply = await ask(service, "POST", "/v1/models/many:predict\(query)", body: photo)
                    let prediction = reply?.json["predictions"]?.elements?.first
                    let expected = package.manifest.accepted(probabilities, threshold: limit)
                    #expect(Set(prediction?["labels"]?.elements?.compactMap(\.string) ?? ["none"]) == Set(expected))
                    #expect(prediction?["accepted"]?.bool == !expected.isEmpty)
                    #expect((prediction?["thresholds"] != nil) == (limit == nil))
                }
            }
        }
    }

    @Test func answersForSeveralImages() async throws {
        try await withService { service, _ in
            let photos = try (1...9).map { Data(try picture(seed: $0).png()).base64EncodedString() }
            let body = "{\"images\":[\(photos.map { "\"\($0)\"" }.joined(separator: ","))]}"
            let reply = try #require(
                await ask(
                    service, "POST", "/v1/models/tiny:predict", ["content-type": "application/json"],
                    body: Array(body.utf8)))
            let together = try #require(reply.json["predictions"]?.elements)
            #expect(together.count == 9)
            for (index, photo) in photos.enumerated() {
                let one = await ask(
                    service, "POST", "/v1/models/tiny:predict", ["content-type": "application/json"],
                    body: Array("{\"image\":\"\(photo)\"}".utf8))
                let alone = one?.json["predictions"]?.elements?.first
                #expect(alone?["image"]?["sha256"] == together[index]["image"]?["sha256"])
                #expect(alone?["top"]?.elements?.first?["label"] == together[index]["top"]?.elements?.first?["label"])
            }
        }
    }

    @Test func saysWhatIsWrongWithImages() async throws {
        try await withService({ $0.limits.imagePixels = 10_000 }) { service, _ in
            // A GIF's header: 65,535 × 65,535 pixels.
            let bomb = Array("GIF89a".utf8) + [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0]
            let photo = try picture().png()
            let cases: [([UInt8], Int, String)] = [
                (bomb, 422, "image_too_large"), (Array("hello".utf8), 415, "not_an_image"),
                (Array("<svg xmlns=\"http://www.w3.org/2000/svg\"/>".utf8), 415, "unsupported_format"),
                (Array("%PDF-1.7".utf8), 415, "unsupported_format"), ([], 400, "empty_image"),
                (Array(photo.prefix(photo.count / 2)), 422, "image_truncated"),
            ]
            for (bytes, status, code) in cases {
                let reply = try #require(await ask(service, "POST", "/v1/models/tiny:predict", body: bytes))
                #expect(reply.status == status && reply.json["code"]?.string == code, "\(reply.text)")
                #expect(reply.json["status"]?.integer == status)
                #expect(reply.json["request_id"]?.string == reply.headers["x-request-id"])
            }
        }
    }

    @Test func knowsItsAddresses() async throws {
        try await withService { service, _ in
            #expect(await ask(service, "/livez")?.status == 200)
            #expect(await ask(service, "/readyz")?.status == 200)
            #expect(await ask(service, "HEAD", "/livez")?.status == 200)
            #expect(await ask(service, "/v2/health/ready")?.json["ready"]?.bool == true)
            #expect(await ask(service, "/v1/models")?.json["models"]?.elements?.first?["name"]?.string == "tiny")
            #expect(await ask(service, "/v1/models/tiny")?.json["labels"]?.elements?.count == 10)
            #expect(await ask(service, "/")?.text.contains("<h1>Ask a model</h1>") == true)
            for path in [
                "/v1/models/other", "/nothing", "/v1/models/..%2ftiny", "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5cetc",
                "//etc/passwd",
                "/page.js/", "/page.js;x", "/page.js%00", "/v1/models/tiny:explain",
            ] {
                #expect(await ask(service, path)?.status == 404, "\(path)")
            }
            let wrong = try #require(await ask(service, "DELETE", "/v1/models/tiny"))
            #expect(wrong.status == 405 && wrong.headers["allow"] == "GET")
            let metrics = try #require(await ask(service, "/metrics"))
            #expect(metrics.text.contains("ocelot_http_requests_total{route=\"/livez\",method=\"GET\",code=\"200\"} 1"))
        }
    }

    @Test func embedsAndScores() async throws {
        try await withService { service, _ in
            let photo = try picture().png()
            let features = try #require(await ask(service, "POST", "/v1/models/tiny:embed", body: photo))
            let values = features.json["embeddings"]?.elements?.first?.elements?.compactMap(\.number) ?? []
            #expect(values.count == 64 && features.json["dim"]?.integer == 64)
            #expect(abs(values.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
            let table = try #require(
                await ask(service, "POST", "/v1/models/tiny:embed", ["accept": "application/octet-stream"], body: photo)
            )
            #expect(table.body.count == 128 + 256)

            let row = "{\"image base64 string\":\"\(Data(photo).base64EncodedString())\"}"
            let one = try #require(
                await ask(
                    service, "POST", "/score", ["content-type": "application/json"],
                    body: Array("{\"input_df\":[\(row)]}".utf8)))
            #expect(one.json["allScores"]?.elements?.count == 10)
            let label = one.json["label"]?.string
            let index = one.json["Id2Labels"]?.members?.first { $0.value.string == label }?.name
            #expect(index.flatMap { Int($0) }.flatMap { one.json["allScores"]?.elements?[$0] } == one.json["score"])
            let two = await ask(
                service, "POST", "/score", ["content-type": "application/json"],
                body: Array("{\"input_df\":[\(row),\(row)]}".utf8))
            #expect(two?.json.elements?.count == 2)
            #expect(
                await ask(service, "POST", "/score", ["content-type": "application/json"], body: Array("{}".utf8))?
                    .status
                    == 400)
        }
    }

    @Test func speaksTheOpenInferenceProtocol() async throws {
        try await withService { service, _ in
            let photo = try picture().png()
            let metadata = try #require(await ask(service, "/v2/models/tiny"))
            #expect(metadata.json["inputs"]?.elements?.map { $0["datatype"]?.string } == ["BYTES", "UINT8"])
            let base64 = Data(photo).base64EncodedString()
            let json = """
                {"id":"q","inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["\(base64)"]}],
                 "outputs":[{"name":"probabilities"},{"name":"probabilities","parameters":{"classification":2}}]}
                """
            let reply = try #require(await ask(service, "POST", "/v2/models/tiny/infer", body: Array(json.utf8)))
            #expect(reply.status == 200 && reply.json["id"]?.string == "q", "\(reply.text)")
            let outputs = try #require(reply.json["outputs"]?.elements)
            let probabilities = outputs[0]["data"]?.elements?.compactMap(\.number) ?? []
            #expect(probabilities.count == 10 && abs(probabilities.reduce(0, +) - 1) < 1e-4)
            let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? -1
            #expect(outputs[1]["data"]?.elements?.first?.string?.hasSuffix(":\(best):class \(best)") == true)

            // The same picture as pixels, in binary and back.
            let pixels = Preprocessing(resize: .squash, side: 32)(picture())
            let head =
                #"{"inputs":[{"name":"pixels","shape":[1,32,32,3],"datatype":"UINT8","parameters":{"binary_data_size":3072}}],"parameters":{"binary_data_output":true}}"#
            let binary = try #require(
                await ask(
                    service, "POST", "/v2/models/tiny/versions/1/infer",
                    ["inference-header-content-length": "\(head.utf8.count)"], body: Array(head.utf8) + pixels))
            let length = try #require(binary.headers["inference-header-content-length"].flatMap { Int($0) })
            let text = try JSON.parse(binary.body[..<length])
            #expect(text["outputs"]?.elements?.map { $0["name"]?.string } == ["probabilities", "scores", "features"])
            let floats = binary.body[length..<(length + 40)].withUnsafeBytes { bytes in
                (0..<10).map { Double(bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)) }
            }
            for (one, other) in zip(floats, probabilities) { #expect(abs(one - other) < 1e-4) }
            let statistics = await ask(service, "/v2/models/tiny/stats")?.json["model_stats"]?.elements?.first
            #expect(statistics?["inference_count"]?.integer == 2)
            for wrong in [
                "{}", #"{"inputs":[{"name":"other","shape":[1],"datatype":"BYTES","data":["Zg=="]}]}"#,
                #"{"inputs":[{"name":"pixels","shape":[1,2,2,3],"datatype":"UINT8","data":[1,2,3,4,5,6,7,8,9,1,2,3]}]}"#,
                #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["Zg=="]}],"outputs":[{"name":"x"}]}"#,
            ] {
                #expect(
                    await ask(service, "POST", "/v2/models/tiny/infer", body: Array(wrong.utf8))?.status == 400,
                    "\(wrong)")
            }
        }
    }

    @Test func describesEveryRoute() async throws {
        try await withService { service, _ in
            let document = try #require(await ask(service, "/openapi.json")).json
            let paths = try #require(document["paths"]?.members).map(\.name)
            for path in ["/", "/v1/models/{model}:predict", "/v2/models/{model}/infer", "/score", "/metrics", "/livez"]
            {
                #expect(paths.contains(path))
            }
            let identifiers =
                document["paths"]?.members?.flatMap { $0.value.members ?? [] }.compactMap {
                    $0.value["operationId"]?.string
                } ?? []
            #expect(Set(identifiers).count == identifiers.count)
        }
    }
}

private func ask(_ service: PredictionService, _ path: String) async -> Reply? { await ask(service, "GET", path) }
