// The digest itself, for files in which 64 digits would be too many.

package import Foundation

extension ContentHash {
    /// The 32 bytes of the digest.
    package var bytes: Data {
        var bytes = Data(capacity: 32)
        var high: UInt8?
        for digit in description.utf8 {
            let value = digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
            if let first = high { bytes.append(first << 4 | value) }
            high = high == nil ? value : nil
        }
        return bytes
    }

    /// Reads the 32 bytes of a digest; nil if there are not 32.
    package init?(bytes: some Collection<UInt8>) { self.init(hexadecimal(bytes)) }
}
