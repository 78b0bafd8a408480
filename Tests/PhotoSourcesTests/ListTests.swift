// Lists of links: columns in either order, headers, comments, and labels that cannot be folders.

import Foundation
import PhotoSources
import TestSupport
import Testing

@Suite struct ListTests {
    private func read(_ text: String) throws -> [Link] { try LinkList(Array(text.utf8)).links }

    private func pairs(_ text: String) throws -> [String] { try read(text).map { "\($0.line) \($0.label) \($0.text)" } }

    @Test func eitherOrder() throws {
        let wanted = ["1 x http://a/1", "3 y https://b/2"]
        #expect(try pairs("http://a/1\tx\n\nhttps://b/2\ty\n") == wanted)
        #expect(try pairs("x\thttp://a/1\r\n\r\ny\thttps://b/2") == wanted)
        // A broken link among good ones is the fetcher's affair.
        #expect(try pairs("x\thttp://a/1\ny\tnonsense\n") == ["1 x http://a/1", "2 y nonsense"])
        #expect(try pairs("# x\thttp://a/0\nx\thttp://a/1\n#\n") == ["2 x http://a/1"])
        // e and an accent are one letter.
        #expect(try read("cafe\u{301}\thttp://a/1")[0].label == "caf\u{E9}")
    }

    @Test func headers() throws {
        #expect(try pairs("Label\tURL\nx\thttp://a/1\n") == ["2 x http://a/1"])
        let link = try read("creator\turl\tLicense\tlabel\tother\nA\thttp://a/1\tCC0 1.0\tx\t7\n")[0]
        #expect(
            (link.text, link.label, link.credit.creator, link.credit.licence) == ("http://a/1", "x", "A", "CC0 1.0"))
        let comma = try LinkList(Array("url,label\n\"http://a/1,2\",x\n".utf8), separator: UInt8(ascii: ","))
        #expect(comma.links[0].text == "http://a/1,2")
    }

    @Test(arguments: [
        ("", LinkListError.empty), ("# nothing\n", .empty), ("url\tlabel\n", .empty),
        ("http://a/1\n", .oneColumn(line: 1)),
        ("http://a/1\tx\ty\n", .unnamed(3)), ("url\tname\nhttp://a/1\tx\n", .noLabels(["url", "name"])),
        ("a\tb\n", .noLinks),
        ("http://a/1\tx\nhttp://a/2\n", .values(line: 2, expected: 2, found: 1)),
        ("http://a/1\t..\n", .label(line: 1, "..", reason: "begins with a dot")),
        ("http://a/1\t.x\n", .label(line: 1, ".x", reason: "begins with a dot")),
        ("http://a/1\ta/b\n", .label(line: 1, "a/b", reason: "holds '/'")),
        ("http://a/1\t/etc\n", .label(line: 1, "/etc", reason: "holds '/'")),
        ("http://a/1\ta\\b\n", .label(line: 1, "a\\b", reason: "holds '\\'")),
        ("http://a/1\ta|b\n", .label(line: 1, "a|b", reason: "holds '|'")),
        ("http://a/1\t\n", .label(line: 1, "", reason: "is empty")),
        ("http://a/1\ta\u{7}b\n", .label(line: 1, "ab", reason: "holds a control character")),
        (
            "http://a/1\t\(String(repeating: "a", count: 101))\n",
            .label(line: 1, String(repeating: "a", count: 80), reason: "is longer than 100 bytes")
        ),
    ])
    func refused(text: String, error: LinkListError) {
        #expect(throws: error) { try read(text) }
    }

    /// NUL ends a path for the system.
    @Test func noNul() { #expect(throws: (any Error).self) { try read("http://a/1\ta\u{0}b\n") } }

    /// The list that this project grew from: 428 lines, striped 191, dotted 125, leopard 112 (its README).
    @Test(.enabled(if: Fixtures.photos != nil)) func theFoundingList() throws {
        let folder = try #require(Fixtures.photos)
        let list = try LinkList(contentsOf: folder.appending(path: "fashion-texture-urls/fashionTextureUrls.tsv"))
        let counts = Dictionary(grouping: list.links, by: \.label).mapValues(\.count)
        #expect(counts == ["striped": 191, "dotted": 125, "leopard": 112])
        #expect(list.links.allSatisfy { (try? WebAddress($0.text)) != nil })
    }
}
