// Questions, and a server that answers as Openverse does.

import Foundation
import PhotoSources
import Synchronization
import TestSupport
import Testing

@Suite struct SearchTests {
    /// The seven things and three attributes of the founding documents.
    @Test func twentyOneQuestions() throws {
        let queries = SearchQuery.combining(
            items: ["blouse", "hoodie", "pullover", "sweater", "shirt", "t-shirt", "vest"],
            attributes: ["striped", "dotted", "leopard"])
        #expect(queries.count == 21)
        #expect(Set(queries.map(\.text)).count == 21)
        #expect(queries[0] == SearchQuery("blouse striped", label: "striped"))
        #expect(queries[20] == SearchQuery("vest leopard", label: "leopard"))
        let other = SearchQuery.combining(items: [" a", "b ", "a"], attributes: ["x", ""], order: .attributeFirst)
        #expect(other == [SearchQuery("x a", label: "x"), SearchQuery("x b", label: "x")])
    }

    @Test func questionsFromAFile() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "q.tsv")
            try Data("# mine\nvest dotted\tdotted\n\ncats\n".utf8).write(to: file)
            #expect(try SearchQuery.read(file) == [SearchQuery("vest dotted", label: "dotted"), SearchQuery("cats")])
            for text in ["", "a\tb\tc\n", "a\t..\n", "\tx\n"] {
                try Data(text.utf8).write(to: file)
                #expect(throws: QueryFileError.self) { try SearchQuery.read(file) }
            }
        }
    }

    /// A page as the API's documentation shows it, with fewer fields.
    private static func page(_ page: Int, of count: Int, _ pictures: [Int]) -> [UInt8] {
        let results = pictures.map { n in
            """
            {"id": "\(n)", "title": "Vest\\t\(n)", "url": "http://pictures.example/\(n).jpg", "creator": \(n == 2 ? "null" : "\"A\""),
             "license": "\(n == 2 ? "cc0" : "by-sa")", "license_version": "\(n == 2 ? "1.0" : "4.0")",
             "license_url": "https://licences.example/\(n)", "foreign_landing_url": "https://pages.example/\(n)", "tags": []}
            """
        }
        return Array(
            """
            {"result_count": 99, "page_count": \(count), "page_size": 20, "page": \(page), "results": [\(results.joined(separator: ","))]}
            """.utf8)
    }

    @Test func asksPagesAndKeepsLicences() async throws {
        let server = try await PlayServer { asked in
            switch (asked.path, asked.number) {
            case ("/v1/images/?q=vest%20dotted&page_size=20&page=1&license=by-sa,cc0", 0):
                .reply(429, ["Retry-After": "0"])
            case ("/v1/images/?q=vest%20dotted&page_size=20&page=1&license=by-sa,cc0", _):
                .reply(200, [:], Self.page(1, of: 2, [1, 2]))
            case ("/v1/images/?q=vest%20dotted&page_size=20&page=2&license=by-sa,cc0", _):
                .reply(200, [:], Self.page(2, of: 2, [3, 4]))
            case ("/v1/images/?q=a%26b%3D%23&page_size=20&page=1&license=by-sa,cc0", _):
                .reply(200, [:], Self.page(1, of: 1, [2, 5]))
            default: .reply(404)
            }
        }
        var search = PictureSearch(
            .openverse(
                endpoint: "http://127.0.0.1:\(server.port)/v1/images/", licences: ["by-sa", "cc0"], pause: .zero))
        search.policy.exceptions = [try #require(AddressPolicy.Exception("127.0.0.1"))]
        search.top = 3
        let told = Mutex<[Int]>([])
        let result = try await search.run([
            SearchQuery("vest dotted", label: "dotted"), SearchQuery("a&b=#", label: "x"),
        ]) {
            _, hits in told.withLock { $0.append(hits) }
        }
        #expect(told.withLock { $0 } == [3, 2])
        #expect(result.links.map(\.text) == [1, 2, 3, 5].map { "http://pictures.example/\($0).jpg" })
        #expect(result.links.map(\.label) == ["dotted", "dotted", "dotted", "x"])
        #expect(result.twoLabels.map(\.labels) == [["dotted", "x"]])
        #expect(server.asked.count == 4)

        // The list can be read again, with everything that is known of each picture's maker.
        let list = try LinkList(Array(result.table))
        #expect(list.links.map(\.text) == result.links.map(\.text))
        let credit = list.links[1].credit
        #expect((credit.licence, credit.licenceURL) == ("CC0 1.0", "https://licences.example/2"))
        #expect((credit.creator, credit.page, credit.title) == ("", "https://pages.example/2", "Vest 2"))
        #expect(list.links[0].credit.licence == "CC BY-SA 4.0")
        try await server.stop()

        // And fetching keeps it.
        let picture = try jpeg(1)
        let pictures = try await PlayServer { asked in asked.path == "/2.jpg" ? .reply(200, [:], picture) : .reply(404)
        }
        try await withTemporaryFolder { folder in
            _ = try await PhotoFetch(list, to: folder, options: options(pictures)).run()
            let row = try #require(try sources(in: folder).first { $0["status"] == "fetched" })
            #expect(row["licence"] == "CC0 1.0" && row["page"] == "https://pages.example/2" && row["title"] == "Vest 2")
        }
        try await pictures.stop()
    }

    @Test func saysWhyThereIsNoAnswer() async throws {
        let server = try await PlayServer { asked in
            switch asked.path.contains("q=nonsense") {
            case true: .reply(200, [:], Array("[]".utf8))
            case false: .reply(401)
            }
        }
        let endpoint = "http://127.0.0.1:\(server.port)/"
        var search = PictureSearch(.openverse(endpoint: endpoint, pause: .zero))
        search.policy.exceptions = [try #require(AddressPolicy.Exception("127.0.0.1"))]
        for (query, reason) in [("nonsense", "its answer is not understood"), ("x", "the server answers 401")] {
            await #expect(throws: SearchError.self) { try await search.run([SearchQuery(query)]) }
            do { _ = try await search.run([SearchQuery(query)]) } catch let error as SearchError {
                #expect(error.reason == reason)
            }
        }
        // A service on this machine is not asked unless it is named.
        search.policy.exceptions = []
        let before = server.connections
        await #expect(throws: SearchError.self) { try await search.run([SearchQuery("x")]) }
        #expect(server.connections == before)
        try await server.stop()
    }
}
