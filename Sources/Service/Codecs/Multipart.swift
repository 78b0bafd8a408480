// Bodies of several parts, as forms send files. RFC 7578 on RFC 2046, section 5.1.

package import NIOCore

/// One part of a body.
package struct MultipartPart: Hashable, Sendable {
    /// What the form's field is called.
    package var name: String
    package var contentType: String?
    /// A slice of the body; no bytes are copied.
    package var body: ByteBuffer
}

/// Why a body is not of the parts that its boundary promises.
package enum MultipartError: Error, Hashable, CustomStringConvertible {
    case noBoundary
    case noBeginning
    case noEnd
    case tooManyParts(Int)
    case headers
    case noName

    package var description: String {
        switch self {
        case .noBoundary: "The content type multipart/form-data names no boundary of 1 to 70 characters."
        case .noBeginning: "The body does not begin with its boundary."
        case .noEnd: "The body has no closing boundary: it was cut off."
        case .tooManyParts(let limit): "The body has more than \(limit) parts."
        case .headers: "A part of the body has header fields that are too long or not written as they should be."
        case .noName: "A part of the body does not say which field of the form it is."
        }
    }
}

/// Takes a body apart.
package enum Multipart {
    /// The longest header of a part, in bytes.
    private static let headerLimit = 4096

    /// The boundary that a content type names.
    package static func boundary(in contentType: String) throws(MultipartError) -> String {
        guard let boundary = parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count),
            boundary.utf8.allSatisfy({ (0x20..<0x7F).contains($0) })
        else { throw .noBoundary }
        return boundary
    }

    /// The parts of a body, at most `limit` of them.
    package static func parts(of body: ByteBuffer, boundary: String, limit: Int) throws(MultipartError)
        -> [MultipartPart]
    {
        let delimiter = Array("--\(boundary)".utf8)
        let view = body.readableBytesView
        // What stands before the first boundary is for people (RFC 2046); a form has nothing there.
        guard view.starts(with: delimiter) else { throw .noBeginning }
        let separator = Array("\r\n".utf8) + delimiter
        var place = view.startIndex + delimiter.count
        var parts: [MultipartPart] = []
        while true {
            if view[place...].starts(with: "--".utf8) { return parts }
            guard view[place...].starts(with: "\r\n".utf8) else { throw .noEnd }
            place += 2
            guard parts.count < limit else { throw .tooManyParts(limit) }
            let (name, type, start) = try header(view, from: place)
            guard var end = find(separator, in: view, from: start) else { throw .noEnd }
            // A line that merely begins like the boundary is part of the contents.
            while !isDelimiter(view[(end + separator.count)...]) {
                guard let next = find(separator, in: view, from: end + 1) else { throw .noEnd }
                end = next
            }
            guard let slice = body.getSlice(at: start, length: end - start) else { throw .noEnd }
            parts.append(MultipartPart(name: name, contentType: type, body: slice))
            place = end + separator.count
        }
    }

    private static func isDelimiter(_ rest: ByteBufferView) -> Bool {
        rest.starts(with: "\r\n".utf8) || rest.starts(with: "--".utf8)
    }

    private static func header(
        _ view: ByteBufferView, from start: Int
    ) throws(MultipartError) -> (name: String, type: String?, body: Int) {
        var place = start
        var (name, type): (String?, String?)
        while true {
            let limit = min(view.endIndex, start + headerLimit)
            guard place < limit, let end = view[place..<limit].firstIndex(of: UInt8(ascii: "\r")), end + 1 < limit,
                view[end + 1] == UInt8(ascii: "\n")
            else { throw .headers }
            if end == place {
                guard let name else { throw .noName }
                return (name, type, end + 2)
            }
            guard let line = String(validating: view[place..<end], as: UTF8.self),
                let colon = line.firstIndex(of: ":")
            else { throw .headers }
            let value = line[line.index(after: colon)...].trimmingWhitespace()
            switch line[..<colon].lowercased() {
            case "content-disposition": name = parameter("name", of: value)
            case "content-type": type = value
            default: break
            }
            place = end + 2
        }
    }

    /// A parameter of a header field such as `form-data; name="image"`.
    package static func parameter(_ name: String, of field: String) -> String? {
        var rest = Substring(field)
        guard let semicolon = rest.firstIndex(of: ";") else { return nil }
        rest = rest[semicolon...]
        while rest.first == ";" {
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            guard let equals = rest.firstIndex(where: { $0 == "=" || $0 == ";" }), rest[equals] == "=" else {
                return nil
            }
            let key = rest[..<equals].trimmingWhitespace().lowercased()
            rest = rest[rest.index(after: equals)...]
            var value = ""
            if rest.first == "\"" {
                rest = rest.dropFirst()
                while let character = rest.first, character != "\"" {
                    rest = rest.dropFirst()
                    if character == "\\", let next = rest.first {
                        value.append(next)
                        rest = rest.dropFirst()
                    } else {
                        value.append(character)
                    }
                }
                rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            } else {
                value = rest.prefix { $0 != ";" }.trimmingWhitespace()
                rest = rest.drop { $0 != ";" }
            }
            if key == name { return value }
        }
        return nil
    }

    /// Where `needle` begins, at `start` or later.
    static func find(_ needle: [UInt8], in view: ByteBufferView, from start: Int) -> Int? {
        let found: Int?? = view[start...].withContiguousStorageIfAvailable { bytes in
            guard bytes.count >= needle.count, let first = needle.first else { return nil }
            var offset = 0
            while offset <= bytes.count - needle.count {
                guard let candidate = bytes[offset...(bytes.count - needle.count)].firstIndex(of: first) else {
                    return nil
                }
                if needle.indices.allSatisfy({ bytes[candidate + $0] == needle[$0] }) { return candidate + start }
                offset = candidate + 1
            }
            return nil
        }
        return found ?? nil
    }
}
