// What handlers of one connection tell each other.

import NIOCore

/// The server is about to end: connections without a request are closed, the others after their answer.
struct CloseWhenIdle: Sendable {}

/// The first bytes of a request have come.
struct RequestBegan: Sendable {}

/// Says when a request's first bytes come, which the parser only tells when its headers are whole.
final class ByteWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireUserInboundEventTriggered(RequestBegan())
        context.fireChannelRead(data)
    }
}
