// Asks a prediction service, from Swift.

import AsyncHTTPClient
public import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// A prediction service elsewhere.
///
///     let client = PredictionClient(url)
///     let answer = try await client.predict(photo, by: "flowers")
public struct PredictionClient: Sendable {
    /// Where the service is.
    public let service: URL
    /// How long an answer may take.
    public var timeout = Duration.seconds(30)
    private let token: String?
    private let connections: Connections

    /// A service at `service`, such as `http://127.0.0.1:8080`; with a token where it asks for one.
    ///
    /// - Parameters:
    ///   - service: Its address.
    ///   - token: A token that allows the asking.
    ///   - authority: A file of certificates, PEM, by one of which an https service must have been certified; nil: by
    ///     one that the machine trusts.
    public init(_ service: URL, token: String? = nil, trusting authority: URL? = nil) {
        (self.service, self.token) = (service, token)
        connections = authority == nil ? .shared : Connections(trusting: authority)
    }

    /// Which models there are.
    public func models() async throws -> [Model] {
        struct Answer: Codable { var models: [Model] }
        let (body, _) = try await send(request("v1/models", method: .GET))
        return try decode(Answer.self, body).models
    }

    /// Asks a model what an image shows.
    ///
    /// - Parameters:
    ///   - image: The bytes of an image file.
    ///   - model: The model's name.
    ///   - top: How many classes to name.
    ///   - threshold: Below this probability the best class is not accepted; nil: as the model says.
    ///   - explained: A class for which it is to be said where in the image it comes from; this takes longer.
    /// - Returns: The classes, the likeliest first, and what asking took.
    /// - Throws: `PredictionError`.
    public func predict(
        _ image: Data, by model: String, top: Int = 5, threshold: Double? = nil, explaining explained: Explained? = nil
    ) async throws -> Prediction {
        var query = [URLQueryItem(name: "top_k", value: "\(top)")]
        if let threshold { query.append(URLQueryItem(name: "threshold", value: "\(threshold)")) }
        if explained != nil { query.append(URLQueryItem(name: "explain", value: "true")) }
        if case .named(let name) = explained { query.append(URLQueryItem(name: "explain_class", value: name)) }
        var request = try request("v1/models/\(model):predict", query: query, method: .POST)
        request.headers.add(name: "content-type", value: "application/octet-stream")
        request.body = .bytes(ByteBuffer(data: image))
        let (body, elapsed) = try await send(request)
        let answer = try decode(Answer.self, body)
        guard let first = answer.predictions.first else { throw PredictionError.unknownAnswer }
        return Prediction(
            model: answer.model, top: first.top, labels: first.labels, accepted: first.accepted,
            threshold: first.threshold, explanation: first.explanation,
            computation: .milliseconds(answer.timing_ms["total"] ?? 0), total: elapsed)
    }

    /// Which class an explanation is for.
    public enum Explained: Hashable, Sendable {
        /// The likeliest.
        case likeliest
        /// The class of this name.
        case named(String)
    }

    /// The only model of the service, where none is named.
    ///
    /// - Throws: `PredictionError.severalModels` if there are several; several versions of one count as one.
    public func onlyModel() async throws -> String {
        let names = Set(try await models().map(\.name)).sorted()
        guard names.count <= 1 else { throw PredictionError.severalModels(names) }
        guard let name = names.first else { throw PredictionError.noModels }
        return name
    }

    private struct Answer: Codable {
        struct One: Codable {
            var top: [Prediction.Label]
            var labels: [String]
            var accepted: Bool
            var threshold: Double?
            var explanation: Prediction.Explanation?
        }

        var model: Prediction.ModelName
        var predictions: [One]
        var timing_ms: [String: Double]
    }

    private struct Refusal: Codable {
        var error: String
        var code: String
    }

    private func request(
        _ path: String, query: [URLQueryItem] = [], method: HTTPMethod
    ) throws -> HTTPClientRequest {
        guard var parts = URLComponents(url: service, resolvingAgainstBaseURL: false) else {
            throw PredictionError.address(service.absoluteString)
        }
        parts.path = (parts.path.hasSuffix("/") ? parts.path : parts.path + "/") + path
        if !query.isEmpty { parts.queryItems = query }
        var request = HTTPClientRequest(url: parts.string ?? "")
        request.method = method
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        return request
    }

    private func send(_ request: HTTPClientRequest) async throws -> (Data, Duration) {
        let began = ContinuousClock.now
        let (response, body): (HTTPClientResponse, Data)
        do {
            response = try await connections.client.execute(request, timeout: TimeAmount(timeout))
            body = Data(buffer: try await response.body.collect(upTo: 64 << 20))
        } catch {
            throw PredictionError.unreachable(service, Unreachable(error))
        }
        let elapsed = began.duration(to: .now)
        guard response.status == .ok else {
            let refusal = try? JSONDecoder().decode(Refusal.self, from: body)
            throw PredictionError.refused(
                status: Int(response.status.code), code: refusal?.code ?? "", reason: refusal?.error ?? "",
                retryAfter: response.headers.first(name: "retry-after").flatMap { Int($0) })
        }
        return (body, elapsed)
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ body: Data) throws -> Value {
        guard let value = try? JSONDecoder().decode(type, from: body) else { throw PredictionError.unknownAnswer }
        return value
    }
}

/// A model of a service.
public struct Model: Codable, Hashable, Sendable {
    /// What it is called in addresses.
    public var name: String
    /// The version that answers.
    public var version: String
    /// What it is for, such as `classification`.
    public var task: String
    /// How many classes it has.
    public var classes: Int
}

/// What a model says of an image, and how long that took.
public struct Prediction: Hashable, Sendable {
    /// Which model answered.
    public struct ModelName: Codable, Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its version.
        public var version: String
    }

    /// A class with its probability.
    public struct Label: Codable, Hashable, Sendable {
        /// The class, by name.
        public var label: String
        /// Its place among the model's classes.
        public var index: Int
        /// How likely the model holds it to be, 0…1.
        public var probability: Double
    }

    /// Which of an image's parts speak for a class.
    public struct Explanation: Codable, Hashable, Sendable {
        /// A rectangle in the image's pixels, from the top left.
        public struct Region: Codable, Hashable, Sendable {
            /// Its left side.
            public var x: Double
            /// Its upper side.
            public var y: Double
            /// From left to right.
            public var width: Double
            /// From top to bottom.
            public var height: Double
        }

        /// The class.
        public var label: String
        /// Its place among the model's classes.
        public var index: Int
        /// `class-activation` or `occlusion`.
        public var method: String
        /// What each part adds to the class's score: rows from top to bottom.
        public var grid: [[Double]]
        /// The part of the image that the grid covers; it may reach beyond.
        public var region: Region
        /// The image as the model sees it, in grey, with the grid laid over in colour: a PNG file.
        public var overlay: Data
    }

    /// Which model answered.
    public var model: ModelName
    /// The likeliest classes, the likeliest first.
    public var top: [Label]
    /// The classes that count: the likeliest if it is likely enough, or, of a model of several labels, each that is.
    public var labels: [String]
    /// Whether there is one.
    public var accepted: Bool
    /// What likely enough means; nil where each label has a threshold of its own.
    public var threshold: Double?
    /// Where in the image a class comes from, if that was asked.
    public var explanation: Explanation?
    /// What the service took, by its own clock.
    public var computation: Duration
    /// From the sending to the whole answer.
    public var total: Duration

    /// What is not computation: the network, and waiting for it.
    public var overhead: Duration { max(total - computation, .zero) }
}

/// Why a service did not answer.
public enum PredictionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It said no.
    case refused(status: Int, code: String, reason: String, retryAfter: Int?)
    /// There was no answer.
    case unreachable(URL, Unreachable)
    /// What came back is no answer of a prediction service.
    case unknownAnswer
    /// No address such as `http://127.0.0.1:8080`.
    case address(String)
    /// Several models, and none was named.
    case severalModels([String])
    /// The service has no model.
    case noModels

    /// One sentence: what went wrong, and what to do.
    public var description: String {
        switch self {
        case .refused(let status, _, let reason, let retryAfter):
            "The service answered with status \(status): \(reason)"
                + (retryAfter.map { " Try again in \($0) s." } ?? "")
        case .unreachable(let url, let reason): "\(url.absoluteString) does not answer: \(reason)."
        case .address(let text): "'\(text)' is no address such as http://127.0.0.1:8080."
        case .severalModels(let names):
            "The service has several models. Say which: \(names.map { "--model \($0)" }.joined(separator: ", "))."
        case .noModels: "The service has no model."
        case .unknownAnswer: "What answered is not a prediction service. Check the address."
        }
    }
}
