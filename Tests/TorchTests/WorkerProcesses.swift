// Real processes for the tests of training in several of them, and what they train.

import Foundation
import Networks
import Testing
import Torch
import WeightFiles
import Workers

/// A port that is free now.
func freePortForTests() throws -> Int { try WorkerLauncher(1).place.port }

/// The worker `rank` of a test: what it throws is said on standard error, which ends up in the test's output.
func asWorker(
    _ rank: Int, of count: Int, _ port: Int, timeout: Duration = .seconds(300), _ body: (ProcessGroup) throws -> Void
) {
    do {
        try ComputeThreads.set(1)
        try body(ProcessGroup(WorkerPlace(rank: rank, count: count, port: port), timeout: timeout))
    } catch {
        FileHandle.standardError.write(Data("worker \(rank): \(error)\n".utf8))
        exit(1)
    }
}

/// A convolution, channels last, and a dense layer; and a parameter that the loss does not depend on.
struct SmallNetwork {
    static let imageCount = 12

    let weights: [(name: String, tensor: Tensor)]

    /// With the same numbers for the same seed.
    init(seed: UInt64 = 7) throws {
        let generator = try Generator(seed: seed)
        weights = [
            (name: "conv.weight", tensor: try generator.normal([5, 3, 3, 3]).toChannelsLast().requiringGradient()),
            (name: "conv.bias", tensor: try generator.normal([5]).requiringGradient()),
            (name: "fc.weight", tensor: try generator.normal([4, 5]).requiringGradient()),
            (name: "fc.bias", tensor: try generator.normal([4]).requiringGradient()),
            (name: "unused", tensor: try generator.normal([2]).requiringGradient()),
        ]
    }

    /// The mean loss over the images `range` of the batch of `step`.
    func loss(_ range: Range<Int>, step: Int = 0) throws -> Tensor {
        let images = try Generator(seed: UInt64(100 + step)).normal([Self.imageCount, 3, 6, 6]).sliced(range)
        let labels = try Tensor((0..<Self.imageCount).map { ($0 + step) % 4 }).sliced(range)
        let hidden = try relu(conv2d(images, weights[0].tensor, bias: weights[1].tensor, padding: .all(1)))
        let pooled = try globalAveragePool2d(hidden)
        return try crossEntropy(linear(pooled, weights[2].tensor, bias: weights[3].tensor), labels)
    }

    func clearGradients() {
        for weight in weights { weight.tensor.clearGradient() }
    }

    /// All gradients in a row, zeros where there is none.
    func gradients() throws -> [Double] {
        try weights.flatMap { try $0.tensor.gradient?.array() ?? [Double](repeating: 0, count: $0.tensor.count) }
    }

    /// Takes a plain step down the gradients.
    func descend(_ rate: Double) throws {
        for weight in weights {
            guard let gradient = try weight.tensor.gradient else { continue }
            try withoutGradients { try weight.tensor.copy(from: weight.tensor.detached() - gradient * rate) }
        }
    }

    /// The bits of all weights.
    func bits() throws -> [UInt8] {
        try weights.flatMap { [UInt8](try $0.tensor.stored().bytes) }
    }
}

/// Where worker `rank`'s images lie, of which each has as many as `shares` says.
func range(of rank: Int, _ shares: [Int]) -> Range<Int> {
    let start = shares[..<rank].reduce(0, +)
    return start..<(start + shares[rank])
}

/// The largest distance between two rows of numbers, in parts of the largest number.
func relativeDistance(_ x: [Double], _ y: [Double]) -> Double {
    guard x.count == y.count else { return .infinity }
    let largest = y.map(abs).max() ?? 0
    return zip(x, y).map { abs($0 - $1) }.max().map { $0 / largest } ?? 0
}
