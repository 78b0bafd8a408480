// Whose turn it is: many hosts at once, few requests at each.

/// Items that wait for their host.
///
/// Hosts take turns, so that a list sorted by host is spread over all of them.
package struct HostQueue<Item> {
    package typealias Instant = ContinuousClock.Instant

    private struct Host {
        var waiting: [(item: Item, ready: Instant?)] = []
        var running = 0
        var heldUntil: Instant?
    }

    private let perHost: Int
    private var hosts: [String: Host] = [:]
    /// Hosts that have something to wait for, in the order of their turns.
    private var turns: [String] = []
    private var turn = 0
    /// How many wait.
    package private(set) var count = 0

    /// Makes an empty queue; at most `perHost` items of a host run at once.
    package init(perHost: Int) { self.perHost = perHost }

    /// Puts an item at the end, not to be taken before `ready`.
    package mutating func add(_ item: Item, host: String, ready: Instant? = nil) {
        if hosts[host, default: Host()].waiting.isEmpty { turns.append(host) }
        hosts[host, default: Host()].waiting.append((item, ready))
        count += 1
    }

    /// The next item whose host has room; it counts as running until `finish`.
    package mutating func next(now: Instant) -> Item? {
        for step in turns.indices {
            let place = (turn + step) % turns.count
            let name = turns[place]
            guard var host = hosts[name], host.running < perHost, host.heldUntil.map({ $0 <= now }) ?? true,
                let index = host.waiting.firstIndex(where: { $0.ready.map { $0 <= now } ?? true })
            else { continue }
            let item = host.waiting.remove(at: index).item
            host.running += 1
            hosts[name] = host
            count -= 1
            if host.waiting.isEmpty {
                turns.remove(at: place)
                turn = place
            } else {
                turn = place + 1
            }
            return item
        }
        return nil
    }

    /// An item of the host is done with.
    package mutating func finish(host: String) {
        hosts[host]?.running -= 1
        if let left = hosts[host], left.running == 0, left.waiting.isEmpty, left.heldUntil == nil { hosts[host] = nil }
    }

    /// Leaves a host alone for a while.
    package mutating func hold(host: String, until: Instant) {
        let old = hosts[host, default: Host()].heldUntil
        hosts[host, default: Host()].heldUntil = max(old ?? until, until)
    }

    /// Takes away what waits for a host and is concerned.
    package mutating func removeAll(host: String, where isConcerned: (Item) -> Bool) -> [Item] {
        guard let waiting = hosts[host]?.waiting, !waiting.isEmpty else { return [] }
        let items = waiting.map(\.item).filter(isConcerned)
        hosts[host]?.waiting = waiting.filter { !isConcerned($0.item) }
        if items.count == waiting.count { turns.removeAll { $0 == host } }
        count -= items.count
        return items
    }

    /// When the next item becomes ready that now waits for nothing but time.
    package func nextReady(now: Instant) -> Instant? {
        turns.compactMap { name -> Instant? in
            guard let host = hosts[name], host.running < perHost else { return nil }
            let first = host.waiting.map { $0.ready ?? now }.min() ?? now
            return max(first, host.heldUntil ?? now)
        }.filter { $0 > now }.min()
    }
}
