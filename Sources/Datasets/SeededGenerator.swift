// Random numbers that are the same on every machine, for splits, drawings and everything else that is drawn by lot.
//
// xoshiro256** 1.0: Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2018,
// https://arxiv.org/abs/1805.01407, seeded by SplitMix64 as its authors advise: Steele, Lea and Flood, "Fast Splittable
// Pseudorandom Number Generators", 2014, https://doi.org/10.1145/2660193.2660195.
//
// The standard library draws numbers in a range and shuffles by rules that it does not promise to keep; what must stay
// the same for years is therefore drawn with the functions below.

/// SplitMix64: a counter and a hash of it.
///
/// It turns one number into a well-mixed sequence, such as another's seed.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts the sequence of `seed`.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// xoshiro256**, the generator of everything that is drawn by lot.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var s0, s1, s2, s3: UInt64

    /// Starts the sequence of `seed`.
    public init(seed: UInt64) {
        var seeder = SplitMix64(seed: seed)
        (s0, s1, s2, s3) = (seeder.next(), seeder.next(), seeder.next(), seeder.next())
    }

    /// Starts one of many sequences under the same seed, such as that of one image, or of one epoch.
    public init(seed: UInt64, stream: UInt64) {
        var seeder = SplitMix64(seed: seed)
        self.init(seed: seeder.next() &+ stream)
    }

    /// Continues from a state of which at least one word is not zero.
    package init(state: (UInt64, UInt64, UInt64, UInt64)) { (s0, s1, s2, s3) = state }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        let result = rotate(s1 &* 5, 7) &* 9
        let t = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= t
        s3 = rotate(s3, 45)
        return result
    }

    /// A number from 0 up to, but not including, 1: the upper 53 bits as a fraction.
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A number from the lower bound up to, but not including, the upper one.
    public mutating func number(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + unit() * (range.upperBound - range.lowerBound)
    }

    /// A whole number from 0 up to, but not including, `bound`, each equally likely.
    ///
    /// Lemire, "Fast Random Integer Generation in an Interval", 2019, https://arxiv.org/abs/1805.10941.
    public mutating func index(below bound: Int) -> Int {
        precondition(bound > 0, "a random index needs at least one value to choose from")
        let bound = UInt64(bound)
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
        }
        return Int(product.high)
    }

    /// One of the elements, each equally likely.
    public mutating func element<T>(of elements: [T]) -> T { elements[index(below: elements.count)] }

    /// True with this probability.
    public mutating func chance(_ probability: Double) -> Bool { unit() < probability }

    /// Puts the elements into a random order, each order equally likely (Fisher and Yates, from the end).
    public mutating func shuffle<T>(_ elements: inout [T]) {
        for i in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(i, index(below: i + 1)) }
    }
}

private func rotate(_ x: UInt64, _ bits: UInt64) -> UInt64 { (x << bits) | (x >> (64 - bits)) }
