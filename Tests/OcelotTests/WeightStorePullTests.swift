// Downloads that go well, break off, lie, and lead elsewhere.
import Foundation
import Networks
import Ocelot
import Synchronization
import TestSupport
import Testing
import WeightFiles

@Suite struct WeightStorePullTests {
    let withoutNetwork = """
        Without a network: fetch the file on another machine and run 'ocelot weights import \(published.file) --as \
        resnet20-cifar', or set OCELOT_WEIGHTS_MIRROR to a folder or an address that has it.
        """

    /// A server that knows ranges and whose file has the tag "1".
    static func reply(_ request: Request) -> Reply {
        guard request.path == "/" + published.file else { return Reply(status: 404) }
        var headers = ["ETag": "\"1\""]
        guard let range = request.headers["range"], request.headers["if-range"] == "\"1\"",
            let first = Int(range.dropFirst("bytes=".count).dropLast())
        else { return Reply(headers: headers, body: file) }
        headers["Content-Range"] = "bytes \(first)-\(file.count - 1)/\(file.count)"
        return Reply(status: 206, headers: headers, body: file[first...])
    }

    /// The first byte that a request asks for.
    private func first(of request: Request) -> Int {
        request.headers["range"].flatMap { Int($0.dropFirst("bytes=".count).dropLast()) } ?? 0
    }

    @Test func fetchesAndKeeps() async throws {
        let server = try LocalServer { request, _ in Self.reply(request) }
        defer { server.stop() }
        try await withTemporaryFolder { folder in
            let store = store(folder, mirror: server.address)
            #expect(store.file(for: .resNet20CIFAR) == nil)
            var seen: [(Int, Int?)] = []
            let kept = try await store.pull("small") { seen.append(($0, $1)) }
            #expect(seen.first?.0 == 0)
            #expect(seen.last?.0 == file.count)
            #expect(seen.allSatisfy { $0.1 == file.count })

            let weights = try Weights.read(kept)
            #expect(weights.names == (try Weights(file: file)).names)
            #expect(weights.metadata["sha256"] == sha256(file))
            #expect(weights.metadata["source"] == "http://127.0.0.1:9/\(published.file)")
            #expect(weights.metadata["licence"] == "CC0")
            #expect(weights.metadata["padding"] == "torchvision")
            #expect(store.file(for: .resNet20CIFAR) == kept)
            #expect(try names(in: folder) == ["small.json", "small.safetensors"])
            #expect(try store.verify() == [WeightStore.Verification(name: "small", isIntact: true)])
            // What is kept is not fetched again, and is the same bytes when it is.
            let bytes = try Data(contentsOf: kept)
            let requests = server.requests.count
            try await store.pull("small")
            #expect(server.requests.count == requests)
            try FileManager.default.removeItem(at: kept)
            try await store.pull("small")
            #expect(try Data(contentsOf: kept) == bytes)
        }
    }

    @Test func goesOnWhereItBrokeOff() async throws {
        let server = try LocalServer { request, number in
            var reply = Self.reply(request)
            if number < 4 { reply.cutAfter = 200_000 }
            return reply
        }
        defer { server.stop() }
        try await withTemporaryFolder { folder in
            // Four cuts are more than may be fruitless; these are not.
            let kept = try await store(folder, mirror: server.address).pull("small")
            #expect(try Weights.read(kept).names == (try Weights(file: file)).names)
            // Up to what had arrived when the connection broke, which may be less than was sent.
            let starts = server.requests.map { first(of: $0) }
            #expect(starts.count == 5)
            for (n, pair) in zip(starts, starts.dropFirst()).enumerated() {
                #expect(pair.0 < pair.1)
                #expect(pair.1 <= 200_000 * (n + 1))
            }
        }
    }

    @Test func goesOnInALaterCall() async throws {
        try await withTemporaryFolder { folder in
            let first = try LocalServer { request, number in
                var reply = Self.reply(request)
                reply.cutAfter = number == 0 ? 300_000 : 0
                return reply
            }
            let text = await sentence { try await store(folder, mirror: first.address).pull("small") }
            first.stop()
            #expect(
                text == "\(published.file) could not be fetched from \(first.address): the connection broke off. "
                    + withoutNetwork)
            let second = try LocalServer { request, _ in Self.reply(request) }
            defer { second.stop() }
            var starts: [Int] = []
            try await store(folder, mirror: second.address).pull("small") { done, _ in starts.append(done) }
            #expect(starts.first == second.requests.first.map { self.first(of: $0) })
            #expect((1...300_000).contains(starts.first ?? 0))
        }
    }

    // The file on the server changed: it answers with all of the new one, and nothing of the old stays.
    @Test func beginsAnewWhenTheFileChanged() async throws {
        let server = try LocalServer { request, number in
            guard number == 0 else {
                var reply = Self.reply(request)
                reply.headers["ETag"] = "\"2\""
                return request.headers["if-range"] == "\"2\"" ? reply : Reply(headers: ["ETag": "\"2\""], body: file)
            }
            return Reply(headers: ["ETag": "\"0\""], body: Data(count: file.count), cutAfter: 500_000)
        }
        defer { server.stop() }
        try await withTemporaryFolder { folder in
            try await store(folder, mirror: server.address).pull("small")
            #expect(server.requests.map { $0.headers["if-range"] } == [nil, "\"0\""])
        }
    }

    // A server that sends another part than it was asked for is asked for the whole.
    @Test func beginsAnewWhenThePartIsAnother() async throws {
        let server = try LocalServer { request, number in
            var reply = Self.reply(request)
            if number == 0 { reply.cutAfter = 500_000 }
            if number == 1 { reply.headers["Content-Range"] = "bytes 5-\(file.count)/\(file.count)" }
            if number == 2 { return Reply(headers: ["ETag": "\"1\""], body: file, cutAfter: 500_000) }
            return number == 3 ? Reply(status: 416) : reply
        }
        defer { server.stop() }
        try await withTemporaryFolder { folder in
            try await store(folder, mirror: server.address).pull("small")
            #expect(server.requests.map { first(of: $0) > 0 } == [false, true, false, true, false])
        }
    }

    @Test func refusesAnotherFile() async throws {
        let server = try LocalServer { _, _ in Reply(headers: ["ETag": "\"1\""], body: Data("other".utf8)) }
        defer { server.stop() }
        try await withTemporaryFolder { folder in
            // SHA-256 of "other" by sha256sum: d9298a10…
            #expect(
                await sentence { try await store(folder, mirror: server.address).pull("small") } == """
                    \(published.file) from \(server.address) is not the file that was published: its SHA-256 begins with \
                    d9298a10, not with \(sha256(file).prefix(8)). It was not kept. Try again; if it happens again, do \
                    not trust that source.
                    """)
            let left = try names(in: folder)
            #expect(left.isEmpty)
        }
    }

    // The digest is right and the contents are none of the network's: the catalogue would have to be wrong.
    @Test func refusesWeightsOfAnotherNetwork() async throws {
        let server = try LocalServer { request, _ in Self.reply(request) }
        defer { server.stop() }
        try await withTemporaryFolder { folder in
            var other = published
            other.backbone = .resNet32CIFAR
            let text = await sentence { try await store(folder, mirror: server.address, [other]).pull("small") }
            #expect(text.hasPrefix("The weights are not those of resnet32-cifar."))
            #expect(text.hasSuffix("They fit resnet20-cifar."))
            let left = try names(in: folder)
            #expect(left.isEmpty)
        }
    }

    @Test func saysWhatTheServerAnswered() async throws {
        let server = try LocalServer { _, _ in Reply(status: 404) }
        defer { server.stop() }
        try await withTemporaryFolder { folder in
            #expect(
                await sentence { try await store(folder, mirror: server.address).pull("small") }
                    == "\(published.file) could not be fetched: \(server.address) answered with status 404. "
                    + withoutNetwork)
            #expect(server.requests.count == 1)
        }
    }

    @Test func triesAgainWhenTheServerIsBusy() async throws {
        let server = try LocalServer { request, number in number < 2 ? Reply(status: 503) : Self.reply(request) }
        defer { server.stop() }
        try await withTemporaryFolder { folder in
            try await store(folder, mirror: server.address).pull("small")
            #expect(server.requests.count == 3)
        }
    }

    @Test func saysThatThereIsNoServer() async throws {
        try await withTemporaryFolder { folder in
            // Port 9 is that of a service which nobody runs any more.
            let closed = await sentence { try await store(folder, mirror: "http://127.0.0.1:9").pull("small") }
            // In between stands the reason, in the words of whichever layer noticed first.
            #expect(closed.hasPrefix("\(published.file) could not be fetched from http://127.0.0.1:9/: "))
            #expect(closed.hasSuffix(withoutNetwork))
            // RFC 2606 keeps the domain .invalid free of hosts.
            let missing = "http://no-such-host.invalid"
            let nowhere = await sentence { try await store(folder, mirror: missing).pull("small") }
            #expect(nowhere.hasPrefix("\(published.file) could not be fetched from http://no-such-host.invalid/: "))
            #expect(nowhere.hasSuffix(withoutNetwork))
        }
    }

    @Test func followsARedirect() async throws {
        let target = try LocalServer { request, _ in Self.reply(request) }
        defer { target.stop() }
        let server = try LocalServer { request, _ in
            Reply(status: 302, headers: ["Location": target.address + request.path.dropFirst()])
        }
        defer { server.stop() }
        try await withTemporaryFolder { folder in
            try await store(folder, mirror: server.address).pull("small")
            #expect(target.requests.count == 1)
        }
    }

    @Test func doesNotGoInCircles() async throws {
        let server = try LocalServer { _, number in Reply(status: 302, headers: ["Location": "/\(number)"]) }
        defer { server.stop() }
        try await withTemporaryFolder { folder in
            let text = await sentence { try await store(folder, mirror: server.address).pull("small") }
            #expect(text.hasPrefix("\(published.file) could not be fetched from \(server.address): "))
            #expect(server.requests.count <= 18)
        }
    }

    @Test func takesFromAMirrorFolder() async throws {
        try await withTemporaryFolder { folder in
            let mirror = folder.appending(path: "mirror")
            try FileManager.default.createDirectory(at: mirror, withIntermediateDirectories: true)
            let kept = folder.appending(path: "kept")
            #expect(
                await sentence { try await store(kept, mirror: mirror.path).pull("small") } == """
                    The mirror \(mirror.path) (OCELOT_WEIGHTS_MIRROR) has no \(published.file). Put it there, or unset \
                    OCELOT_WEIGHTS_MIRROR.
                    """)
            try file.write(to: mirror.appending(path: published.file))
            try await store(kept, mirror: mirror.path).pull("small")
            #expect(try names(in: kept) == ["small.json", "small.safetensors"])
            // A mirror is only read.
            #expect(try names(in: mirror) == [published.file])
        }
    }

    // Eight calls at once: one fetches, the others wait for it.
    @Test func fetchesOnceForAll() async throws {
        let server = try LocalServer { request, _ in Self.reply(request) }
        defer { server.stop() }
        try await withTemporaryFolder { folder in
            let store = store(folder, mirror: server.address)
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 { group.addTask { _ = try await store.pull("small") } }
                try await group.waitForAll()
            }
            #expect(server.requests.count == 1)
            #expect(try store.verify().map(\.isIntact) == [true])
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible)) func saysThatThereIsNoRoom() async throws {
        try await SmallDisk.with(kilobytes: 512) { disk in
            let text = await sentence { try await store(disk, mirror: "http://127.0.0.1:9").pull("small") }
            // Twice 1.1 MB, for the file that comes and the one that is kept.
            #expect(
                text == """
                    There is not enough room in \(disk.path): \(2 * file.count >> 20) MiB are needed and 0 MiB are free. \
                    Make room, or set OCELOT_CACHE to a folder on another disk.
                    """)
        }
    }

    @Test func usesTheProxyThatTheEnvironmentNames() throws {
        let far = "https://download.pytorch.org/models/"
        func proxy(_ address: String, _ environment: [String: String]) -> String? {
            Proxy(for: address, environment).map { "\($0.host):\($0.port)" }
        }
        #expect(proxy(far, [:]) == nil)
        #expect(proxy(far, ["https_proxy": "http://proxy.example:3128"]) == "proxy.example:3128")
        #expect(proxy(far, ["HTTPS_PROXY": "proxy.example:3128"]) == "proxy.example:3128")
        #expect(proxy(far, ["ALL_PROXY": "http://proxy.example"]) == "proxy.example:8080")
        #expect(proxy(far, ["http_proxy": "http://proxy.example:1"]) == nil)
        #expect(proxy("http://a.example/", ["http_proxy": "http://proxy.example:1"]) == "proxy.example:1")
        #expect(proxy("http://a.example/", ["HTTP_PROXY": "http://proxy.example:1"]) == nil)
        let all = ["https_proxy": "http://proxy.example:1", "no_proxy": "localhost, .pytorch.org"]
        #expect(proxy(far, all) == nil)
        #expect(proxy("https://pytorch.org.example/", all) == "proxy.example:1")
    }
}
