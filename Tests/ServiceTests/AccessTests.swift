// Who is let in.

import Foundation
import Imaging
import Service
import TestSupport
import Testing

@Suite struct AccessTests {
    @Test func isNotOpenToOthersWithoutTokens() async throws {
        await #expect(throws: ServiceStartError.self) {
            try await withService({ $0.host = "0.0.0.0" }) { _, _ in }
        }
        try await withService({ ($0.host, $0.allowsAnyone) = ("0.0.0.0", true) }) { service, _ in
            #expect(await ask(service, "GET", "/livez")?.status == 200)
        }
    }

    @Test func asksForTokens() async throws {
        let (reading, readToken) = Token.make(scopes: [.read])
        let (predicting, predictToken) = Token.make(scopes: [.predict], note: "a caller")
        let (past, pastToken) = Token.make(scopes: [.admin], expires: Date(timeIntervalSince1970: 1000))
        try await withTemporaryFolder { place in
            let file = TokenFile(place.appending(path: "tokens.json"))
            try file.write([readToken, predictToken, pastToken])
            let attributes = try FileManager.default.attributesOfItem(atPath: file.url.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(try !String(contentsOf: file.url, encoding: .utf8).contains(predicting))
            try await withService({ $0.tokenFile = file.url }) { service, _ in
                let photo = try picture().png()
                func status(_ method: String, _ path: String, _ token: String?) async -> Int? {
                    let headers = token.map { ["authorization": "Bearer \($0)"] } ?? [:]
                    return await ask(service, method, path, headers, body: method == "POST" ? photo : nil)?.status
                }
                #expect(await status("POST", "/v1/models/tiny:predict", nil) == 401)
                #expect(await status("POST", "/v1/models/tiny:predict", "ocelot_x") == 401)
                #expect(await status("POST", "/v1/models/tiny:predict", past) == 401)
                #expect(await status("POST", "/v1/models/tiny:predict", reading) == 403)
                #expect(await status("POST", "/v1/models/tiny:predict", predicting) == 200)
                #expect(await status("GET", "/v1/models", nil) == 401)
                #expect(await status("GET", "/v1/models", reading) == 200)
                #expect(await status("GET", "/v1/models", predicting) == 200)
                #expect(await status("GET", "/metrics", nil) == 401)
                #expect(await status("GET", "/livez", nil) == 200)
                // A token that is taken out counts no more, without a new start.
                try file.write([readToken])
                var answer: Int? = 200
                for _ in 0..<2000 where answer == 200 {
                    try await Task.sleep(for: .milliseconds(50))
                    answer = await status("POST", "/v1/models/tiny:predict", predicting)
                }
                #expect(answer == 401)
            }
        }
    }

    @Test func isCalledByItsOwnNamesOnly() async throws {
        try await withService({ $0.hosts = ["photos.example"] }) { service, _ in
            for (host, status) in [
                ("localhost", 200), ("localhost:8080", 200), ("127.0.0.1:1", 200), ("[::1]:8080", 200),
                ("PHOTOS.example", 200),
                ("evil.com", 421), ("localhost.evil.com", 421), ("127.0.0.1.evil.com", 421), ("", 421), ("-", 400),
            ] {
                #expect(await ask(service, "GET", "/v1/models", ["host": host])?.status == status, "\(host)")
            }
            // Who watches over the service calls it as it likes.
            #expect(await ask(service, "GET", "/readyz", ["host": "10.1.2.3.example"])?.status == 200)
        }
    }

    @Test func servesNoForeignPages() async throws {
        try await withService { service, _ in
            let photo = try picture().png()
            let cases: [([String: String], Int)] = [
                ([:], 200), (["origin": "http://localhost"], 200), (["origin": "http://evil.com"], 403),
                (["origin": "null"], 403),
                (["origin": "https://localhost"], 403), (["origin": "http://localhost:1"], 403),
                (["sec-fetch-site": "same-origin", "origin": "http://localhost"], 200),
                (["sec-fetch-site": "cross-site"], 403),
                (["sec-fetch-site": "same-site"], 403), (["origin": "http://localhost.evil.com"], 403),
            ]
            for (headers, status) in cases {
                let reply = try #require(await ask(service, "POST", "/v1/models/tiny:predict", headers, body: photo))
                #expect(reply.status == status, "\(headers)")
                #expect(reply.headers["access-control-allow-origin"] == nil)
                #expect(reply.headers["x-content-type-options"] == "nosniff")
                #expect(reply.headers["content-security-policy"]?.contains("default-src 'none'") == true)
            }
        }
    }

    @Test func limitsHowOften() async throws {
        try await withService({ $0.requestsPerSecond = 0.01 }) { service, _ in
            let photo = try picture().png()
            #expect(await ask(service, "POST", "/v1/models/tiny:predict", body: photo)?.status == 200)
            let second = try #require(await ask(service, "POST", "/v1/models/tiny:predict", body: photo))
            #expect(second.status == 429)
            #expect((second.headers["retry-after"].flatMap { Int($0) } ?? 0) > 50)
            #expect(await ask(service, "GET", "/readyz")?.status == 200)
        }
    }

    @Test func leaksNothing() async throws {
        try await withService { service, folder in
            for path in ["/nothing", "/v1/models/x", "/v1/models/tiny:predict?x=1"] {
                for method in ["GET", "POST"] {
                    let text = await ask(service, method, path, body: method == "POST" ? [1, 2, 3] : nil)?.text ?? ""
                    #expect(
                        !text.contains("/tmp") && !text.contains(folder.lastPathComponent) && !text.contains("Sources"))
                }
            }
        }
    }
}
