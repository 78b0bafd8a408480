// What the service refuses, and how it says so: one form for every route.
//
// RFC 9457 in spirit; the member `error` is the Open Inference Protocol's. Nothing of the machine stands in a message: no
// paths, no addresses, no names that the caller has not given.

import NIOCore

/// A request that is not answered as its sender wished.
struct ServiceError: Error, Hashable, Sendable {
    /// The HTTP status.
    var status: Int
    /// A word for programs.
    var code: String
    /// A sentence for people.
    var message: String
    var details: [JSON.Member] = []
    /// After how many seconds the same request may succeed.
    var retryAfter: Int?

    init(_ status: Int, _ code: String, _ message: String, details: [JSON.Member] = [], retryAfter: Int? = nil) {
        (self.status, self.code, self.message) = (status, code, message)
        (self.details, self.retryAfter) = (details, retryAfter)
    }

    /// The answer's body.
    func json(id: String) -> JSON {
        var members: [JSON.Member] = [
            .init(name: "error", value: .string(message)), .init(name: "code", value: .string(code)),
            .init(name: "status", value: JSON(status)), .init(name: "request_id", value: .string(id)),
        ]
        if !details.isEmpty { members.append(.init(name: "details", value: .object(details))) }
        return .object(members)
    }

    func response(id: String) -> Response {
        var response = Response(status: status, json: json(id: id))
        if let retryAfter { response.headers.append(("retry-after", "\(retryAfter)")) }
        if status == 401 { response.headers.append(("www-authenticate", "Bearer")) }
        return response
    }
}

extension ServiceError {
    static func badRequest(_ code: String, _ message: String) -> ServiceError { ServiceError(400, code, message) }
    static let notFound = ServiceError(404, "not_found", "There is nothing at this address.")
    static let cancelled = ServiceError(499, "cancelled", "The client went away.")
    static func noSuchModel(_: String) -> ServiceError {
        ServiceError(404, "no_such_model", "There is no model of this name. GET /v1/models lists those that there are.")
    }
    static func internalError(_ code: String) -> ServiceError {
        ServiceError(500, code, "The service could not answer. Its log says why, under the request's id.")
    }
}

extension Response {
    init(status: Int = 200, json: JSON) {
        self.init(status: status, contentType: "application/json", body: ByteBuffer(bytes: json.bytes))
    }
}
