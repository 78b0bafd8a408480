// TLS: with a certificate, with a renewed one, and for clients that do not speak it.

import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Service
import TestSupport
import Testing

@Suite struct EncryptionTests {
    @Test func answersEncrypted() async throws {
        try await withEncryptedService { service, _ in
            #expect(service.address.scheme == "https")
            let reply = await encryptedReply(port: service.port, trusting: .first)
            #expect(reply?.hasPrefix("HTTP/1.1 200") == true, "\(reply ?? "no answer")")
            // Who trusts another certificate does not talk to this one.
            #expect(await encryptedReply(port: service.port, trusting: .second) == nil)
        }
    }

    @Test func refusesOldVersionsAndPlainText() async throws {
        try await withEncryptedService { service, _ in
            #expect(await encryptedReply(port: service.port, trusting: .first, upTo: .tlsv11) == nil)
            #expect(await encryptedReply(port: service.port, trusting: .first, upTo: .tlsv12) != nil)
            let plain = RawConnection(port: service.port)
            plain.send(requestText("GET", "/livez"))
            #expect(await plain.reply() == nil)
            #expect(await encryptedReply(port: service.port, trusting: .first) != nil)
        }
    }

    @Test func takesARenewedCertificate() async throws {
        try await withEncryptedService { service, folder in
            // While only one of the two is new, the old pair stays in use.
            try Data(TestCertificate.second.chain.utf8).write(to: folder.appending(path: "chain.pem"), options: .atomic)
            try await Task.sleep(for: .milliseconds(200))
            #expect(await encryptedReply(port: service.port, trusting: .first) != nil)
            try Data(TestCertificate.second.key.utf8).write(to: folder.appending(path: "key.pem"), options: .atomic)
            var reply: String?
            for _ in 0..<5000 where reply == nil {
                try await Task.sleep(for: .milliseconds(20))
                reply = await encryptedReply(port: service.port, trusting: .second)
            }
            #expect(reply?.hasPrefix("HTTP/1.1 200") == true)
            #expect(await encryptedReply(port: service.port, trusting: .first) == nil)
        }
    }

    @Test func doesNotStartWithAKeyOfAnother() async throws {
        try await withTemporaryFolder { folder in
            let (chain, key) = (folder.appending(path: "chain.pem"), folder.appending(path: "key.pem"))
            try Data(TestCertificate.first.chain.utf8).write(to: chain)
            try Data(TestCertificate.second.key.utf8).write(to: key)
            try writeModel(folder.appending(path: "models/tiny/1"))
            var configuration = ServiceConfiguration(models: ["tiny"])
            (configuration.workspace, configuration.port) = (folder, 0)
            configuration.certificate = (chain, key)
            await #expect(throws: ServiceStartError.self) {
                _ = try await PredictionService(configuration, log: ServiceLog(file: nil))
            }
        }
    }
}

/// Runs `body` with a service that has the first certificate, in `chain.pem` and `key.pem` of the folder.
private func withEncryptedService(_ body: (PredictionService, URL) async throws -> Void) async throws {
    try await withTemporaryFolder { files in
        let (chain, key) = (files.appending(path: "chain.pem"), files.appending(path: "key.pem"))
        try Data(TestCertificate.first.chain.utf8).write(to: chain)
        try Data(TestCertificate.first.key.utf8).write(to: key)
        try await withService({ $0.certificate = (chain, key) }) { service, _ in try await body(service, files) }
    }
}

/// What `GET /livez` is answered with over TLS; nil if there is no answer.
private func encryptedReply(
    port: Int, trusting certificate: TestCertificate, upTo version: TLSVersion? = nil
) async -> String? {
    do {
        var configuration = TLSConfiguration.makeClientConfiguration()
        let root = try NIOSSLCertificate(bytes: Array(certificate.chain.utf8), format: .pem)
        configuration.trustRoots = .certificates([root])
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = version
        let context = try NIOSSLContext(configuration: configuration)
        let group = MultiThreadedEventLoopGroup.singleton
        let reply = group.any().makePromise(of: String.self)
        let bootstrap = ClientBootstrap(group: group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let encryption = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
                try channel.pipeline.syncOperations.addHandlers([encryption, ReplyCollector(reply)])
            }
        }
        do {
            let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
            let request = ByteBuffer(bytes: requestText("GET", "/livez", ["connection": "close"]))
            // Sent when both sides have shaken hands; fails where they do not.
            channel.writeAndFlush(request, promise: nil)
        } catch {
            reply.fail(error)
        }
        let text = try await reply.futureResult.get()
        return text.isEmpty ? nil : text
    } catch {
        return nil
    }
}

/// Keeps what comes until the connection ends.
private final class ReplyCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var bytes = ByteBuffer()
    private let reply: EventLoopPromise<String>

    init(_ reply: EventLoopPromise<String>) { self.reply = reply }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.writeImmutableBuffer(unwrapInboundIn(data))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An end without TLS's own farewell loses nothing of an answer whose length is known.
        if bytes.readableBytes == 0 { reply.fail(error) }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { reply.succeed(String(buffer: bytes)) }
}
