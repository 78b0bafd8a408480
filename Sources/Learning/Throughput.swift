// How fast a frozen network is, for `ocelot doctor` and `ocelot bench`.

/// Images a second through a network, with as many batches under way as it takes; pictures lie in memory.
public func measureThroughput(of network: some FeatureNetwork, imageBytes: Int, seconds: Double) async throws -> Double
{
    let batch = (0..<(imageBytes * network.batchSize)).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 7) }
    for _ in 0..<network.concurrency { _ = try await network.features(of: batch) }
    let start = ContinuousClock.now
    let end = start + .seconds(seconds)
    let batches = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<network.concurrency {
            group.addTask {
                var count = 0
                while ContinuousClock.now < end {
                    _ = try await network.features(of: batch)
                    count += 1
                }
                return count
            }
        }
        return try await group.reduce(0, +)
    }
    return Double(batches * network.batchSize) / ((ContinuousClock.now - start) / .seconds(1))
}
