// The power law finds what was planted; the curve's intervals hold it; the sentences say what is known.

import Evaluation
import Foundation
import Testing

@Suite struct PowerLawTests {
    private static let planted = [
        PowerLaw(a: 1.2, b: 0.5, c: 0.05), PowerLaw(a: 0.9, b: 0.35, c: 0), PowerLaw(a: 4, b: 1, c: 0.1),
        PowerLaw(a: 0.5, b: 0.1, c: 0),
    ]
    private static let sizes = [20.0, 30, 50, 80, 120, 200, 320, 500]

    /// Without noise the law comes back, wherever its parameters lie.
    @Test(arguments: planted) func findsWhatWasPlanted(_ law: PowerLaw) {
        let found = PowerLaw.fit(Self.sizes.map { .init(photos: $0, error: law.error(photos: $0), weight: $0) })
        #expect(abs(found.b - law.b) < 1e-4)
        #expect(abs(found.a / law.a - 1) < 1e-3)
        #expect(abs(found.c - law.c) < 1e-4)
    }

    /// With noise of half a point, the fit is no worse than the truth by its own measure, and foretells twice the size.
    @Test(arguments: 0..<12) func noiseMovesItLittle(_ seed: UInt64) {
        var noise = SplitMix(state: seed)
        let law = Self.planted[Int(seed) % Self.planted.count]
        let points = Self.sizes.map { size in
            PowerLaw.Point(photos: size, error: law.error(photos: size) + 0.01 * (noise.unit() - 0.5), weight: size)
        }
        let found = PowerLaw.fit(points)
        func loss(_ law: PowerLaw) -> Double {
            points.reduce(0) { $0 + $1.weight * pow(law.error(photos: $1.photos) - $1.error, 2) }
        }
        #expect(loss(found) <= loss(law) + 1e-12)
        #expect(abs(found.error(photos: 1000) - law.error(photos: 1000)) < 0.02)
    }

    /// An error that rises with the photos has no such law: the best is a constant, the weighted mean.
    @Test func neverRises() {
        let found = PowerLaw.fit([
            .init(photos: 10, error: 0.1), .init(photos: 20, error: 0.2), .init(photos: 40, error: 0.3),
        ])
        #expect(found.a == 0 && abs(found.c - 0.2) < 1e-12)
        for seed in 0..<20 as Range<UInt64> {
            var noise = SplitMix(state: seed)
            let law = PowerLaw.fit(Self.sizes.map { .init(photos: $0, error: noise.unit()) })
            #expect(law.a >= 0 && law.b > 0 && law.c >= 0)
            let errors = stride(from: 10.0, to: 2000, by: 37).map(law.error)
            #expect(zip(errors, errors.dropFirst()).allSatisfy { $0 >= $1 })
        }
    }

    /// 0.5 · n^(−1/2) + 0.1 is 0.15 where n^(−1/2) = 0.1, at 100; 0.1 and less are never reached.
    @Test func photosForAnError() {
        let law = PowerLaw(a: 0.5, b: 0.5, c: 0.1)
        #expect(abs((law.photos(forError: 0.15) ?? 0) - 100) < 1e-9)
        #expect(law.photos(forError: 0.1) == nil && law.photos(forError: 0.05) == nil)
    }
}

@Suite struct LearningCurveTests {
    /// Test photos that are right with the probability of a law, independently in every subset.
    private func curve(
        _ law: PowerLaw, seed: UInt64, tests: Int = 400, repeats: Int = 5, fittedUpTo: Int? = nil
    ) throws -> LearningCurve {
        var noise = SplitMix(state: seed)
        let sizes = [30, 45, 70, 100, 150, 220, 330, 500].map { photos in
            LearningCurve.Size(
                photos: photos,
                answers: (0..<repeats).map { _ in
                    TestAnswers(isRight: (0..<tests).map { _ in noise.unit() >= law.error(photos: Double(photos)) })
                })
        }
        return try LearningCurve(sizes.reversed(), classCount: 5, fittedUpTo: fittedUpTo, drawings: 200, using: &noise)
    }

    /// Of 24 intervals of 95 %, 23 hold the truth on average; fewer than 20 would be a chance of less than 1 in 100.
    @Test func intervalsHoldTheTruth() throws {
        let law = PowerLaw(a: 1.5, b: 0.5, c: 0.06)
        let held = try (0..<24).count { seed in
            let forecast = try curve(law, seed: UInt64(seed), tests: 200, repeats: 3).forecast(photos: 500)
            let truth = 1 - law.error(photos: 500)
            #expect(abs(forecast.accuracy - truth) < 0.05)
            return forecast.interval.lower <= truth && truth <= forecast.interval.upper
        }
        #expect(held >= 20)
    }

    @Test func saysHowManyWouldHelp() throws {
        // Twice the photos take (2·500)^−0.5 · 2 = 0.063 from 0.089; one point needs (0.0794 / 2)^−2 = 634 photos,
        // 134 more, 27 a class of five.
        let helps = try curve(PowerLaw(a: 2, b: 0.5, c: 0), seed: 1, tests: 2000)
        #expect(helps.advice.hasPrefix("About ") && helps.advice.contains("more photos a class for +1 % accuracy"))
        let need = try #require(helps.photos(forGain: 0.01).photos)
        #expect(abs(need - 634) < 30)
        #expect(helps.advice(forAccuracy: 0.5).hasPrefix("50.0 % is reached already"))
        #expect(helps.advice(forAccuracy: 0.93).hasPrefix("About "))

        let done = try curve(PowerLaw(a: 30, b: 1.5, c: 0.1), seed: 2, tests: 2000)
        #expect(done.advice.hasPrefix("More photos will not help"))
        #expect(done.advice(forAccuracy: 0.99).contains("out of reach by more photos alone"))

        let perfect = try curve(PowerLaw(a: 0, b: 1, c: 0), seed: 3)
        #expect(perfect.advice.hasPrefix("More photos cannot show here"))
        #expect(perfect.forecast(photos: 1000).interval == Interval(lower: 1, upper: 1))
    }

    @Test func foretellsFromTheFirstHalf() throws {
        let law = PowerLaw(a: 1.5, b: 0.4, c: 0.05)
        let half = try curve(law, seed: 4, tests: 2000, fittedUpTo: 250)
        #expect(half.fittedUpTo == 250 && half.all.photos == 500)
        #expect(abs(half.forecast(photos: 500).accuracy - (1 - law.error(photos: 500))) < 0.02)
        #expect(try #require(half.comparison).contains("Fitted up to 250 photos"))
        #expect(try curve(law, seed: 4).comparison == nil)
    }

    @Test func sameSeedSameCurve() throws {
        let law = PowerLaw(a: 1, b: 0.5, c: 0.1)
        let (one, other) = (try curve(law, seed: 7), try curve(law, seed: 7))
        #expect(one.law == other.law)
        #expect(
            one.html(title: "photos", target: 0.9, facts: []) == other.html(title: "photos", target: 0.9, facts: []))
        let svg = one.chart(target: 0.9).svg(asFile: true)
        #expect(svg.contains("Learning curve") && svg.contains("all photos") && !svg.contains("nan"))
    }

    @Test func mistakesAreExplained() {
        var noise = SplitMix(state: 1)
        let sizes = [10, 20].map { LearningCurve.Size(photos: $0, answers: [TestAnswers(isRight: [true])]) }
        #expect(throws: LearningCurveError.tooFewSizes([10, 20])) {
            try LearningCurve(sizes, classCount: 2, using: &noise)
        }
        let different = sizes + [LearningCurve.Size(photos: 40, answers: [TestAnswers(isRight: [true, false])])]
        #expect(throws: LearningCurveError.noTest) { try LearningCurve(different, classCount: 2, using: &noise) }
    }
}

@Suite struct TestAnswersTests {
    /// Answers to a drawing are those to its photos in a row: accuracy counts them, and average precision ranks them.
    @Test(arguments: 0..<8) func drawingsAreMeasuredAsIfWrittenOut(_ seed: UInt64) throws {
        var noise = SplitMix(state: seed)
        let count = 40
        let scores = (0..<count).map { _ in (0..<3).map { _ in (noise.unit() * 10).rounded() } }
        let labels = (0..<count).map { _ in (0..<3).filter { _ in noise.unit() < 0.4 } }
        let drawn = (0..<count).map { _ in Int(noise.unit() * 3) }
        let row = drawn.indices.flatMap { Array(repeating: $0, count: drawn[$0]) }
        let expected = try #require(
            Ranking.meanAveragePrecision(scores: row.map { scores[$0] }, labels: row.map { labels[$0] }))
        let answers = TestAnswers(scores: scores, labels: labels)
        #expect(abs(answers.value(drawn: drawn) - expected) < 1e-12)
        #expect(answers.measure == .meanAveragePrecision && answers.count == count)

        let isRight = scores.map { $0[0] > 5 }
        let right = TestAnswers(isRight: isRight)
        #expect(right.value(drawn: drawn) == Double(row.count { isRight[$0] }) / Double(row.count))
    }

    /// Two sets of equal size: the mean of both; scores of one are not compared with those of the other.
    @Test func setsAreMeasuredByThemselves() {
        // The first is ranked rightly, the second wrongly: 1 and 1/2.
        let sets = [
            TestAnswers(scores: [[9], [8]], labels: [[0], []]), TestAnswers(scores: [[1], [2]], labels: [[0], []]),
        ]
        #expect(TestAnswers(joining: sets).value == 0.75)
        #expect(TestAnswers(joining: sets).count == 4)
        let right = TestAnswers(joining: [TestAnswers(isRight: [true]), TestAnswers(isRight: [false, false])])
        #expect(right.count == 3 && right.value == 1.0 / 3)
    }

    @Test func theCurveSaysWhatIsMeasured() throws {
        var noise = SplitMix(state: 5)
        let sizes = [20, 40, 80].map { photos in
            // The more photos, the less noise hides the label.
            LearningCurve.Size(
                photos: photos,
                answers: (0..<3).map { _ in
                    let labels = (0..<60).map { $0 % 2 == 0 ? [0] : [] }
                    return TestAnswers(
                        scores: labels.map { [Double($0.count) + noise.unit() * 80 / Double(photos)] }, labels: labels)
                })
        }
        let curve = try LearningCurve(sizes, classCount: 1, using: &noise)
        #expect(curve.measure == .meanAveragePrecision && curve.testCount == 60)
        #expect(curve.text.contains("mean average precision") && !curve.text.contains("accuracy"))
        let page = curve.html(title: "photos", facts: [])
        #expect(page.contains("Mean average precision") && !page.contains("Accuracy"))
    }
}

/// SplitMix64.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
