// Weights to begin with from nothing.
//
// Convolutions after He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", 2015, https://arxiv.org/abs/1502.01852, with
// the number of outputs, as torchvision's ResNets and MobileNets; dense layers and biases evenly spread within
// 1 ⁄ √inputs, as PyTorch's; batch norms begin as nothing but a normalisation.

import Datasets
import Foundation
public import Networks
public import WeightFiles

extension Weights {
    /// Random weights for `requirements`; the same seed gives the same weights, whatever else there is beside an array.
    public init(randomFor requirements: [WeightRequirement], seed: UInt64) throws {
        self.init()
        let inputs = Dictionary(
            requirements.filter { $0.shape.count == 2 }.map { (String($0.name.dropLast(7)), $0.shape[1]) },
            uniquingKeysWith: { first, _ in first })
        for requirement in requirements {
            let stream = requirement.name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            var generator = SeededGenerator(seed: seed, stream: stream)
            let shape = requirement.shape
            let floats: [Float]
            if shape.count == 4 {
                let deviation = (2 / Double(shape[0] * shape[2] * shape[3])).squareRoot()
                floats = generator.normals(requirement.count, deviation: deviation)
            } else if shape.count == 2 || inputs[String(requirement.name.dropLast(5))] != nil {
                let count = shape.count == 2 ? shape[1] : inputs[String(requirement.name.dropLast(5))] ?? 1
                let bound = 1 / Double(count).squareRoot()
                floats = (0..<requirement.count).map { _ in Float(generator.number(in: -bound...bound)) }
            } else {
                let isScale = requirement.name.hasSuffix(".weight") || requirement.name.hasSuffix(".running_var")
                floats = [Float](repeating: isScale ? 1 : 0, count: requirement.count)
            }
            self[requirement.name] = try StoredTensor(floats: floats, shape: shape)
        }
    }
}

extension SeededGenerator {
    /// Normally distributed numbers around 0: Box and Muller, "A Note on the Generation of Random Normal Deviates", 1958.
    mutating func normals(_ count: Int, deviation: Double) -> [Float] {
        (0..<count).map { _ in
            Float(deviation * (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit()))
        }
    }
}
