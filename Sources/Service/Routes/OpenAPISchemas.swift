// What bodies and answers look like, in JSON Schema.

/// Pieces of the description that the routes do not know.
enum OpenAPISchemas {
    private static let text: JSON = ["type": "string"]
    private static let number: JSON = ["type": "number"]
    private static let whole: JSON = ["type": "integer"]
    private static let numbers: JSON = ["type": "array", "items": ["type": "number"]]
    /// One to 64 of something: as many as one request may have.
    private static func some(_ items: JSON) -> JSON {
        ["type": "array", "items": items, "minItems": 1, "maxItems": 64]
    }

    private static let base64: JSON = [
        "type": "string", "contentEncoding": "base64", "pattern": "^([A-Za-z0-9+/]{4})+$",
    ]
    private static let bytes: JSON = ["type": "string", "format": "binary"]

    private static func object(_ members: [(String, JSON)], required: [String]) -> JSON {
        [
            "type": "object", "properties": .object(members.map { .init(name: $0.0, value: $0.1) }),
            "required": .array(required.map { .string($0) }),
        ]
    }

    private static func list(_ items: JSON) -> JSON { ["type": "array", "items": items] }

    static let all: [JSON.Member] = [
        .init(
            name: "Error",
            value: object(
                [
                    ("error", text), ("code", text), ("status", whole), ("request_id", text),
                    ("details", ["type": "object"]),
                ], required: ["error", "code", "status", "request_id"])),
        .init(
            name: "Model",
            value: object(
                [
                    ("name", text), ("version", text), ("task", text),
                    ("precision", ["type": "string", "enum": ["float32", "bfloat16", "int8"]]),
                ], required: ["name", "version", "task"])),
        .init(
            name: "Prediction",
            value: object(
                [
                    (
                        "image",
                        object(
                            [("width", whole), ("height", whole), ("sha256", text)],
                            required: ["width", "height", "sha256"])
                    ),
                    (
                        "top",
                        list(
                            object(
                                [("label", text), ("index", whole), ("probability", number)],
                                required: ["label", "index", "probability"]))
                    ),
                    ("labels", list(text)), ("accepted", ["type": "boolean"]), ("threshold", number),
                    ("thresholds", ["type": "object"]), ("explanation", reference("Explanation")),
                ], required: ["image", "top", "labels", "accepted"])),
        .init(
            name: "Explanation",
            value: object(
                [
                    ("label", text), ("index", whole),
                    ("method", ["type": "string", "enum": ["class-activation", "occlusion"]]),
                    ("grid", list(numbers)),
                    (
                        "region",
                        object(
                            [("x", number), ("y", number), ("width", number), ("height", number)],
                            required: ["x", "y", "width", "height"])
                    ),
                    ("overlay", ["type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"]),
                ], required: ["label", "index", "method", "grid", "region", "overlay"])),
        .init(
            name: "Tensor",
            value: object(
                [
                    ("name", text), ("datatype", text), ("shape", list(whole)), ("data", ["type": "array"]),
                    ("parameters", ["type": "object"]),
                ], required: ["name", "datatype", "shape"])),
    ]

    private static func reference(_ name: String) -> JSON { ["$ref": .string("#/components/schemas/\(name)")] }

    /// What may be asked about images, in a query and in a form.
    static let asked: [(String, JSON)] = [
        ("top_k", ["type": "integer", "minimum": 1, "maximum": 10_000]),
        ("threshold", ["type": "number", "minimum": 0, "maximum": 1]),
    ]
    static let askedOfExplanations: [(String, JSON)] = [
        ("explain", ["type": "string", "enum": ["true", "false", "gradcam", "occlusion"]]),
        ("explain_class", ["type": "string"]),
    ]

    /// Images, and what is asked about them.
    private static func imageBody(explains: Bool) -> JSON {
        let fields = asked + (explains ? askedOfExplanations : [])
        // JSON has words of its own for true and false.
        let members = fields.map { name, schema in
            (name, name == "explain" ? ["enum": [true, false, "true", "false", "gradcam", "occlusion"]] : schema)
        }
        return [
            "image/*": ["schema": bytes], "application/octet-stream": ["schema": bytes],
            "multipart/form-data": ["schema": object([("image", bytes)] + fields, required: ["image"])],
            "application/json": [
                "schema": object([("image", base64), ("images", some(base64))] + members, required: [])
            ],
        ]
    }

    /// Bodies by the last word of a pattern.
    static let bodies: [String: JSON] = [
        "predict": imageBody(explains: true), "embed": imageBody(explains: false),
        "score": [
            "application/json": [
                "schema": object(
                    [
                        (
                            "input_df",
                            some(object([("image base64 string", base64)], required: ["image base64 string"]))
                        )
                    ], required: ["input_df"])
            ],
            "image/*": ["schema": bytes], "application/octet-stream": ["schema": bytes],
        ],
        "infer": [
            "application/json": [
                "schema": object(
                    [
                        ("id", text),
                        ("inputs", ["type": "array", "items": reference("Tensor"), "minItems": 1, "maxItems": 16]),
                        ("outputs", list(["type": "object"])),
                    ],
                    required: ["inputs"])
            ],
            "application/octet-stream": ["schema": bytes],
        ],
    ]

    private static let score = object(
        [
            ("label", text), ("score", number), ("allScores", numbers), ("Id2Labels", ["type": "object"]),
            ("executionTimeMs", number),
        ], required: ["label", "score", "allScores", "Id2Labels", "executionTimeMs"])

    /// Answers by the last word of a pattern.
    static let answers: [String: JSON] = [
        "predict": object(
            [
                ("model", reference("Model")), ("id", text), ("predictions", list(reference("Prediction"))),
                ("timing_ms", ["type": "object"]),
            ], required: ["model", "id", "predictions", "timing_ms"]),
        "embed": object(
            [
                ("model", reference("Model")), ("id", text), ("dim", whole), ("normalized", ["type": "boolean"]),
                ("embeddings", list(numbers)),
            ], required: ["dim", "embeddings"]),
        "score": ["oneOf": [score, list(score)]],
        "infer": object(
            [("model_name", text), ("model_version", text), ("id", text), ("outputs", list(reference("Tensor")))],
            required: ["model_name", "outputs"]),
        "models": object([("models", list(reference("Model")))], required: ["models"]),
        "index": list(
            object(
                [("name", text), ("version", text), ("state", text), ("reason", text)], required: ["name", "state"])),
    ]

    /// What is not answered in JSON.
    static let answerTypes: [String: String] = [
        "/": "text/html; charset=utf-8", "/page.css": "text/css; charset=utf-8",
        "/page.js": "text/javascript; charset=utf-8", "/livez": "text/plain; charset=utf-8",
        "/healthz": "text/plain; charset=utf-8", "/readyz": "text/plain; charset=utf-8",
        "/metrics": "text/plain; version=0.0.4; charset=utf-8",
    ]
}
