// The page at `/`, and the description of all routes.

import NIOHTTP1

extension PredictionService {
    static let pageRoutes: [Route] = [
        Route(.GET, "/", .open, "A page: drop a photo, see the answer.") { _, _, _ in
            Response(contentType: "text/html; charset=utf-8", text: PageText.html)
        },
        Route(.GET, "/page.css", .open, "The page's style.") { _, _, _ in
            Response(contentType: "text/css; charset=utf-8", text: PageText.style)
        },
        Route(.GET, "/page.js", .open, "The page's script.") { _, _, _ in
            Response(contentType: "text/javascript; charset=utf-8", text: PageText.script)
        },
        Route(.GET, "/openapi.json", .open, "This description.") { service, _, _ in
            Response(contentType: "application/json", body: service.description)
        },
    ]
}
