// T17 of the threat model: no trick makes the machine speak to an address that is not public.

import Foundation
import PhotoSources
import Synchronization
import TestSupport
import Testing

@Suite struct PrivateAddressTests {
    /// Links to a canary: spellings of its number, names that lead to it, redirects to it.
    private func tricks(_ port: Int) -> [String] {
        let spellings = [
            "127.0.0.1", "127.0.0.1.", "localhost", "LOCALHOST.", "127.1", "127.0.1", "2130706433", "0x7f000001",
            "0x7f.0.0.1",
            "0x7f.1", "017700000001", "0177.0.0.1", "0177.0.0.01", "127.0.0.001", "0.0.0.0", "0", "[::1]", "[::]",
            "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]", "[0:0:0:0:0:0:0:1]", "[::1%25lo]", "user@127.0.0.1", "example.org@127.0.0.1",
            "example.org:80@127.0.0.1", "127.0.0.1%2f@example.org", "１２７.０.０.１", "①②⑦.⓪.⓪.①", "127。0。0。1",
            "private.example", "mixed.example", "six.example", "mapped.example", "metadata.example",
        ]
        return spellings.map { "http://\($0):\(port)/x.jpg" } + [
            "http://redirect.example/absolute.jpg", "http://redirect.example/name.jpg",
            "http://redirect.example/twice.jpg",
            "http://redirect.example/schemeless.jpg", "http://redirect.example/file.jpg",
            "http://rebinding.example/x.jpg", "//127.0.0.1:\(port)/x.jpg", "file:///etc/hostname",
        ]
    }

    @Test func noneIsSpokenTo() async throws {
        let canary = try await PlayServer { _ in .reply(200, [:], []) }
        let port = canary.port
        // The redirecting server may be asked, and is all that may be.
        let server = try await PlayServer { asked in
            switch asked.path {
            case "/absolute.jpg": .reply(302, ["Location": "http://127.0.0.1:\(port)/x.jpg"])
            case "/name.jpg": .reply(301, ["Location": "http://private.example:\(port)/x.jpg"])
            case "/twice.jpg": .reply(307, ["Location": "/absolute.jpg"])
            case "/schemeless.jpg": .reply(308, ["Location": "//[::ffff:127.0.0.1]:\(port)/x.jpg"])
            case "/file.jpg": .reply(303, ["Location": "file:///etc/hostname"])
            default: .reply(404)
            }
        }
        let links = tricks(port)
        #expect(links.count >= 40)
        let lookUps = Mutex<[String: Int]>([:])
        try await withTemporaryFolder { folder in
            var options = options(server)
            let allowed = Endpoint(.v4(0x7F00_0001), port: server.port)
            let asked: [String: [Endpoint]] = [
                "redirect.example": [allowed],
                "private.example": [Endpoint(.v4(0x7F00_0001), port: port)],
                "mixed.example": [allowed, Endpoint(.v4(0x7F00_0001), port: port)],
                "six.example": [Endpoint(.v6(1), port: port)],
                "mapped.example": [Endpoint(.v6(0xFFFF_7F00_0001), port: port)],
                "metadata.example": [Endpoint(.v4(0xA9FE_A9FE), port: 80)],
            ]
            options.resolver = Resolver { host, _ in
                let number = lookUps.withLock { counts in
                    counts[host, default: 0] += 1
                    return counts[host] ?? 0
                }
                // The first answer may be asked, the second may not.
                if host == "rebinding.example" {
                    return [number == 1 ? allowed : Endpoint(.v4(0x7F00_0001), port: port)]
                }
                if let endpoints = asked[host] { return endpoints }
                return try await Resolver.system.endpoints(host: host, port: port)
            }
            let summary = try await PhotoFetch(try list(links.map { ($0, "x") }), to: folder, options: options).run()
            #expect(summary.fetched == 0)
            let rows = try sources(in: folder)
            #expect(rows.count == summary.asked && summary.asked + summary.repeated == links.count)
            for row in rows where row["url"]?.contains("rebinding") != true {
                #expect(["bad_address", "private_address"].contains(row["status"]), "\(row)")
            }
        }
        #expect(canary.connections == 0)
        #expect(lookUps.withLock { $0["rebinding.example"] } == 1)
        #expect(server.asked.count { $0.host == "rebinding.example" } == 1)
        try await server.stop()
        try await canary.stop()
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.0.0.1:PORT", true), ("127.0.0.1:8081", false), ("nas.example", true),
        ("nas.example:8080", true), ("nas.example:8081", false), ("other.example", false), ("::1", false),
    ])
    func onlyWhatIsNamedIsAllowed(exception: String, isAllowed: Bool) async throws {
        let picture = try jpeg(1)
        let server = try await PlayServer { _ in .reply(200, [:], picture) }
        try await withTemporaryFolder { folder in
            var options = options(server)
            let text = exception.replacing("PORT", with: "\(server.port)")
            options.policy.exceptions = [try #require(AddressPolicy.Exception(text))]
            let links = try list([("http://nas.example:8080/a.jpg", "x")])
            let summary = try await PhotoFetch(links, to: folder, options: options).run()
            #expect(summary.pictures == (isAllowed ? ["x": 1] : [:]))
            #expect(server.connections == (isAllowed ? 1 : 0))
            if !isAllowed { #expect(summary.broken == [.privateAddress: 1]) }
        }
        try await server.stop()
    }

    @Test func nothingIsToldOfTheUser() async throws {
        let picture = try jpeg(1)
        let server = try await PlayServer { asked in
            asked.path == "/a" ? .reply(302, ["Location": "/b", "Set-Cookie": "a=b"]) : .reply(200, [:], picture)
        }
        try await withTemporaryFolder { folder in
            let links = try list([("http://example.org/a", "x")])
            _ = try await PhotoFetch(links, to: folder, options: options(server)).run()
        }
        #expect(server.asked.count == 2)
        for asked in server.asked {
            #expect(Set(asked.headers.keys).isSubset(of: ["host", "user-agent", "accept", "accept-encoding"]))
            #expect(asked.headers["accept-encoding"] == "identity")
            #expect(asked.headers["host"] == "example.org")
        }
        try await server.stop()
    }
}
