// Addresses of machines, and which of them belong to the public internet.
//
// IANA, "IPv4 Special-Purpose Address Registry" and "IPv6 Special-Purpose Address Registry"
// (https://www.iana.org/assignments/iana-ipv4-special-registry, .../iana-ipv6-special-registry), RFC 6890, RFC 6052 (NAT64).

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An IPv4 or IPv6 address.
public enum IPAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(UInt128)

    /// Reads four decimal numbers with dots between them, or what RFC 4291 allows for IPv6, without brackets or zone.
    ///
    /// Nil for all other spellings, of which `inet_aton` knows many: 127.1, 0x7f000001, 017700000001.
    public init?(_ text: some StringProtocol) {
        if let address = Self.dotted(text) {
            self = .v4(address)
            return
        }
        guard text.contains(":"), text.utf8.allSatisfy({ $0 != UInt8(ascii: "%") && $0 != 0 }) else { return nil }
        var address = in6_addr()
        guard inet_pton(AF_INET6, String(text), &address) == 1 else { return nil }
        self = .v6(withUnsafeBytes(of: address) { $0.reduce(0) { $0 << 8 | UInt128($1) } })
    }

    private static func dotted(_ text: some StringProtocol) -> UInt32? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0"),
                part.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { return nil }
            let number = part.reduce(0) { $0 * 10 + UInt32($1 - UInt8(ascii: "0")) }
            guard number < 256 else { return nil }
            address = address << 8 | number
        }
        return address
    }

    /// What makes the address another than one of the public internet, as a noun; nil for a public one.
    ///
    /// Of IPv6 only 2000::/3 is given out to the public, less what is set aside in it; and 64:ff9b::/96, behind which
    /// networks without IPv4 have all of it, counts as the IPv4 address that it holds.
    public var notPublic: String? {
        switch self {
        case .v4(let address):
            return Network.special4.first { $0.contains(UInt128(address)) }?.name
        case .v6(let address):
            if Network.nat64.contains(address) {
                return IPAddress.v4(UInt32(truncatingIfNeeded: address)).notPublic
            }
            if let special = Network.special6.first(where: { $0.contains(address) }) { return special.name }
            return Network.global6.contains(address) ? nil : "an IPv6 address that is not given out"
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// As it is written without brackets.
    public var description: String {
        switch self {
        case .v4(let address):
            return stride(from: 24, through: 0, by: -8).map { "\(address >> UInt32($0) & 255)" }.joined(separator: ".")
        case .v6(let address):
            var bytes = in6_addr()
            withUnsafeMutableBytes(of: &bytes) { buffer in
                for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: address >> (8 * (15 - index))) }
            }
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count))
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}

/// Addresses that begin with the same bits.
struct Network {
    let name: String
    private let bits: UInt128
    private let rest: Int

    /// `length` bits of `address` count.
    init(_ address: IPAddress, _ length: Int, _ name: String) {
        self.name = name
        switch address {
        case .v4(let address): (bits, rest) = (UInt128(address) >> UInt128(32 - length), 32 - length)
        case .v6(let address): (bits, rest) = (address >> UInt128(128 - length), 128 - length)
        }
    }

    func contains(_ address: UInt128) -> Bool { address >> UInt128(rest) == bits }

    private static func v4(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ length: Int, _ name: String) -> Network {
        Network(.v4(a << 24 | b << 16 | c << 8), length, name)
    }

    /// `groups` are the first of the eight groups of 16 bits.
    private static func v6(_ groups: [UInt128], _ length: Int, _ name: String) -> Network {
        let address = groups.enumerated().reduce(0) { $0 | $1.element << UInt128(112 - 16 * $1.offset) }
        return Network(.v6(address), length, name)
    }

    static let special4 = [
        v4(0, 0, 0, 8, "an address of this machine (0.0.0.0/8)"),
        v4(10, 0, 0, 8, "a private address (10.0.0.0/8)"),
        v4(100, 64, 0, 10, "a provider's inner address (100.64.0.0/10)"),
        v4(127, 0, 0, 8, "an address of this machine (127.0.0.0/8)"),
        v4(169, 254, 0, 16, "a link-local address (169.254.0.0/16)"),
        v4(172, 16, 0, 12, "a private address (172.16.0.0/12)"),
        v4(192, 0, 0, 24, "an address for protocols (192.0.0.0/24)"),
        v4(192, 0, 2, 24, "an address for documentation (192.0.2.0/24)"),
        v4(192, 88, 99, 24, "an address of 6to4 relays (192.88.99.0/24)"),
        v4(192, 168, 0, 16, "a private address (192.168.0.0/16)"),
        v4(198, 18, 0, 15, "an address for benchmarks (198.18.0.0/15)"),
        v4(198, 51, 100, 24, "an address for documentation (198.51.100.0/24)"),
        v4(203, 0, 113, 24, "an address for documentation (203.0.113.0/24)"),
        v4(224, 0, 0, 4, "a multicast address (224.0.0.0/4)"),
        v4(240, 0, 0, 4, "a reserved address (240.0.0.0/4)"),
    ]

    /// Of 2000::/3, and outside it those that have a name worth telling.
    static let special6 = [
        Network(.v6(1), 128, "an address of this machine (::1)"),
        Network(.v6(0), 128, "an address of this machine (::)"),
        v6([0, 0, 0, 0, 0, 0xFFFF], 96, "an IPv4 address inside an IPv6 one (::ffff:0:0/96)"),
        v6([], 96, "an IPv4 address inside an IPv6 one (::/96)"),
        v6([0x0064, 0xFF9B, 0x0001], 48, "an address for local translation (64:ff9b:1::/48)"),
        v6([0x2001], 32, "a Teredo address (2001::/32)"),
        v6([0x2001], 23, "an address for protocols (2001::/23)"),
        v6([0x2001, 0x0DB8], 32, "an address for documentation (2001:db8::/32)"),
        v6([0x2002], 16, "a 6to4 address (2002::/16)"),
        v6([0x3FFF], 20, "an address for documentation (3fff::/20)"),
        v6([0xFC00], 7, "a private address (fc00::/7)"),
        v6([0xFE80], 10, "a link-local address (fe80::/10)"),
        v6([0xFEC0], 10, "a private address (fec0::/10)"),
        v6([0xFF00], 8, "a multicast address (ff00::/8)"),
    ]

    static let nat64 = v6([0x0064, 0xFF9B], 96, "an IPv4 address behind NAT64 (64:ff9b::/96)")
    static let global6 = v6([0x2000], 3, "a public address")
}
