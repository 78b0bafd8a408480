// `ocelot data fetch`, `queries` and `search` as a person meets them; what they do is tested with their library.

import Foundation
import TestSupport
import Testing

@Suite("Getting photos")
struct FetchCommandTests {
    @Test func twentyOneQuestions() async throws {
        try await withTemporaryFolder { folder in
            let arguments = [
                "data", "queries", "--items", "blouse,hoodie,pullover,sweater,shirt,t-shirt,vest", "--attributes",
                "striped,dotted,leopard",
            ]
            let plain = try await ocelot(arguments, in: folder)
            #expect(plain.status == 0)
            let lines = plain.output.split(separator: "\n")
            #expect(lines.count == 21 && Set(lines).count == 21)
            #expect(lines.first == "blouse striped")
            let labelled = try await ocelot(arguments + ["--labels", "--order", "attribute-first"], in: folder)
            #expect(labelled.output.hasPrefix("striped blouse\tstriped\ndotted blouse\tdotted\n"))
        }
    }

    /// A link to this machine is broken by our own rule, which is no error; the folder tells why.
    @Test func brokenLinksAreNoError() async throws {
        try await withTemporaryFolder { folder in
            try Data("http://127.0.0.1:8080/a.jpg\tx\nnonsense\ty\n".utf8).write(
                to: folder.appending(path: "links.tsv"))
            let outcome = try await ocelot(["data", "fetch", "links.tsv", "photos"], in: folder)
            #expect(outcome.status == 0)
            #expect(outcome.output.hasPrefix("0 of 2 links have a picture.\n2 bring none:\n"))
            #expect(outcome.errors.hasPrefix("Pictures on the web belong to those who made them."))
            let again = try await ocelot(["data", "fetch", "links.tsv", "photos", "--json", "--quiet"], in: folder)
            #expect(again.status == 0 && again.errors.isEmpty)
            #expect(again.objects.map { $0["event"] as? String } == ["started", "finished"])
            #expect(again.objects.last?["broken"] as? [String: Int] == ["bad_address": 1, "private_address": 1])
            let table = try String(contentsOf: folder.appending(path: "photos/sources.tsv"), encoding: .utf8)
            #expect(table.contains("it is an address of this machine (127.0.0.0/8)"))
        }
    }

    @Test func mistakes() async throws {
        try await withTemporaryFolder { folder in
            try Data("http://a.example/a.jpg\t../x\n".utf8).write(to: folder.appending(path: "links.tsv"))
            let label = try await ocelot(["data", "fetch", "links.tsv", "photos"], in: folder)
            #expect(label.status == 4)
            #expect(
                label.errors
                    == "Error: The list 'links.tsv' cannot be used: the label '../x' in line 1 begins with a dot, and so "
                    + "cannot name a folder. Choose another.\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).contains("photos") == false)
            let missing = try await ocelot(["data", "fetch", "none.tsv", "photos"], in: folder)
            #expect(missing.status == 4)
            #expect(missing.errors == "Error: The list 'none.tsv' cannot be used: it does not exist. Check its name.\n")
            let port = try await ocelot(
                ["data", "fetch", "links.tsv", "photos", "--allow-private", "127.1"], in: folder)
            #expect(port.status == 2)
            #expect(port.errors.contains("--allow-private is '127.1'; it must be a host, or a host and a port"))
            let licence = try await ocelot(
                ["data", "search", "--queries", "q", "--out", "o", "--licence", "mit"], in: folder)
            #expect(licence.status == 2)
            #expect(licence.errors.contains("--licence has 'mit', which Openverse does not know."))
        }
    }
}
