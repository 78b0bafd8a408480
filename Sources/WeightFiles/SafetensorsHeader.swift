// The header of a safetensors file: JSON of one fixed form.
//
// A general JSON reader would let a name come twice, and would build a tree of whatever a hostile header holds. This one
// takes the form that the format allows and nothing else, in one pass.

import Foundation

struct SafetensorsHeader {
    struct Entry {
        var name: String
        var type: ElementType
        var shape: [Int]
        /// Where its bytes begin and end, counted from the end of the header.
        var begin: Int
        var end: Int
    }

    var entries: [Entry] = []
    var metadata: [String: String] = [:]
}

extension SafetensorsHeader {
    struct Parser {
        /// More arrays or dimensions than any network has.
        private static let mostEntries = 100_000
        private static let mostDimensions = 32

        private let bytes: UnsafeRawBufferPointer
        private var position = 0

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        /// The whole header; only white space may follow it.
        mutating func header() throws -> SafetensorsHeader {
            var header = SafetensorsHeader()
            var hasMetadata = false
            try object { parser, name in
                if name == "__metadata__" {
                    guard !hasMetadata else { throw Safetensors.damaged("it has __metadata__ twice") }
                    hasMetadata = true
                    try parser.object { parser, key in
                        guard header.metadata.updateValue(try parser.string(), forKey: key) == nil else {
                            throw Safetensors.damaged("its metadata have “\(key)” twice")
                        }
                    }
                } else {
                    guard header.entries.count < Self.mostEntries else {
                        throw Safetensors.damaged("it has more than \(Self.mostEntries) arrays")
                    }
                    header.entries.append(try parser.entry(name))
                }
            }
            skipSpace()
            guard position == bytes.count else { throw unexpected() }
            return header
        }

        private mutating func entry(_ name: String) throws -> Entry {
            var type: ElementType?
            var shape: [Int]?
            var offsets: [Int]?
            try object { parser, key in
                switch key {
                case "dtype" where type == nil:
                    let text = try parser.string()
                    guard let known = ElementType(rawValue: text) else {
                        throw WeightsError.unsupported("“\(name)” is of type \(text), which is not read")
                    }
                    type = known
                case "shape" where shape == nil: shape = try parser.integers()
                case "data_offsets" where offsets == nil: offsets = try parser.integers()
                default: throw Safetensors.damaged("“\(name)” has an unknown or second “\(key)”")
                }
            }
            guard let type, let shape, let offsets, offsets.count == 2 else {
                throw Safetensors.damaged("“\(name)” lacks its dtype, shape or two data_offsets")
            }
            return Entry(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1])
        }

        private mutating func object(_ member: (inout Parser, String) throws -> Void) throws {
            try expect("{")
            if accept("}") { return }
            repeat {
                let key = try string()
                try expect(":")
                try member(&self, key)
            } while accept(",")
            try expect("}")
        }

        private mutating func integers() throws -> [Int] {
            var result: [Int] = []
            try expect("[")
            if accept("]") { return result }
            repeat {
                guard result.count < Self.mostDimensions else {
                    throw Safetensors.damaged("an array has more than \(Self.mostDimensions) dimensions")
                }
                result.append(try integer())
            } while accept(",")
            try expect("]")
            return result
        }

        /// A number that is not negative and has neither fraction nor exponent.
        private mutating func integer() throws -> Int {
            skipSpace()
            let start = position
            var value = 0
            while position < bytes.count, case let digit = bytes[position], (0x30...0x39).contains(digit) {
                let (tens, tooLarge) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflow) = tens.addingReportingOverflow(Int(digit - 0x30))
                guard !tooLarge, !overflow else { throw Safetensors.damaged("a size has too many digits") }
                value = sum
                position += 1
            }
            let hasLeadingZero = position - start > 1 && bytes[start] == 0x30
            guard position > start, !hasLeadingZero else { throw unexpected() }
            return value
        }

        private mutating func string() throws -> String {
            try expect("\"")
            var text: [UInt8] = []
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                switch byte {
                case UInt8(ascii: "\""):
                    guard let string = String(validating: text, as: UTF8.self) else {
                        throw Safetensors.damaged("a name in its header is not UTF-8")
                    }
                    return string
                case UInt8(ascii: "\\"): try text.append(contentsOf: String(escape()).utf8)
                case 0..<0x20: throw Safetensors.damaged("a name in its header has a control character")
                default: text.append(byte)
                }
            }
            throw Safetensors.damaged("its header ends within a name")
        }

        /// What stands after a backslash.
        private mutating func escape() throws -> Unicode.Scalar {
            guard position < bytes.count else { throw unexpected() }
            let letter = bytes[position]
            position += 1
            switch letter {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "u"):
                var code = try hexadecimal()
                // Beyond the basic plane: two escapes, of which the first has 0xD800…0xDBFF, the second 0xDC00…0xDFFF.
                if (0xD800..<0xDC00).contains(code), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                    bytes[position + 1] == UInt8(ascii: "u")
                {
                    position += 2
                    let low = try hexadecimal()
                    guard (0xDC00..<0xE000).contains(low) else { throw unexpected() }
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                }
                guard let scalar = Unicode.Scalar(code) else { throw unexpected() }
                return scalar
            default: throw unexpected()
            }
        }

        private mutating func hexadecimal() throws -> UInt32 {
            var value: UInt32 = 0
            for _ in 0..<4 {
                guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
                else {
                    throw unexpected()
                }
                value = value << 4 | UInt32(digit)
                position += 1
            }
            return value
        }

        private mutating func skipSpace() {
            while position < bytes.count, case let byte = bytes[position],
                byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
            {
                position += 1
            }
        }

        private mutating func accept(_ character: Unicode.Scalar) -> Bool {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        private mutating func expect(_ character: Unicode.Scalar) throws {
            guard accept(character) else { throw unexpected() }
        }

        private func unexpected() -> WeightsError {
            Safetensors.damaged("its header breaks off or has something unexpected at byte \(position)")
        }
    }
}
