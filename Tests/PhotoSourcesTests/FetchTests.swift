// Runs against servers that are good, gone, slow, lying or mad.

import Datasets
import Foundation
import Imaging
import PhotoSources
import Synchronization
import TestSupport
import Testing

@Suite struct FetchTests {
    @Test func everyKindOfServer() async throws {
        let good = try jpeg(1)
        let large = try jpeg(2, width: 300, height: 200)
        let bomb: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + [UInt8](repeating: 0, count: 600)
        let server = try await PlayServer { asked in
            switch asked.host {
            case "good": .reply(200, [:], good)
            case "large": .reply(200, [:], large)
            case "moved":
                asked.path == "/a.jpg" ? .reply(302, ["Location": "http://good/a.jpg?from=moved"]) : .reply(404)
            case "circle": .reply(301, ["Location": "/a.jpg"])
            case "nowhere": .reply(301)
            case "gone": .reply(404)
            case "forbidden": .reply(403)
            case "ill": .reply(500)
            case "page": .reply(200, ["Content-Type": "image/jpeg"], Array("<!DOCTYPE html><html></html>".utf8))
            case "short": .cut(announced: 100_000, good)
            case "half": .reply(200, [:], Array(good.prefix(good.count / 2)))
            case "long": .cut(announced: good.count - 200, good)
            case "gzip": .reply(200, ["Content-Encoding": "gzip"], bomb)
            case "bomb": .reply(200, [:], bomb)
            case "huge": .reply(200, ["Content-Length": "999999999999"], good)
            case "endless": .endless
            case "silent": .silence
            case "slow": .drip
            default: .reply(404)
            }
        }
        let hosts = [
            "good", "large", "moved", "circle", "nowhere", "gone", "forbidden", "ill", "page", "short", "half", "long",
            "gzip",
            "bomb", "huge", "endless", "silent", "slow",
        ]
        try await withTemporaryFolder { folder in
            var options = options(server)
            options.maxSide = 120
            options.retries = 1
            options.limits.bytes = 1_000_000
            let links = try list(
                hosts.map { ("http://\($0)/a.jpg", $0 == "large" ? "big" : "small") } + [("nonsense", "small")])
            let told = Mutex<[Source]>([])
            let summary = try await PhotoFetch(links, to: folder, options: options).run { progress in
                told.withLock { $0.append(progress.source) }
                #expect(progress.total == hosts.count + 1)
            }
            // Large and good; what moved has good's bytes, and is a duplicate of it.
            #expect(summary.pictures == ["big": 1, "small": 1])
            #expect(summary.duplicates == 1)
            let wanted: [LinkFailure.Kind: Int] = [
                .redirects: 2, .missing: 1, .refused: 1, .serverError: 1, .notAPicture: 2, .cutOff: 1, .damaged: 2,
                .encoded: 1,
                .tooLarge: 2, .noAnswer: 1, .tooSlow: 1, .badAddress: 1,
            ]
            #expect(summary.broken == wanted)
            let rows = try sources(in: folder)
            #expect(rows.count == hosts.count + 1)
            #expect(rows.count == told.withLock { $0.count })
            for row in rows where row["status"] != "fetched" { #expect(row["reason"] != "") }

            // The one that must not shrink is there to the byte, the other is smaller and can be read.
            let files = try pictures(in: folder)
            #expect(files.count == 3)
            #expect(files[2] == "sources.tsv")
            #expect(try Array(Data(contentsOf: folder.appending(path: files[1]))) == good)
            let shrunk = try Picture.decode(Data(contentsOf: folder.appending(path: files[0])))
            #expect((shrunk.width, shrunk.height) == (120, 80))
            let row = try #require(rows.first { $0["path"] == files[0] })
            #expect(row["sha256_received"] == ContentHash(of: large).description)
            #expect(
                row["sha256"] == ContentHash(of: try Data(contentsOf: folder.appending(path: files[0]))).description)
            #expect(row["final_url"] == "http://large/a.jpg")

            // It is a data set like any other.
            let dataset = try Dataset.read(folder)
            #expect(dataset.classes == ["big", "small"])
            #expect(dataset.images.count == 2)
            #expect(dataset.leftOut.isEmpty && dataset.problems.isEmpty)

            // What may pass is asked again, what is settled is not.
            let before = server.asked
            let second = try await PhotoFetch(links, to: folder, options: options).run()
            let again = Set(server.asked.dropFirst(before.count).map(\.host))
            #expect(again == ["ill", "short", "silent", "slow"])
            #expect(second.fetched == 0 && second.known == hosts.count + 1 - 4)
            #expect(second.pictures == summary.pictures && second.broken == summary.broken)
            #expect(try pictures(in: folder) == files)
        }
        try await server.stop()
    }

    @Test func passingFailuresAreTriedAgain() async throws {
        let picture = try jpeg(3)
        let server = try await PlayServer { asked in
            switch (asked.path, asked.number) {
            case ("/busy", 0): .reply(503, ["Retry-After": "0"])
            case ("/busy", 1): .reply(429)
            case ("/cut", 0): .cut(announced: 9999, [0xFF, 0xD8, 0xFF])
            case ("/later", _): .reply(503, ["Retry-After": "3600"])
            default: .reply(200, [:], asked.path == "/busy" ? picture : picture + [0])
            }
        }
        try await withTemporaryFolder { folder in
            let links = try list([("http://a/busy", "x"), ("http://a/cut", "x"), ("http://b/later", "x")])
            let summary = try await PhotoFetch(links, to: folder, options: options(server)).run()
            #expect(summary.pictures == ["x": 2])
            #expect(summary.broken == [.serverError: 1])
            let counts = Dictionary(grouping: server.asked, by: \.path).mapValues(\.count)
            #expect(counts == ["/busy": 3, "/cut": 2, "/later": 1])
        }
        try await server.stop()
    }

    @Test func hostsAreSparedAndPicturesDoNotDependOnOrder() async throws {
        let photos = try (0..<6).map { try jpeg($0) }
        // Each picture lies at five links; whichever comes first, the first in the list has it.
        let server = try await PlayServer(milliseconds: 5) { asked in
            .reply(200, [:], photos[(Int(asked.path.dropFirst(2)) ?? 0) % 6])
        }
        let all = (0..<30).map { ("http://host\($0 % 3)/p\($0)", "x") }
        var results: Set<[String]> = []
        for (jobs, perHost) in [(1, 1), (16, 2), (16, 16)] {
            try await withTemporaryFolder { folder in
                var options = options(server)
                (options.jobs, options.perHost) = (jobs, perHost)
                let summary = try await PhotoFetch(try list(all), to: folder, options: options).run()
                #expect(summary.pictures == ["x": 6] && summary.duplicates == 24)
                results.insert(try pictures(in: folder))
                if perHost == 2 { #expect(server.mostAtOnce <= 2) }
            }
        }
        #expect(results.count == 1)
        try await server.stop()
    }

    @Test func linesThatRepeat() async throws {
        let server = try await PlayServer { asked in .reply(200, [:], (try? jpeg(asked.path.count)) ?? []) }
        try await withTemporaryFolder { folder in
            let links = try list([
                ("http://a/1", "x"), ("http://A:80/1#top", "x"), ("http://a/1", "y"), ("http://a/22", "y"),
                ("http://a/33", "x"),
            ])
            let summary = try await PhotoFetch(links, to: folder, options: options(server)).run()
            #expect(server.asked.count == 3)
            #expect(summary.repeated == 2)
            // /22 and /33 have the same bytes.
            #expect(summary.pictures == ["x": 1, "y": 1] && summary.duplicates == 1)
            #expect(summary.twoLabels.map(\.url) == ["http://a/1", "http://a/33"])
            #expect(summary.twoLabels.map(\.labels) == [["x", "y"], ["y", "x"]])
        }
        try await server.stop()
    }

    @Test func aDeadHostIsTriedOnce() async throws {
        // Nothing listens on port 1; one that a server had could be another test's now.
        let port = 1
        try await withTemporaryFolder { folder in
            var options = PhotoFetch.Options()
            options.resolver = .table(["*": Endpoint(.v4(0x7F00_0001), port: port)], otherwise: .system)
            options.policy.exceptions = [try #require(AddressPolicy.Exception("127.0.0.1"))]
            options.pause = .milliseconds(1)
            let links = try list((0..<50).map { ("http://dead/\($0).jpg", "x") })
            let summary = try await PhotoFetch(links, to: folder, options: options).run()
            #expect(summary.broken == [.noConnection: 50])
            // That not one of five hosts can be reached says something of this machine.
            let others = try list((0..<5).map { ("http://dead\($0)/a.jpg", "x") })
            let alone = FetchError.noNetwork(links: 5, reason: "dead0 takes no connection: Connection refused")
            await #expect(throws: alone) {
                try await PhotoFetch(others, to: folder.appending(path: "others"), options: options).run()
            }
            let rows = try sources(in: folder)
            #expect(rows.count == 50)
            #expect(rows.allSatisfy { $0["status"] == "no_connection" })
        }
    }

    @Test func stopsWhenAskedAndAtItsLimit() async throws {
        let server = try await PlayServer { asked in
            .reply(200, [:], (try? jpeg(Int(asked.path.dropFirst(2)) ?? 0)) ?? [])
        }
        let links = try list((0..<20).map { ("http://a/p\($0)", "x") })
        try await withTemporaryFolder { folder in
            let count = Mutex(0)
            var options = options(server)
            options.jobs = 1
            options.isStopRequested = { count.withLock { $0 >= 5 } }
            await #expect(throws: FetchError.stopped(left: 15)) {
                try await PhotoFetch(links, to: folder, options: options).run { _ in count.withLock { $0 += 1 } }
            }
            options.isStopRequested = { false }
            options.totalBytes = 1
            await #expect(throws: FetchError.full(bytes: 1, left: 14)) {
                try await PhotoFetch(links, to: folder, options: options).run()
            }
            options.totalBytes = 1 << 30
            let summary = try await PhotoFetch(links, to: folder, options: options).run()
            #expect(summary.pictures == ["x": 20])
            #expect(server.asked.count == 20)
        }
        try await server.stop()
    }

    @Test func nothingIsWrittenThroughLinks() async throws {
        let picture = try jpeg(1)
        let server = try await PlayServer { _ in .reply(200, [:], picture) }
        for name in ["x", ".ocelot", "sources.tsv"] {
            try await withTemporaryFolder { folder in
                let (place, outside) = (folder.appending(path: "data"), folder.appending(path: "outside"))
                for folder in [place, outside] {
                    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                }
                try FileManager.default.createSymbolicLink(at: place.appending(path: name), withDestinationURL: outside)
                let links = try list([("http://a/1.jpg", "x")])
                await #expect(throws: FetchError.self) {
                    try await PhotoFetch(links, to: place, options: options(server)).run()
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: outside.path).isEmpty)
            }
        }
        try await server.stop()
    }
}
