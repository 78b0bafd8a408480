// Explanations without a service: a package's network, run here.

public import Imaging
import Inference

/// A model package, ready to say where in a photo its answers come from.
public final class PhotoExplainer: Sendable {
    /// An answer with its explanation.
    public struct Result: Sendable {
        /// What the model says of the photo.
        public let answer: Answer
        /// Where in the photo that comes from.
        public let explanation: Explanation
        /// The square that the network sees.
        public let seen: Picture
        /// The part of the photo that the square shows, in the photo's pixels; with a letterbox it reaches beyond.
        public let region: Rectangle
    }

    /// The package that answers.
    public let package: ModelPackage
    /// The classes, in the order of scores and probabilities.
    public var classes: [String] { package.manifest.classes }
    /// How its answers are explained.
    public var method: Explanation.Method { reader == nil ? .occlusion : .classActivation }
    private let reader: ActivationReader?
    private let engine: InferenceEngine

    /// Opens a package's network; with a `method`, explanations are made in that way where the model allows it.
    public init(_ package: ModelPackage, by method: Explanation.Method? = nil) throws {
        self.package = package
        let onnx = try package.contents(of: "model.onnx")
        let found = method == .occlusion ? nil : try ActivationReader.read(package.manifest, onnx: onnx)
        reader = found?.reader
        engine = try InferenceEngine(onnx: found?.network ?? onnx, batchSize: 1, streams: found == nil ? nil : 1)
    }

    /// Explains the answer for an image file: for the class with this index, or for the likeliest.
    public func callAsFunction(
        _ file: [UInt8], ofClass index: Int? = nil, limits: DecodingLimits = .default
    ) async throws -> Result {
        let preprocessing = package.manifest.preprocessing
        let header = try ImageHeader.read(file)
        let pixels = try preprocessing(file, limits: limits)
        let outputs = try await engine(pixels)
        let (scores, probabilities) = (outputs["scores"] ?? [], outputs["probabilities"] ?? [])
        let best = probabilities.indices.max { (probabilities[$0], $1) < (probabilities[$1], $0) } ?? 0
        let wanted = index ?? best
        precondition(scores.indices.contains(wanted), "There is no class \(wanted) among \(scores.count).")
        let answer = Answer(
            scores: scores.map(Double.init), probabilities: probabilities.map(Double.init),
            features: outputs["features"] ?? [])
        let explanation: Explanation
        if let reader {
            guard let found = reader.explanation(ofClass: wanted, map: outputs[reader.mapName] ?? []) else {
                throw InferenceError.run(reason: "its last map is missing")
            }
            explanation = found
        } else {
            let occlusion = Occlusion(preprocessing)
            let covered = try await self.scores(ofClass: wanted, pixels, occlusion)
            explanation = occlusion.explanation(ofClass: wanted, score: scores[wanted], covered: covered)
        }
        return Result(
            answer: answer, explanation: explanation,
            seen: Picture(width: preprocessing.side, height: preprocessing.side, pixels: pixels),
            region: preprocessing.region(width: header.width, height: header.height))
    }

    /// The score of a class with each part covered in turn.
    private func scores(ofClass index: Int, _ pixels: [UInt8], _ occlusion: Occlusion) async throws -> [Float] {
        try await withThrowingTaskGroup(of: (Int, Float).self) { group in
            for part in 0..<occlusion.count {
                group.addTask { [engine] in
                    let outputs = try await engine(occlusion.covered(pixels, part: part))
                    guard let scores = outputs["scores"] else { throw InferenceError.run(reason: "no scores") }
                    return (part, scores[index])
                }
            }
            var found = [Float](repeating: 0, count: occlusion.count)
            for try await (part, score) in group { found[part] = score }
            return found
        }
    }
}

extension Preprocessing {
    /// The part of a picture of `width` × `height` that the network sees, in the picture's pixels.
    package func region(width: Int, height: Int) -> Rectangle {
        let square = Rectangle(x: 0, y: 0, width: Double(side), height: Double(side))
        return geometry(width: width, height: height).inverse?(square)
            ?? Rectangle(x: 0, y: 0, width: Double(width), height: Double(height))
    }
}
