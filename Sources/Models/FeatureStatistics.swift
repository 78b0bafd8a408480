// What the features of the training photos are like, so that whoever serves the model notices when photos become others.

public import Foundation
import WeightFiles

/// Mean and deviation of each feature over the photos that a model was trained with.
///
/// The features are those that the package's network gives: of length 1.
public struct FeatureStatistics: Hashable, Sendable {
    /// The file of a package that holds them.
    public static let fileName = "feature-statistics.safetensors"

    /// How many photos there were.
    public let images: Int
    /// The mean of each feature.
    public let mean: [Float]
    /// The standard deviation of each feature, with the number of photos as the divisor.
    public let deviation: [Float]

    /// Of `count` feature vectors; nil if there is none.
    ///
    /// - Parameters:
    ///   - count: How many there are.
    ///   - vector: Gives each, all of one length.
    public init?(count: Int, vector: (Int) -> ArraySlice<Float>) {
        guard count > 0 else { return nil }
        let width = vector(0).count
        var (sums, squares) = ([Double](repeating: 0, count: width), [Double](repeating: 0, count: width))
        for number in 0..<count {
            for (column, value) in vector(number).enumerated() {
                sums[column] += Double(value)
                squares[column] += Double(value) * Double(value)
            }
        }
        images = count
        mean = sums.map { Float($0 / Double(count)) }
        deviation = zip(sums, squares).map { sum, square in
            let mean = sum / Double(count)
            return Float(max(0, square / Double(count) - mean * mean).squareRoot())
        }
    }

    /// Reads those of a package; nil for a package without them.
    public init?(of package: ModelPackage) throws {
        guard package.files[Self.fileName] != nil else { return nil }
        let arrays = try Weights(file: package.contents(of: Self.fileName))
        let (mean, deviation) = (try arrays.tensor("mean").floats(), try arrays.tensor("deviation").floats())
        guard let images = arrays.metadata["images"].flatMap({ Int($0) }), images > 0,
            mean.count == package.manifest.backbone.featureCount, deviation.count == mean.count,
            (mean + deviation).allSatisfy(\.isFinite)
        else {
            throw ModelPackageError.damagedManifest(
                package.folder.appending(path: Self.fileName), reason: "its numbers are not those of this model")
        }
        (self.images, self.mean, self.deviation) = (images, mean, deviation)
    }

    /// Writes the file into the folder of a package that is being written.
    public func write(into folder: URL) throws {
        let arrays = try Weights(
            [
                "mean": StoredTensor(floats: mean, shape: [mean.count]),
                "deviation": StoredTensor(floats: deviation, shape: [deviation.count]),
            ], metadata: ["images": "\(images)"])
        try arrays.safetensors().write(to: folder.appending(path: Self.fileName))
    }
}
