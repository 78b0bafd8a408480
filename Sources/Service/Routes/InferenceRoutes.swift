// The Open Inference Protocol, version 2: what Triton's and KServe's clients speak.

import Imaging
import Models
import NIOCore
import NIOHTTP1

extension PredictionService {
    static let inferenceRoutes: [Route] = [
        Route(.GET, "/v2", .open, "What the server is, and which extensions it has.") { _, _, _ in
            Response(json: [
                "name": "ocelot", "version": .string(programVersion),
                "extensions": ["binary_tensor_data", "classification", "statistics", "model_repository"],
            ])
        },
        Route(.GET, "/v2/models/stats", .needs(.read), "Counts and times of all models.") { service, _, _ in
            Response(json: ["model_stats": .array(service.store.all.map { $0.statistics.json(of: $0) })])
        },
        Route(.GET, "/v2/models/{model}", .needs(.read), "A model's inputs and outputs.") { service, _, parameters in
            Response(json: try service.model(parameters).inferenceMetadata(service.store))
        },
        Route(.GET, "/v2/models/{model}/versions/{version}", .needs(.read), "As above, of one version.") {
            service, _, parameters in
            Response(json: try service.model(parameters).inferenceMetadata(service.store))
        },
        Route(.GET, "/v2/models/{model}/ready", .watch, "Whether a model answers.") { service, _, parameters in
            try service.readiness(parameters)
        },
        Route(.GET, "/v2/models/{model}/versions/{version}/ready", .watch, "Whether a version answers.") {
            service, _, parameters in
            try service.readiness(parameters)
        },
        Route(.GET, "/v2/models/{model}/stats", .needs(.read), "Counts and times of a model.") {
            service, _, parameters in
            let engine = try service.model(parameters)
            return Response(json: ["model_stats": [engine.statistics.json(of: engine)]])
        },
        Route(.GET, "/v2/models/{model}/versions/{version}/stats", .needs(.read), "As above, of one version.") {
            service, _, parameters in
            let engine = try service.model(parameters)
            return Response(json: ["model_stats": [engine.statistics.json(of: engine)]])
        },
        Route(
            .POST, "/v2/models/{model}/infer", .needs(.predict), hasBody: true,
            "Inference on image files (BYTES) or pixels (UINT8 or FP32)."
        ) { try await $0.infer($1, $2) },
        Route(
            .POST, "/v2/models/{model}/versions/{version}/infer", .needs(.predict), hasBody: true,
            "As above, by one version."
        ) { try await $0.infer($1, $2) },
        Route(.POST, "/v2/repository/index", .needs(.read), hasBody: true, "The models that are loaded.") {
            service, _, _ in
            Response(
                json: .array(
                    service.store.all.map {
                        ["name": .string($0.name), "version": .string($0.version), "state": "READY", "reason": ""]
                    }))
        },
        Route(
            .POST, "/v2/repository/models/{model}/load", .needs(.admin), hasBody: true,
            "Loads the newest version of a model of the workspace."
        ) { service, _, parameters in
            try await service.load(parameters.path["model"] ?? "")
            return Response(json: [:])
        },
        Route(
            .POST, "/v2/repository/models/{model}/unload", .needs(.admin), hasBody: true, "Lets a model answer no more."
        ) { service, _, parameters in
            try service.checkAdministration()
            guard service.store.unload(parameters.path["model"] ?? "") else { throw ServiceError.noSuchModel("") }
            return Response(json: [:])
        },
    ]

    private func checkAdministration() throws {
        guard configuration.allowsAdministration else {
            throw ServiceError(
                403, "no_administration", "Models are loaded by who runs the service, or with --enable-admin.")
        }
    }

    /// Loads a model by its name in the workspace; never a path, nor contents, from a request.
    private func load(_ name: String) async throws {
        try checkAdministration()
        guard ModelPackage.isModelName(name) else { throw ServiceError.noSuchModel(name) }
        do {
            try await store.load(ModelSource(name: name, text: name, follows: true))?.networks.warmUp()
        } catch let error as ModelPackageError {
            log.note("model_not_loaded", level: "error", [.init(name: "reason", value: .string("\(error)"))])
            throw ServiceError(422, "not_loaded", "There is no such model in the workspace, or its files are damaged.")
        }
    }

    private func readiness(_ parameters: Parameters) throws -> Response {
        let engine = try model(parameters)
        let response = Response(
            status: isReady ? 200 : 503, json: ["name": .string(engine.name), "ready": .bool(isReady)])
        return isReady ? response : response.retrying(after: 5)
    }

    private func infer(_ request: Request, _ parameters: Parameters) async throws -> Response {
        let engine = try model(parameters)
        let limit = configuration.limits.imagesPerRequest
        let question: InferenceRequest
        let images: InferenceImages
        do throws(InferenceRequestError) {
            question = try InferenceRequest(
                request.body, headerLength: request.head.header("inference-header-content-length"))
            images = try engine.images(of: question)
        } catch {
            throw ServiceError.badRequest("malformed_inference_request", error.description)
        }
        let outputs = try engine.wantedOutputs(of: question)
        let answers: [ImageAnswer]
        switch images {
        case .files(let files):
            try ImageQuestion.check(files.count, limit: limit)
            answers = try await ask(engine, files)
        case .pixels(let pixels):
            try ImageQuestion.check(pixels.count, limit: limit)
            answers = try await ask(pixels) { image in try await engine.answer(image) }
        }
        return Response(
            model: engine.name, version: engine.version, id: question.id,
            outputs: outputs.map { engine.tensor($0, answers) })
    }
}

/// What an inference request asks about.
enum InferenceImages: Sendable {
    case files([ByteBuffer])
    case pixels([PreparedImage])
}

extension ModelEngine {
    /// The outputs in the order in which they are given.
    private var outputNames: [String] { ClassifierPart.outputs.filter { networks.outputs[$0] != nil } }

    func inferenceMetadata(_ store: ModelStore) -> JSON {
        let side = Double(package.manifest.preprocessing.side)
        let image: JSON = ["name": "image", "datatype": "BYTES", "shape": [-1]]
        let pixels: JSON = ["name": "pixels", "datatype": "UINT8", "shape": .numbers([-1, side, side, 3])]
        return [
            "name": .string(name), "versions": .array(store.versions(of: name).map { .string($0.version) }),
            "platform": "ocelot_onnx", "inputs": [image, pixels],
            "outputs": .array(
                outputNames.map { output in
                    [
                        "name": .string(output), "datatype": "FP32",
                        "shape": .numbers([-1, Double(networks.outputs[output] ?? 0)]),
                    ]
                }),
        ]
    }

    func images(of question: InferenceRequest) throws(InferenceRequestError) -> InferenceImages {
        guard question.inputs.count == 1 else {
            throw .init(description: "Give one input: 'image', files as BYTES, or 'pixels', UINT8 or FP32.")
        }
        let input = question.inputs[0]
        let side = package.manifest.preprocessing.side
        switch input.name {
        case "image":
            guard input.shape.count == 1 || (input.shape.count == 2 && input.shape[1] == 1), input.count > 0 else {
                throw .init(description: "The input 'image' has the shape [N] or [N, 1], N 1 or more.")
            }
            return .files(try input.byteElements())
        case "pixels":
            guard input.shape.count == 4, Array(input.shape.dropFirst()) == [side, side, 3], input.count > 0 else {
                throw .init(description: "The input 'pixels' has the shape [N, \(side), \(side), 3], N 1 or more.")
            }
            let (bytes, length) = (try input.byteValues(), 3 * side * side)
            return .pixels(
                (0..<input.shape[0]).map { row in
                    PreparedImage(
                        pixels: Array(bytes[(row * length)..<((row + 1) * length)]), width: side, height: side)
                })
        default:
            throw .init(description: "There is no input of this name; 'image' and 'pixels' are.")
        }
    }

    func wantedOutputs(of question: InferenceRequest) throws(ServiceError) -> [RequestedOutput] {
        guard let outputs = question.outputs, !outputs.isEmpty else {
            return outputNames.map { RequestedOutput(name: $0, isBinary: question.prefersBinary, classes: nil) }
        }
        for output in outputs where !outputNames.contains(output.name) {
            throw .badRequest(
                "unknown_output", "There is no output of this name; there are: \(outputNames.joined(separator: ", ")).")
        }
        return outputs
    }

    func tensor(_ wanted: RequestedOutput, _ answers: [ImageAnswer]) -> ResponseTensor {
        let rows = answers.map { $0.outputs[wanted.name] ?? [] }
        guard let classes = wanted.classes else {
            return ResponseTensor(
                name: wanted.name, shape: [rows.count, rows.first?.count ?? 0], contents: .floats(Array(rows.joined())),
                isBinary: wanted.isBinary)
        }
        // Triton's form: value, index and, where the outputs are the classes, the label.
        let labels = package.manifest.classes
        let count = min(classes, rows.first?.count ?? 0)
        let texts = rows.flatMap { row in
            row.indices.sorted { (row[$1], $0) < (row[$0], $1) }.prefix(count).map { index in
                row.count == labels.count ? "\(row[index]):\(index):\(labels[index])" : "\(row[index]):\(index)"
            }
        }
        return ResponseTensor(
            name: wanted.name, shape: [rows.count, count], contents: .texts(texts), isBinary: wanted.isBinary)
    }
}
