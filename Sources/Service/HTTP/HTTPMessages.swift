// A request and a response as the routes see them.

import NIOCore
import NIOHTTP1

/// The first part of a request: everything but its body.
struct RequestHead: Sendable {
    /// In capitals, as it came.
    var method: HTTPMethod
    /// The address's path, not decoded.
    var path: String
    /// What follows the question mark, not decoded.
    var query: String
    var headers: HTTPHeaders
    /// Whose connection it is: an address without a port.
    var peer: String
    /// Whether the connection is encrypted.
    var isEncrypted: Bool
    /// The client's name for the request if it gave a sound one, otherwise ours.
    var id: String
    /// The trace that the request belongs to, where the client says so.
    var trace: TraceContext?
    /// When the headers had arrived.
    var received: ContinuousClock.Instant
    /// What its address means, once that has been looked up; nil for an address that there is not.
    var place: (route: Route, path: [String: String])?

    /// The value of a header field, without blanks around it; nil if it is missing.
    func header(_ name: String) -> String? { headers.first(name: name) }

    /// The media type of the body in lower case, without its parameters.
    var mediaType: String {
        let value = header("content-type") ?? ""
        let type = value.prefix { $0 != ";" }
        return type.trimmingWhitespace().lowercased()
    }
}

/// A whole request.
struct Request: Sendable {
    var head: RequestHead
    var body: ByteBuffer
}

/// An answer.
struct Response: Sendable {
    var status: Int
    var contentType: String
    var headers: [(name: String, value: String)] = []
    var body: ByteBuffer
    /// Whether the connection ends with this answer.
    var closes = false

    init(status: Int = 200, contentType: String, headers: [(name: String, value: String)] = [], body: ByteBuffer) {
        (self.status, self.contentType, self.headers, self.body) = (status, contentType, headers, body)
    }

    init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", text: String) {
        self.init(status: status, contentType: contentType, body: ByteBuffer(string: text))
    }
}

/// What is done with a request whose headers have arrived.
enum Admission: Sendable {
    /// Its body is read, up to so many bytes.
    case receive(bodyLimit: Int)
    /// It is answered at once, whatever its body is.
    case answer(Response)
}

/// Who answers requests.
protocol HTTPApplication: Sendable {
    /// Looks at a request before its body is read; quick, for it runs on the connection's own thread.
    ///
    /// Notes in `head` what its address means.
    func admit(_ head: inout RequestHead) -> Admission
    /// Looks once more when the body has come; nil if nothing speaks against the request.
    func readmit(_ head: RequestHead) -> Response?
    /// Answers; the task is cancelled when the client hangs up or the time for an answer is over.
    func respond(to request: Request) async -> Response
    /// What a connection says by itself of a request that never became whole.
    func refusal(_ reason: ConnectionFault, id: String) -> Response
    /// Told of each answer when it has been sent, and of each request whose client went away before (status 499).
    func didAnswer(_ head: RequestHead, status: Int, bytesReceived: Int, bytesSent: Int)
    /// Whether the server is about to end, so that connections are not kept.
    var isDraining: Bool { get }
}

/// Why a connection answers without asking the application.
enum ConnectionFault: Sendable {
    /// The bytes are no HTTP request.
    case malformed
    /// Address or header fields are too long or too many.
    case headersTooLarge
    /// The headers took too long.
    case slowHeaders
    /// The body took too long.
    case slowBody
    /// The body is longer than allowed.
    case bodyTooLarge(limit: Int)
    /// The body came in too many pieces.
    case tooManyPieces
    /// The bodies of all requests together fill the memory that they are allowed.
    case noRoom
    /// No answer was found in time.
    case late
}

extension StringProtocol {
    func trimmingWhitespace() -> String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}
