// One connection: reads requests one after another, holds every one to its limits, and writes the answers.
//
// Bytes are asked for only when there is use for them, so a client cannot make the server store what it does not want
// yet. Each state has a deadline of its own: a body that drips is slow however steadily it drips.

import NIOCore
import NIOHTTP1

/// The life of one connection, on its own event loop.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// For the headers of the next request.
        case waiting
        /// For the rest of a body.
        case receiving(RequestHead, keepsAlive: Bool, limit: Int)
        /// For the end of a body that is not wanted; the answer is known.
        case skipping(RequestHead, Response, count: Int)
        /// For the application, or for the client to take the answer.
        case answering
        /// The last answer is written; what still comes is thrown away.
        case lingering
        case closed
    }

    private let application: any HTTPApplication
    private let limits: HTTPLimits
    private let room: BodyRoom
    private let peer: String
    private let isEncrypted: Bool
    private var context: ChannelHandlerContext?

    private var state = State.waiting
    private var hasBegun = false
    private var body = ByteBuffer()
    /// Bytes of `room` that are this connection's, until its answer is sent.
    private var roomTaken = 0
    private var pieces = 0
    private var bodyBegan = ContinuousClock.now
    private var lingered = 0
    /// Parts of further requests that came in the same packet.
    private var early: CircularBuffer<HTTPServerRequestPart> = []
    private var isTakingEarly = false
    private var timer: ConnectionTimer?
    private var answer: Task<Void, Never>?
    private var inProgress: RequestHead?
    private var isReading = false
    private var closesWhenIdle = false

    init(_ application: any HTTPApplication, limits: HTTPLimits, room: BodyRoom, peer: String, isEncrypted: Bool) {
        self.application = application
        self.limits = limits
        self.room = room
        self.peer = peer
        self.isEncrypted = isEncrypted
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        timer = ConnectionTimer(context.eventLoop)
        if context.channel.isActive { begin() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { begin() }

    private func begin() {
        wait(limits.headerTime)
        readMore()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.end()
        answer?.cancel()
        release()
        if let inProgress { application.didAnswer(inProgress, status: 499, bytesReceived: 0, bytesSent: 0) }
        inProgress = nil
        state = .closed
        context.fireChannelInactive()
    }

    // MARK: What comes in

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch state {
        case .answering: early.append(part)
        default: take(part)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        readMore()
    }

    /// Asks for bytes where there is use for them.
    private func readMore() {
        // Most short bodies have come by now.
        if case .skipping = state, timer?.isClear == true {
            schedule(limits.earlyAnswerTime) { handler in
                guard case .skipping(let head, let response, let count) = handler.state else { return }
                handler.send(response, to: head, bytesReceived: count, keepsAlive: false)
            }
        }
        guard !isReading, let context else { return }
        switch state {
        case .waiting, .receiving, .skipping, .lingering:
            isReading = true
            context.read()
        case .answering, .closed: break
        }
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch (state, part) {
        case (.waiting, .head(let head)): begin(head)
        case (.receiving(let head, _, let limit), .body(let bytes)): receive(bytes, head, limit)
        case (.receiving(let head, let keepsAlive, _), .end): finishReceiving(head, keepsAlive)
        case (.skipping(let head, let response, let count), .body(let bytes)):
            state = .skipping(head, response, count: count + bytes.readableBytes)
        case (.skipping(let head, let response, let count), .end):
            send(response, to: head, bytesReceived: count, keepsAlive: true)
        case (.lingering, .body(let bytes)):
            lingered += bytes.readableBytes
            if lingered > limits.lingerBytes { close() }
        case (.lingering, .end): close()
        default: break
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        let (path, query) = Address.split(head.uri)
        var generator = SystemRandomNumberGenerator()
        var request = RequestHead(
            method: head.method, path: path, query: query, headers: head.headers, peer: peer, isEncrypted: isEncrypted,
            id: RequestID.accepted(head.headers.first(name: "x-request-id")) ?? RequestID.make(using: &generator),
            trace: TraceContext(head.headers["traceparent"], using: &generator), received: .now)
        let hasBody = head.headers.contains(name: "content-length") || head.headers.contains(name: "transfer-encoding")
        let admission = application.admit(&request)
        inProgress = request
        switch admission {
        case .answer(let response):
            if hasBody && head.isKeepAlive && isShort(head) {
                // Cheaper for both sides than a new connection, which a busy service can least afford.
                state = .skipping(request, response, count: 0)
                timer?.clear()
            } else {
                refuse(request, response, bodyFollows: hasBody, keepsAlive: head.isKeepAlive)
            }
        case .receive(let limit):
            let announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
            if announced > limit {
                let response = application.refusal(.bodyTooLarge(limit: limit), id: request.id)
                return refuse(request, response, bodyFollows: true, keepsAlive: false)
            }
            state = .receiving(request, keepsAlive: head.isKeepAlive, limit: limit)
            (pieces, bodyBegan, body) = (0, .now, ByteBuffer())
            if hasBody {
                if head.version == .http1_1, head.headers.first(name: "expect")?.lowercased() == "100-continue" {
                    sendContinue()
                }
                checkBodyRate(after: limits.slowestGrace)
            }
        }
    }

    /// Whether a body is announced that may as well be read and thrown away.
    private func isShort(_ head: HTTPRequestHead) -> Bool {
        guard head.headers.first(name: "expect") == nil else { return false }
        return head.headers.first(name: "content-length").flatMap { Int($0) }.map { $0 <= limits.lingerBytes } ?? false
    }

    /// The client waits for a word before it sends its body (RFC 9110, 10.1.1).
    private func sendContinue() {
        guard let context else { return }
        context.writeAndFlush(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    private func receive(_ bytes: ByteBuffer, _ head: RequestHead, _ limit: Int) {
        pieces += 1
        let count = body.readableBytes + bytes.readableBytes
        let fault: ConnectionFault? =
            if count > limit {
                .bodyTooLarge(limit: limit)
            } else if pieces > limits.bodyPieces {
                .tooManyPieces
            } else if !room.take(bytes.readableBytes) {
                .noRoom
            } else {
                nil
            }
        if let fault {
            refuse(head, application.refusal(fault, id: head.id), bodyFollows: true, keepsAlive: false)
        } else {
            roomTaken += bytes.readableBytes
            if body.readableBytes == 0 { body = bytes } else { body.writeImmutableBuffer(bytes) }
        }
    }

    private func finishReceiving(_ head: RequestHead, _ keepsAlive: Bool) {
        state = .answering
        timer?.clear()
        let request = Request(head: head, body: body)
        body = ByteBuffer()
        let count = request.body.readableBytes
        guard let context else { return }
        if let response = application.readmit(head) {
            return send(response, to: head, bytesReceived: count, keepsAlive: keepsAlive)
        }
        let (application, loop) = (application, context.eventLoop)
        let handler = NIOLoopBound(self, eventLoop: loop)
        answer = Task {
            let response = await application.respond(to: request)
            loop.execute { handler.value.send(response, to: head, bytesReceived: count, keepsAlive: keepsAlive) }
        }
        schedule(answerTime(head)) { handler in
            handler.answer?.cancel()
            let response = handler.application.refusal(.late, id: head.id)
            handler.send(response, to: head, bytesReceived: count, keepsAlive: false)
        }
    }

    /// How long the answer may take: what the client says if that is less than the limit.
    private func answerTime(_ head: RequestHead) -> Duration {
        guard let text = head.header("x-request-timeout-ms"), let wanted = Int(text), wanted > 0 else {
            return limits.answerTime
        }
        return min(.milliseconds(min(wanted, 86_400_000)), limits.answerTime)
    }

    // MARK: What goes out

    /// Answers before the whole request has come.
    private func refuse(_ head: RequestHead, _ response: Response, bodyFollows: Bool, keepsAlive: Bool) {
        // What is left of a body would be taken for the next request.
        send(response, to: head, bytesReceived: body.readableBytes, keepsAlive: keepsAlive && !bodyFollows)
    }

    private func send(_ response: Response, to head: RequestHead, bytesReceived: Int, keepsAlive: Bool) {
        release()
        guard let context, inProgress?.id == head.id else { return }
        switch state {
        case .closed, .lingering: return
        case .waiting, .receiving, .skipping, .answering: break
        }
        inProgress = nil
        answer = nil
        let isWhole =
            switch state {
            case .answering: true
            case .skipping: keepsAlive
            default: false
            }
        let keeps = keepsAlive && !response.closes && !application.isDraining && !closesWhenIdle
        state = .answering
        let count = response.body.readableBytes
        application.didAnswer(head, status: response.status, bytesReceived: bytesReceived, bytesSent: count)
        schedule(limits.sendTime) { $0.close() }
        var headers = HTTPHeaders([("content-type", response.contentType), ("content-length", "\(count)")])
        for (name, value) in response.headers { headers.add(name: name, value: value) }
        if let trace = head.trace { headers.add(name: "traceresponse", value: trace.response) }
        if !keeps { headers.add(name: "connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: response.status)
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        if head.method != .HEAD && count > 0 {
            context.write(wrapOutboundOut(.body(.byteBuffer(response.body))), promise: nil)
        }
        let sent = context.eventLoop.makePromise(of: Void.self)
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        sent.futureResult.assumeIsolated().whenComplete { result in
            if case .failure = result { return handler.value.close() }
            handler.value.didSend(keeps: keeps, isWhole: isWhole)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
    }

    private func didSend(keeps: Bool, isWhole: Bool) {
        timer?.clear()
        if keeps {
            state = .waiting
            wait(limits.idleTime)
            takeEarly()
            readMore()
        } else if isWhole && early.isEmpty {
            close()
        } else {
            linger()
        }
    }

    /// Handles what came behind the request that has just been answered.
    private func takeEarly() {
        guard !isTakingEarly else { return }
        isTakingEarly = true
        while let part = early.popFirst() {
            take(part)
            if case .answering = state { break }
        }
        isTakingEarly = false
    }

    /// Lets the client see the answer: closing at once, with bytes unread, would tear down what it has not yet received.
    private func linger() {
        guard let context else { return }
        state = .lingering
        early.removeAll()
        context.close(mode: .output, promise: nil)
        schedule(limits.lingerTime) { $0.close() }
        readMore()
    }

    private func close() {
        timer?.end()
        state = .closed
        context?.close(promise: nil)
    }

    private func release() {
        room.give(roomTaken)
        roomTaken = 0
        body = ByteBuffer()
    }

    // MARK: Time

    private func wait(_ time: Duration) {
        hasBegun = false
        schedule(closesWhenIdle ? .zero : time) { $0.close() }
    }

    private func schedule(_ time: Duration, _ action: @escaping (ConnectionHandler) -> Void) {
        timer?.set(TimeAmount(time)) { [weak self] in if let self { action(self) } }
    }

    private func checkBodyRate(after time: Duration) {
        schedule(time) { handler in
            guard case .receiving(let head, _, _) = handler.state else { return }
            let elapsed = handler.bodyBegan.duration(to: .now)
            let wanted = elapsed.seconds * Double(handler.limits.slowestBody)
            if elapsed >= handler.limits.bodyTime || Double(handler.body.readableBytes) < wanted {
                handler.refuse(
                    head, handler.application.refusal(.slowBody, id: head.id), bodyFollows: true, keepsAlive: false)
            } else {
                handler.checkBodyRate(after: .seconds(1))
            }
        }
    }

    // MARK: Events

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is RequestBegan where !hasBegun:
            // From silence to headers: the clock starts anew, once.
            guard case .waiting = state else { return }
            hasBegun = true
            schedule(limits.headerTime) { $0.fail(.slowHeaders) }
        case is CloseWhenIdle:
            closesWhenIdle = true
            if case .waiting = state, !hasBegun { close() }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow: fail(.headersTooLarge)
        case is HTTPParserError: fail(.malformed)
        default: close()
        }
    }

    /// Says why there will be no answer, and ends the connection.
    private func fail(_ fault: ConnectionFault) {
        switch state {
        case .closed, .lingering: return
        case .answering:
            // The answer to the request before is still on its way, and is the last.
            closesWhenIdle = true
            return
        case .waiting, .receiving, .skipping: break
        }
        var generator = SystemRandomNumberGenerator()
        let head =
            inProgress
            ?? RequestHead(
                method: .GET, path: "", query: "", headers: [:], peer: peer, isEncrypted: isEncrypted,
                id: RequestID.make(using: &generator), received: .now)
        inProgress = head
        var response = application.refusal(fault, id: head.id)
        response.closes = true
        send(response, to: head, bytesReceived: body.readableBytes, keepsAlive: false)
    }
}
