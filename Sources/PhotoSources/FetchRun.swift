// One run: who is asked next, what is asked again, and which of two equal pictures stays.

import Datasets
import Foundation

/// A run of `PhotoFetch`.
///
/// All of its state is changed by one task; others ask, check and shrink.
final class FetchRun {
    let client: WebClient
    private let options: PhotoFetch.Options
    private let workshop: Workshop
    private let folder: PhotoFolder
    private var queue: HostQueue<Job>
    /// The first line of each link.
    private let links: [Link]
    private var summary: FetchSummary
    /// Where a link first stands in the list; those of other lists come before all.
    private var positions: [String: Int] = [:]
    /// The links that have a picture, by what the server sent.
    private var owners: [ContentHash: String] = [:]
    /// Hosts and ports that took no connection from a link, however often it tried.
    private var lost: [String: LinkFailure] = [:]
    private var total = 0
    private let start = ContinuousClock.now

    /// A link on its way.
    private struct Job: Sendable {
        let index: Int
        let key: String
        /// What is asked next: the link itself, or where it was redirected to.
        var address: WebAddress
        let name: WebAddress
        var redirects = 0
        var attempts = 0
        var generator: SeededGenerator

        var host: String { address.host }
        /// The host's service, which another port may do without.
        var service: String { "\(address.host):\(address.port)" }
    }

    private enum Outcome: Sendable {
        /// A picture that lies among the parts, under this name.
        case picture(ReceivedPicture.Summary, name: String)
        case redirect(String)
        case failure(LinkFailure)
    }

    private enum Event: Sendable {
        case answered(Job, Result<Outcome, any Error>)
        case woken
    }

    init(_ fetch: PhotoFetch) throws {
        options = fetch.options
        workshop = Workshop(threads: options.threads)
        folder = try PhotoFolder(fetch.folder)
        client = WebClient(
            policy: options.policy, resolver: options.resolver, limits: options.limits, agent: options.agent)
        queue = HostQueue(perHost: max(1, options.perHost))
        summary = FetchSummary(lines: fetch.list.links.count)
        var links: [Link] = []
        for link in fetch.list.links {
            if let first = positions[link.key] {
                summary.repeated += 1
                if links[first].label != link.label {
                    summary.twoLabels.append(.init(url: link.key, labels: [links[first].label, link.label]))
                }
            } else {
                positions[link.key] = links.count
                links.append(link)
            }
        }
        self.links = links
    }

    /// What the folder holds of the list in the end.
    func finish() throws -> FetchSummary {
        summary.seconds = start.duration(to: .now) / .seconds(1)
        for link in links {
            guard let source = folder.sources[link.key] else { continue }
            switch source.status {
            case .fetched: summary.pictures[source.label, default: 0] += 1
            case .duplicate: summary.duplicates += 1
            case .broken(let kind): summary.broken[kind, default: 0] += 1
            }
        }
        return summary
    }

    // MARK: The loop

    func fetch(_ report: (FetchProgress) -> Void) async throws {
        try prepare(report)
        let jobs = max(1, options.jobs)
        try await withThrowingTaskGroup(of: Event.self) { group in
            defer { group.cancelAll() }
            var running = 0
            var isTimed = false
            while running > 0 || queue.count > 0 {
                if options.isStopRequested() { throw FetchError.stopped(left: running + queue.count) }
                while running < jobs, let job = queue.next(now: .now) {
                    running += 1
                    group.addTask { [self = Asker(self)] in .answered(job, await self.ask(job)) }
                }
                // Something waits for time only; and a request to stop is noticed within half a second.
                if !isTimed {
                    isTimed = true
                    let ready = queue.nextReady(now: .now) ?? .now + .milliseconds(500)
                    group.addTask {
                        try? await Task.sleep(until: min(ready, .now + .milliseconds(500)), clock: .continuous)
                        return .woken
                    }
                }
                switch try await group.next() {
                case .answered(let job, let result):
                    running -= 1
                    queue.finish(host: job.host)
                    try take(job, try result.get(), report)
                case .woken, nil: isTimed = false
                }
            }
        }
        // One dead host is a broken link; that not one of several can be found says something of this machine.
        let isAlone = lost.values.contains(where: \.isLocal) || lost.count >= 5
        if isAlone, summary.reached == 0, let reason = lost.sorted(by: { $0.key < $1.key }).first?.value.reason {
            throw FetchError.noNetwork(links: summary.asked, reason: reason)
        }
    }

    /// Puts what is to be asked into the queue.
    private func prepare(_ report: (FetchProgress) -> Void) throws {
        for (key, source) in folder.sources.sorted(by: { position($0.key) < position($1.key) })
        where source.status == .fetched {
            try keep(source, key: key)
        }
        var waiting: [(Int, Result<WebAddress, LinkFailure>)] = []
        for (index, link) in links.enumerated() {
            let source = folder.sources[link.key]
            if let source, source.status == .fetched, source.label != link.label {
                summary.twoLabels.append(.init(url: link.key, labels: [source.label, link.label]))
            }
            switch source?.status {
            case .fetched, .duplicate:
                summary.known += 1
                continue
            case .broken(let kind) where !options.asksBrokenAgain && !kind.isPassing:
                summary.known += 1
                continue
            case .broken, nil: waiting.append((index, link.address))
            }
        }
        total = waiting.count
        for (index, address) in waiting {
            switch address {
            case .success(let address):
                let key = links[index].key
                let lot = ContentHash(of: Data(key.utf8)).description.prefix(16)
                queue.add(
                    Job(
                        index: index, key: key, address: address, name: address,
                        generator: SeededGenerator(seed: options.seed, stream: UInt64(lot, radix: 16) ?? 0)),
                    host: address.host)
            case .failure(let failure): try settle(broken(index, failure), index, report)
            }
        }
    }

    // MARK: Asking

    /// What a task that asks needs; none of it changes.
    private struct Asker: Sendable {
        let client: WebClient
        let workshop: Workshop
        let options: PhotoFetch.Options
        let parts: String

        init(_ run: FetchRun) {
            (client, workshop, options, parts) = (run.client, run.workshop, run.options, run.folder.part(""))
        }

        func ask(_ job: Job) async -> Result<Outcome, any Error> {
            let answer = await client.get(
                job.address, accept: "image/jpeg,image/png,image/webp,image/gif,image/*;q=0.8,*/*;q=0.1",
                check: ReceivedPicture.reasonAgainst)
            switch answer {
            case .failure(let failure): return .success(.failure(failure))
            case .redirect(let target): return .success(.redirect(target))
            case .body(let bytes):
                do {
                    return .success(
                        try await workshop.run {
                            let picture = try ReceivedPicture(bytes, maxSide: options.maxSide, limits: options.decoding)
                            let name = pictureName(for: job.name, fileExtension: picture.fileExtension)
                            try writePart(picture.bytes, to: parts + name)
                            return .picture(picture.summary, name: name)
                        })
                } catch let failure as LinkFailure {
                    return .success(.failure(failure))
                } catch {
                    return .failure(error)
                }
            }
        }
    }

    // MARK: Answers

    private func take(_ job: Job, _ outcome: Outcome, _ report: (FetchProgress) -> Void) throws {
        switch outcome {
        case .picture(let picture, let name): try settle(source(of: job, picture, name), job.index, report)
        case .redirect(let target):
            do throws(LinkFailure) {
                guard job.redirects < options.redirects else {
                    throw LinkFailure(.redirects, "it is redirected more than \(options.redirects) times")
                }
                var next = job
                next.redirects += 1
                next.address = try job.address.resolving(target)
                if let failure = lost[next.service] { throw failure }
                queue.add(next, host: next.host)
            } catch {
                try settle(broken(job.index, error, job.address), job.index, report)
            }
        case .failure(let failure): try take(job, failure, report)
        }
    }

    private func take(_ job: Job, _ failure: LinkFailure, _ report: (FetchProgress) -> Void) throws {
        let asks = failure.retryAfter ?? .zero
        if failure.kind.isRetried, job.attempts < options.retries, asks <= options.longestPause,
            lost[job.service] == nil
        {
            var again = job
            let pause = options.pause * (1 << job.attempts) * (0.5 + again.generator.unit())
            again.attempts += 1
            if asks > .zero { queue.hold(host: job.host, until: .now + asks) }
            queue.add(again, host: job.host, ready: .now + pause)
            return
        }
        try settle(broken(job.index, failure, job.address), job.index, report)
        guard failure.kind.concernsHost, lost[job.service] == nil else { return }
        lost[job.service] = failure
        for other in queue.removeAll(host: job.host, where: { $0.service == job.service }) {
            try settle(broken(other.index, failure, other.address), other.index, report)
        }
    }

    private func source(of job: Job, _ picture: ReceivedPicture.Summary, _ name: String) -> Source {
        let link = links[job.index]
        return Source(
            path: "\(link.label)/\(name)", label: link.label, url: link.key, finalURL: job.address.description,
            status: .fetched, credit: link.credit, received: picture.received, written: picture.written,
            bytes: picture.count)
    }

    private func broken(_ index: Int, _ failure: LinkFailure, _ address: WebAddress? = nil) -> Source {
        let link = links[index]
        return Source(
            label: link.label, url: link.key, finalURL: address?.description ?? "", status: .broken(failure.kind),
            reason: failure.reason, credit: link.credit)
    }

    /// Notes what became of a link.
    private func settle(_ source: Source, _ index: Int, _ report: (FetchProgress) -> Void) throws {
        let key = links[index].key
        var source = source
        source.time = options.now().formatted(.iso8601)
        summary.asked += 1
        switch source.status {
        case .broken(let kind) where kind.concernsHost || kind == .badAddress || kind == .privateAddress: break
        case .fetched, .duplicate, .broken: summary.reached += 1
        }
        if source.status == .fetched {
            summary.bytes += source.bytes
            if let other = owner(of: source), position(other.key) < index {
                unlink(folder.part(String(source.path.dropFirst(source.label.count + 1))))
                source = duplicate(source, of: other.source)
                try folder.settle(source, key: key)
            } else {
                summary.fetched += 1
                try folder.settle(source, key: key)
                try keep(source, key: key)
            }
        } else {
            try folder.settle(source, key: key)
        }
        report(FetchProgress(source: source, done: summary.asked, total: total))
        guard summary.bytes < options.totalBytes || summary.asked == total else {
            throw FetchError.full(bytes: options.totalBytes, left: total - summary.asked)
        }
    }

    // MARK: Equal pictures

    /// The other link that has the same bytes.
    private func owner(of source: Source) -> (key: String, source: Source)? {
        guard let received = source.received, let key = owners[received], let other = folder.sources[key] else {
            return nil
        }
        return (key, other)
    }

    /// Of links that bring the same bytes, the first in the list has the picture, whichever came first.
    private func keep(_ source: Source, key: String) throws {
        guard let received = source.received else { return }
        guard let other = owner(of: source), other.key != key else {
            owners[received] = key
            return
        }
        if position(other.key) < position(key) {
            try folder.withdraw(source, key: key, reason: duplicate(source, of: other.source).reason)
        } else {
            let reason = duplicate(other.source, of: source).reason
            try folder.withdraw(other.source, key: other.key, reason: reason)
            owners[received] = key
        }
    }

    private func duplicate(_ source: Source, of other: Source) -> Source {
        var source = source
        source.reason = "the same bytes as \(other.path)"
        if other.label != source.label {
            source.reason += ", which has another label"
            summary.twoLabels.append(.init(url: source.url, labels: [other.label, source.label]))
        }
        (source.path, source.status, source.written, source.bytes) = ("", .duplicate, nil, 0)
        return source
    }

    private func position(_ key: String) -> Int { positions[key] ?? -1 }
}
