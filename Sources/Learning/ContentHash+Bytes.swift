import Datasets
import Foundation

extension ContentHash {
    /// The 32 bytes of the digest.
    var bytes: Data {
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
    init?(bytes: some Collection<UInt8>) {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        self.init(String(decoding: text, as: UTF8.self))
    }
}
