// A server on this machine that plays many: it tells them apart by the header Host, and answers as a test says.

import NIOCore
import NIOPosix
import Synchronization

/// A request as it came.
struct Asked: Hashable, Sendable {
    /// The header `Host`.
    var host: String
    /// "/path?query".
    var path: String
    /// By name in small letters.
    var headers: [String: String]
    /// How often this host and path were asked for before.
    var number: Int
}

/// What the server does with a request.
enum Act: Sendable {
    /// Answers, with the body's length unless the headers say another.
    case reply(Int = 200, [String: String] = [:], [UInt8] = [])
    /// Answers as if more were to come, and closes the connection after the body.
    case cut(announced: Int, [UInt8])
    /// Takes the request and says nothing.
    case silence
    /// Sends a byte every 50 milliseconds.
    case drip
    /// Sends without end.
    case endless
}

/// The server.
final class PlayServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let log: Log

    /// What happened so far.
    fileprivate struct State {
        var asked: [Asked] = []
        var connections = 0
        /// Requests that are being answered, by host, and the most at once.
        var open: [String: Int] = [:]
        var most: [String: Int] = [:]
    }

    fileprivate final class Log: Sendable {
        let state = Mutex(State())
    }

    var asked: [Asked] { log.state.withLock { $0.asked } }
    var connections: Int { log.state.withLock { $0.connections } }
    /// The most requests to one host that were open at once.
    var mostAtOnce: Int { log.state.withLock { $0.most.values.max() ?? 0 } }

    /// Starts a server that thinks a while before each answer.
    init(milliseconds: Int64 = 0, _ act: @escaping @Sendable (Asked) -> Act) async throws {
        let log = Log()
        self.log = log
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                log.state.withLock { $0.connections += 1 }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PlayHandler(log, .milliseconds(milliseconds), act))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func stop() async throws { try await channel.close() }
}

/// Reads requests without bodies, and answers them.
private final class PlayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let log: PlayServer.Log
    private let pause: TimeAmount
    private let act: @Sendable (Asked) -> Act
    private var text = ""

    init(_ log: PlayServer.Log, _ pause: TimeAmount, _ act: @escaping @Sendable (Asked) -> Act) {
        (self.log, self.pause, self.act) = (log, pause, act)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        guard text.hasSuffix("\r\n\r\n") else { return }
        let lines = text.split(separator: "\r\n")
        text = ""
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count == 2 ? String(parts[1].dropFirst()) : ""
        }
        let (host, path) = (headers["host"] ?? "", String(lines[0].split(separator: " ")[1]))
        let asked = log.state.withLock { state in
            let number = state.asked.count { $0.host == host && $0.path == path }
            let asked = Asked(host: host, path: path, headers: headers, number: number)
            state.asked.append(asked)
            state.open[host, default: 0] += 1
            state.most[host] = max(state.most[host] ?? 0, state.open[host] ?? 0)
            return asked
        }
        let act = act(asked)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: pause) {
            let (handler, context) = bound.value
            handler.log.state.withLock { $0.open[host, default: 0] -= 1 }
            handler.answer(act, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ act: Act, _ context: ChannelHandlerContext) {
        switch act {
        case .reply(let status, let more, let body):
            var headers = ["Content-Length": "\(body.count)"]
            headers.merge(more) { $1 }
            send(head(status, headers) + body, context)
        case .cut(let announced, let body):
            send(head(200, ["Content-Length": "\(announced)"]) + body, context)
            context.close(promise: nil)
        case .silence: break
        case .drip:
            send(head(200, ["Content-Length": "1000000"]), context)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(50)) { task in
                let (handler, context) = bound.value
                guard context.channel.isActive else { return task.cancel() }
                handler.send([0xFF], context)
            }
        case .endless:
            send(head(200, ["Transfer-Encoding": "chunked", "Content-Type": "image/jpeg"]), context)
            flood(context)
        }
    }

    /// One chunk after another, as fast as they are taken.
    private func flood(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let body = [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 0, count: 65532)
        let chunk = Array("10000\r\n".utf8) + body + Array("\r\n".utf8)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: chunk))).whenSuccess {
            // Not from within the last write's end, or the stack would grow.
            bound.value.1.eventLoop.execute { bound.value.0.flood(bound.value.1) }
        }
    }

    private func head(_ status: Int, _ headers: [String: String]) -> [UInt8] {
        let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }
        return Array("HTTP/1.1 \(status) Status\r\n\(lines.joined())\r\n".utf8)
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }
}
