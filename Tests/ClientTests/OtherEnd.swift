// The other end of a connection, which answers as a test says, or misbehaves as it says.

import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Something that listens on a port of this machine.
enum OtherEnd {
    /// Answers every request with a status and a body, whatever was asked; the body depends on the address.
    static func serving(
        _ answer: @escaping @Sendable (String) -> (HTTPResponseStatus, String),
        _ body: (URL) async throws -> Void
    ) async throws {
        try await listening(body) { channel in
            channel.pipeline.configureHTTPServerPipeline().flatMap {
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answering(answer))
                }
            }
        }
    }

    /// Does `act` with whoever sends something, whatever that is.
    ///
    /// Not before: what reaches the client between the connection and the first request is dropped, now and then.
    static func hearing(
        _ act: @escaping @Sendable (ChannelHandlerContext) -> Void, _ body: (URL) async throws -> Void
    ) async throws {
        try await listening(body) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Hearing(act))
            }
        }
    }

    /// A port on which nothing listens: one that a test could have had before could be another's now.
    static let nowhere = URL(string: "http://127.0.0.1:1") ?? URL(filePath: "/")

    private static func listening(
        _ body: (URL) async throws -> Void,
        _ begin: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) async throws {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer(begin).bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(address(of: channel))
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }

    private static func address(of channel: any Channel) -> URL {
        URL(string: "http://127.0.0.1:\(channel.localAddress?.port ?? 0)") ?? URL(filePath: "/")
    }
}

private final class Answering: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let answer: @Sendable (String) -> (HTTPResponseStatus, String)
    private var address = ""

    init(_ answer: @escaping @Sendable (String) -> (HTTPResponseStatus, String)) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): address = head.uri
        case .body: break
        case .end:
            let (status, text) = answer(address)
            let headers: HTTPHeaders = ["content-length": "\(text.utf8.count)"]
            context.write(
                wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

private final class Hearing: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let act: @Sendable (ChannelHandlerContext) -> Void

    init(_ act: @escaping @Sendable (ChannelHandlerContext) -> Void) { self.act = act }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { act(context) }
}
