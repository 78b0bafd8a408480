// The weights of a convolution as 8-bit integers.

/// Weights as integers from −127 to 127, with one step for each output channel, symmetric around 0.
struct ByteWeights {
    let integers: [Int8]
    /// One for each output: weight = step · integer.
    let steps: [Float]

    /// Rounds `weights` [outputs, …] to the nearest.
    ///
    /// `largestBias`, for each output, is the bias in units of the input's step: it becomes a 32-bit integer in units of both
    /// steps, so weights that are tiny beside their bias get a wider step.
    init(_ weights: [Float], outputs: Int, largestBias: [Double]) {
        let size = weights.count / outputs
        var (integers, steps): ([Int8], [Float]) = ([], [])
        integers.reserveCapacity(weights.count)
        for output in 0..<outputs {
            let row = weights[(output * size)..<((output + 1) * size)]
            let largest = row.reduce(0) { max($0, abs($1)) }
            let needed = Float(abs(largestBias[output]) / Double(1 << 30))
            let step = max(largest / 127, needed, .leastNormalMagnitude)
            steps.append(step)
            integers += row.map { Int8(($0 / step).rounded(.toNearestOrEven)) }
        }
        (self.integers, self.steps) = (integers, steps)
    }

    /// For each output, how much smaller it becomes by the rounding where input channel c is `means[c]` everywhere.
    func loss(_ weights: [Float], means: [Float], groups: Int) -> [Double] {
        let outputs = steps.count
        let size = weights.count / outputs
        let channels = means.count / groups
        let window = size / channels
        return (0..<outputs).map { output in
            let first = output / (outputs / groups) * channels
            return (0..<size).reduce(into: 0.0) { sum, place in
                let index = output * size + place
                let error = Double(weights[index]) - Double(steps[output]) * Double(integers[index])
                sum += error * Double(means[first + place / window])
            }
        }
    }
}
