// What the numbers between the layers of a network are like on photos: extremes, means, and how often each comes.

import Dispatch
package import Networks

/// The numbers that one node of a network gives.
package struct ValueSurvey: Sendable {
    /// Parts of the histogram: an eighth of a byte's step each.
    static let parts = 2048

    package private(set) var smallest = Float.infinity
    package private(set) var largest = -Float.infinity
    private var sums: [Double]
    private var count = 0
    /// How many numbers lie in each part of `smallest…largest`.
    private var histogram: [Int] = []

    /// Of a node with so many channels; nothing was seen yet.
    package init(channels: Int) { sums = [Double](repeating: 0, count: channels) }

    /// Whether all numbers were finite, and no further apart than a number can say.
    package var isFinite: Bool { (largest - smallest).isFinite && sums.allSatisfy(\.isFinite) }

    /// The mean of each channel.
    package var means: [Float] { sums.map { Float($0 / Double(max(count, 1))) } }

    /// Takes note of one image's numbers, [channels, …]: the first time around, of extremes and means.
    package mutating func measure(_ numbers: [Float]) {
        let size = numbers.count / sums.count
        count += size
        numbers.withUnsafeBytes { bytes in
            for channel in sums.indices {
                // Eight at a time, so that the loop can be one of vectors.
                var (lower, upper) = (SIMD8<Float>(repeating: smallest), SIMD8<Float>(repeating: largest))
                var (sum, place) = (SIMD8<Float>.zero, channel * size)
                let end = place + size
                while place + 8 <= end {
                    let eight = bytes.loadUnaligned(fromByteOffset: 4 * place, as: SIMD8<Float>.self)
                    lower = pointwiseMin(lower, eight)
                    upper = pointwiseMax(upper, eight)
                    sum += eight
                    place += 8
                }
                for number in numbers[place..<end] {
                    lower[0] = min(lower[0], number)
                    upper[0] = max(upper[0], number)
                    sum[0] += number
                }
                (smallest, largest) = (lower.min(), upper.max())
                sums[channel] += Double(sum.sum())
            }
        }
    }

    /// Takes note of one image's numbers: the second time around, of how often each comes.
    package mutating func tally(_ numbers: [Float]) {
        if histogram.isEmpty { histogram = [Int](repeating: 0, count: Self.parts) }
        guard largest > smallest else { return }
        let (lower, scale) = (smallest, Float(Self.parts) / (largest - smallest))
        histogram.withUnsafeMutableBufferPointer { histogram in
            for number in numbers {
                let part = Int((number - lower) * scale)
                histogram[min(max(part, 0), Self.parts - 1)] += 1
            }
        }
    }

    /// The scale with which the mean squared error of rounding is the smallest.
    ///
    /// A few numbers far out would cost all others precision, so the range is made smaller as long as cutting them off costs less.
    /// Inside, rounding adds step² / 12 on average. Banner and others, "Post training 4-bit quantization of convolutional
    /// networks for rapid-deployment", 2019, https://arxiv.org/abs/1810.05723, section 2, with the numbers as they come in
    /// place of a distribution.
    package var scale: ByteScale {
        guard largest > smallest else { return ByteScale(from: smallest, to: largest) }
        let width = (Double(largest) - Double(smallest)) / Double(Self.parts)
        let filled = histogram.indices.filter { histogram[$0] > 0 }
            .map { (number: Double(smallest) + (Double($0) + 0.5) * width, times: Double(histogram[$0])) }
        func error(_ scale: ByteScale) -> Double {
            let (lower, upper) = (Double(scale.range.lowerBound), Double(scale.range.upperBound))
            let inside = Double(scale.step) * Double(scale.step) / 12
            return filled.reduce(0) { sum, value in
                let beyond = max(lower - value.number, value.number - upper, 0)
                return sum + value.times * (inside + beyond * beyond)
            }
        }
        // From the whole range down to an eighth of it.
        return (8...64).reversed().map { ByteScale(from: smallest * Float($0) / 64, to: largest * Float($0) / 64) }
            .map { (scale: $0, error: error($0)) }
            .min { $0.error < $1.error }?.scale ?? ByteScale(from: smallest, to: largest)
    }
}

/// The numbers of several nodes, by index.
struct ValueSurveys {
    private(set) var byNode: [(node: Int, survey: ValueSurvey)]

    init(_ graph: Graph, _ nodes: [Int]) {
        byNode = nodes.map { (node: $0, survey: ValueSurvey(channels: graph.nodes[$0].shape[0])) }
    }

    /// Takes note of one image's outputs, on all cores.
    mutating func update(_ outputs: [String: [Float]], _ note: @Sendable (inout ValueSurvey, [Float]) -> Void) {
        byNode.withUnsafeMutableBufferPointer { surveys in
            // Each place is changed by one call only.
            nonisolated(unsafe) let surveys = surveys
            DispatchQueue.concurrentPerform(iterations: surveys.count) { index in
                guard let numbers = outputs["\(surveys[index].node)"] else { return }
                note(&surveys[index].survey, numbers)
            }
        }
    }
}
