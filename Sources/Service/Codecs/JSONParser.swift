// Reads JSON from strangers: every size is limited before memory is spent on it. RFC 8259.
//
// Stricter than the RFC where it leaves a choice: no name twice in an object, no number beyond a double's range, valid
// UTF-8 only, no unpaired surrogates, nothing behind the value.

/// Why bytes are not JSON that is read here, and at which byte.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    package var reason: String
    package var offset: Int

    package var description: String { "The body is not JSON that is read here: \(reason) at byte \(offset)." }
}

/// What a JSON text may hold.
package struct JSONLimits: Hashable, Sendable {
    /// Arrays and objects within each other.
    package var depth = 32
    /// Values, not counting the numbers in arrays of nothing but numbers.
    package var values = 200_000
    /// Members of one object.
    package var members = 1000

    package init() {}
}

extension JSON {
    /// Reads a text.
    package static func parse(_ bytes: some Collection<UInt8>, limits: JSONLimits = JSONLimits()) throws(JSONError)
        -> JSON
    {
        let parsed: Result<JSON, JSONError>? = bytes.withContiguousStorageIfAvailable { buffer in
            var parser = JSONParser(bytes: buffer, limits: limits)
            return Result { () throws(JSONError) in try parser.document() }
        }
        if let parsed { return try parsed.get() }
        return try parse(Array(bytes), limits: limits)
    }
}

/// A place in a text.
private struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: JSONLimits
    var offset = 0
    var values = 0

    init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    func failed(_ reason: String) -> JSONError { JSONError(reason: reason, offset: offset) }

    mutating func document() throws(JSONError) -> JSON {
        skipBlanks()
        let value = try value(depth: 0)
        skipBlanks()
        guard offset == bytes.count else { throw failed("there is something behind the value") }
        return value
    }

    private mutating func skipBlanks() {
        while offset < bytes.count, Self.isBlank(bytes[offset]) { offset += 1 }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        values += 1
        guard values <= limits.values else { throw failed("there are more than \(limits.values) values") }
        guard depth <= limits.depth else { throw failed("it is nested deeper than \(limits.depth)") }
        guard offset < bytes.count else { throw failed("it ends too early") }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let count = text.utf8CodeUnitCount
        guard offset + count <= bytes.count, (0..<count).allSatisfy({ bytes[offset + $0] == text.utf8Start[$0] }) else {
            throw failed("there is an unknown word")
        }
        offset += count
        return value
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func object(_ depth: Int) throws(JSONError) -> JSON {
        offset += 1
        var members: [JSON.Member] = []
        var names: Set<String> = []
        skipBlanks()
        if take(UInt8(ascii: "}")) { return .object([]) }
        while true {
            skipBlanks()
            guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else { throw failed("a name is missing") }
            let name = try string()
            guard names.insert(name).inserted else { throw failed("a name stands twice in an object") }
            guard names.count <= limits.members else {
                throw failed("an object has more than \(limits.members) members")
            }
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw failed("a colon is missing") }
            skipBlanks()
            members.append(.init(name: name, value: try value(depth: depth + 1)))
            skipBlanks()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw failed("a comma is missing") }
        }
    }

    private mutating func array(_ depth: Int) throws(JSONError) -> JSON {
        offset += 1
        skipBlanks()
        if take(UInt8(ascii: "]")) { return .array([]) }
        var numbers: [Double] = []
        while offset < bytes.count, bytes[offset] == UInt8(ascii: "-") || isDigit(bytes[offset]) {
            numbers.append(try number())
            skipBlanks()
            if take(UInt8(ascii: "]")) { return .numbers(numbers) }
            guard take(UInt8(ascii: ",")) else { throw failed("a comma is missing") }
            skipBlanks()
        }
        values += numbers.count
        guard values <= limits.values else { throw failed("there are more than \(limits.values) values") }
        var elements = numbers.map { JSON.number($0) }
        while true {
            skipBlanks()
            elements.append(try value(depth: depth + 1))
            skipBlanks()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw failed("a comma is missing") }
        }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    // MARK: Numbers

    private mutating func digits(_ mantissa: inout UInt64, _ count: inout Int) {
        while offset < bytes.count, isDigit(bytes[offset]) {
            if count < 19 { mantissa = mantissa &* 10 &+ UInt64(bytes[offset] - 0x30) }
            count += 1
            offset += 1
        }
    }

    private mutating func number() throws(JSONError) -> Double {
        let start = offset
        let isNegative = take(UInt8(ascii: "-"))
        var (mantissa, count) = (UInt64(0), 0)
        let first = offset
        digits(&mantissa, &count)
        guard count > 0 else { throw failed("there is no value") }
        guard count == 1 || bytes[first] != 0x30 else { throw failed("a number begins with a zero") }
        var fraction = 0
        if take(UInt8(ascii: ".")) {
            let whole = count
            digits(&mantissa, &count)
            fraction = count - whole
            guard fraction > 0 else { throw failed("a number ends in a point") }
        }
        var isPlain = true
        if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
            isPlain = false
            offset += 1
            if !take(UInt8(ascii: "-")) { _ = take(UInt8(ascii: "+")) }
            let exponent = offset
            while offset < bytes.count, isDigit(bytes[offset]) { offset += 1 }
            guard offset > exponent else { throw failed("a number has no exponent") }
        }
        // Both are exact, so their quotient is the nearest double (Clinger, "How to read floating point numbers
        // accurately", 1990).
        if isPlain && count <= 15 && fraction <= 22 {
            let value = fraction == 0 ? Double(mantissa) : Double(mantissa) / Self.powers[fraction]
            return isNegative ? -value : value
        }
        let text = String(
            decoding: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start..<offset]), as: UTF8.self)
        guard offset - start <= 400, let value = Double(text), value.isFinite else {
            throw failed("a number is beyond what a double holds")
        }
        return value
    }

    private static let powers: [Double] = (0...22).reduce(into: []) { list, _ in
        list.append(list.last.map { $0 * 10 } ?? 1)
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        offset += 1
        let start = offset
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\""), bytes[offset] != UInt8(ascii: "\\"),
            bytes[offset] >= 0x20
        { offset += 1 }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") {
            defer { offset += 1 }
            return try text(bytes[start..<offset])
        }
        var out = Array(bytes[start..<offset])
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(out[...])
            case UInt8(ascii: "\\"): try escape(&out)
            case 0..<0x20: throw failed("a string has a control character")
            default: out.append(byte)
            }
        }
        throw failed("a string has no end")
    }

    private func text(_ bytes: some Collection<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failed("a string is not UTF-8") }
        return text
    }

    private mutating func escape(_ out: inout [UInt8]) throws(JSONError) {
        guard offset < bytes.count else { throw failed("a string has no end") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code) {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw failed("a surrogate is alone") }
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw failed("a surrogate is alone") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw failed("a surrogate is alone") }
            out += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
        default: throw failed("a string has an unknown escape")
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        guard offset + 4 <= bytes.count else { throw failed("an escape is cut off") }
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue else {
                throw failed("an escape is not hexadecimal")
            }
            code = code << 4 | UInt32(digit)
            offset += 1
        }
        return code
    }
}
