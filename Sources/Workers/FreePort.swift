// A port that nobody on this machine uses.

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A port of the loopback address that was free a moment ago.
///
/// It is below those that systems give to outgoing connections and to whoever asks for any (from 32768 on Linux, from 49152
/// elsewhere), so that no other program is likely to get it before it is used.
package func freePort() throws -> Int {
    for _ in 0..<100 {
        if let port = try? bound(Int.random(in: 20_000..<32_768)) { return port }
    }
    return try bound(0)
}

/// Binds a port for a moment, and gives its number.
private func bound(_ port: Int) throws -> Int {
    #if canImport(Glibc)
        let kind = Int32(SOCK_STREAM.rawValue)
    #else
        let kind = SOCK_STREAM
    #endif
    let socket = socket(AF_INET, kind, 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(socket, $0, size) == 0 ? getsockname(socket, $0, &size) : -1
        }
    }
    guard status == 0 else {
        throw WorkersError.launch(worker: 0, program: "127.0.0.1", reason: String(cString: strerror(errno)))
    }
    return Int(UInt16(bigEndian: address.sin_port))
}
