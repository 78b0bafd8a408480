// The friendly routes: an image in, classes out.

import Crypto
import Models
import NIOCore
import NIOHTTP1

extension PredictionService {
    static let predictRoutes: [Route] = [
        Route(
            .POST, "/v1/models/{model}:predict", .needs(.predict), hasBody: true,
            "Classes and probabilities of an image, or of several."
        ) { try await $0.predict($1, $2) },
        Route(
            .POST, "/v1/models/{model}/versions/{version}:predict", .needs(.predict), hasBody: true,
            "As :predict, by one version."
        ) { try await $0.predict($1, $2) },
        Route(
            .POST, "/v1/models/{model}:embed", .needs(.predict), hasBody: true,
            "The features that a model computes from an image, of length 1."
        ) { try await $0.embed($1, $2) },
        Route(
            .POST, "/score", .needs(.predict), hasBody: true,
            "The founding sample's form of request and answer; the model is the only one, or the query's 'model'."
        ) { try await $0.score($1, $2) },
    ]

    private func predict(_ request: Request, _ parameters: Parameters) async throws -> Response {
        let engine = try model(parameters)
        let question = try ImageQuestion(request, parameters, limit: configuration.limits.imagesPerRequest)
        let (answers, explanations) = try await answers(engine, question)
        let predictions = try question.images.indices.map { index in
            let digest = sha256(question.images[index])
            return try prediction(
                answers[index], engine, question, digest: digest, explanation: explanations?[index])
        }
        let timing = Timing(answers, request)
        var response = Response(json: [
            "model": engine.identity, "id": .string(request.head.id), "predictions": .array(predictions),
            "timing_ms": timing.json,
        ])
        response.headers.append(("server-timing", timing.header))
        return response
    }

    /// The answers to a question, with their explanations where those are asked for.
    private func answers(
        _ engine: ModelEngine, _ question: ImageQuestion
    ) async throws -> ([ImageAnswer], [Explanation]?) {
        guard let wish = question.explanation else { return (try await ask(engine, question.images), nil) }
        try ImageQuestion.check(question.images.count, limit: configuration.limits.explainedImagesPerRequest)
        let index = try wish.classIndex(in: engine.package.manifest.classes)
        var (answers, explanations): ([ImageAnswer], [Explanation]) = ([], [])
        // One after another: each holds up others for long enough.
        for (number, image) in question.images.enumerated() {
            let (answer, explanation) = try await translating(image: question.images.count > 1 ? number : nil) {
                try await engine.explain(image, ofClass: index, by: wish.method)
            }
            answers.append(answer)
            explanations.append(explanation)
        }
        return (answers, explanations)
    }

    /// What is said of one image.
    private func prediction(
        _ answer: ImageAnswer, _ engine: ModelEngine, _ question: ImageQuestion, digest: String,
        explanation: Explanation?
    ) throws -> JSON {
        let manifest = engine.package.manifest
        let ranked = try rank(answer, engine)
        let accepted = manifest.accepted(answer.probabilities.map(Double.init), threshold: question.threshold)
        var members: [JSON.Member] = [
            .init(
                name: "image",
                value: ["width": JSON(answer.width), "height": JSON(answer.height), "sha256": .string(digest)]),
            .init(
                name: "top",
                value: .array(
                    ranked.prefix(question.topK ?? 5).map { index in
                        [
                            "label": .string(manifest.classes[index]), "index": JSON(index),
                            "probability": .float(answer.probabilities[index]),
                        ]
                    })),
            .init(name: "labels", value: .array(accepted.map { .string($0) })),
            .init(name: "accepted", value: .bool(!accepted.isEmpty)),
        ]
        if let thresholds = manifest.labelThresholds, question.threshold == nil {
            let each = zip(manifest.classes, thresholds).map { JSON.Member(name: $0, value: .number($1)) }
            members.append(.init(name: "thresholds", value: .object(each)))
        } else {
            members.append(
                .init(name: "threshold", value: .number(question.threshold ?? manifest.threshold ?? 0)))
        }
        if let explanation {
            members.append(.init(name: "explanation", value: try explanation.json(of: answer, manifest)))
        }
        return .object(members)
    }

    private func embed(_ request: Request, _ parameters: Parameters) async throws -> Response {
        let engine = try model(parameters)
        let answers = try await ask(engine, plainImages(request, parameters))
        let rows = answers.map { $0.outputs["features"] ?? [] }
        guard let width = rows.first?.count, width > 0 else {
            throw ServiceError(422, "no_features", "This model gives no features.")
        }
        if request.head.header("accept")?.contains("application/octet-stream") == true {
            return Response(contentType: "application/octet-stream", body: NPY.encode(rows, width: width))
        }
        return Response(json: [
            "model": engine.identity, "id": .string(request.head.id), "dim": JSON(width), "normalized": true,
            "embeddings": .array(rows.map { .floats($0) }),
        ])
    }

    private func score(_ request: Request, _ parameters: Parameters) async throws -> Response {
        var parameters = parameters
        let named = parameters.query.removeValue(forKey: "model")
        let names = Set(store.all.map(\.name))
        guard let name = named ?? (names.count == 1 ? names.first : nil), let engine = store.find(name) else {
            throw named == nil
                ? ServiceError.badRequest("which_model", "There are several models. Name one: /score?model=NAME.")
                : ServiceError.noSuchModel(named ?? "")
        }
        let began = ContinuousClock.now
        let limit = configuration.limits.imagesPerRequest
        var images: [ByteBuffer] = []
        if request.head.mediaType == "application/json" {
            guard let rows = try request.json()["input_df"]?.elements, !rows.isEmpty else {
                throw ServiceError.badRequest(
                    "malformed_json", "The body is not {\"input_df\": [{\"image base64 string\": …}]}.")
            }
            try ImageQuestion.check(rows.count, limit: limit)
            for row in rows {
                guard let text = row["image base64 string"]?.string else {
                    throw ServiceError.badRequest("malformed_json", "A row of 'input_df' has no 'image base64 string'.")
                }
                images.append(try ImageQuestion.decoded(text))
            }
        } else {
            images = try plainImages(request, parameters)
        }
        let answers = try await ask(engine, images)
        let classes = engine.package.manifest.classes
        let elapsed = began.duration(to: .now).milliseconds
        let rows: [JSON] = try answers.map { answer in
            let best = try rank(answer, engine)[0]
            return [
                "label": .string(classes[best]), "score": .float(answer.probabilities[best]),
                "allScores": .floats(answer.probabilities),
                "Id2Labels": .object(
                    classes.enumerated().map { .init(name: "\($0.offset)", value: .string($0.element)) }),
                "executionTimeMs": .number((elapsed * 1000).rounded() / 1000),
            ]
        }
        return Response(json: rows.count == 1 ? rows[0] : .array(rows))
    }

    /// The images of a request to which no explanation can be given.
    private func plainImages(_ request: Request, _ parameters: Parameters) throws -> [ByteBuffer] {
        let question = try ImageQuestion(request, parameters, limit: configuration.limits.imagesPerRequest)
        guard question.explanation == nil else {
            throw ServiceError.badRequest("bad_explain", "Only the answers of ':predict' are explained.")
        }
        return question.images
    }

    /// Asks a model about images side by side; one that cannot be read fails the request.
    func ask(_ engine: ModelEngine, _ images: [ByteBuffer]) async throws -> [ImageAnswer] {
        try await ask(images) { try await engine.answer($0) }
    }

    func ask<Image: Sendable>(
        _ images: [Image], _ answer: @escaping @Sendable (Image) async throws -> ImageAnswer
    ) async throws -> [ImageAnswer] {
        if images.count == 1 { return [try await translating { try await answer(images[0]) }] }
        return try await withThrowingTaskGroup(of: (Int, ImageAnswer).self) { group in
            for (index, image) in images.enumerated() {
                group.addTask { (index, try await self.translating(image: index) { try await answer(image) }) }
            }
            var answers: [(Int, ImageAnswer)] = []
            for try await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// The classes' indices, the likeliest first; notes what the model said.
    private func rank(_ answer: ImageAnswer, _ engine: ModelEngine) throws -> [Int] {
        let probabilities = answer.probabilities
        guard probabilities.count == engine.package.manifest.classes.count, probabilities.allSatisfy(\.isFinite) else {
            throw ServiceError.internalError("output_not_finite")
        }
        let ranked = probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
        let label = engine.package.manifest.classes[ranked[0]]
        metrics.count("ocelot_predictions_total", ["model": engine.name, "label": label])
        metrics.observe(
            "ocelot_prediction_confidence", ["model": engine.name], Double(probabilities[ranked[0]]),
            bounds: Histogram.tenths)
        return ranked
    }

    private func sha256(_ image: ByteBuffer) -> String {
        image.withUnsafeReadableBytes { bytes in
            var hash = SHA256()
            hash.update(bufferPointer: bytes)
            let digits = Array("0123456789abcdef".utf8)
            return String(
                decoding: hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        }
    }
}

extension ImageAnswer {
    var probabilities: [Float] { outputs["probabilities"] ?? [] }
}

/// What an answer took; of several images, the longest of each stage.
struct Timing: Sendable {
    private let stages: [(name: String, milliseconds: Double)]

    init(_ answers: [ImageAnswer], _ request: Request) {
        func longest(_ stage: (ImageAnswer.Timing) -> Duration) -> Double {
            answers.map { stage($0.timing).milliseconds }.max() ?? 0
        }
        stages = [
            ("queue", longest(\.queue)), ("decode", longest(\.decode)), ("infer", longest(\.infer)),
            ("total", request.head.received.duration(to: .now).milliseconds),
        ].map { ($0.0, ($0.1 * 1000).rounded() / 1000) }
    }

    var json: JSON { .object(stages.map { .init(name: $0.name, value: .number($0.milliseconds)) }) }
    var header: String { stages.map { "\($0.name);dur=\($0.milliseconds)" }.joined(separator: ", ") }
}
