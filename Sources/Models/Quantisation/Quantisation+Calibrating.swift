// A quantisation for a network, found by looking at what it computes for photos.

package import Inference
package import Networks
package import WeightFiles

extension Quantisation {
    /// Finds the scales for `graph` with `weights`.
    ///
    /// - Parameters:
    ///   - graph: A network that takes bytes.
    ///   - weights: Its weights.
    ///   - images: What it is to see: [rows, columns, 3] bytes each. A hundred of all classes are enough.
    ///   - progress: Is told after each step how many of how many are done.
    /// - Returns: The scale of each node whose numbers become bytes, and the means of their channels.
    /// - Throws: `InferenceError` if the engine fails, or numbers between layers are not finite.
    package static func calibrated(
        _ graph: Graph, weights: Weights, images: [[UInt8]], progress: (Int, Int) -> Void = { _, _ in }
    ) async throws -> Quantisation {
        let owners = graph.byteNodes
        let nodes = owners.keys.sorted()
        let engine = try InferenceEngine(
            onnx: ONNXModel(graph.revealing(nodes), weights: weights).data(), batchSize: 1, streams: 1)
        var surveys = ValueSurveys(graph, nodes)
        for (number, image) in images.enumerated() {
            surveys.update(try await engine(image)) { $0.measure($1) }
            progress(number + 1, 2 * images.count)
        }
        guard surveys.byNode.allSatisfy(\.survey.isFinite) else {
            throw InferenceError.run(reason: "between the network's layers are numbers that are not finite")
        }
        for (number, image) in images.enumerated() {
            surveys.update(try await engine(image)) { $0.tally($1) }
            progress(images.count + number + 1, 2 * images.count)
        }
        let found = Dictionary(uniqueKeysWithValues: surveys.byNode.map { ($0.node, $0.survey) })
        var scales: [Int: ByteScale] = [:]
        for (node, owner) in owners { scales[node] = found[owner]?.scale }
        return Quantisation(scales: scales, means: found.mapValues(\.means))
    }
}
