// From the names of hosts to their numbers.

import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds the machines of a host.
public struct Resolver: Sendable {
    private let look: @Sendable (_ host: String, _ port: Int) async throws -> [Endpoint]

    /// Makes a resolver.
    public init(_ endpoints: @escaping @Sendable (_ host: String, _ port: Int) async throws -> [Endpoint]) {
        look = endpoints
    }

    /// The machines of a host, in the order in which they are to be tried; throws `LinkFailure`.
    public func endpoints(host: String, port: Int) async throws -> [Endpoint] { try await look(host, port) }

    /// The system's: `getaddrinfo`.
    public static let system = Resolver { host, port in
        // It blocks, so it has a thread of its own kind.
        try await withCheckedThrowingContinuation { continuation in
            lookUps.async { continuation.resume(with: Result { try lookUp(host).map { Endpoint($0, port: port) } }) }
        }
    }

    /// Reads "HOST=ADDRESS:PORT", or nil where the text is something else.
    public static func entry(_ text: String) -> (host: String, endpoint: Endpoint)? {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let address = try? WebAddress("http://\(parts[1])"), let number = address.number,
            address.target == "/"
        else { return nil }
        return (parts[0].lowercased(), Endpoint(number, port: address.port))
    }

    /// Looks names up in a table first; "*" stands for all names that are not in it.
    public static func table(_ table: [String: Endpoint], otherwise other: Resolver) -> Resolver {
        Resolver { host, port in
            if let endpoint = table[host] ?? table["*"] { return [endpoint] }
            return try await other.endpoints(host: host, port: port)
        }
    }
}

private let lookUps = DispatchQueue(label: "ocelot.look-ups", attributes: .concurrent)

private func lookUp(_ host: String) throws(LinkFailure) -> [IPAddress] {
    var hints = addrinfo()
    #if canImport(Glibc)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
        hints.ai_socktype = SOCK_STREAM
    #endif
    hints.ai_family = AF_UNSPEC
    // Addresses of a kind that this machine has no connection for are left out.
    hints.ai_flags = AI_ADDRCONFIG
    var results: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, nil, &hints, &results)
    defer { if let results { freeaddrinfo(results) } }
    guard status == 0 else {
        guard status == EAI_AGAIN else { throw LinkFailure(.noHost, "there is no host \(host)") }
        throw LinkFailure(.noHost, "nobody tells where \(host) is", isLocal: true)
    }
    var addresses: [IPAddress] = []
    var next = results
    while let entry = next?.pointee {
        next = entry.ai_next
        guard let address = entry.ai_addr else { continue }
        let found: IPAddress? =
            switch entry.ai_family {
            case AF_INET:
                address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    .v4(UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
                }
            case AF_INET6:
                address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    withUnsafeBytes(of: $0.pointee.sin6_addr) { .v6($0.reduce(0) { $0 << 8 | UInt128($1) }) }
                }
            default: nil
            }
        if let found, !addresses.contains(found) { addresses.append(found) }
    }
    guard !addresses.isEmpty else { throw LinkFailure(.noHost, "\(host) has no address") }
    return addresses
}
