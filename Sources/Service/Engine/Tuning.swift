// Which batch size is the fastest here, found by measuring while the service may be at work already.
//
// Requests, other programs and the processor's clock change from one tenth of a second to the next by more than the batch
// sizes differ. So the candidates are run in turn, several times; each round compares neighbours in time, and the median
// round decides.
//
// A batch that is not full costs as much as a full one, and nobody waits for a batch to fill. One of n places that holds 1
// to n images, each number as often, computes (n + 1) / 2 images for the price of n: a batch of 4 must be 1.6 times as fast
// as single images to be as good.

import Inference

/// How many images a second each choice computed.
package struct TuningResult: Hashable, Sendable {
    /// Images in a batch, one batch a core.
    package var batchSize: Int
    package var imagesPerSecond: [String: Double]

    init(_ tuning: Tuning) {
        let sizes = tuning.sizes
        batchSize = sizes[tuning.best]
        imagesPerSecond = Dictionary(
            uniqueKeysWithValues: sizes.indices.compactMap { index in
                tuning.median(of: tuning.rounds.map { $0[index] }).map { ("\(sizes[index])", $0) }
            })
    }
}

/// The rates of several engines, measured in turn.
package struct Tuning: Hashable, Sendable {
    private static let count = 5
    /// For about how long an engine is run at one time.
    private static let time = Duration.milliseconds(30)

    /// The candidates' batch sizes, ascending.
    package let sizes: [Int]
    /// For each round, every candidate's images a second, with full batches.
    package var rounds: [[Double]]

    package init(sizes: [Int], rounds: [[Double]]) { (self.sizes, self.rounds) = (sizes, rounds) }

    /// The part of a batch that is used where it is filled by chance.
    private func share(_ index: Int) -> Double { Double(sizes[index] + 1) / Double(2 * sizes[index]) }

    /// The candidate to use.
    package var best: Int {
        var best = 0
        for index in sizes.indices.dropFirst() {
            let ratios = rounds.map { $0[index] * share(index) / ($0[best] * share(best)) }
            if let ratio = median(of: ratios), ratio > 1 { best = index }
        }
        return best
    }

    func median(of values: [Double]) -> Double? { values.isEmpty ? nil : values.sorted()[values.count / 2] }

    /// Runs `engines` in turn; a single one needs no measurement.
    static func measured(_ engines: [InferenceEngine]) async throws -> Tuning {
        var tuning = Tuning(sizes: engines.map(\.batchSize), rounds: [])
        guard engines.count > 1 else { return tuning }
        let clock = ContinuousClock()
        var passes: [Int] = []
        for engine in engines {
            try await run(engine, passes: 1)  // The first batch takes memory.
            let once = try await clock.measure { try await run(engine, passes: 1) }
            passes.append(min(max(Int(time / once), 1), 200))
        }
        for _ in 0..<count {
            var rates: [Double] = []
            for (engine, passes) in zip(engines, passes) {
                let took = try await clock.measure { try await run(engine, passes: passes) }
                rates.append(Double(passes * engine.requestCount * engine.batchSize) / took.seconds)
            }
            tuning.rounds.append(rates)
        }
        return tuning
    }

    /// Computes `passes` batches in each place of an engine.
    private static func run(_ engine: InferenceEngine, passes: Int) async throws {
        let images = [UInt8](repeating: 127, count: engine.imageBytes * engine.batchSize)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<engine.requestCount {
                group.addTask { for _ in 0..<passes { _ = try await engine(images) } }
            }
            try await group.waitForAll()
        }
    }
}
