// Weights that a formula gives, the same in Swift and in Python (`Tools/golden/networks.py`).
//
// With them two engines are compared on every network without a file of weights, and the speed of a network is measured.
// They know nothing; but their sizes are those of an untrained network after He, Zhang, Ren and Sun, "Delving Deep into
// Rectifiers", 2015, https://arxiv.org/abs/1502.01852, so that numbers neither vanish nor explode on their way.

public import WeightFiles

extension Weights {
    /// Weights for `requirements` that depend on names and shapes only.
    public init(formulaFor requirements: [WeightRequirement]) throws {
        self.init()
        for requirement in requirements { self[requirement.name] = try Formula.tensor(requirement) }
    }
}

enum Formula {
    /// Numbers of an array lie in a range that follows from what it is for.
    static func tensor(_ requirement: WeightRequirement) throws -> StoredTensor {
        let name = requirement.name
        let range: (low: Double, high: Double)
        if requirement.shape.count > 1 {
            // A uniform distribution of this width has the variance 2 / fan-in.
            let fanIn = requirement.shape.dropFirst().reduce(1, *)
            let bound = (6 / Double(fanIn)).squareRoot()
            range = (-bound, bound)
        } else if name.hasSuffix(".running_var") {
            range = (0.75, 1.25)
        } else if name.hasSuffix(".weight") {
            range = (0.5, 1)
        } else {
            range = (-0.1, 0.1)
        }
        let seed = hash(name)
        let floats = (0..<requirement.count).map { index in
            Float(range.low + (range.high - range.low) * unit(seed, index))
        }
        return try StoredTensor(floats: floats, shape: requirement.shape)
    }

    /// The FNV-1a hash of the name's UTF-8.
    static func hash(_ name: String) -> UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The number with this index of the sequence of `seed`, in 0..<1: SplitMix64 (Steele, Lea and Flood, "Fast splittable
    /// pseudorandom number generators", 2014), its upper 53 bits.
    static func unit(_ seed: UInt64, _ index: Int) -> Double {
        var z = seed &+ (UInt64(index) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
    }
}
