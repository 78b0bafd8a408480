// Tables of floats as NumPy reads them: its NPY format, version 1.0, NEP 1.

package import NIOCore

package enum NPY {
    /// Rows of `width` floats.
    package static func encode(_ rows: [[Float]], width: Int) -> ByteBuffer {
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows.count), \(width)), }"
        // Magic, version, length and header are together a multiple of 64 bytes.
        header += String(repeating: " ", count: (64 - (11 + header.utf8.count) % 64) % 64) + "\n"
        var out = ByteBuffer()
        out.reserveCapacity(10 + header.utf8.count + 4 * rows.count * width)
        out.writeBytes([0x93] + Array("NUMPY".utf8) + [1, 0])
        out.writeInteger(UInt16(header.utf8.count), endianness: .little)
        out.writeString(header)
        for row in rows {
            for value in row { out.writeInteger(value.bitPattern, endianness: .little) }
        }
        return out
    }
}
