// Asks a prediction service of Ocelot over HTTP.

import AsyncHTTPClient
public import Foundation
import NIOCore
import NIOHTTP1

/// A caller of a prediction service, such as `ocelot serve` starts.
///
///     let service = OcelotClient(address)
///     let answer = try await service.predict(photo, model: "fridge")
///     print(answer.predictions[0].top[0].label)
public struct OcelotClient: Sendable {
    /// Where the service is, such as `http://127.0.0.1:8080`.
    public let address: URL
    /// The token that the service knows its caller by; nil where it asks for none.
    public var token: String?
    /// How long an answer may take.
    public var timeout: Duration = .seconds(30)
    /// Longer answers are refused, in bytes.
    public var answerLimit = 32 << 20

    /// Makes a caller; nothing is sent yet.
    public init(_ address: URL, token: String? = nil) {
        self.address = address
        self.token = token
    }

    /// The models that the service answers with.
    public func models() async throws -> [ServedModel] {
        let reply = try await send(.GET, "v1/models")
        return try decoded(ServedModels.self, reply).models
    }

    /// Whether the service takes photos now.
    ///
    /// False too if it cannot be reached.
    public func isReady() async -> Bool { (try? await send(.GET, "readyz")) != nil }

    /// Asks what a photo shows.
    ///
    /// - Parameters:
    ///   - photo: The bytes of its file: JPEG, PNG, WebP, GIF, TIFF or BMP.
    ///   - model: The model's name; nil if the service has only one.
    ///   - top: How many labels are wanted, at least 1.
    ///   - threshold: The probability from which an answer is accepted, 0…1; nil: the model's own.
    /// - Returns: The answer, with how long the parts of it took.
    /// - Throws: `ClientError`.
    public func predict(
        _ photo: [UInt8], model: String? = nil, top: Int = 5, threshold: Double? = nil
    ) async throws -> PredictionAnswer {
        var query = [URLQueryItem(name: "top_k", value: "\(top)")]
        if let threshold { query.append(URLQueryItem(name: "threshold", value: "\(threshold)")) }
        let path = "v1/models/\(try await name(model)):predict"
        return try decoded(PredictionAnswer.self, await send(.POST, path, query: query, body: photo))
    }

    /// The vector that the network describes a photo by.
    public func embed(_ photo: [UInt8], model: String? = nil) async throws -> [Float] {
        let path = "v1/models/\(try await name(model)):embed"
        let answer = try decoded(EmbeddingAnswer.self, await send(.POST, path, body: photo))
        guard let first = answer.embeddings.first else { throw ClientError.notUnderstood("it holds no vector") }
        return first
    }

    private func name(_ model: String?) async throws -> String {
        if let model { return model }
        let all = try await models()
        guard all.count == 1 else { throw ClientError.whichModel(all.map(\.name)) }
        return all[0].name
    }

    private func send(
        _ method: HTTPMethod, _ path: String, query: [URLQueryItem] = [], body: [UInt8]? = nil
    ) async throws -> [UInt8] {
        var url = URLComponents(url: address.appending(path: path), resolvingAgainstBaseURL: false)
        if !query.isEmpty { url?.queryItems = query }
        guard let text = url?.string else { throw ClientError.unreachable(address, reason: "this is no address") }
        var request = HTTPClientRequest(url: text)
        request.method = method
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/octet-stream")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response: HTTPClientResponse
        let bytes: [UInt8]
        do {
            let limit = TimeAmount.nanoseconds(Int64(timeout / .nanoseconds(1)))
            response = try await HTTPClient.shared.execute(request, timeout: limit)
            bytes = Array(buffer: try await response.body.collect(upTo: answerLimit))
        } catch {
            throw ClientError.unreachable(address, reason: "\(error)")
        }
        guard response.status == .ok else {
            let told = try? JSONDecoder().decode(ErrorAnswer.self, from: Data(bytes))
            throw ClientError.refused(
                status: Int(response.status.code), reason: told?.error ?? response.status.reasonPhrase,
                retryAfter: response.headers.first(name: "Retry-After").flatMap { Double($0) })
        }
        return bytes
    }

    private func decoded<Answer: Decodable>(_ type: Answer.Type, _ bytes: [UInt8]) throws -> Answer {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw ClientError.notUnderstood("\(error)")
        }
    }
}

/// Why a service did not answer.
public enum ClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It could not be reached, or did not answer in time.
    case unreachable(URL, reason: String)
    /// It answered that it will not; `retryAfter` says in how many seconds it may.
    case refused(status: Int, reason: String, retryAfter: Double?)
    /// Its answer is none of Ocelot's.
    case notUnderstood(String)
    /// It has not exactly one model, and none was named.
    case whichModel([String])

    /// What happened, and what to do.
    public var description: String {
        switch self {
        case .unreachable(let address, let reason):
            "\(address.absoluteString) did not answer (\(reason)). Is the service started, and is this its address?"
        case .refused(let status, let reason, let seconds):
            "The service refused with status \(status): \(reason)."
                + (seconds.map { " Ask again in \($0) seconds." } ?? "")
                + (status == 401 ? " Give it your token." : "")
        case .notUnderstood(let reason):
            "The answer is not one of Ocelot's: \(reason). Is this the address of its service?"
        case .whichModel(let names):
            names.isEmpty
                ? "The service has no model." : "Say which model: the service has \(names.joined(separator: ", "))."
        }
    }
}
