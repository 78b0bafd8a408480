// How a score follows from the last map of a network, where that is simple enough to be taken apart.

import Networks

/// A head that is linear in the pooled features, or in a multiple of them that is the same for all.
///
/// A linear SVM of ours sees features of length 1, or square roots of features of length 1. With the length of this picture's
/// features held fixed that is linear too, and adds up to the score all the same. (Grad-CAM, Selvaraju and others, 2017,
/// https://arxiv.org/abs/1610.02391, would also count how each feature changes that length; where there is no length, as in
/// a head of one dense layer, it gives the same map but for its scale.)
struct LinearHead: Sendable {
    private enum Form: Sendable {
        /// weight · pooled.
        case plain
        /// weight · map(pooled) / |map(pooled)|.
        case unitLength(FeatureMap)
    }

    private let form: Form
    /// [classes, features].
    private let weights: [Float]
    private let features: Int

    /// Whether models like this one have such a head, as far as their description says.
    static func exists(in manifest: ModelManifest) -> Bool {
        if manifest.svm != nil { return true }
        guard let layers = layers(of: manifest) else { return false }
        return layers.allSatisfy { if case .dense = $0 { false } else { true } }
    }

    /// The head of a model; nil if it is none of these.
    init?(_ manifest: ModelManifest, _ file: ONNXFile) {
        guard Self.exists(in: manifest) else { return nil }
        features = manifest.backbone.featureCount
        if let svm = manifest.svm {
            guard let found = file.floats("\(ClassifierPart.svm).weight") else { return nil }
            (form, weights) = (.unitLength(svm.featureMap), found)
        } else {
            let layers = Self.layers(of: manifest) ?? []
            guard var found = file.floats("\(Head.path).\(layers.count).weight"), found.count % features == 0 else {
                return nil
            }
            for (place, layer) in layers.enumerated() {
                guard case .norm = layer else { continue }
                guard let scale = file.floats("\(Head.path).\(place).weight"),
                    let variance = file.floats("\(Head.path).\(place).running_var"),
                    scale.count == features, variance.count == features
                else { return nil }
                for index in found.indices {
                    found[index] *= scale[index % features] / (variance[index % features] + 1e-5).squareRoot()
                }
            }
            (form, weights) = (.plain, found)
        }
        guard weights.count == manifest.classes.count * features else { return nil }
    }

    private static func layers(of manifest: ModelManifest) -> [Head.Layer]? {
        manifest.head.flatMap { $0.isEmpty ? [] : Head($0)?.layers }
    }

    /// What each part of one picture's last map, [features, parts], adds to the score of a class: [parts].
    func contributions(_ map: [Float], parts: Int, ofClass index: Int) -> [Float] {
        let sums = (0..<features).map { feature in
            map[(feature * parts)..<((feature + 1) * parts)].reduce(0.0) { $0 + Double($1) }
        }
        let factors = factors(sums.map { $0 / Double(parts) })
        var values = [Double](repeating: 0, count: parts)
        for feature in 0..<features {
            let factor = Double(weights[index * features + feature]) * factors[feature] / Double(parts)
            guard factor != 0 else { continue }
            for part in 0..<parts { values[part] += factor * Double(map[feature * parts + part]) }
        }
        return values.map { Float($0) }
    }

    /// By what each pooled feature is multiplied before its weight.
    private func factors(_ pooled: [Double]) -> [Double] {
        guard case .unitLength(let map) = form else { return pooled.map { _ in 1 } }
        let mapped = map == .root ? pooled.map { max($0, 0).squareRoot() } : pooled
        let length = max(mapped.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
        return zip(mapped, pooled).map { $1 == 0 ? 0 : $0 / ($1 * length) }
    }
}
