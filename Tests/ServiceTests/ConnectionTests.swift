// Connections that do not behave: each is answered or closed in time, and takes nothing from the others.

import Foundation
import Imaging
import Service
import TestSupport
import Testing

@Suite struct ConnectionTests {
    @Test func keepsConnections() async throws {
        try await withService { service, _ in
            let photo = try picture().png()
            let connection = RawConnection(port: service.port)
            for _ in 0..<3 {
                connection.send(requestText("POST", "/v1/models/tiny:predict", body: photo))
                #expect(await connection.reply()?.status == 200)
            }
            // Three requests in one packet are answered in their order.
            connection.send(
                requestText("GET", "/livez")
                    + requestText("POST", "/v1/models/tiny:predict", ["x-request-id": "second"], body: photo)
                    + requestText("GET", "/nothing"))
            #expect(await connection.reply()?.status == 200)
            #expect(await connection.reply()?.headers["x-request-id"] == "second")
            #expect(await connection.reply()?.status == 404)
            connection.send(requestText("GET", "/livez", ["connection": "close"]))
            #expect(await connection.reply()?.headers["connection"] == "close")
            #expect(await connection.isClosed)
        }
    }

    @Test func refusesLongBodiesBeforeTheyCome() async throws {
        try await withService({ $0.limits.http.bodyBytes = 1000 }) { service, _ in
            let announced = RawConnection(port: service.port)
            announced.send(requestText("POST", "/v1/models/tiny:predict", ["content-length": "10000000000"]))
            #expect(await announced.reply()?.status == 413)
            #expect(await announced.isClosed)
            let waiting = RawConnection(port: service.port)
            waiting.send(
                requestText("POST", "/v1/models/tiny:predict", ["content-length": "2000", "expect": "100-continue"]))
            #expect(await waiting.reply()?.status == 413)
            let chunked = RawConnection(port: service.port)
            chunked.send(requestText("POST", "/v1/models/tiny:predict", ["transfer-encoding": "chunked"]))
            for _ in 0..<30 where chunked.send("64\r\n" + String(repeating: "x", count: 100) + "\r\n") {}
            #expect(await chunked.reply()?.status == 413)
            #expect(await chunked.isClosed)
        }
    }

    @Test func refusesWithoutWaitingForTheBody() async throws {
        func change(_ configuration: inout ServiceConfiguration) {
            configuration.limits.http.earlyAnswerTime = .milliseconds(1)
        }
        try await withService(change) { service, _ in
            // Of a body that does not come only the announcement is needed to say that there is no such model's address.
            let slow = RawConnection(port: service.port)
            slow.send(requestText("POST", "/nothing", ["content-length": "1000"]))
            let reply = await slow.reply()
            #expect(reply?.status == 404)
            #expect(reply?.headers["connection"] == "close")
            #expect(await slow.isClosed)
        }
        // Where the body comes in time, the connection is kept.
        try await withService { service, _ in
            let quick = RawConnection(port: service.port)
            quick.send(requestText("POST", "/nothing", ["content-length": "1000"]))
            quick.send([UInt8](repeating: 0, count: 1000))
            #expect(await quick.reply()?.headers["connection"] == nil)
            quick.send(requestText("GET", "/livez"))
            #expect(await quick.reply()?.status == 200)
        }
    }

    /// A full queue is said before the body comes: a service that is too busy does not receive what it will not read.
    @Test(arguments: ["/v1/models/tiny:predict", "/v1/models/tiny:embed", "/v2/models/tiny/infer", "/score"])
    func refusesByTheHeadersWhenFull(path: String) async throws {
        func change(_ configuration: inout ServiceConfiguration) {
            configuration.limits.queue = 0
            configuration.limits.http.earlyAnswerTime = .milliseconds(1)
        }
        try await withService(change) { service, _ in
            let connection = RawConnection(port: service.port)
            connection.send(requestText("POST", path, ["content-length": "1000"]))
            let reply = await connection.reply()
            #expect(reply?.status == 503)
            #expect(reply?.headers["retry-after"].flatMap { Int($0) } ?? 0 >= 1)
        }
    }

    @Test func refusesManyPieces() async throws {
        try await withService({ $0.limits.http.bodyPieces = 100 }) { service, _ in
            let connection = RawConnection(port: service.port)
            connection.send(requestText("POST", "/v1/models/tiny:predict", ["transfer-encoding": "chunked"]))
            connection.send(String(repeating: "1\r\nx\r\n", count: 200))
            #expect(await connection.reply()?.status == 413)
        }
    }

    @Test func saysThatABodyMayCome() async throws {
        try await withService { service, _ in
            let photo = try picture().png()
            let connection = RawConnection(port: service.port)
            connection.send(
                requestText(
                    "POST", "/v1/models/tiny:predict", ["content-length": "\(photo.count)", "expect": "100-continue"]))
            #expect(await connection.reply()?.status == 100)
            connection.send(photo)
            #expect(await connection.reply()?.status == 200)
        }
    }

    @Test func doesNotWaitForDrips() async throws {
        func change(_ configuration: inout ServiceConfiguration) {
            configuration.limits.http.headerTime = .seconds(1)
            configuration.limits.http.idleTime = .seconds(1)
            configuration.limits.http.slowestGrace = .seconds(1)
        }
        try await withService(change) { service, _ in
            let silent = RawConnection(port: service.port)
            #expect(await silent.isClosed)
            let slowHeaders = RawConnection(port: service.port)
            slowHeaders.send("GET /livez HTTP/1.1\r\nHost: ")
            #expect(await slowHeaders.reply()?.status == 408)
            let slowBody = RawConnection(port: service.port)
            slowBody.send(requestText("POST", "/v1/models/tiny:predict", ["content-length": "1000"]))
            slowBody.send("x")
            #expect(await slowBody.reply()?.status == 408)
            #expect(await slowBody.isClosed)
            let idle = RawConnection(port: service.port)
            idle.send(requestText("GET", "/livez"))
            #expect(await idle.reply()?.status == 200)
            #expect(await idle.isClosed)
        }
    }

    @Test(arguments: [
        "POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: -3\r\n\r\n",
        "POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3x\r\n\r\nabc",
        "POST /score HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost : localhost\r\n\r\n", "GET /livez\r\n\r\n", "\u{16}\u{03}\u{01}\r\n\r\n",
        "GET /livez HTTP/3.0\r\nHost: localhost\r\n\r\n", "G\u{0}T /livez HTTP/1.1\r\n\r\n",
    ])
    func closesWhatIsNotHTTP(text: String) async throws {
        try await withService { service, _ in
            let connection = RawConnection(port: service.port)
            connection.send(text + "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let reply = await connection.reply()
            #expect(reply == nil || reply?.status == 400, "\(reply?.status ?? 0)")
            #expect(await connection.reply() == nil)
        }
    }

    @Test func refusesLongHeaders() async throws {
        try await withService { service, _ in
            for text in [
                "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + String(repeating: "x", count: 100_000) + "\r\n\r\n",
                "GET /livez HTTP/1.1\r\nHost: localhost\r\n" + (0..<1001).map { "X\($0): 1\r\n" }.joined() + "\r\n",
                "GET /" + String(repeating: "x", count: 100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
            ] {
                let connection = RawConnection(port: service.port)
                connection.send(text)
                let status = await connection.reply()?.status
                #expect(status == 431 || status == nil)
            }
        }
    }

    @Test func survivesClientsThatLeave() async throws {
        try await withService { service, _ in
            let photo = try picture(width: 600, height: 400).png()
            for _ in 0..<20 {
                let connection = RawConnection(port: service.port)
                connection.send(requestText("POST", "/v1/models/tiny:predict", body: photo))
            }
            #expect(await ask(service, "POST", "/v1/models/tiny:predict", body: photo)?.status == 200)
        }
    }

    @Test func hasSoManyConnectionsAndNoMore() async throws {
        try await withService({ $0.limits.http.connections = 3 }) { service, _ in
            var held = (0..<3).map { _ in RawConnection(port: service.port) }
            for connection in held {
                connection.send(requestText("GET", "/livez"))
                #expect(await connection.reply()?.status == 200)
            }
            // The fourth waits in the system's queue until one of the others ends.
            let late = RawConnection(port: service.port)
            late.send(requestText("GET", "/livez"))
            held.removeLast()
            #expect(await late.reply()?.status == 200)
        }
    }

    @Test func endsInOrder() async throws {
        try await withService { service, _ in
            let photo = try picture().png()
            let connection = RawConnection(port: service.port)
            connection.send(requestText("POST", "/v1/models/tiny:predict", body: photo))
            let cut = await service.stop()
            #expect(cut == 0)
            #expect(await connection.reply()?.status == 200)
            #expect(await connection.isClosed)
        }
    }
}
