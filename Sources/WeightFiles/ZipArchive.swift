// The entries of a zip archive whose files are stored as they are, which is how torch.save writes them.
//
// PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", version 6.3.10, with zip64. Compressed or encrypted entries
// are refused; nothing is ever unpacked, so no archive can become larger than it is. The checksums are not looked at,
// because PyTorch can be told to leave them out (torch.serialization.set_crc32_options).

import Foundation

struct ZipArchive {
    private static let mostEntries = 200_000
    private static let format = "PyTorch (zip)"

    /// The content of each file, by name: slices of the archive.
    private(set) var files: [String: Data] = [:]

    static func isZip(_ file: Data) -> Bool { file.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

    init(_ file: Data) throws {
        let ranges = try file.withUnsafeBytes { try Self.entries($0) }
        var end = 0
        for (name, range) in ranges.sorted(by: { $0.1.lowerBound < $1.1.lowerBound }) {
            // Files of length 0 may share a place.
            guard range.isEmpty || range.lowerBound >= end else { throw Self.damaged("two of its files overlap") }
            end = max(end, range.upperBound)
            let content = file[(file.startIndex + range.lowerBound)..<(file.startIndex + range.upperBound)]
            guard files.updateValue(content, forKey: name) == nil else { throw Self.damaged("it has \(name) twice") }
        }
    }

    private static func entries(_ bytes: UnsafeRawBufferPointer) throws -> [(String, Range<Int>)] {
        let directory = try findDirectory(bytes)
        var reader = try ByteReader(bytes, at: directory.offset, format: format)
        return try (0..<directory.count).map { _ in try entry(&reader) }
    }

    /// Where the central directory begins and how many entries it has (sections 4.3.14 to 4.3.16).
    private static func findDirectory(_ bytes: UnsafeRawBufferPointer) throws -> (offset: Int, count: Int) {
        // The record at the end has 22 bytes and a comment of at most 65,535.
        var start = bytes.count - 22
        let first = max(0, start - 0xFFFF)
        while start >= first {
            var reader = try ByteReader(bytes, at: start, format: format)
            if try reader.integer(UInt32.self) == 0x0605_4B50 {
                try reader.move(to: start + 20)
                if try Int(reader.integer(UInt16.self)) == reader.remaining { break }
            }
            start -= 1
        }
        guard start >= first else { throw damaged("it has no end record: it is cut off") }
        var reader = try ByteReader(bytes, at: start + 10, format: format)
        var count = Int(try reader.integer(UInt16.self))
        _ = try reader.integer(UInt32.self)
        var offset = Int(try reader.integer(UInt32.self))

        if start >= 20, count == 0xFFFF || offset == 0xFFFF_FFFF {
            try reader.move(to: start - 20)
            if try reader.integer(UInt32.self) == 0x0706_4B50 {
                _ = try reader.integer(UInt32.self)
                try reader.move(to: try reader.length())
                guard try reader.integer(UInt32.self) == 0x0606_4B50 else {
                    throw damaged("its zip64 record is missing")
                }
                _ = try reader.take(28)
                count = try reader.length()
                _ = try reader.length()
                offset = try reader.length()
            }
        }
        guard count <= mostEntries else { throw damaged("it claims \(count) files") }
        return (offset, count)
    }

    /// One entry of the central directory (section 4.3.12), and where its content lies.
    private static func entry(_ reader: inout ByteReader) throws -> (String, Range<Int>) {
        guard try reader.integer(UInt32.self) == 0x0201_4B50 else { throw damaged("its directory is broken") }
        _ = try reader.take(4)
        let flags = try reader.integer(UInt16.self)
        let method = try reader.integer(UInt16.self)
        _ = try reader.take(8)
        var packed = Int(try reader.integer(UInt32.self))
        var size = Int(try reader.integer(UInt32.self))
        let nameLength = Int(try reader.integer(UInt16.self))
        let extraLength = Int(try reader.integer(UInt16.self))
        let commentLength = Int(try reader.integer(UInt16.self))
        _ = try reader.take(8)
        var offset = Int(try reader.integer(UInt32.self))
        let name = String(decoding: try reader.take(nameLength), as: UTF8.self)
        var extra = try ByteReader(try reader.take(extraLength), format: format)
        _ = try reader.take(commentLength)

        // Zip64 (section 4.5.3): those of the three numbers that do not fit, in this order.
        while extra.remaining >= 4 {
            let id = try extra.integer(UInt16.self)
            var field = try ByteReader(try extra.take(Int(extra.integer(UInt16.self))), format: format)
            guard id == 1 else { continue }
            if size == 0xFFFF_FFFF { size = try field.length() }
            if packed == 0xFFFF_FFFF { packed = try field.length() }
            if offset == 0xFFFF_FFFF { offset = try field.length() }
        }
        guard flags & 1 == 0 else { throw WeightsError.unsupported("the zip archive is encrypted") }
        guard method == 0 else {
            throw WeightsError.unsupported("\(name) in the zip archive is compressed, which torch.save never does")
        }
        guard packed == size else { throw damaged("the sizes of \(name) differ") }

        var local = try ByteReader(reader.bytes, at: offset, format: format)
        guard try local.integer(UInt32.self) == 0x0403_4B50 else { throw damaged("\(name) is not where it should be") }
        _ = try local.take(22)
        let localNameLength = Int(try local.integer(UInt16.self))
        let localExtraLength = Int(try local.integer(UInt16.self))
        _ = try local.take(localNameLength + localExtraLength)
        let start = local.position
        _ = try local.take(size)
        return (name, start..<(start + size))
    }

    private static func damaged(_ problem: String) -> WeightsError { .damaged(format: format, problem: problem) }
}
