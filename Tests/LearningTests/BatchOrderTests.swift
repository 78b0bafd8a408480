// Which images make up the steps of an epoch: laws over seeds.

import Learning
import Testing

@Suite struct BatchOrderTests {
    /// `count` labels of three classes, the first with most images.
    private func labels(_ count: Int, seed: Int) -> [Int] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in [0, 0, 0, 1, 1, 2][Int.random(in: 0..<6, using: &generator)] }
    }

    @Test func eachImageOnceAnEpoch() {
        for seed in 0..<30 {
            let labels = labels(1 + seed * 7, seed: seed)
            let order = BatchOrder(seed: UInt64(seed), batchSize: 1 + seed % 9)
            for epoch in 1...3 {
                let steps = order.epoch(epoch, labels: labels)
                #expect(steps.flatMap(\.all).sorted() == Array(labels.indices), "seed \(seed)")
                #expect(steps.map(\.own) == steps.map(\.all), "seed \(seed)")
            }
        }
    }

    @Test func stepsAreNearlyEqualAndNotTooLarge() {
        for (images, size) in [(1, 1), (1, 8), (8, 8), (9, 8), (100, 16), (2520, 64), (33, 32), (7, 3)] {
            let order = BatchOrder(seed: 5, batchSize: size)
            let sizes = order.epoch(1, labels: Array(repeating: 0, count: images)).map(\.all.count)
            #expect(sizes.count == order.steps(images: images))
            #expect(sizes.count == (images + size - 1) / size)
            #expect((sizes.max() ?? 0) <= size && (sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
            #expect(sizes.reduce(0, +) == images)
        }
    }

    @Test func balancedEpochsHaveAsManyOfEachClass() {
        for seed in 0..<20 {
            let labels = labels(200, seed: seed)
            let order = BatchOrder(seed: UInt64(seed), batchSize: 16, sampling: .balanced)
            let drawn = order.epoch(1 + seed, labels: labels).flatMap(\.all)
            #expect(drawn.count == 200)
            let counts = (0..<3).map { kind in drawn.count { labels[$0] == kind } }
            // 200 in turn: 67, 67 and 66.
            #expect(counts.sorted() == [66, 67, 67], "seed \(seed)")
            // Within a class every image comes equally often, give or take one.
            for kind in 0..<3 {
                let times = labels.indices.filter { labels[$0] == kind }.map { index in drawn.count { $0 == index } }
                #expect((times.max() ?? 0) - (times.min() ?? 0) <= 1, "seed \(seed), class \(kind)")
            }
        }
    }

    @Test(arguments: [BatchOrder.Sampling.shuffled, .balanced])
    func workersShareEachStep(_ sampling: BatchOrder.Sampling) {
        for workers in [2, 3, 5] {
            let labels = labels(101, seed: workers)
            let whole = BatchOrder(seed: 3, batchSize: 16, sampling: sampling).epoch(4, labels: labels)
            let shares = (0..<workers).map { rank in
                BatchOrder(seed: 3, batchSize: 16, sampling: sampling, rank: rank, workers: workers)
                    .epoch(4, labels: labels)
            }
            for (step, all) in whole.map(\.all).enumerated() {
                // In the order of the ranks they are the step, so they are disjoint and together the whole.
                #expect(shares.flatMap { $0[step].own } == all)
                #expect(shares.allSatisfy { $0[step].all == all })
                let sizes = shares.map { $0[step].own.count }
                #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
            }
        }
    }

    @Test func dependsOnSeedAndEpochOnly() {
        let labels = labels(64, seed: 1)
        func order(_ seed: UInt64, _ epoch: Int) -> [[Int]] {
            BatchOrder(seed: seed, batchSize: 8).epoch(epoch, labels: labels).map(\.all)
        }
        #expect(order(1, 1) == order(1, 1))
        #expect(order(1, 1) != order(1, 2))
        #expect(order(1, 1) != order(2, 1))
        // The order of a shuffled epoch does not look at the classes.
        let others = BatchOrder(seed: 1, batchSize: 8).epoch(1, labels: Array(repeating: 0, count: 64)).map(\.all)
        #expect(others == order(1, 1))
    }
}
