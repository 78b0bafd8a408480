// Which addresses are read, and which machines are asked.

import PhotoSources
import Testing

@Suite struct AddressTests {
    /// One address at each end of each network of IANA's registries of special-purpose addresses, and their neighbours.
    @Test(arguments: [
        ("0.0.0.0", false), ("0.255.255.255", false), ("1.0.0.0", true), ("9.255.255.255", true), ("10.0.0.0", false),
        ("10.255.255.255", false), ("11.0.0.0", true), ("100.63.255.255", true), ("100.64.0.0", false),
        ("100.127.255.255", false), ("100.128.0.0", true), ("126.255.255.255", true), ("127.0.0.0", false),
        ("127.255.255.255", false), ("128.0.0.0", true), ("169.253.255.255", true), ("169.254.0.0", false),
        ("169.254.169.254", false), ("169.255.0.0", true), ("172.15.255.255", true), ("172.16.0.0", false),
        ("172.31.255.255", false), ("172.32.0.0", true), ("191.255.255.255", true), ("192.0.0.0", false),
        ("192.0.0.255", false), ("192.0.1.0", true), ("192.0.2.1", false), ("192.0.3.0", true), ("192.88.99.1", false),
        ("192.167.255.255", true), ("192.168.0.0", false), ("192.168.255.255", false), ("192.169.0.0", true),
        ("198.17.255.255", true), ("198.18.0.0", false), ("198.19.255.255", false), ("198.20.0.0", true),
        ("198.51.100.7", false), ("203.0.113.7", false), ("223.255.255.255", true), ("224.0.0.1", false),
        ("239.255.255.255", false), ("240.0.0.1", false), ("255.255.255.255", false),
        ("::", false), ("::1", false), ("::7f00:1", false), ("::ffff:127.0.0.1", false), ("::ffff:8.8.8.8", false),
        ("64:ff9b::7f00:1", false), ("64:ff9b::808:808", true), ("64:ff9b:1::808:808", false), ("100::1", false),
        ("1fff:ffff::1", false), ("2000::1", true), ("2001::1", false), ("2001:1ff::1", false), ("2001:200::1", true),
        ("2001:4860:4860::8888", true), ("2001:db8::1", false), ("2001:db9::1", true), ("2002:7f00:1::", false),
        ("2003::1", true), ("3ffe::1", true), ("3fff::1", false), ("4000::1", false), ("5f00::1", false),
        ("fbff::1", false), ("fc00::1", false), ("fdff::1", false), ("fe80::1", false), ("fec0::1", false),
        ("ff02::1", false),
    ])
    func publicAddresses(text: String, isPublic: Bool) throws {
        let address = try #require(IPAddress(text))
        #expect((address.notPublic == nil) == isPublic)
    }

    @Test func writesWhatItReads() throws {
        for text in ["1.2.3.4", "::", "::1", "2001:db8::1", "fe80::1:2:3:4", "64:ff9b::102:304"] {
            #expect(IPAddress(text)?.description == text)
        }
        for text in [
            "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.0.0.1", "1.2.3.4 ", "", "::1%lo", "fe80::1%1", "[::1]", ":",
            "1::2::3",
        ] {
            #expect(IPAddress(text) == nil, "\(text)")
        }
    }

    @Test(arguments: [
        ("http://Example.ORG", "http://example.org/"), ("HTTPS://example.org:443/a", "https://example.org/a"),
        ("http://example.org.:8080/a/../b/./c?d=e#f", "http://example.org:8080/b/c?d=e"),
        (" http://a_b.example/é x.jpg ", "http://a_b.example/%C3%A9%20x.jpg"),
        ("http://example.org/%7Euser/?a=<b>", "http://example.org/%7Euser/?a=%3Cb%3E"),
        ("http://a/100%/%2f[1]|%zz?a=[b]%", "http://a/100%25/%2f%5B1%5D%7C%25zz?a=%5Bb%5D%25"),
        ("http://8.8.8.8:80/", "http://8.8.8.8/"), ("http://[2001:DB8:0::1]/x", "http://[2001:db8::1]/x"),
        ("http://example.org/../../x", "http://example.org/x"),
        ("http://example.org/a/%2e%2E/x", "http://example.org/x"),
    ])
    func oneSpelling(text: String, wanted: String) throws {
        #expect(try WebAddress(text).description == wanted)
    }

    @Test(arguments: [
        "", "example.org/a.jpg", "file:///etc/passwd", "ftp://example.org/a", "gopher://example.org/",
        "javascript:alert(1)",
        "data:image/png;base64,AA", "//example.org/a", "http:/example.org", "http:example.org", "http:///a", "http://",
        "http://user@example.org/", "http://user:word@example.org/", "http://example.org@127.0.0.1/",
        "http://example.org\\@127.0.0.1/", "http://exa mple.org/", "http://example..org/", "http://.example.org/",
        "http://example.org:0/", "http://example.org:65536/", "http://example.org:abc/", "http://example.org:-1/",
        "http://example.org:22/", "http://example.org:25/", "http://example.org:6667/", "http://[::1", "http://[::1]x/",
        "http://[fe80::1%25eth0]/", "http://[127.0.0.1]/", "http://127.1/", "http://2130706433/", "http://0x7f000001/",
        "http://0x7f.0.0.1/", "http://017700000001/", "http://0177.0.0.1/", "http://127.0.0.1.1/", "http://1.2.3.256/",
        "http://exa%6dple.org/", "http://bücher.example/", "http://１２７.０.０.１/", "http://example。org/",
        "http://example.org/\u{0}", "http://example.org/\r\nHost: x",
        "http://\(String(repeating: "a", count: 64)).example/",
        "http://example.org/\(String(repeating: "a", count: 9000))",
    ])
    func refused(text: String) {
        #expect(throws: LinkFailure.self) { try WebAddress(text) }
    }

    /// RFC 3986, section 5.4: the examples, without those of other schemes; what follows "#" is not sent.
    @Test(arguments: [
        ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
        ("//g", "http://g/"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q"),
        ("g#s", "http://a/b/c/g"), (";x", "http://a/b/c/;x"), ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"), ("..", "http://a/b/"), ("../", "http://a/b/"), ("../g", "http://a/b/g"),
        ("../..", "http://a/"), ("../../g", "http://a/g"), ("../../../g", "http://a/g"), ("/./g", "http://a/g"),
        ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), (".g", "http://a/b/c/.g"), ("./../g", "http://a/b/g"),
        ("g/./h", "http://a/b/c/g/h"), ("g/../h", "http://a/b/c/h"), ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
        ("https://h/x", "https://h/x"),
    ])
    func redirects(reference: String, wanted: String) throws {
        let base = try WebAddress("http://a/b/c/d;p?q")
        #expect(try base.resolving(reference).description == wanted)
    }

    @Test func exceptionsAreRead() throws {
        func parts(_ text: String) -> String? {
            AddressPolicy.Exception(text).map { "\($0.host) \($0.port.map(String.init) ?? "any")" }
        }
        #expect(parts("NAS") == "nas any")
        #expect(parts("nas.local:8080") == "nas.local 8080")
        #expect(parts("nas:80") == "nas 80")
        #expect(parts("192.168.1.7") == "192.168.1.7 any")
        #expect(parts("192.168.1.7:80") == "192.168.1.7 80")
        #expect(parts("::1") == "::1 any")
        #expect(parts("[FC00::1]:8080") == "fc00::1 8080")
        for text in ["", "a/b", "http://a", "a:", "a:b", "a b", "127.1", "u@a"] {
            #expect(parts(text) == nil, "\(text)")
        }
    }
}
