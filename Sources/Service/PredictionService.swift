// The service: models, routes and rules, put together.

public import Foundation
import Inference
import Models
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// A prediction service, listening.
public final class PredictionService: Sendable {
    let configuration: ServiceConfiguration
    let store: ModelStore
    let metrics: Metrics
    let gatekeeper: Gatekeeper
    let log: ServiceLog
    /// What `/openapi.json` answers.
    let description: ByteBuffer
    private let router: Router
    private let sources: [ModelSource]
    private let decoders: DecoderPool
    private let encryption: Encryption?
    private let server = Mutex<HTTPServer?>(nil)
    private let draining = Atomic(false)
    private let chores = Mutex<Task<Void, Never>?>(nil)
    /// The pause between two looks at what has changed.
    private let pause = Mutex<Task<Void, Never>?>(nil)

    static let routes: [Route] = healthRoutes + modelRoutes + predictRoutes + inferenceRoutes + pageRoutes

    /// Loads the models, and starts to listen.
    ///
    /// When the initialiser returns, the service answers; which batch size is best here it finds out meanwhile.
    public init(_ configuration: ServiceConfiguration, log: ServiceLog) async throws {
        guard configuration.isLoopback || configuration.tokenFile != nil || configuration.allowsAnyone else {
            throw ServiceStartError.open(host: configuration.host)
        }
        self.configuration = configuration
        self.log = log
        let metrics = Metrics()
        self.metrics = metrics
        router = Router(routes: Self.routes)
        description = ByteBuffer(
            bytes: OpenAPI.document(of: Self.routes, hasTokens: configuration.tokenFile != nil).bytes)
        gatekeeper = try Gatekeeper(
            hosts: configuration.hosts + [configuration.host, ProcessInfo.processInfo.hostName],
            tokenFile: configuration.tokenFile, requestsPerSecond: configuration.requestsPerSecond)
        encryption = try configuration.certificate.map { try Encryption(chain: $0.chain, key: $0.key) }
        sources = try Self.sources(configuration)
        let worker = configuration.decodeWorker
        decoders = DecoderPool(threads: configuration.threads) {
            guard let worker else { return InProcessDecoder() }
            return WorkerProcessDecoder(command: worker, timeLimit: .seconds(10)) {
                metrics.count("ocelot_decode_worker_restarts_total")
            }
        }
        store = ModelStore(
            workspace: configuration.workspace,
            settings: .init(
                threads: configuration.threads, precision: configuration.precision,
                queueLimit: configuration.limits.queue, decoders: decoders,
                limits: configuration.limits,
                signatureKey: try configuration.signatureKey.map { try SignatureKey($0) }),
            metrics: metrics)
        var engines: [ModelEngine] = []
        for source in sources { if let engine = try store.load(source) { engines.append(engine) } }
        for engine in engines { try await engine.networks.warmUp() }
        try addAliases()
        noteStart()
        try await listen()
        decoders.startOthers()
        let started = engines
        chores.withLock { $0 = Task { await self.doChores(started) } }
    }

    private static func sources(_ configuration: ServiceConfiguration) throws -> [ModelSource] {
        let sources = configuration.models.map { ModelStore.source(of: $0) }
        for (index, source) in sources.enumerated()
        where sources[..<index].contains(where: { $0.name == source.name && ($0.follows || source.follows) }) {
            throw ServiceStartError.twice(source.name)
        }
        return sources
    }

    private func addAliases() throws {
        for text in configuration.aliases {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, ModelPackage.isModelName(parts[0]), store.find(parts[0]) == nil else {
                throw ServiceStartError.alias(text)
            }
            let target = parts[1].split(separator: ":", maxSplits: 1).map(String.init)
            let version = target.count == 2 ? target[1] : nil
            guard store.find(target[0], version: version) != nil else { throw ServiceStartError.alias(text) }
            store.alias(parts[0], for: target[0], version: version)
        }
    }

    private func listen() async throws {
        do {
            let server = try await HTTPServer(
                self, host: configuration.host, port: configuration.port, limits: configuration.limits.http,
                encryption: encryption, threads: configuration.ioThreads)
            self.server.withLock { $0 = server }
        } catch {
            throw ServiceStartError.address(host: configuration.host, port: configuration.port, reason: "\(error)")
        }
    }

    /// The numbers that its models are computed with: `float32`, `bfloat16`, `int8`.
    public var numbers: Set<String> { Set(store.all.map(\.numbers)) }

    /// Where it listens.
    public var address: URL {
        let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        let scheme = configuration.certificate == nil ? "http" : "https"
        return URL(string: "\(scheme)://\(host):\(port)/") ?? URL(filePath: "/")
    }

    /// The port that it listens on.
    public var port: Int { server.withLock { $0?.port ?? 0 } }

    /// Whether requests are taken.
    var isReady: Bool { !isDraining && !store.all.isEmpty }

    // MARK: Chores

    private func doChores(_ engines: [ModelEngine]) async {
        for engine in engines { await tune(engine) }
        while !Task.isCancelled {
            let sleep = Task { [interval = configuration.pollInterval] in _ = try? await Task.sleep(for: interval) }
            pause.withLock { $0 = sleep }
            await withTaskCancellationHandler {
                await sleep.value
            } onCancel: {
                sleep.cancel()
            }
            guard !Task.isCancelled else { return }
            gatekeeper.refresh()
            renewCertificate()
            for source in sources where source.follows { await loadNewest(source) }
        }
    }

    /// Looks at once for newer versions and changed tokens, instead of within the next seconds.
    public func lookForChanges() { pause.withLock { $0?.cancel() } }

    private func renewCertificate() {
        do {
            if try encryption?.refresh() == true { log.note("certificate_loaded") }
        } catch {
            log.note("certificate_not_loaded", level: "error", [.init(name: "reason", value: .string("\(error)"))])
        }
    }

    private func loadNewest(_ source: ModelSource) async {
        do {
            guard let engine = try store.load(source) else { return }
            log.note(
                "model_loaded",
                [
                    .init(name: "model", value: .string(engine.name)),
                    .init(name: "version", value: .string(engine.version)),
                ])
            await tune(engine)
        } catch {
            // The version that answers goes on; a package that is being copied may be whole the next time.
            log.note(
                "model_not_loaded", level: "error",
                [.init(name: "model", value: .string(source.name)), .init(name: "reason", value: .string("\(error)"))])
        }
    }

    private func tune(_ engine: ModelEngine) async {
        guard let result = try? await engine.tune(batchSize: configuration.batchSize) else { return }
        log.note(
            "tuned",
            [
                .init(name: "model", value: .string(engine.name)),
                .init(name: "precision", value: .string(engine.numbers)),
                .init(name: "batch_size", value: JSON(result.batchSize)),
                .init(
                    name: "images_per_second",
                    value: .object(
                        result.imagesPerSecond.sorted { $0.key < $1.key }.map {
                            .init(name: $0.key, value: .number($0.value.rounded()))
                        })),
            ])
    }

    private func noteStart() {
        metrics.set(
            "ocelot_build_info",
            ["version": programVersion, "openvino": (try? InferenceEngine.version()) ?? "unknown"], to: 1)
        metrics.set("process_start_time_seconds", to: (Double(wallClockMilliseconds()) / 1000).rounded())
    }

    func noteState() {
        metrics.noteProcess()
        metrics.set(
            "ocelot_http_connections", to: Double(server.withLock { $0 }?.connections.count ?? 0))
    }

    // MARK: The end

    /// Ends in order: says that it is not ready, goes on for a moment, then answers what it has begun and stops.
    ///
    /// - Returns: How many connections had to be cut off at the end of the time.
    @discardableResult
    public func stop() async -> Int {
        let deadline = ContinuousClock.now + configuration.drainTime
        draining.store(true, ordering: .sequentiallyConsistent)
        log.note("draining")
        try? await Task.sleep(for: configuration.noticeTime)
        let server = self.server.withLock { server in
            defer { server = nil }
            return server
        }
        let cut = await server?.drain(until: deadline) ?? 0
        chores.withLock { $0?.cancel() }
        decoders.end()
        log.note("stopped", [.init(name: "connections_cut", value: JSON(cut))])
        return cut
    }
}

extension PredictionService: HTTPApplication {
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    func admit(_ head: inout RequestHead) -> Admission {
        switch router.match(head.method, head.path) {
        case .none: return .answer(finished(ServiceError.notFound.response(id: head.id), head))
        case .wrongMethod(let allowed):
            var response = ServiceError(405, "wrong_method", "This address takes \(allowed.joined(separator: ", ")).")
                .response(id: head.id)
            response.headers.append(("allow", allowed.joined(separator: ", ")))
            return .answer(finished(response, head))
        case .found(let route, let path):
            head.place = (route, path)
            do throws(ServiceError) {
                _ = try gatekeeper.check(head, route.access)
                try checkRoom(route, path)
                if let encoding = head.header("content-encoding"), encoding.lowercased() != "identity" {
                    throw ServiceError(
                        415, "unsupported_encoding", "Bodies are not decompressed here. Send the body as it is.")
                }
            } catch {
                return .answer(finished(error.response(id: head.id), head))
            }
            return .receive(bodyLimit: route.hasBody ? configuration.limits.http.bodyBytes : 0)
        }
    }

    func readmit(_ head: RequestHead) -> Response? {
        guard let (route, path) = head.place else { return nil }
        do throws(ServiceError) {
            try checkRoom(route, path)
            return nil
        } catch {
            return finished(error.response(id: head.id), head)
        }
    }

    /// Refuses before the body is read, or at least before it is looked at, what the queue would refuse after it.
    private func checkRoom(_ route: Route, _ path: [String: String]) throws(ServiceError) {
        guard route.hasBody, route.access == .needs(.predict) else { return }
        let (model, version) = (path["model"], path["version"])
        // An address that names no model means the only one; where there are several, the query says which.
        let others = model == nil ? store.all : []
        let engine = model.map { store.find($0, version: version) } ?? (others.count == 1 ? others[0] : nil)
        guard let full = engine?.fullness else { return }
        throw ServiceError(full)
    }

    func respond(to request: Request) async -> Response {
        metrics.change("ocelot_http_requests_in_flight", by: 1)
        defer { metrics.change("ocelot_http_requests_in_flight", by: -1) }
        guard let (route, path) = request.head.place else {
            return finished(ServiceError.notFound.response(id: request.head.id), request.head)
        }
        do {
            guard let query = Address.query(request.head.query) else {
                throw ServiceError.badRequest(
                    "malformed_query", "The query of the address is not written as queries are.")
            }
            return finished(
                try await route.answer(self, request, Parameters(path: path, query: query)), request.head)
        } catch let error as ServiceError {
            return finished(error.response(id: request.head.id), request.head)
        } catch {
            note(error, request.head)
            return finished(ServiceError.internalError("internal").response(id: request.head.id), request.head)
        }
    }

    func refusal(_ reason: ConnectionFault, id: String) -> Response {
        ServiceError(reason).response(id: id).secured(id: id)
    }

    private func finished(_ response: Response, _ head: RequestHead) -> Response { response.secured(id: head.id) }

    func note(_ error: any Error, _ head: RequestHead) {
        log.note(
            "failed", level: "error",
            [.init(name: "id", value: .string(head.id)), .init(name: "reason", value: .string("\(error)"))]
                + (head.trace?.members ?? []))
    }

    func didAnswer(_ head: RequestHead, status: Int, bytesReceived: Int, bytesSent: Int) {
        let route = head.place?.route.pattern ?? "other"
        let method = ["GET", "HEAD", "POST"].contains(head.method.rawValue) ? head.method.rawValue : "other"
        let time = head.received.duration(to: .now)
        metrics.count(
            "ocelot_http_requests_total", ["route": route, "method": method, "code": "\(status)"])
        metrics.observe("ocelot_http_request_duration_seconds", ["route": route, "method": method], time.seconds)
        log.note(
            "request",
            [
                .init(name: "id", value: .string(head.id)), .init(name: "method", value: .string(method)),
                .init(name: "route", value: .string(route)), .init(name: "status", value: JSON(status)),
                .init(name: "ms", value: .number((time.milliseconds * 100).rounded() / 100)),
                .init(name: "bytes_in", value: JSON(bytesReceived)), .init(name: "bytes_out", value: JSON(bytesSent)),
                .init(name: "peer", value: .string(head.peer)),
            ] + (head.trace?.members ?? []))
    }
}
