// The choice of a batch size, and services that compute with fewer digits.

import Foundation
import Imaging
import Inference
import Models
import Service
import TestSupport
import Testing

@Suite struct TuningTests {
    /// A batch of 4 computes 2.5 images for the price of 4 in the mean, so it must be 1.6 times as fast; one of 16, which
    /// computes 8.5, 1.88 times as fast as single images, and 1.18 times as fast as one of 4.
    @Test(
        arguments: [
            ([1, 4], [[10, 20], [10, 20], [10, 20]], 4),
            // Faster, but not by enough to pay for places that stay empty.
            ([1, 4], [[10, 15.9], [10, 15.9], [10, 15.9]], 1),
            // The machine was busy in whole rounds: each round's ratio, 0.6, is what it would be on a quiet one.
            ([1, 4], [[100, 60], [10, 6], [50, 30], [5, 3], [100, 60]], 1),
            // And in the middle of two rounds of five, where the small batch seems 5 times slower than it is.
            ([1, 4], [[20, 60], [100, 60], [20, 60], [100, 60], [100, 60]], 1),
            // The second is better than the first, the third no better than the second.
            ([1, 4, 16], [[10, 20, 23], [10, 20, 23], [10, 20, 30]], 4),
            ([1, 4, 16], [[10, 20, 24], [10, 20, 24], [10, 20, 24]], 16),
            // What was not measured has no better.
            ([8], [], 8),
        ] as [([Int], [[Double]], Int)]) func medianRoundDecides(sizes: [Int], rounds: [[Double]], best: Int)
    {
        #expect(sizes[Tuning(sizes: sizes, rounds: rounds).best] == best)
    }
}

@Suite struct ServedPrecisionTests {
    /// What is said of a photo is what `ocelot predict --precision` says of it, and the service names it wherever it describes
    /// a model.
    @Test(arguments: InferencePrecision.allCases) func servesWhatIsEvaluated(precision: InferencePrecision) async throws
    {
        guard (try? precision.check()) != nil else { return }
        try await withService({ $0.precision = precision }) { service, folder in
            let photo = try picture().png()
            let package = try ModelPackage.open(folder.appending(path: "models/tiny/1"))
            let expected = try await Predictor(package, for: .latency, precision: precision)(photo)
            let reply = try #require(await ask(service, "POST", "/v1/models/tiny:predict?top_k=10", body: photo))
            let top = reply.json["predictions"]?.elements?.first?["top"]?.elements ?? []
            #expect(top.count == 10)
            for one in top {
                let index = try #require(one["index"]?.integer)
                let probability = try #require(one["probability"]?.number)
                #expect(abs(probability - expected.probabilities[index]) <= 1e-5)
            }
            let model = await ask(service, "GET", "/v1/models/tiny")
            #expect(model?.json["precision"]?.string == precision.rawValue)
            let metrics = await ask(service, "GET", "/metrics")?.text ?? ""
            #expect(
                metrics.contains(
                    "ocelot_model_loaded{model=\"tiny\",version=\"1\",precision=\"\(precision.rawValue)\"} 1"))
        }
    }

    /// The bytes of the network are not kept: an explanation by activation reads them again, and does without them where they
    /// are gone.
    @Test func explainsWithoutThePackage() async throws {
        try await withService { service, folder in
            let photo = try picture().png()
            try FileManager.default.removeItem(at: folder.appending(path: "models/tiny/1/model.onnx"))
            let reply = try #require(await ask(service, "POST", "/v1/models/tiny:predict?explain=true", body: photo))
            #expect(reply.status == 200, "\(reply.text)")
            let explanation = reply.json["predictions"]?.elements?.first?["explanation"]
            #expect(explanation?["method"]?.string == Explanation.Method.occlusion.rawValue)
        }
    }
}
