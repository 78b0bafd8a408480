// A server on this machine that says what a test tells it to: for downloads that break off, lie, and lead elsewhere.
import Foundation
import Synchronization

/// One request, as far as the tests look at it.
struct Request: Sendable {
    /// "/file".
    var path: String
    /// By name in small letters.
    var headers: [String: String]
}

/// What the server sends, after which it closes the connection.
struct Reply: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body = Data()
    /// Sends only so many bytes of the body, though `Content-Length` says more.
    var cutAfter: Int?
}

/// Serves one connection after the other until it is stopped.
final class LocalServer: Sendable {
    /// "http://127.0.0.1:PORT/".
    let address: String
    private let listener: Int32
    private let log = Mutex<[Request]>([])

    /// What was asked for so far.
    var requests: [Request] { log.withLock { $0 } }

    /// Starts a server; `answer` gets each request and its number, from 0.
    init(_ answer: @escaping @Sendable (Request, Int) -> Reply) throws {
        #if canImport(Glibc)
            listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRINUSE) }
        address = "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))/"
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                if let request = Self.read(connection) {
                    let number = log.withLock { log in
                        log.append(request)
                        return log.count - 1
                    }
                    Self.send(answer(request, number), to: connection)
                }
                close(connection)
            }
        }
    }

    /// Ends the server, as if its machine had been switched off.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func read(_ connection: Int32) -> Request? {
        var bytes = Data()
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.range(of: Data("\r\n\r\n".utf8)) == nil {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes.append(contentsOf: buffer[..<count])
        }
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        return Request(path: String(lines[0].split(separator: " ")[1]), headers: headers)
    }

    private static func send(_ reply: Reply, to connection: Int32) {
        var headers = ["Content-Length": "\(reply.body.count)", "Connection": "close"]
        headers.merge(reply.headers) { $1 }
        let head = headers.map { "\($0): \($1)\r\n" }.joined()
        var bytes = Data("HTTP/1.1 \(reply.status) Status\r\n\(head)\r\n".utf8)
        bytes.append(reply.body.prefix(reply.cutAfter ?? reply.body.count))
        bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                #if canImport(Glibc)
                    let flags = Int32(MSG_NOSIGNAL)
                #else
                    let flags: Int32 = 0
                #endif
                let rest = buffer.baseAddress?.advanced(by: sent)
                let count = Foundation.send(connection, rest, buffer.count - sent, flags)
                guard count > 0 else { return }
                sent += count
            }
        }
    }
}
