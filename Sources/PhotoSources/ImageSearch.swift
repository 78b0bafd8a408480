// Asking a service for pictures: one small interface, and Openverse as what is built in.
//
// Openverse (https://openverse.org) finds pictures under open licences and needs no key. Its API: GET /v1/images/?q=…,
// documented at https://api.openverse.org/v1/. Without a key it gives 20 pictures a page, 240 a question, and takes 20
// requests a minute and 200 a day.

import Foundation

/// A picture that a service found.
public struct SearchHit: Hashable, Sendable {
    /// Where the picture is.
    public var url: String
    /// Who made it, and under which licence.
    public var credit: Credit

    /// Makes a hit.
    public init(url: String, credit: Credit) { (self.url, self.credit) = (url, credit) }
}

/// A service that finds pictures.
public struct ImageSearch: Sendable {
    /// The hits of a page of answers, counted from 1.
    public struct Page: Sendable {
        /// In the service's order.
        public var hits: [SearchHit]
        /// Whether another page follows.
        public var hasMore: Bool

        /// Makes a page.
        public init(hits: [SearchHit], hasMore: Bool) { (self.hits, self.hasMore) = (hits, hasMore) }
    }

    /// The address of a page of a question's answers.
    let address: @Sendable (_ query: String, _ page: Int) throws -> WebAddress
    /// Reads what the service sends.
    let read: @Sendable (_ bytes: [UInt8]) throws -> Page
    /// The pause between two requests.
    let pause: Duration

    /// Describes a service by where it is asked and how it answers.
    public init(
        pause: Duration, address: @escaping @Sendable (_ query: String, _ page: Int) throws -> WebAddress,
        read: @escaping @Sendable (_ bytes: [UInt8]) throws -> Page
    ) {
        (self.pause, self.address, self.read) = (pause, address, read)
    }

    /// Openverse, or another server that speaks as it does.
    ///
    /// `licences` are codes such as "cc0" and "by-sa"; with none, all that Openverse knows.
    public static func openverse(
        endpoint: String = Openverse.endpoint, licences: [String] = [], pause: Duration = .seconds(3)
    ) -> ImageSearch {
        ImageSearch(
            pause: pause,
            address: { query, page in try Openverse.address(endpoint, query, page: page, licences: licences) },
            read: Openverse.read)
    }
}

/// How Openverse is asked and answers.
public enum Openverse {
    /// Where it is.
    public static let endpoint = "https://api.openverse.org/v1/images/"

    /// The codes of the licences that it knows.
    public static let licences = [
        "by", "by-nc", "by-nc-nd", "by-nc-sa", "by-nd", "by-sa", "cc0", "nc-sampling+", "pdm", "sampling+",
    ]

    /// As many as it gives without a key.
    static let pageSize = 20

    static func address(_ endpoint: String, _ query: String, page: Int, licences: [String]) throws -> WebAddress {
        var values = [("q", query), ("page_size", "\(pageSize)"), ("page", "\(page)")]
        if !licences.isEmpty { values.append(("license", licences.joined(separator: ","))) }
        let text = values.map { "\($0)=\(percentEncoded($1))" }.joined(separator: "&")
        return try WebAddress(endpoint + (endpoint.contains("?") ? "&" : "?") + text)
    }

    private struct Answer: Decodable {
        struct Picture: Decodable {
            var url: String?
            var title: String?
            var creator: String?
            var license: String?
            var license_version: String?
            var license_url: String?
            var foreign_landing_url: String?
        }

        var page_count: Int?
        var page: Int?
        var results: [Picture]
    }

    static func read(_ bytes: [UInt8]) throws -> ImageSearch.Page {
        let answer = try JSONDecoder().decode(Answer.self, from: Data(bytes))
        let hits = answer.results.compactMap { picture -> SearchHit? in
            guard let url = picture.url, !url.isEmpty else { return nil }
            var credit = Credit()
            credit.licence = licence(picture.license ?? "", picture.license_version ?? "")
            credit.licenceURL = picture.license_url ?? ""
            credit.creator = picture.creator ?? ""
            credit.page = picture.foreign_landing_url ?? ""
            credit.title = picture.title ?? ""
            return SearchHit(url: url, credit: credit)
        }
        let hasMore = (answer.page ?? 1) < (answer.page_count ?? 1)
        return ImageSearch.Page(hits: hits, hasMore: hasMore && !answer.results.isEmpty)
    }

    /// As people write it: "CC BY-SA 4.0", "CC0 1.0", "Public Domain Mark 1.0".
    private static func licence(_ code: String, _ version: String) -> String {
        let name =
            switch code.lowercased() {
            case "": ""
            case "cc0": "CC0"
            case "pdm": "Public Domain Mark"
            case let code: "CC \(code.uppercased())"
            }
        return name.isEmpty || version.isEmpty ? name : "\(name) \(version)"
    }

    private static func percentEncoded(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~,")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
