// What went wrong inside, in the words of an HTTP answer.

import Imaging

extension ServiceError {
    init(_ fault: ConnectionFault) {
        switch fault {
        case .malformed: self = .badRequest("malformed_request", "This is not an HTTP request.")
        case .headersTooLarge:
            self = ServiceError(431, "headers_too_large", "The address or the header fields are too long, or too many.")
        case .slowHeaders: self = ServiceError(408, "slow_headers", "The header fields took too long.")
        case .slowBody: self = ServiceError(408, "slow_body", "The body came too slowly.")
        case .bodyTooLarge(let limit):
            self = ServiceError(
                413, "body_too_large", "The body is longer than \(limit) bytes.",
                details: [.init(name: "limit", value: JSON(limit))])
        case .tooManyPieces: self = ServiceError(413, "too_many_pieces", "The body came in too many pieces.")
        case .noRoom:
            self = ServiceError(
                503, "no_room", "The service is receiving as much as it has memory for.", retryAfter: 1)
        case .late: self = ServiceError(504, "late", "There was no answer within the time for one.")
        }
    }

    init(_ full: EngineFull) {
        self = ServiceError(
            503, "queue_full", "\(full.limit) images wait already.",
            details: [.init(name: "limit", value: JSON(full.limit))], retryAfter: full.retryAfter)
    }

    /// What a failure to read an image is answered with.
    init(_ failure: DecodingFailure, image: Int?) {
        let code = failure.reason
        var details: [JSON.Member] = []
        if let image { details.append(.init(name: "image", value: JSON(image))) }
        switch failure {
        case .worker:
            self = ServiceError(
                500, code, "The image could not be read: its reader failed or took too long.", details: details)
        case .image(.tooManyPixels(let width, let height, let limit)):
            let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
            details.append(.init(name: "limit", value: JSON(limit)))
            self = ServiceError(
                422, code,
                overflow
                    ? "The image has too many pixels; the limit is \(limit)."
                    : "The image has \(pixels) pixels, the limit is \(limit).", details: details)
        case .image(.unsupportedFormat):
            self = ServiceError(
                415, code,
                "The image is in a format that is not read. JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC and AVIF are.",
                details: details)
        case .image(.notAnImage):
            self = ServiceError(
                415, code, "The bytes are no image: they begin like no format that is known.", details: details)
        case .image(.truncated):
            self = ServiceError(422, code, "The image is cut off. Send the whole file.", details: details)
        case .image(.corrupt), .image(.notWritten):
            self = ServiceError(422, code, "The image is damaged.", details: details)
        }
    }
}

extension PredictionService {
    /// Turns what an engine throws into what is answered.
    func translating<Value: Sendable>(image: Int? = nil, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let failure as EngineFailure {
            switch failure {
            case .full(let full): throw ServiceError(full)
            case .cancelled: throw ServiceError.cancelled
            case .decoding(let failure): throw ServiceError(failure, image: image)
            case .network(let reason):
                log.note("network_failed", level: "error", [.init(name: "reason", value: .string(reason))])
                throw ServiceError.internalError("network_failed")
            }
        }
    }
}

extension Response {
    /// The fields that every answer has.
    func secured(id: String) -> Response {
        var response = self
        response.headers += [
            ("x-request-id", id), ("x-content-type-options", "nosniff"), ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"), ("x-frame-options", "DENY"),
            ("cross-origin-resource-policy", "same-origin"), ("content-security-policy", Self.contentPolicy),
        ]
        return response
    }

    private static let contentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}
