// Gradients of shares of a batch, averaged, are the gradient of the batch.

import Foundation
import Testing
import Torch
import WeightFiles
import Workers

// Serialized, because each test starts several processes at once.
@Suite(.serialized) struct GradientAveragingTests {
    /// Shares of a batch of twelve: equal, unequal, and none at all.
    @Test(arguments: [[6, 6], [4, 4, 4], [11, 1], [7, 3, 2], [12, 0], [5, 0, 7]])
    func averagesAreTheGradientOfTheWholeBatch(shares: [Int]) async throws {
        let port = try freePortForTests()
        await withTaskGroup { tasks in
            for rank in shares.indices {
                tasks.addTask {
                    await #expect(processExitsWith: .success) {
                        [rank = rank as Int, shares = shares as [Int], port = port as Int] in
                        asWorker(rank, of: shares.count, port) { group in
                            let whole = try SmallNetwork()
                            try whole.loss(0..<12).backward()
                            let expected = try whole.gradients()
                            // The buckets are of one parameter, of several, of all.
                            for bytes in [1, 100, 1 << 20] {
                                let network = try SmallNetwork()
                                let averaging = try GradientAveraging(
                                    network.weights, in: group, bucketBytes: bytes, firstBucketBytes: bytes)
                                // From the last to the first they take 8, 16, 80, 20 and 540 bytes: of at most 100,
                                // 8 + 16, 80 + 20 and, because it must go somewhere, 540.
                                #expect(averaging.bucketCount == [1: 5, 100: 3, 1 << 20: 1][bytes])
                                try averaging.prepare(share: Double(shares[rank]) / 12)
                                let mine = range(of: rank, shares)
                                if !mine.isEmpty { try network.loss(mine).backward() }
                                try averaging.finish()
                                let gradients = try network.gradients()
                                #expect(relativeDistance(gradients, expected) <= 1e-6)
                                // The gradient lies in memory as its weight does, as the optimisers like it.
                                #expect(try network.weights[0].tensor.gradient?.isChannelsLast == true)
                                // No worker has a gradient for it: zeros.
                                #expect(try network.weights[4].tensor.gradient?.array() == [0.0, 0])
                            }
                        }
                    }
                }
            }
        }
    }

    @Test func onlyTheLastPartOfAStepIsSent() async throws {
        let port = try freePortForTests()
        await withTaskGroup { tasks in
            for rank in 0..<2 {
                tasks.addTask {
                    await #expect(processExitsWith: .success) { [rank = rank as Int, port = port as Int] in
                        asWorker(rank, of: 2, port) { group in
                            let whole = try SmallNetwork()
                            try whole.loss(0..<12).backward()
                            // Worker 0 has images 0 to 6 in parts of 3, 3 and 1; worker 1 has 7 to 11 in parts of 3 and 2.
                            let parts = rank == 0 ? [0..<3, 3..<6, 6..<7] : [7..<10, 10..<12]
                            let count = parts.map(\.count).reduce(0, +)
                            let network = try SmallNetwork()
                            let averaging = try GradientAveraging(network.weights, in: group)
                            for _ in 0..<2 {
                                network.clearGradients()
                                for (index, part) in parts.enumerated() {
                                    if index == parts.count - 1 { try averaging.prepare(share: Double(count) / 12) }
                                    try (network.loss(part) * (Double(part.count) / Double(count))).backward()
                                }
                                try averaging.finish()
                                #expect(relativeDistance(try network.gradients(), try whole.gradients()) <= 1e-6)
                            }
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: [2, 3]) func workersStayEqualBitForBit(count: Int) async throws {
        let port = try freePortForTests()
        await withTaskGroup { tasks in
            for rank in 0..<count {
                tasks.addTask {
                    await #expect(processExitsWith: .success) {
                        [rank = rank as Int, count = count as Int, port = port as Int] in
                        asWorker(rank, of: count, port) { group in
                            let shares = count == 2 ? [7, 5] : [5, 4, 3]
                            func train(_ steps: Range<Int>, _ network: SmallNetwork) throws {
                                // A new one, as after a resumption: nothing of the steps before may matter.
                                let averaging = try GradientAveraging(
                                    network.weights, in: group, bucketBytes: 100, firstBucketBytes: 10)
                                for step in steps {
                                    network.clearGradients()
                                    try averaging.prepare(share: Double(shares[rank]) / 12)
                                    try network.loss(range(of: rank, shares), step: step).backward()
                                    try averaging.finish()
                                    try network.descend(0.1)
                                }
                            }
                            // Worker 0's weights become everyone's.
                            let network = try SmallNetwork(seed: UInt64(rank))
                            try group.broadcast(network.weights.map(\.tensor))
                            let start = try network.bits()
                            try train(0..<10, network)
                            let bits = try network.bits()
                            #expect(try group.gather(bits) == [[UInt8]](repeating: bits, count: count))
                            #expect(bits != start)
                            // The same in two halves.
                            let again = try SmallNetwork(seed: 0)
                            #expect(try again.bits() == start)
                            try train(0..<4, again)
                            try train(4..<10, again)
                            #expect(try again.bits() == bits)
                            // And as one worker would have gone: rounding apart.
                            let alone = try SmallNetwork(seed: 0)
                            for step in 0..<10 {
                                alone.clearGradients()
                                try alone.loss(0..<12, step: step).backward()
                                try alone.descend(0.1)
                            }
                            for (one, other) in zip(alone.weights, network.weights) {
                                #expect(relativeDistance(try other.tensor.array(), try one.tensor.array()) <= 1e-5)
                            }
                        }
                    }
                }
            }
        }
    }

    @Test func sumsAreSentDuringTheBackwardPass() async throws {
        let port = try freePortForTests()
        await withTaskGroup { tasks in
            for rank in 0..<2 {
                tasks.addTask {
                    await #expect(processExitsWith: .success) { [rank = rank as Int, port = port as Int] in
                        asWorker(rank, of: 2, port) { group in
                            let network = try SmallNetwork()
                            let averaging = try GradientAveraging(
                                network.weights.dropLast(), in: group, bucketBytes: 100, firstBucketBytes: 1)
                            try network.loss(0..<6).backward()
                            #expect(averaging.sentCount == 0)
                            network.clearGradients()
                            try averaging.prepare()
                            #expect(averaging.sentCount == 0)
                            try network.loss(0..<6).backward()
                            #expect(averaging.sentCount == 3)
                            #expect(averaging.bucketCount == 3)
                            try averaging.finish()
                            #expect(averaging.sentCount == 0)
                        }
                    }
                }
            }
        }
    }

    @Test func mistakesAreErrors() async throws {
        let port = try freePortForTests()
        await #expect(processExitsWith: .success) { [port = port as Int] in
            asWorker(0, of: 1, port) { group in
                let network = try SmallNetwork()
                #expect(throws: TorchError.self) {
                    _ = try GradientAveraging([(name: "frozen", tensor: try Tensor([1.0]))], in: group)
                }
                let averaging = try GradientAveraging(network.weights, in: group)
                #expect(throws: TorchError.self) { try averaging.finish() }
                try averaging.prepare()
                #expect(throws: TorchError.self) { try averaging.prepare() }
                try network.loss(0..<12).backward()
                try network.loss(0..<12).backward()
                let error = #expect(throws: TorchError.self) { try averaging.finish() }
                #expect(error?.reason.contains("one backward pass between prepare and finish") == true)
            }
        }
    }

    @Test func hooksGoWithTheirAveraging() async throws {
        let port = try freePortForTests()
        await #expect(processExitsWith: .success) { [port = port as Int] in
            asWorker(0, of: 1, port) { group in
                let before = Tensor.liveCountOfThread
                do {
                    let network = try SmallNetwork()
                    do {
                        let averaging = try GradientAveraging(network.weights, in: group)
                        try averaging.prepare(share: 0.5)
                    }
                    // Nobody halves it any more.
                    try network.loss(0..<12).backward()
                    let whole = try SmallNetwork()
                    try whole.loss(0..<12).backward()
                    #expect(try network.gradients() == whole.gradients())
                }
                #expect(Tensor.liveCountOfThread == before)
            }
        }
    }

    @Test func differentNetworksAreRefused() async throws {
        let port = try freePortForTests()
        await withTaskGroup { tasks in
            for rank in 0..<2 {
                tasks.addTask {
                    await #expect(processExitsWith: .success) { [rank = rank as Int, port = port as Int] in
                        asWorker(rank, of: 2, port) { group in
                            let wide = try Tensor.zeros([3 + rank]).requiringGradient()
                            #expect(
                                throws: WorkersError.different(
                                    worker: 1, what: "list of parameters", here: "fc.bias [3] of float32",
                                    there: "fc.bias [4] of float32")
                            ) {
                                _ = try GradientAveraging([(name: "fc.bias", tensor: wide)], in: group)
                            }
                        }
                    }
                }
            }
        }
    }
}
