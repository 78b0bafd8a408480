// Taking a model elsewhere, with proof that it answers there as it does here.

public import Foundation
import Imaging
import Inference
import Labels
public import Models
import Networks
import Torch
import WeightFiles

/// Writes a model's files for use elsewhere.
public struct ModelExport {
    /// What can be written.
    public enum Format: Sendable {
        /// The whole network, from bytes to probabilities; class names and preprocessing are in its metadata.
        case onnx
        /// The weights by name.
        case safetensors
        /// A model repository as Triton and KServe load it: the folder is the repository, and gets one for the model.
        case triton(name: String)
    }

    /// What the self-test found.
    public struct SelfTest: Codable, Hashable, Sendable {
        /// How many images were asked about.
        public let images: Int
        /// The largest difference of a probability between the two engines.
        public let largestDifference: Double
        /// The smallest cosine between the features of a model in 8-bit integers and those in 32 bits; nil for others.
        public let smallestCosine: Double?

        private enum CodingKeys: String, CodingKey {
            case images
            case smallestCosine = "smallest_cosine"
            case largestDifference = "largest_difference"
        }
    }

    /// The two engines may differ by this much: float arithmetic in another order.
    public static let tolerance = 1e-4

    /// The features of a model in 8-bit integers are at least so much like those in 32 bits: the cosine between them.
    ///
    /// Single numbers differ too much to be compared; those of another network would have nothing to do with these.
    public static let integerLikeness = 0.9

    private let package: ModelPackage

    /// Exports `package`.
    public init(_ package: ModelPackage) { self.package = package }

    /// Writes the model to `destination` after a self-test.
    ///
    /// The network to be written is asked about images, and must answer as libtorch does from the package's weights. When the method throws, nothing is written.
    public func write(_ format: Format, to destination: URL, checkedWith photos: [URL]) async throws -> SelfTest {
        let onnx = try package.contents(of: "model.onnx")
        let weights = try package.contents(of: "weights.safetensors")
        let images = try photos.isEmpty ? drawnImages() : photos.map { try preprocessing(readImageFile($0)) }
        if case .triton(let name) = format { try checkIsFree(destination.appending(path: name)) }
        let test = try await selfTest(onnx: onnx, weights: weights, images)
        switch format {
        case .onnx: try writeWhole(onnx, to: destination)
        case .safetensors: try writeWhole(weights, to: destination)
        case .triton(let name):
            try TritonModel(package, name: name).write(to: destination.appending(path: name), onnx: onnx)
        }
        return test
    }

    private var preprocessing: Preprocessing { package.manifest.preprocessing }

    /// Says at once what would be said after the test.
    private func checkIsFree(_ folder: URL) throws {
        if FileManager.default.fileExists(atPath: folder.path) { throw ModelPackageError.exists(folder) }
    }

    private func selfTest(onnx: Data, weights: Data, _ images: [[UInt8]]) async throws -> SelfTest {
        let manifest = package.manifest
        guard let graph = try manifest.graph() else { throw ExportError.unknownBackbone(manifest.backbone.name) }
        let weights = try Weights(file: weights)
        let reference = try TorchFeatureExtractor(graph, weights: weights, device: .cpu, output: "probabilities")
        let features = try manifest.quantization.map { _ in
            try TorchFeatureExtractor(graph, weights: weights, device: .cpu)
        }
        let engine = try InferenceEngine(onnx: onnx, batchSize: 1, streams: 1)
        var (largest, smallestCosine) = (0.0, 1.0)
        for (index, image) in images.enumerated() {
            let here = try reference.features(of: image, count: 1)
            let answer = try await engine(image)
            let there = answer["probabilities"] ?? []
            guard here.count == there.count, !here.isEmpty else { throw ExportError.noAnswer }
            let difference = zip(here, there).map { abs(Double($0) - Double($1)) }.max() ?? .infinity
            if let features {
                // Of length 1, so their product is the cosine of the angle between them.
                let cosine = zip(try features.features(of: image, count: 1), answer["features"] ?? [])
                    .reduce(0) { $0 + Double($1.0) * Double($1.1) }
                guard cosine >= Self.integerLikeness else {
                    throw ExportError.unlike(image: index, cosine: cosine, least: Self.integerLikeness)
                }
                smallestCosine = min(smallestCosine, cosine)
            } else if difference > Self.tolerance {
                throw ExportError.disagreement(image: index, difference: difference, tolerance: Self.tolerance)
            } else if Set(manifest.accepted(here.map(Double.init))) != Set(manifest.accepted(there.map(Double.init))) {
                throw ExportError.otherClass(image: index)
            }
            largest = max(largest, difference)
        }
        return SelfTest(
            images: images.count, largestDifference: largest,
            smallestCosine: features == nil ? nil : smallestCosine)
    }

    /// Pictures of many colours and frequencies, the same every time: gratings, a gradient, and noise.
    private func drawnImages() -> [[UInt8]] {
        let side = preprocessing.side
        var generator = SeededGenerator(seed: 7)
        return (0..<8).map { number in
            let (fx, fy) = (Double.random(in: 1...40, using: &generator), Double.random(in: 1...40, using: &generator))
            let phases = (0..<3).map { _ in Double.random(in: 0...6, using: &generator) }
            let noise = number.isMultiple(of: 2) ? 20.0 : 80.0
            return (0..<(side * side * 3)).map { place in
                let (x, y) = (Double(place / 3 % side) / Double(side), Double(place / 3 / side) / Double(side))
                let wave = 128 + 70 * sin(fx * x + fy * y + phases[place % 3])
                return UInt8(min(max(wave + Double.random(in: -noise...noise, using: &generator), 0), 255))
            }
        }
    }
}

/// Why a model was not exported.
public enum ExportError: Error, CustomStringConvertible {
    /// The package names a network that this version does not know.
    case unknownBackbone(String)
    /// An engine gave no probabilities.
    case noAnswer
    /// The two engines answer differently.
    case disagreement(image: Int, difference: Double, tolerance: Double)
    /// The two engines choose different classes.
    case otherClass(image: Int)
    /// The features of a model in 8-bit integers have too little to do with those of its weights.
    case unlike(image: Int, cosine: Double, least: Double)

    /// One sentence: what went wrong, and what to do.
    public var description: String {
        switch self {
        case .unknownBackbone(let name):
            "The model is built on '\(name)', which this version of ocelot does not know. Use the version that made it."
        case .noAnswer:
            "The exported network gives no probabilities. Nothing was written."
        case .otherClass(let image):
            "The exported network chooses another class for image \(image + 1) of the self-test. Nothing was written."
        case .unlike(let image, let cosine, let least):
            "The exported network sees image \(image + 1) of the self-test otherwise than its weights do: the cosine between their features is \(cosine), and at least \(least) is expected. Nothing was written."
        case .disagreement(let image, let difference, let tolerance):
            "The exported network answers differently: by \(difference) for image \(image + 1) of the self-test, where \(tolerance) is allowed. Nothing was written."
        }
    }
}
