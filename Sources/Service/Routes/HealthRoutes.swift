// Is it alive, is it ready: for whoever watches over the service.

import NIOHTTP1

extension PredictionService {
    static let healthRoutes: [Route] = [
        Route(.GET, "/livez", .watch, "Whether the process answers.") { _, _, _ in Response(text: "ok\n") },
        Route(.GET, "/healthz", .watch, "As /livez.") { _, _, _ in Response(text: "ok\n") },
        Route(.GET, "/readyz", .watch, "Whether requests are taken: not while the service ends.") { service, _, _ in
            service.isReady
                ? Response(text: "ready\n") : Response(status: 503, text: "not ready\n").retrying(after: 5)
        },
        Route(.GET, "/v2/health/live", .watch, "Whether the process answers.") { _, _, _ in
            Response(json: ["live": true])
        },
        Route(.GET, "/v2/health/ready", .watch, "Whether requests are taken.") { service, _, _ in
            let response = Response(
                status: service.isReady ? 200 : 503, json: ["ready": .bool(service.isReady)])
            return service.isReady ? response : response.retrying(after: 5)
        },
        Route(.GET, "/metrics", .needs(.read), "What the service counts, as Prometheus reads it.") { service, _, _ in
            service.noteState()
            return Response(
                contentType: "text/plain; version=0.0.4; charset=utf-8", text: service.metrics.prometheusText())
        },
    ]
}

extension Response {
    func retrying(after seconds: Int) -> Response {
        var response = self
        response.headers.append(("retry-after", "\(seconds)"))
        return response
    }
}
