// Blended images and labels.

import Datasets
import Learning
import Testing
import Torch

@Suite struct MixTests {
    /// Images of one colour each, 10 · its number, and of as many classes.
    private func blended(_ mix: Optimisation.Mix, _ seed: UInt64, alpha: Double = 1) throws -> (
        images: [UInt8], targets: [Float]
    ) {
        let how = choices {
            $0.mix = mix
            $0.mixAlpha = alpha
        }
        let trainee = try Trainee(smallNetwork(), how, counts: Array(repeating: 1, count: 8))
        let bytes = (0..<8).flatMap { [UInt8](repeating: UInt8(10 * $0), count: 12 * 12 * 3) }
        let (images, targets) = try trainee.mixed(Tensor(bytes, shape: [8, 12, 12, 3]), Array(0..<8), seed)
        #expect(images.shape == [8, 12, 12, 3] && targets.shape == [8, 8])
        return (try images.array(), try targets.array())
    }

    @Test(arguments: [Optimisation.Mix.mixup, .cutmix]) func labelsAddUpToOne(_ mix: Optimisation.Mix) throws {
        for seed in 0..<20 as Range<UInt64> {
            let targets = try blended(mix, seed).targets
            for row in 0..<8 {
                let own = targets[(8 * row)..<(8 * row + 8)]
                #expect(abs(own.reduce(0, +) - 1) < 1e-6)
                #expect(own.allSatisfy { $0 >= 0 && $0 <= 1 })
                #expect(own.count { $0 > 0 } <= 2)
            }
        }
    }

    @Test(arguments: [Optimisation.Mix.mixup, .cutmix]) func dependsOnTheSeedOnly(_ mix: Optimisation.Mix) throws {
        let (a, b, c) = (try blended(mix, 1), try blended(mix, 1), try blended(mix, 2))
        #expect(a.images == b.images && a.targets == b.targets)
        #expect(a.images != c.images && a.targets != c.targets)
    }

    /// The brightness of each image is that of its parts by their labels, as the images have one colour each.
    @Test(arguments: [Optimisation.Mix.mixup, .cutmix]) func imagesAreWhatTheirLabelsSay(_ mix: Optimisation.Mix) throws
    {
        for seed in 0..<20 as Range<UInt64> {
            let (images, targets) = try blended(mix, seed)
            for row in 0..<8 {
                let pixels = images[(432 * row)..<(432 * (row + 1))]
                let mean = pixels.reduce(0) { $0 + Double($1) } / 432
                let expected = (0..<8).reduce(0) { $0 + Double(targets[8 * row + $1]) * 10 * Double($1) }
                // mix-up rounds each pixel to a whole number; CutMix only moves pixels.
                #expect(abs(mean - expected) <= (mix == .mixup ? 0.51 : 1e-3), "seed \(seed), image \(row)")
                #expect(Set(pixels).count <= (mix == .mixup ? 1 : 2))
            }
        }
    }

    // MARK: - Numbers by lot

    /// The beta distribution with both parameters α has the mean 1 ⁄ 2 and the variance 1 ⁄ (4 (2 α + 1)).
    @Test(arguments: [0.2, 0.4, 1, 2.5, 8]) func betaNumbersHaveTheirMoments(_ alpha: Double) {
        var generator = Datasets.SeededGenerator(seed: 3)
        let numbers = (0..<20_000).map { _ in generator.beta(alpha) }
        #expect(numbers.allSatisfy { $0 >= 0 && $0 <= 1 })
        let mean = numbers.reduce(0, +) / 20_000
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        // Five standard errors: √(0.25 ⁄ 20000) · 5 bounds that of the mean, and the same that of the variance.
        #expect(abs(mean - 0.5) < 0.018)
        #expect(abs(variance - 1 / (4 * (2 * alpha + 1))) < 0.018)
    }

    @Test func rectanglesLieWithinAndCoverNoMoreThanTheirShare() {
        var generator = Datasets.SeededGenerator(seed: 3)
        for _ in 0..<500 {
            let share = generator.unit()
            let box = generator.rectangle(rows: 12, columns: 20, share: share)
            #expect(box.rows.lowerBound >= 0 && box.rows.upperBound <= 12)
            #expect(box.columns.lowerBound >= 0 && box.columns.upperBound <= 20)
            // Each side is rounded by at most one pixel.
            let side = share.squareRoot()
            #expect(Double(box.rows.count) <= side * 12 + 1 && Double(box.columns.count) <= side * 20 + 1)
        }
        let whole = generator.rectangle(rows: 4, columns: 4, share: 0)
        #expect(whole.rows.isEmpty && whole.columns.isEmpty)
    }
}
