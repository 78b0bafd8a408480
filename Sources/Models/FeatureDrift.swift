// Whether the photos that a model is asked about are still like those that it was trained with.

/// How far the mean of the last photos' features lies from that of the training photos.
///
/// The mean is exponential: each photo counts 1 / `window`, and what came before is scaled by the rest; until `window` photos
/// have come it is their plain mean. The distance is in units of the training photos' own spread, the root of the mean of
/// their squared distances from their mean, so it means the same for every network. What chance alone would give is taken
/// off before the root: the mean of n photos that are drawn like the training photos lies on average 1 / √n away.
///
/// Dividing by each feature's own deviation instead would let those decide that hardly vary among the training photos.
public struct FeatureDrift: Sendable {
    /// Photos that count, about: after `window` photos an older one has lost two thirds of its weight.
    public static let window = 200
    /// Fewer photos say nothing.
    public static let fewest = 30

    private let reference: FeatureStatistics
    private let variance: Double
    private var mean: [Double]
    /// The sum of the squared weights of the photos: 1 / n for a plain mean of n.
    private var squaredWeights = 0.0
    /// Photos so far.
    public private(set) var photos = 0

    /// Nothing has been seen yet.
    public init(from reference: FeatureStatistics) {
        self.reference = reference
        variance = reference.deviation.reduce(0) { $0 + Double($1) * Double($1) }
        mean = [Double](repeating: 0, count: reference.mean.count)
    }

    /// Counts a photo; features of another length, or that are not finite, are passed over.
    public mutating func add(_ features: [Float]) {
        guard features.count == mean.count, features.allSatisfy(\.isFinite) else { return }
        photos += 1
        let weight = max(1 / Double(photos), 1 / Double(Self.window))
        for index in mean.indices { mean[index] += weight * (Double(features[index]) - mean[index]) }
        squaredWeights = (1 - weight) * (1 - weight) * squaredWeights + weight * weight
    }

    /// The distance: 0 for photos like those of the training; nil before `fewest` photos.
    public var value: Double? {
        guard photos >= Self.fewest, variance > 0 else { return nil }
        var distance = 0.0
        for (mean, reference) in zip(mean, reference.mean) {
            distance += (mean - Double(reference)) * (mean - Double(reference))
        }
        let chance = squaredWeights + 1 / Double(reference.images)
        return max(0, distance / variance - chance).squareRoot()
    }
}
