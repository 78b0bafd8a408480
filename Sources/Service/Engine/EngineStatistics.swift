// Counts and times of one model, in the form of Triton's extension "statistics".

/// What a model has done since it was loaded.
struct EngineStatistics: Sendable {
    /// How often, and how long altogether.
    struct Sum: Sendable {
        var count = 0
        var nanoseconds = 0

        mutating func add(_ time: Duration) {
            count += 1
            nanoseconds += Int(time / .nanoseconds(1))
        }

        var json: JSON { ["count": JSON(count), "ns": JSON(nanoseconds)] }
    }

    var success = Sum()
    var failure = Sum()
    var queue = Sum()
    var decode = Sum()
    var infer = Sum()
    /// Batches by their number of images.
    var batches: [Int: Sum] = [:]
    /// The last answer, in milliseconds since 1970.
    var last: UInt64 = 0

    func json(of engine: ModelEngine) -> JSON {
        let none = Sum().json
        return [
            "name": .string(engine.name), "version": .string(engine.version), "last_inference": JSON(Int(last)),
            "inference_count": JSON(success.count),
            "execution_count": JSON(batches.values.reduce(0) { $0 + $1.count }),
            "inference_stats": [
                "success": success.json, "fail": failure.json, "queue": queue.json, "compute_input": decode.json,
                "compute_infer": infer.json, "compute_output": ["count": JSON(success.count), "ns": 0],
                "cache_hit": none, "cache_miss": none,
            ],
            "batch_stats": .array(
                batches.sorted { $0.key < $1.key }.map { size, sum in
                    [
                        "batch_size": JSON(size), "compute_input": none, "compute_infer": sum.json,
                        "compute_output": none,
                    ]
                }),
        ]
    }
}
