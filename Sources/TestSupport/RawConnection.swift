// A client that says exactly what it is told to, and reads answers of known length.
import Foundation

/// An answer, taken apart.
public struct Reply: Sendable {
    /// The status.
    public var status: Int
    /// The header's fields; names in small letters.
    public var headers: [String: String]
    /// The bytes that the header announced.
    public var body: [UInt8]

    /// The body, read as text.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// A connection to this machine over which a test sends whatever bytes it likes.
///
/// `@unchecked Sendable`: a test uses its connection for one thing at a time.
public final class RawConnection: @unchecked Sendable {
    private let socket: Int32
    private var buffer: [UInt8] = []

    /// - Parameters:
    ///   - port: Where to connect to.
    ///   - timeout: After how many seconds without a byte sending and waiting are given up.
    public init(port: Int, timeout: Int = 600) {
        #if canImport(Glibc)
            socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            socket = Darwin.socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var time = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { close(socket) }

    /// Has the connection be reset when it is closed, as that of a process that is killed is while bytes are under way.
    public func resetWhenClosed() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    /// Sends bytes; false if the other end has closed.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                #if canImport(Glibc)
                    Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                #else
                    Darwin.send(socket, $0.baseAddress, $0.count, 0)
                #endif
            }
            if count <= 0 { return false }
            offset += count
        }
        return true
    }

    /// Sends text; false if the other end has closed.
    @discardableResult
    public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    private func more() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(socket, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }

    /// The next answer; nil if the connection ends before it.
    ///
    /// Waiting happens on a thread of its own: the service under test needs those that tests run on.
    public func reply(isHead: Bool = false) async -> Reply? { await onOwnThread { self.waitForReply(isHead: isHead) } }

    /// The next answer; nil if the connection ends before it.
    ///
    /// The calling thread waits.
    public func waitForReply(isHead: Bool = false) -> Reply? {
        let end = Array("\r\n\r\n".utf8)
        var place: Int?
        while place == nil {
            place = buffer.indices.dropLast(3).first { buffer[$0..<($0 + 4)].elementsEqual(end) }
            if place == nil, !more() { return nil }
        }
        guard let place else { return nil }
        let lines = String(decoding: buffer[..<place], as: UTF8.self).components(separatedBy: "\r\n")
        buffer.removeFirst(place + 4)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let length = isHead ? 0 : headers["content-length"].flatMap { Int($0) } ?? 0
        while buffer.count < length { if !more() { return nil } }
        let body = Array(buffer[..<length])
        buffer.removeFirst(length)
        return Reply(status: status, headers: headers, body: body)
    }

    /// Whether the other end closes the connection, without a further byte.
    public var isClosed: Bool { get async { await onOwnThread { self.buffer.isEmpty && !self.more() } } }
}

/// Runs what blocks on a thread of its own: a test that blocked one of Swift's few threads would hold up all others.
public func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: body()) }
    }
}
