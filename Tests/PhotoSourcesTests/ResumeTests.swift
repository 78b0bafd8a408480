// What a run that was killed leaves behind, at every place where it can be killed.

import Foundation
import PhotoSources
import TestSupport
import Testing

@Suite struct ResumeTests {
    /// A run writes a part, adds a line, renames the part.
    ///
    /// Each state that a kill can leave is made by hand: the table
    /// cut off at every 41st byte, and each picture whose line is whole still among the parts, or in its place.
    @Test func everyCutOfTheTable() async throws {
        let server = try await PlayServer { asked in
            asked.path.hasSuffix("4")
                ? .reply(404) : .reply(200, [:], (try? jpeg(Int(asked.path.dropFirst(2)) ?? 0)) ?? [])
        }
        let links = try list((0..<6).map { ("http://a/p\($0)", $0 < 3 ? "x" : "y") })
        try await withTemporaryFolder { folder in
            let whole = folder.appending(path: "whole")
            _ = try await PhotoFetch(links, to: whole, options: options(server)).run()
            let wanted = try pictures(in: whole)
            let table = try Data(contentsOf: whole.appending(path: "sources.tsv"))
            for (round, length) in stride(from: 0, through: table.count, by: 41).enumerated() {
                let place = folder.appending(path: "cut\(length)")
                try FileManager.default.copyItem(at: whole, to: place)
                let cut = table.prefix(length)
                try cut.write(to: place.appending(path: "sources.tsv"))
                let lines = cut.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
                    .dropFirst()
                let settled = Set(
                    lines.map {
                        String(decoding: $0.split(separator: 9, omittingEmptySubsequences: false)[2], as: UTF8.self)
                    })
                let placed = lines.map {
                    String(decoding: $0.split(separator: 9, omittingEmptySubsequences: false)[0], as: UTF8.self)
                }
                let parts = place.appending(path: ".ocelot/fetch")
                for path in wanted where path != "sources.tsv" {
                    let name = URL(filePath: path).lastPathComponent
                    // Not settled: nothing in its place, perhaps half a part. Settled: in its place, or still a part.
                    if !placed.contains(path) {
                        try FileManager.default.removeItem(at: place.appending(path: path))
                        try Data([0xFF, 0xD8]).write(to: parts.appending(path: name))
                    } else if round % 2 == 0 {
                        try FileManager.default.moveItem(
                            at: place.appending(path: path), to: parts.appending(path: name))
                    }
                }
                let before = server.asked.count
                let summary = try await PhotoFetch(links, to: place, options: options(server)).run()
                #expect(summary.pictures == ["x": 3, "y": 2])
                #expect(try pictures(in: place) == wanted)
                #expect(
                    Set(server.asked.dropFirst(before).map { "http://\($0.host)\($0.path)" }).isDisjoint(with: settled))
                #expect(server.asked.count - before == 6 - settled.count)
                #expect(try FileManager.default.contentsOfDirectory(atPath: parts.path).isEmpty)
                for path in wanted where path != "sources.tsv" {
                    #expect(
                        try Data(contentsOf: place.appending(path: path))
                            == Data(contentsOf: whole.appending(path: path)))
                }
                try FileManager.default.removeItem(at: place)
            }
        }
        try await server.stop()
    }

    @Test func whatAPersonRemovedStaysAway() async throws {
        let server = try await PlayServer { asked in .reply(200, [:], (try? jpeg(asked.path.count)) ?? []) }
        let links = try list([("http://a/1", "x"), ("http://a/22", "x")])
        try await withTemporaryFolder { folder in
            _ = try await PhotoFetch(links, to: folder, options: options(server)).run()
            let first = try pictures(in: folder)[1]
            try FileManager.default.removeItem(at: folder.appending(path: first))
            _ = try await PhotoFetch(links, to: folder, options: options(server)).run()
            #expect(server.asked.count == 2)
            #expect(try !pictures(in: folder).contains(first))
        }
        try await server.stop()
    }

    @Test func brokenLinksAreAskedAgainIfWanted() async throws {
        let picture = try jpeg(1)
        let server = try await PlayServer { asked in asked.number == 0 ? .reply(404) : .reply(200, [:], picture) }
        let links = try list([("http://a/1", "x")])
        try await withTemporaryFolder { folder in
            var options = options(server)
            let first = try await PhotoFetch(links, to: folder, options: options).run()
            #expect(first.broken == [.missing: 1])
            options.asksBrokenAgain = true
            let second = try await PhotoFetch(links, to: folder, options: options).run()
            #expect(second.pictures == ["x": 1])
        }
        try await server.stop()
    }

    /// The table may come with somebody else's folder, so its lines are not believed where they lead elsewhere.
    @Test(arguments: [
        "../outside.jpg", "/outside.jpg", "x/../../outside.jpg", "y/a.jpg", "x/.hidden", "x/a/b.jpg", "", "x",
    ])
    func pathsOfTheTableStayInside(path: String) async throws {
        let server = try await PlayServer { _ in .reply(404) }
        try await withTemporaryFolder { folder in
            let links = try list([("http://a/1", "x")])
            _ = try await PhotoFetch(links, to: folder, options: options(server)).run()
            let table = folder.appending(path: "sources.tsv")
            let text = try String(contentsOf: table, encoding: .utf8)
            let hostile = text.replacing("\n\tx\thttp://a/1", with: "\n\(path)\tx\thttp://a/1").replacing(
                "\tmissing\t", with: "\tfetched\t")
            try Data(hostile.utf8).write(to: table)
            await #expect(throws: FetchError.foreignLine(path: table.path.replacing("/private/", with: "/"), line: 2)) {
                try await PhotoFetch(links, to: folder, options: options(server)).run()
            }
        }
        try await server.stop()
    }

    @Test func oneRunAtATime() async throws {
        let picture = try jpeg(1)
        // Long enough for the second to begin while the first waits, also where the machine has much else to do.
        let server = try await PlayServer(milliseconds: 3000) { _ in .reply(200, [:], picture) }
        let links = try list([("http://a/1", "x")])
        try await withTemporaryFolder { folder in
            let options = options(server)
            async let first = PhotoFetch(links, to: folder, options: options).run()
            for _ in 0..<10_000 where server.asked.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            await #expect(throws: FetchError.busy(path: folder.relativePath)) {
                try await PhotoFetch(links, to: folder, options: options).run()
            }
            let summary = try await first
            #expect(summary.fetched == 1)
        }
        try await server.stop()
    }
}
