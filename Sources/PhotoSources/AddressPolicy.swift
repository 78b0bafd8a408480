// Which machines may be asked: those of the public internet, and those that the user named.

/// A machine's number and port.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// The machine.
    public var address: IPAddress
    /// Its port.
    public var port: Int

    /// Makes an endpoint.
    public init(_ address: IPAddress, port: Int) { (self.address, self.port) = (address, port) }

    /// "192.0.2.1:80", "[2001:db8::1]:80".
    public var description: String {
        if case .v6 = address { "[\(address)]:\(port)" } else { "\(address):\(port)" }
    }
}

/// Which machines may be asked.
public struct AddressPolicy: Hashable, Sendable {
    /// A machine that may be asked although it is not public.
    public struct Exception: Hashable, Sendable {
        /// Its name in small letters, or its number.
        public let host: String
        /// The only port, or nil for all.
        public let port: Int?

        /// Reads "HOST" or "HOST:PORT"; an IPv6 address with a port stands in brackets.
        ///
        /// Nil where that is neither a name nor a number.
        public init?(_ text: String) {
            if let number = IPAddress(text) {
                (host, port) = (number.description, nil)
                return
            }
            guard let address = try? WebAddress("http://\(text)/"), address.target == "/", !text.contains("/"),
                !text.hasSuffix(":")
            else {
                return nil
            }
            host = address.host
            port = text.hasSuffix(":\(address.port)") ? address.port : nil
        }
    }

    /// The machines that may be asked although they are not public.
    public var exceptions: [Exception]

    /// Makes a policy: public addresses only, and the exceptions.
    public init(exceptions: [Exception] = []) { self.exceptions = exceptions }

    /// Why a machine is not asked for an address, or nil if it may be.
    ///
    /// An exception by number holds for the machine that would be asked, one by name for that name in the address,
    /// wherever it leads.
    func refusal(of endpoint: Endpoint, for address: WebAddress) -> LinkFailure? {
        guard let reason = endpoint.address.notPublic else { return nil }
        let isExcepted = exceptions.contains { exception in
            exception.host == endpoint.address.description && exception.port ?? endpoint.port == endpoint.port
                || exception.host == address.host && exception.port ?? address.port == address.port
        }
        if isExcepted { return nil }
        let leads = address.number == nil ? "\(address.host) leads to \(endpoint.address)" : "it is"
        return LinkFailure(.privateAddress, address.number == nil ? "\(leads), \(reason)" : "\(leads) \(reason)")
    }
}
