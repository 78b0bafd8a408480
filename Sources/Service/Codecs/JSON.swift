// JSON values, and their writing. RFC 8259.

/// A JSON value.
///
/// Long lists of numbers, as tensors are, lie in one piece of memory instead of in one value each.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    /// Written with the digits that tell a float from its neighbours.
    case float(Float)
    case string(String)
    case array([JSON])
    /// An array of nothing but numbers.
    case numbers([Double])
    case floats([Float])
    /// The members in their order; no name twice.
    case object([Member])

    package struct Member: Hashable, Sendable {
        package var name: String
        package var value: JSON

        package init(name: String, value: JSON) { (self.name, self.value) = (name, value) }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .number(Double(value)) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }

    init(_ value: Int) { self = .number(Double(value)) }
}

// MARK: Reading members

extension JSON {
    /// The member of an object; nil if there is none, or this is no object.
    package subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var number: Double? { if case .number(let value) = self { value } else { nil } }
    package var members: [Member]? { if case .object(let value) = self { value } else { nil } }

    /// A number that is whole, from -2⁵³ to 2⁵³.
    package var integer: Int? {
        guard case .number(let value) = self, value.rounded() == value, abs(value) <= 0x1p53 else { return nil }
        return Int(value)
    }

    /// The elements of an array.
    package var elements: [JSON]? {
        switch self {
        case .array(let values): values
        case .numbers(let values): values.map { .number($0) }
        case .floats(let values): values.map { .float($0) }
        default: nil
        }
    }
}

// MARK: Writing

extension JSON {
    /// The value as text.
    ///
    /// Numbers that JSON does not have, such as NaN, become null.
    package var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(512)
        write(to: &out)
        return out
    }

    private func write(to out: inout [UInt8]) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .number(let value): Self.write(value, to: &out)
        case .float(let value): Self.write(value, to: &out)
        case .string(let text): Self.write(text, to: &out)
        case .array(let values): Self.list(values, to: &out) { $0.write(to: &$1) }
        case .numbers(let values): Self.list(values, to: &out) { Self.write($0, to: &$1) }
        case .floats(let values): Self.list(values, to: &out) { Self.write($0, to: &$1) }
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                Self.write(member.name, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    private static func list<Value>(
        _ values: [Value], to out: inout [UInt8], _ write: (Value, inout [UInt8]) -> Void
    ) {
        out.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            write(value, &out)
        }
        out.append(UInt8(ascii: "]"))
    }

    private static func write(_ value: Double, to out: inout [UInt8]) {
        if !value.isFinite {
            out += "null".utf8
        } else if value.rounded() == value && abs(value) < 0x1p53 {
            out += "\(Int(value))".utf8
        } else {
            out += value.description.utf8
        }
    }

    private static func write(_ value: Float, to out: inout [UInt8]) {
        out += value.isFinite ? value.description.utf8 : "null".utf8
    }

    private static func write(_ text: String, to out: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0..<0x20, 0x7F:
                out += "\\u00".utf8
                out.append(digits[Int(byte >> 4)])
                out.append(digits[Int(byte & 15)])
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}
