// The images of a request, however they came: as they are, in a form, or in JSON.

import Models
import NIOCore

/// Images, and what is asked about them.
struct ImageQuestion: Sendable {
    var images: [ByteBuffer]
    /// How many classes to name.
    var topK: Int?
    /// Below this probability the best class is not accepted.
    var threshold: Double?
    /// Whether it is to be said where in the images the answers come from, and how.
    var explanation: ExplanationWish?

    /// Reads a request.
    init(_ request: Request, _ parameters: Parameters, limit: Int) throws {
        images = []
        for name in parameters.query.keys where !["top_k", "threshold", "explain", "explain_class"].contains(name) {
            throw ServiceError.badRequest(
                "unknown_parameter",
                "The query has a parameter that is not known here; top_k, threshold, explain and explain_class are.")
        }
        topK = try parameters.query["top_k"].map { try Self.topK(Double($0)) }
        threshold = try parameters.query["threshold"].map { try Self.threshold(Double($0)) }
        explanation = try ExplanationWish(parameters.query["explain"], ofClass: parameters.query["explain_class"])
        switch request.head.mediaType {
        case "multipart/form-data": try readForm(request, limit: limit)
        case "application/json": try readJSON(request, limit: limit)
        // Whatever is said of it, a body is an image if its bytes are one: curl says that it is a form.
        default: images = [request.body]
        }
        guard !images.isEmpty else { throw ServiceError.badRequest("no_image", "The request has no image.") }
        for image in images where image.readableBytes == 0 {
            throw ServiceError.badRequest("empty_image", "An image of the request has no bytes.")
        }
    }

    private mutating func readForm(_ request: Request, limit: Int) throws {
        let parts: [MultipartPart]
        do {
            let boundary = try Multipart.boundary(in: request.head.header("content-type") ?? "")
            parts = try Multipart.parts(of: request.body, boundary: boundary, limit: limit + 8)
        } catch {
            throw ServiceError.badRequest("malformed_form", "\(error)")
        }
        for part in parts {
            switch part.name {
            case "image", "images", "file": images.append(part.body)
            case "top_k":
                topK = try Self.topK(
                    Double(
                        part.body.getString(at: part.body.readerIndex, length: min(part.body.readableBytes, 32)) ?? ""))
            case "threshold":
                threshold = try Self.threshold(
                    Double(
                        part.body.getString(at: part.body.readerIndex, length: min(part.body.readableBytes, 32)) ?? ""))
            default:
                throw ServiceError.badRequest(
                    "unknown_field", "The form has a field that is not known here; image, top_k and threshold are.")
            }
        }
        try Self.check(images.count, limit: limit)
    }

    private mutating func readJSON(_ request: Request, limit: Int) throws {
        let document = try request.json()
        guard let members = document.members else {
            throw ServiceError.badRequest("malformed_json", "The body is not a JSON object with 'image' or 'images'.")
        }
        for member in members {
            switch (member.name, member.value) {
            case ("image", .string(let text)): images.append(try Self.decoded(text))
            case ("images", .array(let list)):
                try Self.check(list.count, limit: limit)
                for element in list {
                    guard let text = element.string else {
                        throw ServiceError.badRequest(
                            "malformed_json", "'images' holds something that is no string of base64.")
                    }
                    images.append(try Self.decoded(text))
                }
            case ("top_k", let value): topK = try Self.topK(value.number)
            case ("threshold", let value): threshold = try Self.threshold(value.number)
            default:
                throw ServiceError.badRequest(
                    "malformed_json",
                    "The body has a member that is not known here, or of another kind: image and images hold base64; top_k and threshold are numbers."
                )
            }
        }
        try Self.check(images.count, limit: limit)
    }

    static func decoded(_ text: String) throws -> ByteBuffer {
        do {
            return try Base64.decode(text)
        } catch {
            throw ServiceError.badRequest(
                "malformed_base64", "An image is not written in base64 (RFC 4648, section 4).")
        }
    }

    static func check(_ count: Int, limit: Int) throws {
        guard count > limit else { return }
        throw ServiceError(
            422, "too_many_images", "The request has more than \(limit) images.",
            details: [.init(name: "limit", value: JSON(limit))])
    }

    private static func topK(_ value: Double?) throws -> Int {
        guard let value, value.rounded() == value, (1...10_000).contains(value) else {
            throw ServiceError.badRequest("bad_top_k", "top_k is a whole number from 1 to 10000.")
        }
        return Int(value)
    }

    private static func threshold(_ value: Double?) throws -> Double {
        guard let value, (0...1).contains(value) else {
            throw ServiceError.badRequest("bad_threshold", "threshold is a number from 0 to 1.")
        }
        return value
    }
}

/// What is to be explained, and how.
struct ExplanationWish: Hashable, Sendable {
    /// Nil: as the model's head allows.
    var method: Explanation.Method?
    /// A class by name; nil: the likeliest.
    var className: String?

    /// Reads the query's `explain` and `explain_class`; nil if no explanation is wanted.
    init?(_ explain: String?, ofClass name: String?) throws {
        switch explain {
        case nil, "false":
            guard name == nil else {
                throw ServiceError.badRequest("bad_explain", "explain_class goes with explain=true.")
            }
            return nil
        // Where a head is linear, Grad-CAM and class activation mapping are the same.
        case "true", "gradcam": method = nil
        case "occlusion": method = .occlusion
        default:
            throw ServiceError.badRequest("bad_explain", "explain is true, false, gradcam or occlusion.")
        }
        className = name
    }

    /// The place of the class among those of a model; nil: the likeliest.
    func classIndex(in classes: [String]) throws(ServiceError) -> Int? {
        guard let className else { return nil }
        guard let index = classes.firstIndex(of: className) else {
            throw .badRequest("unknown_class", "explain_class names no class of this model.")
        }
        return index
    }
}

extension Request {
    /// The body as JSON.
    func json() throws -> JSON {
        do {
            return try JSON.parse(body.readableBytesView)
        } catch {
            throw ServiceError.badRequest("malformed_json", "\(error)")
        }
    }
}
