// The parts of a run by themselves: whose turn it is, how long a pause lasts, what a picture is called.

import Foundation
import PhotoSources
import Testing

@Suite struct PartTests {
    /// Whatever comes in whatever order: each item is taken once, no host has more than its share, and what is not ready
    /// waits.
    @Test(arguments: 0..<40) func everyItemHasItsTurn(seed: UInt64) {
        var lot = Lot(state: seed)
        let perHost = Int(lot.next() % 3) + 1
        var queue = HostQueue<Int>(perHost: perHost)
        let start = ContinuousClock.now
        let count = 60
        var (hosts, readiness): ([Int: String], [Int: Int]) = ([:], [:])
        var held: [String: Int] = [:]
        for item in 0..<count {
            let host = "h\(lot.next() % 5)"
            hosts[item] = host
            readiness[item] = lot.next() % 4 == 0 ? Int(lot.next() % 20) : 0
            queue.add(item, host: host, ready: readiness[item] == 0 ? nil : start + .seconds(readiness[item] ?? 0))
        }
        held["h0"] = 7
        queue.hold(host: "h0", until: start + .seconds(7))
        var running: [Int] = []
        var taken: Set<Int> = []
        var second = 0
        while taken.count < count || !running.isEmpty {
            let now = start + .seconds(second)
            if running.isEmpty || lot.next() % 2 == 0, let item = queue.next(now: now) {
                #expect(taken.insert(item).inserted)
                #expect((readiness[item] ?? 0) <= second)
                #expect((held[hosts[item] ?? ""] ?? 0) <= second)
                running.append(item)
                for host in Set(hosts.values) { #expect(running.count { hosts[$0] == host } <= perHost) }
            } else if !running.isEmpty {
                queue.finish(host: hosts[running.remove(at: Int(lot.next() % UInt64(running.count)))] ?? "")
            } else {
                // Nobody runs and nobody may: only time helps, and the queue says until when.
                guard let ready = queue.nextReady(now: now) else {
                    Issue.record("\(count - taken.count) items are lost")
                    return
                }
                second = Int(((ready - start) / .seconds(1)).rounded(.up))
            }
        }
        #expect(queue.count == 0)
        #expect(queue.next(now: start + .seconds(1000)) == nil)
    }

    @Test func hostsTakeTurns() {
        var queue = HostQueue<String>(perHost: 9)
        for item in ["a1", "a2", "a3", "b1", "b2", "c1"] { queue.add(item, host: String(item.prefix(1))) }
        var order: [String] = []
        while let item = queue.next(now: .now) { order.append(item) }
        #expect(order == ["a1", "b1", "c1", "a2", "b2", "a3"])
        queue.add("d1", host: "d")
        queue.add("d2", host: "d")
        #expect(queue.removeAll(host: "d") { $0 == "d2" } == ["d2"])
        #expect(queue.count == 1 && queue.next(now: .now) == "d1")
    }

    /// The date is RFC 9110's own example, 21 October 2015, 7:28:00: 1,445,412,480 seconds after 1970.
    @Test func retryAfter() {
        let now = Date(timeIntervalSince1970: 1_445_412_480 - 90)
        #expect(retryDelay("120", now: now) == .seconds(120))
        #expect(retryDelay(" 0 ", now: now) == .zero)
        #expect(retryDelay("Wed, 21 Oct 2015 07:28:00 GMT", now: now) == .seconds(90))
        #expect(retryDelay("Wed, 21 Oct 2015 07:28:00 GMT", now: now + 100) == .zero)
        for text in ["", "-1", "soon", "1e9"] { #expect(retryDelay(text, now: now) == nil) }
    }

    @Test func namesAreHarmless() throws {
        func name(_ url: String) throws -> String {
            let name = try pictureName(for: WebAddress(url), fileExtension: "jpg")
            #expect(name.utf8.count <= 61)
            return String(name.prefix { $0 != "." }.dropLast(17))
        }
        #expect(try name("http://a/b/il_570xN.379516279_ifsi.jpg") == "il_570xN")
        #expect(try name("http://a/") == "picture")
        #expect(try name("http://a/..%2f..%2fetc%2fpasswd") == "picture")
        #expect(try name("http://a/%2e%2e%5cx%00y.png?z=/q") == "x-y")
        #expect(try name("http://a/-rf%20~;$(id).jpg") == "rf-id")
        #expect(
            try name("http://a/\(String(repeating: "long", count: 50)).jpg") == String(repeating: "long", count: 10))
        // SHA-256 of "http://a/x", by coreutils' sha256sum: the first 16 digits.
        #expect(try pictureName(for: WebAddress("http://a/x"), fileExtension: "png") == "x-c1d78952d54b4441.png")
    }
}

/// SplitMix64 again, for a lot of the tests' own.
private struct Lot {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
