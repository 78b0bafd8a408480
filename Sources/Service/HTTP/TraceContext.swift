// The header field `traceparent`, by which one request is followed through several services.
//
// W3C, "Trace Context", 2021, https://www.w3.org/TR/trace-context/. Answers have `traceresponse`, of the same form, after
// the draft of level 2. Nothing is sent on from here, so the field `tracestate` is not looked at.

/// Where a request belongs, and this service's part of it.
package struct TraceContext: Hashable, Sendable {
    /// The whole trace: 32 hexadecimal digits.
    package let trace: String
    /// Who asked: 16 hexadecimal digits.
    package let parent: String
    /// This service's part: 16 hexadecimal digits.
    package let span: String
    private let isSampled: Bool

    /// Reads a field; nil if it is missing, there twice, or not written as it should be: then there is no trace.
    package init?(_ fields: [String], using generator: inout some RandomNumberGenerator) {
        guard fields.count == 1 else { return nil }
        let parts = fields[0].split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, Self.isHexadecimal(parts[0], 2), parts[0] != "ff",
            // Later versions may have more parts.
            parts[0] != "00" || parts.count == 4,
            Self.isHexadecimal(parts[1], 32), parts[1].contains(where: { $0 != "0" }),
            Self.isHexadecimal(parts[2], 16), parts[2].contains(where: { $0 != "0" }),
            Self.isHexadecimal(parts[3], 2), let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        (trace, parent) = (String(parts[1]), String(parts[2]))
        isSampled = flags & 1 == 1
        let digits = String(UInt64.random(in: 1...UInt64.max, using: &generator), radix: 16)
        span = String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// What an answer says.
    package var response: String { "00-\(trace)-\(span)-\(isSampled ? "01" : "00")" }

    var members: [JSON.Member] {
        [
            .init(name: "trace_id", value: .string(trace)), .init(name: "parent_id", value: .string(parent)),
            .init(name: "span_id", value: .string(span)),
        ]
    }

    private static func isHexadecimal(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
