// What holds for every augmentation: one seed, one result; shares; the plan's laws.

import Foundation
import Imaging
import Testing

/// Counts what is drawn.
struct CountingGenerator: RandomNumberGenerator {
    var inner: SeededGenerator
    var count = 0

    mutating func next() -> UInt64 {
        count += 1
        return inner.next()
    }
}

/// Everything at once, and often.
let everything = Augmentation.Operation.allCases.reduce(Augmentation.none) { $0.with($1, probability: 0.7) }

@Suite struct AugmentationTests {
    @Test func `One seed gives the same bytes with 1, 2 and 8 threads`() async throws {
        let files = try (0..<12).map { try formulaPicture(90 + 7 * $0, 120 - 5 * $0).jpeg(quality: 90) }
        let preprocessing = Preprocessing(side: 48)
        var results: [[[UInt8]]] = []
        for threads in [1, 2, 8] {
            let pipeline = OrderedPipeline(Array(0..<36), threads: threads, ahead: 8) { index -> [UInt8] in
                var generator = SeededGenerator(state: UInt64(index))
                let plan = everything.plan(using: &generator)
                return (try? preprocessing(files[index % 12], augmentation: plan)) ?? []
            }
            var squares: [[UInt8]] = []
            for await square in pipeline { squares.append(square) }
            results.append(squares)
        }
        #expect(results[0].allSatisfy { $0.count == preprocessing.byteCount })
        #expect(results[0] == results[1] && results[0] == results[2])
        #expect(Set(results[0]).count > 30, "each draw is another picture")
    }

    @Test func `The same count of numbers is drawn whatever is used`() {
        for augmentation in [Augmentation.none, .standard, .strong, everything, everything.with(originals: 1)] {
            var generator = CountingGenerator(inner: SeededGenerator(state: 3))
            for plans in 1...20 {
                _ = augmentation.plan(using: &generator)
                // 1 for the original, 13 chances, 7 operations of one strength, 2 of two, 2 of ten pairs and a place.
                #expect(generator.count == plans * (1 + 13 + 7 + 2 * 2 + 2 * 22))
            }
        }
    }

    @Test func `Switching one operation off leaves the others as they were`() {
        for seed in 0..<50 as Range<UInt64> {
            var (a, b) = (SeededGenerator(state: seed), SeededGenerator(state: seed))
            var whole = everything.plan(using: &a)
            let part = everything.without(.rotate).without(.crop).without(.noise).plan(using: &b)
            (whole.rotation, whole.crop, whole.noise, whole.noiseSeed) = (0, nil, 0, 0)
            #expect(whole == part, "seed \(seed)")
        }
    }

    @Test func `The shares of originals and of each operation are those asked for`() {
        var generator = SeededGenerator(state: 5)
        let count = 20_000
        let augmentation = everything.with(.flip, probability: 0.5).with(originals: 0.3)
        var originals = 0
        var counts: [Augmentation.Operation: Int] = [:]
        for _ in 0..<count {
            let plan = augmentation.plan(using: &generator)
            originals += plan == .original ? 1 : 0
            for operation in plan.operations { counts[operation, default: 0] += 1 }
        }
        func isNear(_ found: Int, _ share: Double) -> Bool {
            abs(Double(found) / Double(count) - share) < 5 * (share * (1 - share) / Double(count)).squareRoot()
        }
        // That none of the thirteen is chosen happens once in millions.
        #expect(isNear(originals, 0.3))
        // Blurs below 0.05 of the 1 are too weak to count.
        for (operation, found) in counts {
            let chance = operation == .flip ? 0.5 : operation == .blur ? 0.7 * 0.95 : 0.7
            #expect(isNear(found, 0.7 * chance), "\(operation): \(found)")
        }
        #expect(counts.count == 13)
    }

    @Test func `An original is what evaluation sees`() throws {
        let picture = formulaPicture(70, 50)
        let bytes = try picture.jpeg(quality: 95)
        for resize in Preprocessing.Resize.allCases {
            let preprocessing = Preprocessing(resize: resize, side: 32)
            #expect(preprocessing(picture, augmentation: .original) == preprocessing(picture))
            #expect(try preprocessing(bytes, augmentation: .original) == preprocessing(bytes))
        }
    }

    @Test(arguments: Preprocessing.Resize.allCases)
    func `A flip reverses rows or columns, and flipped twice is as before`(_ resize: Preprocessing.Resize) {
        for (width, height) in [(70, 51), (31, 90), (40, 40)] {
            let preprocessing = Preprocessing(resize: resize, side: 33)
            func square(_ change: (inout AugmentationPlan) -> Void) -> Picture {
                var plan = AugmentationPlan()
                change(&plan)
                return Picture(
                    width: 33, height: 33,
                    pixels: preprocessing(formulaPicture(width, height), augmentation: plan))
            }
            let plain = square { _ in }
            #expect(square { $0.isMirrored = true }.turned(.mirrored) == plain)
            #expect(square { $0.isFlipped = true }.turned(.flipped) == plain)
            #expect(square { ($0.isMirrored, $0.isFlipped) = (true, true) }.turned(.rotatedHalf) == plain)
            #expect(square { $0.isMirrored = true } != plain)
        }
    }

    @Test func `Noise has mean 0 and the deviation asked for, and follows from its seed`() {
        let grey = Picture(width: 100, height: 100, pixels: [UInt8](repeating: 128, count: 30_000))
        func noisy(_ deviation: Double, _ seed: UInt64) -> [UInt8] {
            var plan = AugmentationPlan()
            (plan.noise, plan.noiseSeed) = (deviation, seed)
            return Preprocessing(resize: .squash, side: 100)(grey, augmentation: plan)
        }
        for deviation in [0.01, 0.05, 0.1] {
            let differences = noisy(deviation, 9).map { Double($0) - 128 }
            let n = Double(differences.count)
            let mean = differences.reduce(0, +) / n
            let variance = differences.reduce(0) { $0 + $1 * $1 } / n
            // Rounding to whole levels adds 1/12. The variance of n normal numbers deviates by √(2 / n) of itself.
            let expected = deviation * 255 * deviation * 255 + 1 / 12.0
            #expect(abs(mean) < 5 * (expected / n).squareRoot())
            #expect(abs(variance / expected - 1) < 5 * (2 / n).squareRoot())
            // A share of 0.6827 lies within one deviation; the half level that rounding adds matters least at the largest.
            if deviation == 0.1 {
                let within = Double(differences.count { abs($0) <= 25.5 }) / n
                #expect(abs(within - 0.6827) < 5 * (0.6827 * 0.3173 / n).squareRoot() + 0.005)
            }
        }
        #expect(noisy(0.05, 9) == noisy(0.05, 9))
        #expect(noisy(0.05, 9) != noisy(0.05, 10))
    }

    @Test func `What is erased has the colour of padding, and nothing else changes`() {
        let preprocessing = Preprocessing(resize: .squash, side: 40)
        let picture = formulaPicture(40, 40)
        var plan = AugmentationPlan()
        plan.erased = Rectangle(x: 0.25, y: 0.5, width: 0.2, height: 0.25)
        let square = preprocessing(picture, augmentation: plan)
        for y in 0..<40 {
            for x in 0..<40 {
                let index = 3 * (40 * y + x)
                // 0.25 · 40 = 10, 0.45 · 40 = 18; 20 and 30.
                let isErased = (10..<18).contains(x) && (20..<30).contains(y)
                let expected = isErased ? preprocessing.paddingColour : Array(picture.pixels[index..<index + 3])
                #expect(Array(square[index..<index + 3]) == expected)
            }
        }
    }

    @Test func `A blur keeps a picture of one colour, whatever its size`() {
        for side in [1, 2, 3, 20] {
            let flat = Picture(width: side, height: side, pixels: [UInt8](repeating: 255, count: 3 * side * side))
            for deviation in [0.05, 0.7, 4, 20] {
                var plan = AugmentationPlan()
                plan.blur = deviation
                #expect(Preprocessing(resize: .squash, side: side)(flat, augmentation: plan) == flat.pixels)
            }
        }
    }

    @Test func `Captions name what is done`() {
        var plan = AugmentationPlan()
        #expect(plan.captions.isEmpty && plan.operations.isEmpty)
        (plan.isMirrored, plan.rotation, plan.brightness, plan.noise) = (true, -7.4, 1.126, 0.02)
        #expect(plan.captions == ["flip", "rotate -7", "brightness 1.13", "noise 0.02"])
        #expect(plan.operations == [.flip, .rotate, .brightness, .noise])
        plan.rotation = -0.2
        #expect(plan.captions[1] == "rotate 0")
    }

    @Test func `Padding keeps its colour whatever happens to the picture's`() {
        let white = Picture(width: 80, height: 40, pixels: [UInt8](repeating: 255, count: 9600))
        let preprocessing = Preprocessing(resize: .letterbox, side: 40)
        for rotation in [0.0, 10.0] {
            var plan = AugmentationPlan()
            (plan.brightness, plan.hue, plan.noise, plan.blur, plan.rotation) = (0.5, 0.3, 0.1, 1, rotation)
            let square = preprocessing(white, augmentation: plan)
            // 40 × 20 with 10 above and below; turned by 10°, it reaches 20 · cos 10° + 40 · sin 10° = 26.6 rows, from row 6.7.
            for y in [0, 5, 34, 39] {
                for x in 0..<40 {
                    let index = 3 * (40 * y + x)
                    #expect(Array(square[index..<index + 3]) == preprocessing.paddingColour)
                }
            }
            // Half of white, with noise of 25.5: the mean of a hundred bytes deviates by 2.55.
            var sum = 0.0
            for y in 15..<25 {
                for value in square[3 * (40 * y + 15)..<3 * (40 * y + 15) + 10] { sum += Double(value) }
            }
            #expect(abs(sum / 100 - 127.5) < 5 * 2.55)
        }
    }
}
