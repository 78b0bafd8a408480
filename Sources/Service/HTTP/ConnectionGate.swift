// How many connections there may be, and which there are.

import NIOCore
import Synchronization

/// The open connections.
final class Connections: Sendable {
    private struct State {
        var open: [ObjectIdentifier: any Channel] = [:]
        var whoWaitsForNone: [EventLoopPromise<Void>] = []
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.open.count } }

    func add(_ channel: any Channel) {
        state.withLock { $0.open[ObjectIdentifier(channel)] = channel }
    }

    func remove(_ channel: any Channel) {
        let promises = state.withLock { state in
            state.open[ObjectIdentifier(channel)] = nil
            guard state.open.isEmpty else { return [] as [EventLoopPromise<Void>] }
            defer { state.whoWaitsForNone = [] }
            return state.whoWaitsForNone
        }
        for promise in promises { promise.succeed() }
    }

    /// Tells all connections something.
    func tell(_ event: some Sendable) {
        for channel in state.withLock({ Array($0.open.values) }) {
            channel.pipeline.fireUserInboundEventTriggered(event)
        }
    }

    /// Ends all connections, whatever they are at.
    func closeAll() {
        for channel in state.withLock({ Array($0.open.values) }) { channel.close(promise: nil) }
    }

    /// Succeeds as soon as there is none.
    func none(on loop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        let isEmpty = state.withLock { state in
            if !state.open.isEmpty { state.whoWaitsForNone.append(promise) }
            return state.open.isEmpty
        }
        if isEmpty { promise.succeed() }
        return promise.futureResult
    }
}

/// Stands before the listening socket: beyond `limit` connections no further one is accepted until one ends.
///
/// Those that wait do so in the system's queue.
final class ConnectionGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = any Channel

    private let connections: Connections
    private let limit: Int
    private var isWaiting = false
    private var accepted = 0

    init(_ connections: Connections, limit: Int) {
        self.connections = connections
        self.limit = limit
    }

    func read(context: ChannelHandlerContext) {
        if accepted >= limit { isWaiting = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = unwrapInboundIn(data)
        accepted += 1
        connections.add(channel)
        let connections = connections
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        channel.closeFuture.hop(to: context.eventLoop).whenComplete { _ in
            connections.remove(channel)
            let (gate, context) = bound.value
            gate.accepted -= 1
            if gate.isWaiting && gate.accepted < gate.limit {
                gate.isWaiting = false
                context.read()
            }
        }
        context.fireChannelRead(data)
    }
}
