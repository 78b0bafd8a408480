// The weights of a convolution as 8-bit integers.

/// Weights as integers from −127 to 127, with one step for each output channel, symmetric around 0.
struct ByteWeights {
    let integers: [Int8]
    /// One for each output: weight = step · integer.
    let steps: [Float]

    /// Rounds `weights` [outputs, …] to the nearest.
    ///
    /// `bias`, one for each output, is given in units of the input's step. In units of both steps it is to be a 32-bit integer, so
    /// weights that are tiny beside their bias get a wider step. All must be finite.
    init(_ weights: [Float], outputs: Int, bias: [Double]) {
        let size = weights.count / outputs
        var (integers, steps): ([Int8], [Float]) = ([], [])
        integers.reserveCapacity(weights.count)
        for output in 0..<outputs {
            let row = weights[(output * size)..<((output + 1) * size)]
            let largest = row.reduce(0) { max($0, abs($1)) }
            let needed = Float(abs(bias[output]) / Double(1 << 30))
            let smallest = max(largest / 127, needed)
            // An output that is always 0, as some are after training, may have any.
            let step = smallest >= .leastNormalMagnitude ? smallest : 1
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
