// What is sent to a service for a long time: whole requests, and what may be answered to each.

import Foundation
import Imaging

/// A request as bytes, and what it may be answered with.
struct SoakRequest: Sendable {
    enum Ending: Sendable {
        /// The answer is waited for.
        case answer
        /// The client leaves after this share of the bytes.
        case leaves(Double)
        /// The client is killed after this share of the bytes: its connection is reset.
        case dies(Double)
    }

    var name: String
    var bytes: [UInt8]
    /// Statuses that are right; 0: that the connection is closed without an answer.
    var expected: Set<Int>
    var ending = Ending.answer
    /// How often it is sent, beside the others.
    var weight: Int
}

/// All requests, made once.
struct SoakRequests: Sendable {
    /// Those of callers who mean well.
    let good: [SoakRequest]
    /// Those of the others.
    let hostile: [SoakRequest]
    /// The photos among them.
    let photos: [[UInt8]]

    init(token: String) throws {
        let large = drawnPicture(2, 3, width: 640, height: 480)
        photos = [
            try drawnPicture(0, 1).jpeg(quality: 90), try drawnPicture(1, 2).png(), try large.jpeg(quality: 85),
            try large.png(),
        ]
        let post = Poster(token: token)
        good = Self.questions(photos, post) + Self.looks(post)
        hostile = try Self.badImages(photos, post) + Self.badRequests(photos, post) + Self.departures(photos, post)
    }

    /// One of `requests`, by weight.
    static func choose(_ requests: [SoakRequest], _ generator: inout some RandomNumberGenerator) -> SoakRequest {
        var place = Int.random(in: 0..<requests.reduce(0) { $0 + $1.weight }, using: &generator)
        for request in requests {
            place -= request.weight
            if place < 0 { return request }
        }
        return requests[0]
    }

    private static func questions(_ photos: [[UInt8]], _ post: Poster) -> [SoakRequest] {
        let base64 = photos.map { Data($0).base64EncodedString() }
        let json = ["content-type": "application/json"]
        func good(_ path: String, _ body: [UInt8], _ headers: [String: String] = [:], weight: Int) -> SoakRequest {
            SoakRequest(
                name: "POST \(path)", bytes: post.request("POST", path, headers, body), expected: [200], weight: weight)
        }
        let predict = "/v1/models/m:predict"
        let tensor = #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["\#(base64[0])"]}]}"#
        let binary =
            #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":\#(photos[2].count + 4)}}],"#
            + #""parameters":{"binary_data_output":true}}"#
        let length = withUnsafeBytes(of: UInt32(photos[2].count).littleEndian) { Array($0) }
        return photos.map { good(predict, $0, weight: 10) } + [
            good(predict, Array("{\"images\":[\"\(base64[0])\",\"\(base64[3])\"]}".utf8), json, weight: 10),
            good(
                predict, Poster.form(photos[1]), ["content-type": "multipart/form-data; boundary=\(Poster.boundary)"],
                weight: 10),
            good("\(predict)?top_k=1&threshold=0.2&explain=true", photos[0], weight: 4),
            good("\(predict)?explain=occlusion", photos[2], weight: 1),
            good("/v1/models/m:embed", photos[0], weight: 5),
            good("/v1/models/m:embed", photos[2], ["accept": "application/octet-stream"], weight: 3),
            good("/score", Array("{\"input_df\":[{\"image base64 string\":\"\(base64[1])\"}]}".utf8), json, weight: 4),
            good("/v2/models/m/infer", Array(tensor.utf8), json, weight: 4),
            good(
                "/v2/models/m/infer", Array(binary.utf8) + length + photos[2],
                ["inference-header-content-length": "\(binary.utf8.count)"], weight: 4),
        ]
    }

    private static func looks(_ post: Poster) -> [SoakRequest] {
        [
            "/", "/openapi.json", "/metrics", "/livez", "/readyz", "/v1/models", "/v1/models/m", "/v2", "/v2/models/m",
            "/v2/models/m/stats",
        ].map { SoakRequest(name: "GET \($0)", bytes: post.request("GET", $0), expected: [200], weight: 2) }
    }

    private static func badImages(_ photos: [[UInt8]], _ post: Poster) throws -> [SoakRequest] {
        // 50,005,000 pixels, which is too many, in a file of some hundred kilobytes; and the header of 65,535 × 65,535.
        let bomb = try Picture(width: 10_001, height: 5000, pixels: [UInt8](repeating: 0, count: 150_015_000)).png()
        let header = Array("GIF89a".utf8) + [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0]
        return [
            ("a cut JPEG", Array(photos[2].prefix(photos[2].count / 2)), 422),
            ("a cut PNG", Array(photos[3].prefix(photos[3].count / 2)), 422), ("a bomb", bomb, 422),
            ("a header that lies", header, 422), ("no image", Array("hello".utf8), 415),
            ("a page", Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8), 415), ("nothing", [], 400),
        ].map { name, body, status in
            SoakRequest(
                name: name, bytes: post.request("POST", "/v1/models/m:predict", [:], body), expected: [status],
                weight: 2)
        }
    }

    private static func badRequests(_ photos: [[UInt8]], _ post: Poster) -> [SoakRequest] {
        let predict = "/v1/models/m:predict"
        let json = ["content-type": "application/json"]
        func bad(_ name: String, _ bytes: [UInt8], _ expected: Set<Int>) -> SoakRequest {
            SoakRequest(name: name, bytes: bytes, expected: expected, weight: 1)
        }
        var stranger = post
        stranger.token = "ocelot_" + String(repeating: "0", count: 64)
        let form = Poster.form(photos[0])
        let chunks = post.request("POST", predict, ["transfer-encoding": "chunked"])
        return [
            bad("a wrong token", stranger.request("POST", predict, [:], photos[2]), [401]),
            bad("no such model", post.request("POST", "/v1/models/other:predict", [:], photos[2]), [404]),
            bad("a wrong parameter", post.request("POST", predict + "?top_k=x", [:], photos[0]), [400]),
            bad("no JSON", post.request("POST", predict, json, Array("{\"image\":".utf8)), [400]),
            bad("deep JSON", post.request("POST", predict, json, [UInt8](repeating: 0x5B, count: 20_000)), [400]),
            bad(
                "a cut form",
                post.request(
                    "POST", predict, ["content-type": "multipart/form-data; boundary=\(Poster.boundary)"],
                    Array(form.dropLast(20))), [400]),
            bad("ten gigabytes", post.request("POST", predict, ["content-length": "10000000000"]), [413]),
            bad(
                "many pieces", chunks + Array(String(repeating: "1\r\nx\r\n", count: 70_000).utf8),
                // The answer may be lost when the service closes while the client still sends.
                [413, 0]),
            bad("a strange host", post.request("GET", "/v1/models", ["host": "evil.example"]), [421]),
            bad(
                "long headers", post.request("GET", "/livez", ["x": String(repeating: "x", count: 100_000)]), [431, 0]),
            bad("TLS", Array("\u{16}\u{03}\u{01}\u{02}\0\u{01}\r\n\r\n".utf8), [400, 0]),
        ]
    }

    private static func departures(_ photos: [[UInt8]], _ post: Poster) -> [SoakRequest] {
        let whole = post.request("POST", "/v1/models/m:predict", [:], photos[3])
        return [
            ("leaves in the middle", .leaves(0.5)), ("leaves before the answer", .leaves(1)),
            ("dies in the middle", .dies(0.6)), ("dies before the answer", .dies(1)),
        ].map { SoakRequest(name: $0, bytes: whole, expected: [], ending: $1, weight: 4) }
    }
}

/// Writes requests of who has a token.
private struct Poster: Sendable {
    static let boundary = "x-y"
    var token: String

    static func form(_ photo: [UInt8]) -> [UInt8] {
        Array("--x-y\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\n".utf8) + photo
            + Array("\r\n--x-y--\r\n".utf8)
    }

    func request(_ method: String, _ path: String, _ headers: [String: String] = [:], _ body: [UInt8]? = nil) -> [UInt8]
    {
        var fields = ["host": "localhost", "authorization": "Bearer \(token)"].merging(headers) { $1 }
        if let body { fields["content-length"] = "\(body.count)" }
        let lines = fields.map { "\($0.key): \($0.value)\r\n" }.sorted().joined()
        return Array("\(method) \(path) HTTP/1.1\r\n\(lines)\r\n".utf8) + (body ?? [])
    }
}
