// Listens, and makes a pipeline of handlers for each connection.

import CConfinement
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A listening socket and its connections.
final class HTTPServer: Sendable {
    private let application: any HTTPApplication
    private let limits: HTTPLimits
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    /// Descriptors for files, decoders and libraries.
    private static let otherDescriptors = 64
    let connections: Connections
    let room: BodyRoom

    /// The port that it listens on.
    var port: Int { channel.localAddress?.port ?? 0 }

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - application: Who answers.
    ///   - host: An address of this machine, or a name of one.
    ///   - port: 0 for one that is free.
    ///   - limits: What connections may take.
    ///   - encryption: Certificate and key; nil for plain HTTP.
    ///   - threads: How many read and write; parsing is cheap beside computing.
    /// - Throws: What the system says of the address.
    init(
        _ application: any HTTPApplication, host: String, port: Int, limits: HTTPLimits, encryption: Encryption?,
        threads: Int
    ) async throws {
        self.application = application
        self.limits = limits
        let (connections, room) = (Connections(), BodyRoom(limit: limits.bodyBytesInAll))
        // When no descriptor is left, NIO tries to accept again and again without a pause (its `AcceptBackoffHandler` does
        // not help: the read that failed counts as still wanted). So there are never more connections than fit.
        let limit = min(limits.connections, max(Int(cc_descriptors()) - Self.otherDescriptors, 8))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        (self.connections, self.room, self.group) = (connections, room, group)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ConnectionGate(connections, limit: limit))
                }
            }
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.fill(channel.pipeline.syncOperations, channel, application, limits, room, encryption)
                }
            }
        do {
            channel = try await bootstrap.bind(host: host, port: port).get()
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private static func fill(
        _ pipeline: ChannelPipeline.SynchronousOperations, _ channel: any Channel,
        _ application: any HTTPApplication, _ limits: HTTPLimits, _ room: BodyRoom, _ encryption: Encryption?
    ) throws {
        if let encryption { try pipeline.addHandler(NIOSSLServerHandler(context: encryption.context)) }
        var headers = NIOHTTPDecoderLimitConfiguration()
        headers.maxHeaderFieldSize = limits.headerBytes
        headers.maxHeaderListSize = limits.headerBytes
        headers.maxHeaderFieldCount = limits.headerFields
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: headers)
        try pipeline.addHandlers([
            ByteWatch(), HTTPResponseEncoder(), ByteToMessageHandler(decoder),
            ConnectionHandler(
                application, limits: limits, room: room, peer: channel.remoteAddress?.ipAddress ?? "local",
                isEncrypted: encryption != nil),
        ])
    }

    /// Ends in order: nothing new is accepted, what has begun is answered, and at `deadline` the rest is cut off.
    ///
    /// - Returns: How many connections were cut off.
    func drain(until deadline: ContinuousClock.Instant) async -> Int {
        try? await channel.close()
        connections.tell(CloseWhenIdle())
        let connections = connections
        let timer = channel.eventLoop.scheduleTask(in: TimeAmount(ContinuousClock.now.duration(to: deadline))) {
            defer { connections.closeAll() }
            return connections.count
        }
        try? await connections.none(on: channel.eventLoop).get()
        timer.cancel()
        let cut = (try? await timer.futureResult.get()) ?? 0
        try? await group.shutdownGracefully()
        return cut
    }
}
