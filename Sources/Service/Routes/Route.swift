// Addresses and who answers them.

import NIOHTTP1

/// What a caller may do; each right is given by tokens.
public enum Scope: String, Codable, CaseIterable, Sendable {
    /// Asking models.
    case predict
    /// Seeing which models there are, and the metrics.
    case read
    /// Correcting labels.
    case annotate
    /// Everything, and loading models.
    case admin
}

/// The variable parts of an address, and its query.
struct Parameters: Sendable {
    var path: [String: String] = [:]
    var query: [String: String] = [:]
}

/// A method and a pattern of addresses.
struct Route: Sendable {
    /// Who may ask.
    enum Access: Sendable, Equatable {
        /// Everybody, however busy the service is and whatever name it is called by: who watches over it.
        case watch
        /// Everybody.
        case open
        case needs(Scope)
    }

    typealias Answer = @Sendable (PredictionService, Request, Parameters) async throws -> Response

    let method: HTTPMethod
    /// Such as `/v1/models/{model}:predict`.
    let pattern: String
    let access: Access
    /// Whether requests have a body.
    let hasBody: Bool
    let summary: String
    let answer: Answer

    private let pieces: [Piece]

    private struct Piece: Sendable {
        /// The text, or the parameter's name.
        var text: String
        var isParameter: Bool
        /// What follows the parameter, such as `:predict`.
        var suffix = ""
    }

    init(
        _ method: HTTPMethod, _ pattern: String, _ access: Access, hasBody: Bool = false, _ summary: String,
        _ answer: @escaping Answer
    ) {
        (self.method, self.pattern, self.access, self.hasBody) = (method, pattern, access, hasBody)
        (self.summary, self.answer) = (summary, answer)
        pieces = pattern.split(separator: "/").map { part in
            guard part.hasPrefix("{"), let end = part.firstIndex(of: "}") else {
                return Piece(text: String(part), isParameter: false)
            }
            let name = part[part.index(after: part.startIndex)..<end]
            return Piece(text: String(name), isParameter: true, suffix: String(part[part.index(after: end)...]))
        }
    }

    /// The variable parts if an address is of this pattern.
    func match(_ segments: [String]) -> [String: String]? {
        guard segments.count == pieces.count else { return nil }
        var found: [String: String] = [:]
        for (piece, segment) in zip(pieces, segments) {
            guard piece.isParameter else {
                guard piece.text == segment else { return nil }
                continue
            }
            guard segment.hasSuffix(piece.suffix), segment.utf8.count > piece.suffix.utf8.count else { return nil }
            let value = segment.dropLast(piece.suffix.count)
            // `a:predict` is not a model's name where nothing follows a name.
            guard !value.contains(":") else { return nil }
            found[piece.text] = String(value)
        }
        return found
    }
}

/// All routes of a service.
struct Router: Sendable {
    let routes: [Route]

    enum Match: Sendable {
        case found(Route, [String: String])
        case wrongMethod(allowed: [String])
        case none
    }

    func match(_ method: HTTPMethod, _ path: String) -> Match {
        guard let segments = Address.segments(path) else { return .none }
        var allowed: [String] = []
        for route in routes {
            guard let parameters = route.match(segments) else { continue }
            if route.method == method || (method == .HEAD && route.method == .GET) { return .found(route, parameters) }
            allowed.append(route.method.rawValue)
        }
        return allowed.isEmpty ? .none : .wrongMethod(allowed: allowed)
    }
}
