// What the training photos' features are like, and the distance of others from them.

import Datasets
import Foundation
import Models
import TestSupport
import Testing

@Suite("Drift of features")
struct FeatureDriftTests {
    /// Features of so many numbers, each normal with this mean and deviation 0.5.
    private func photo(_ generator: inout SplitMix64, mean: Float = 0, width: Int = 32) -> [Float] {
        func unit() -> Double { Double(generator.next() >> 11) * 0x1p-53 }
        // Box and Muller.
        return (0..<width).map { _ in
            mean + 0.5 * Float((-2 * Foundation.log(1 - unit())).squareRoot() * Foundation.cos(2 * .pi * unit()))
        }
    }

    private func reference(_ generator: inout SplitMix64) throws -> FeatureStatistics {
        let photos = (0..<2000).map { _ in photo(&generator) }
        return try #require(FeatureStatistics(count: photos.count) { photos[$0][...] })
    }

    @Test func meanAndDeviation() throws {
        let photos: [[Float]] = [[1, 4], [3, 4], [5, 4], [7, 4]]
        let statistics = try #require(FeatureStatistics(count: 4) { photos[$0][...] })
        // (1 + 3 + 5 + 7) / 4 = 4; squares of the differences 9 + 1 + 1 + 9 = 20, √(20 / 4) = √5.
        #expect(statistics.mean == [4, 4] && statistics.images == 4)
        #expect(abs(statistics.deviation[0] - Float(5).squareRoot()) < 1e-6 && statistics.deviation[1] == 0)
        #expect(FeatureStatistics(count: 0) { photos[$0][...] } == nil)
    }

    @Test func staysInItsPackage() async throws {
        try await withTemporaryFolder { folder in
            let photos: [[Float]] = (0..<3).map { photo in (0..<1280).map { Float($0 % (photo + 2)) } }
            let statistics = try #require(FeatureStatistics(count: 3) { photos[$0][...] })
            let package = try ModelPackage.write(manifest(), to: folder.appending(path: "m")) { partial in
                try network.write(to: partial.appending(path: "model.onnx"))
                try weights.write(to: partial.appending(path: "weights.safetensors"))
                try statistics.write(into: partial)
            }
            #expect(try FeatureStatistics(of: package) == statistics)
            let older = try writePackage(folder.appending(path: "older"))
            #expect(try FeatureStatistics(of: older) == nil)
        }
    }

    /// A shift of all features by s deviations is a distance of s, however many photos have come.
    @Test(arguments: 0..<5) func isTheShiftInDeviations(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let reference = try reference(&generator)
        for shift in [0.2, 0.5, 1, 3] {
            var drift = FeatureDrift(from: reference)
            for count in 1...400 {
                drift.add(photo(&generator, mean: Float(shift) * 0.5))
                #expect((drift.value == nil) == (count < FeatureDrift.fewest))
            }
            // Of 32 independent features the mean of about 200 photos is off by 0.07 each, together by about 0.02.
            #expect(abs(try #require(drift.value) - shift) <= 0.08, "seed \(seed), shift \(shift)")
        }
    }

    @Test(arguments: 0..<20) func isSilentForTheSamePhotos(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var drift = FeatureDrift(from: try reference(&generator))
        for _ in 1...600 {
            drift.add(photo(&generator))
            // Of 30 photos the squared distance by chance is 1 / 30 · (1 ± √(2 / 32)), so that 0.2 ² is five times that off;
            // of more photos it is less.
            #expect((drift.value ?? 0) <= 0.2, "seed \(seed), \(drift.photos) photos")
        }
    }

    /// What was long ago does not count any more.
    @Test func forgets() throws {
        var generator = SplitMix64(seed: 3)
        var drift = FeatureDrift(from: try reference(&generator))
        for _ in 0..<1000 { drift.add(photo(&generator, mean: 2)) }
        #expect(try #require(drift.value) > 3)
        // After 1000 photos what was before weighs (1 − 1 / 200) ^ 1000 = 0.7 %: of a distance of 4 that is 0.03.
        for _ in 0..<1000 { drift.add(photo(&generator)) }
        #expect(try #require(drift.value) < 0.2)
        // What is no feature vector of this model is passed over.
        drift.add([1, 2])
        drift.add([Float](repeating: .nan, count: 32))
        #expect(drift.photos == 2000)
    }
}
