// The images of a request, however they came: as they are, in a form, or in JSON.

import Models
import NIOCore

/// Images, and what is asked about them.
struct ImageQuestion: Sendable {
    let images: [ByteBuffer]
    /// How many classes to name.
    let topK: Int?
    /// Below this probability the best class is not accepted.
    let threshold: Double?
    /// Whether it is to be said where in the images the answers come from, and how.
    let explanation: ExplanationWish?

    /// Reads a request: what is asked stands in its query, in its form or JSON, or in both alike.
    init(_ request: Request, _ parameters: Parameters, limit: Int) throws {
        var asked = Asked()
        for (name, text) in parameters.query.sorted(by: { $0.key < $1.key }) {
            guard try asked.take(name, .text(text)) else {
                throw ServiceError.badRequest(
                    "unknown_parameter", "The query has a parameter that is not known here; \(Asked.names) are.")
            }
        }
        switch request.head.mediaType {
        case "multipart/form-data": images = try Self.form(request, &asked, limit: limit)
        case "application/json": images = try Self.document(request, &asked, limit: limit)
        // Whatever is said of it, a body is an image if its bytes are one: curl says that it is a form.
        default: images = [request.body]
        }
        guard !images.isEmpty else { throw ServiceError.badRequest("no_image", "The request has no image.") }
        for image in images where image.readableBytes == 0 {
            throw ServiceError.badRequest("empty_image", "An image of the request has no bytes.")
        }
        (topK, threshold) = (asked.topK, asked.threshold)
        explanation = try ExplanationWish(asked.explain, ofClass: asked.explainedClass)
    }

    private static func form(_ request: Request, _ asked: inout Asked, limit: Int) throws -> [ByteBuffer] {
        let parts: [MultipartPart]
        do {
            let boundary = try Multipart.boundary(in: request.head.header("content-type") ?? "")
            parts = try Multipart.parts(of: request.body, boundary: boundary, limit: limit + 8)
        } catch {
            throw ServiceError.badRequest("malformed_form", "\(error)")
        }
        var images: [ByteBuffer] = []
        for part in parts {
            if ["image", "images", "file"].contains(part.name) {
                images.append(part.body)
                continue
            }
            let text = part.body.readableBytes <= Asked.longest ? String(buffer: part.body) : ""
            guard try asked.take(part.name, .text(text)) else {
                throw ServiceError.badRequest(
                    "unknown_field", "The form has a field that is not known here; image, \(Asked.names) are.")
            }
        }
        try check(images.count, limit: limit)
        return images
    }

    private static func document(_ request: Request, _ asked: inout Asked, limit: Int) throws -> [ByteBuffer] {
        guard let members = try request.json().members else {
            throw ServiceError.badRequest("malformed_json", "The body is not a JSON object with 'image' or 'images'.")
        }
        var images: [ByteBuffer] = []
        for member in members {
            switch (member.name, member.value) {
            case ("image", .string(let text)): images.append(try decoded(text))
            case ("images", .array(let list)):
                try check(list.count, limit: limit)
                for element in list {
                    guard let text = element.string else {
                        throw ServiceError.badRequest(
                            "malformed_json", "'images' holds something that is no string of base64.")
                    }
                    images.append(try decoded(text))
                }
            default:
                guard try asked.take(member.name, .json(member.value)) else {
                    throw ServiceError.badRequest(
                        "malformed_json",
                        "The body has a member that is not known here, or of another kind: image and images hold base64; \(Asked.names) are known."
                    )
                }
            }
        }
        try check(images.count, limit: limit)
        return images
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
