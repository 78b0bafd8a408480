// Names for requests, by which log lines, answers and the client's own records find together.

/// A name for one request.
enum RequestID {
    private static let letters = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// A new one: 26 letters, the first ten of them the time, so that sorting by name sorts by time.
    ///
    /// The form is ULID's, https://github.com/ulid/spec.
    static func make(
        milliseconds: UInt64 = wallClockMilliseconds(), using generator: inout some RandomNumberGenerator
    ) -> String {
        var (high, low): (UInt64, UInt64) = (generator.next(), generator.next())
        var text = [UInt8](repeating: 0, count: 26)
        for place in 0..<10 { text[place] = letters[Int(milliseconds >> UInt64(45 - 5 * place) & 31)] }
        for place in 0..<8 {
            text[10 + place] = letters[Int(high & 31)]
            text[18 + place] = letters[Int(low & 31)]
            high >>= 5
            low >>= 5
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The client's name if it is short and plain enough to stand in a log, otherwise nil.
    static func accepted(_ text: String?) -> String? {
        guard let text, (1...64).contains(text.utf8.count) else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        return isPlain ? text : nil
    }
}
