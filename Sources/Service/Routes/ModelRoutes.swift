// Which models there are, and what each is.

import Imaging
import Inference
import Labels
import Models
import NIOHTTP1

extension PredictionService {
    static let modelRoutes: [Route] = [
        Route(.GET, "/v1/models", .needs(.read), "The models that answer.") { service, _, _ in
            Response(json: ["models": .array(service.store.all.map { $0.summary })])
        },
        Route(.GET, "/v1/models/{model}", .needs(.read), "One model: classes, input, how well it did, its digest.") {
            service, _, parameters in
            Response(json: try service.model(parameters).details)
        },
    ]

    /// The model that an address names.
    func model(_ parameters: Parameters) throws -> ModelEngine {
        let name = parameters.path["model"] ?? ""
        guard let engine = store.find(name, version: parameters.path["version"]) else {
            throw ServiceError.noSuchModel(name)
        }
        return engine
    }
}

extension ModelEngine {
    /// Name, version and task: what each answer begins with.
    var identity: JSON {
        ["name": .string(name), "version": .string(version), "task": .string(package.manifest.task.rawValue)]
    }

    var summary: JSON {
        let manifest = package.manifest
        return [
            "name": .string(name), "version": .string(version), "task": .string(manifest.task.rawValue),
            "method": .string(manifest.method), "classes": JSON(manifest.classes.count), "ready": true,
        ]
    }

    var details: JSON {
        let manifest = package.manifest
        let preprocessing = manifest.preprocessing
        var members: [JSON.Member] = [
            .init(name: "name", value: .string(name)), .init(name: "version", value: .string(version)),
            .init(name: "task", value: .string(manifest.task.rawValue)),
            .init(name: "method", value: .string(manifest.method)), .init(name: "ready", value: true),
            .init(name: "labels", value: .array(manifest.classes.map { .string($0) })),
            .init(
                name: "input",
                value: [
                    "width": JSON(preprocessing.side), "height": JSON(preprocessing.side),
                    "resize": .string(preprocessing.resize.rawValue),
                    "mean": .floats(preprocessing.mean), "deviation": .floats(preprocessing.deviation),
                ]),
            .init(name: "backbone", value: .string(manifest.backbone.name)),
            .init(name: "feature_count", value: JSON(manifest.backbone.featureCount)),
            .init(name: "precision", value: .string(numbers)),
            .init(name: "sha256", value: .string(package.digest)),
        ]
        members.append(.init(name: "labels_per_image", value: .string(manifest.labelCount.rawValue)))
        if let threshold = manifest.threshold { members.append(.init(name: "threshold", value: .number(threshold))) }
        if let test = manifest.test {
            members.append(
                .init(
                    name: "test",
                    value: [
                        "images": JSON(test.images), "accuracy": .number(test.accuracy),
                        "class_averaged_accuracy": .number(test.classAveragedAccuracy),
                    ]))
        }
        return .object(members)
    }
}
