// By which names the service may be called, and from which pages.
//
// A page in the operator's browser can send requests to 127.0.0.1, and by rebinding its own name to that address can read
// the answers. Both are told apart by what the browser itself writes: `Host`, `Origin` and `Sec-Fetch-Site`.

/// The names that requests may be addressed to.
struct HostRule: Sendable {
    private let names: Set<String>

    /// - Parameter names: Names beside those of this machine, in any case.
    init(_ names: [String]) { self.names = Set(names.map { $0.lowercased() } + ["localhost"]) }

    /// Whether a `Host` field is one of ours; addresses in numbers always are, for a name that was rebound is a name.
    func allows(_ host: String) -> Bool {
        let name = Self.name(host)
        return names.contains(name) || Self.isAddress(name)
    }

    /// Whether a request that a page caused comes from a page of our own: browsers say so in `Origin`.
    ///
    /// Programs that are no browsers send none of this.
    func allowsOrigin(of head: RequestHead) -> Bool {
        if let site = head.header("sec-fetch-site"), site != "same-origin", site != "none" { return false }
        guard let origin = head.header("origin") else { return true }
        let scheme = head.isEncrypted ? "https://" : "http://"
        guard origin.lowercased().hasPrefix(scheme), let host = head.header("host") else { return false }
        return origin.dropFirst(scheme.count).lowercased() == host.lowercased()
    }

    /// The name of a `Host` field without its port, in lower case.
    private static func name(_ host: String) -> String {
        let text = host.lowercased()
        if text.hasPrefix("[") { return String(text.prefix { $0 != "]" }.dropFirst()) }
        return String(text.prefix { $0 != ":" })
    }

    private static func isAddress(_ name: String) -> Bool {
        if name.contains(":") { return name.utf8.allSatisfy { "0123456789abcdef:.".utf8.contains($0) } }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in part.utf8.count <= 3 && UInt8(part).map { "\($0)" == part } == true }
    }
}
