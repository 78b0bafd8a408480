// JSON from strangers: what is read, what is refused, and that nothing makes the parser fall over.

import Datasets
import Service
import TestSupport
import Testing

@Suite struct JSONTests {
    private func parsed(_ text: String) throws -> JSON { try JSON.parse(Array(text.utf8)) }

    private func text(_ value: JSON) -> String { String(decoding: value.bytes, as: UTF8.self) }

    @Test(arguments: [
        ("null", JSON.null), ("true", .bool(true)), ("-0.5", .number(-0.5)), ("12", .number(12)),
        ("1e3", .number(1000)), ("1E-2", .number(0.01)), ("\"a\"", .string("a")), ("[]", .array([])),
        ("[1,2.5,-3]", .numbers([1, 2.5, -3])), ("[1,\"a\"]", .array([.number(1), .string("a")])),
        (
            " { \"a\" : [ ] , \"b\" : { } } ",
            .object([.init(name: "a", value: .array([])), .init(name: "b", value: .object([]))])
        ),
        ("\"\\u00e9\\n\\ud83d\\ude00\\/\"", .string("é\n😀/")),
    ])
    func readsValues(text: String, value: JSON) throws {
        #expect(try parsed(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "truex", "+1", "01", "-", "1.", ".5", "1e", "1e400", "-1e999", "NaN", "Infinity", "[1,]",
        "[,1]",
        "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1,\"a\":2}", "\"", "\"\\", "\"\\x\"",
        "\"\\u12\"",
        "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\u{01}\"", "1 1", "[1]]", "{} x", "'a'", "[1,2",
        "{\"a\":1",
    ])
    func refusesWhatIsNotJSON(text: String) {
        #expect(throws: JSONError.self) { try parsed(text) }
    }

    @Test func refusesBytesThatAreNotUTF8() {
        for bytes: [UInt8] in [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22],
        ] {
            #expect(throws: JSONError.self) { try JSON.parse(bytes) }
        }
    }

    @Test func refusesWhatIsTooMuch() throws {
        #expect(throws: JSONError.self) { try parsed(String(repeating: "[", count: 10_000)) }
        #expect(throws: JSONError.self) {
            try parsed(String(repeating: "{\"a\":", count: 10_000) + "1" + String(repeating: "}", count: 10_000))
        }
        #expect(throws: JSONError.self) { try parsed("[" + String(repeating: "[],", count: 300_000) + "[]]") }
        #expect(throws: JSONError.self) {
            try parsed("{" + (0..<1001).map { "\"\($0)\":1" }.joined(separator: ",") + "}")
        }
        // A million numbers are a tensor.
        guard case .numbers(let numbers) = try parsed("[" + String(repeating: "0.25,", count: 999_999) + "1]") else {
            Issue.record("not a list of numbers")
            return
        }
        #expect(numbers.count == 1_000_000 && numbers[7] == 0.25 && numbers[999_999] == 1)
    }

    @Test func writesWhatItReads() throws {
        for source in [
            "{\"a\":[1,2.5,null],\"b\":\"x\\\"\\\\\\u0007é\",\"c\":true,\"d\":[],\"e\":{}}",
            "[0.1,1e+22,-5e-324,9007199254740991]",
        ] {
            #expect(try text(parsed(source)) == source)
        }
        #expect(text(.numbers([.nan, .infinity, 1])) == "[null,null,1]")
        #expect(text(.floats([0.1, -.infinity])) == "[0.1,null]")
        #expect(text(.string("</script>\u{7F}")) == "\"</script>\\u007f\"")
    }

    @Test func readsNumbersAsSwiftDoes() throws {
        var generator = SplitMix64(seed: 3)
        for _ in 0..<2000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            #expect(try parsed("\(value)") == .number(value))
            let short = (Double(Int64(bitPattern: generator.next()) % 10_000_000) / 1000)
            #expect(try parsed("\(short)") == .number(short))
        }
    }

    /// Any bytes are either JSON or an error; parsing returns.
    @Test(arguments: 0..<20) func survivesMutations(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let base = Array(
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[[1.5,-2e3]]}],\"id\":\"\\u00e9\"}"
                .utf8)
        for _ in 0..<1000 {
            var bytes = base
            for _ in 0..<(1 + generator.next() % 4) {
                let place = Int(generator.next() % UInt64(bytes.count))
                switch generator.next() % 3 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
                case 1: bytes.remove(at: place)
                default: bytes.insert(base[Int(generator.next() % UInt64(base.count))], at: place)
                }
            }
            if let value = try? JSON.parse(bytes) {
                // What is read can be written and read again.
                #expect(throws: Never.self) { try JSON.parse(value.bytes) }
            }
        }
    }
}
