// Many questions to an image search, and the list of links that comes of them.

import Datasets
public import Foundation

/// Asks a service many questions.
public struct PictureSearch: Sendable {
    /// The service.
    public var service: ImageSearch
    /// How many pictures of each question are taken, from the first on.
    public var top = 50
    /// How often a question is asked again when the service is busy.
    public var retries = 5
    /// The longest pause that the service may ask for.
    public var longestPause = Duration.seconds(300)
    /// Which machines may be asked.
    public var policy = AddressPolicy()
    /// Who looks up names.
    public var resolver = Resolver.system
    /// How the client presents itself.
    public var agent = "ocelot"

    /// Prepares a search.
    public init(_ service: ImageSearch) { self.service = service }

    /// Asks all questions, one after another, and tells of each when it is answered.
    ///
    /// A picture that several questions find counts for the first of them.
    public func run(
        _ queries: [SearchQuery], report: (_ query: SearchQuery, _ hits: Int) -> Void = { _, _ in }
    ) async throws -> SearchResult {
        var limits = WebLimits()
        limits.bytes = 4_000_000
        let client = WebClient(policy: policy, resolver: resolver, limits: limits, agent: agent)
        var result = SearchResult()
        do {
            for query in queries {
                let hits = try await ask(query.text, client, isFirst: query == queries.first)
                result.add(hits, query)
                report(query, hits.count)
            }
        } catch {
            await client.close()
            throw error
        }
        await client.close()
        return result
    }

    private func ask(_ query: String, _ client: WebClient, isFirst: Bool) async throws -> [SearchHit] {
        var hits: [SearchHit] = []
        var number = 1
        while hits.count < top {
            if !(isFirst && number == 1) { try await Task.sleep(for: service.pause) }
            let page = try await self.page(number, of: query, client)
            hits += page.hits
            guard page.hasMore else { break }
            number += 1
        }
        return Array(hits.prefix(top))
    }

    private func page(_ number: Int, of query: String, _ client: WebClient) async throws -> ImageSearch.Page {
        var address = try service.address(query, number)
        var attempts = 0
        var redirects = 0
        while true {
            switch await client.get(address, accept: "application/json") {
            case .body(let bytes):
                do { return try service.read(bytes) } catch {
                    throw SearchError(address: "\(address)", query: query, reason: "its answer is not understood")
                }
            case .redirect(let target):
                redirects += 1
                guard redirects <= 3 else {
                    throw SearchError(address: "\(address)", query: query, reason: "it redirects without end")
                }
                address = try address.resolving(target)
            case .failure(let failure):
                let pause = failure.retryAfter ?? .seconds(1 << min(attempts, 6))
                guard failure.kind.isRetried, attempts < retries, pause <= longestPause else {
                    throw SearchError(address: "\(address)", query: query, reason: failure.reason)
                }
                attempts += 1
                try await Task.sleep(for: pause)
            }
        }
    }
}

/// What a search found.
public struct SearchResult: Hashable, Sendable {
    /// A link for each picture, in the order in which they were found.
    public private(set) var links: [Link] = []
    /// How many pictures were found again by other questions of the same class.
    public private(set) var repeated = 0
    /// Pictures that questions of two classes found.
    public private(set) var twoLabels: [FetchSummary.TwoLabels] = []
    private var places: [String: Int] = [:]

    mutating func add(_ hits: [SearchHit], _ query: SearchQuery) {
        for hit in hits {
            var link = Link(hit.url, label: query.label, line: links.count + 2)
            link.credit = hit.credit
            if let place = places[link.key] {
                if links[place].label == query.label {
                    repeated += 1
                } else {
                    twoLabels.append(.init(url: link.key, labels: [links[place].label, query.label]))
                }
            } else {
                places[link.key] = links.count
                links.append(link)
            }
        }
    }

    /// The file that `LinkList` reads, with what is known of each picture's maker.
    public var table: Data {
        let header = ["url", "label", "licence", "licence_url", "creator", "page", "title"]
        let rows = links.map { link in
            [
                link.text, link.label, link.credit.licence, link.credit.licenceURL, link.credit.creator,
                link.credit.page,
                link.credit.title,
            ]
        }
        return Data(
            ([header] + rows).map { DelimitedTable.line($0.map(oneLine), separator: UInt8(ascii: "\t")) }.joined().utf8)
    }
}

/// A search that got no answer.
public struct SearchError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was asked for.
    public let address: String
    /// The question.
    public let query: String
    /// What happened.
    public let reason: String

    /// What happened, where, and what to do.
    public var description: String {
        "The search for '\(printable(query))' got no answer from \(address): \(reason). Try again later, with fewer "
            + "questions, or name another service with --endpoint."
    }
}
