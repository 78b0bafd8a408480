// The learning-rate finder: curves worked by hand, and small problems whose answer is known.

import Evaluation
import Foundation
import Learning
import Testing

/// A problem of one number: the loss is x², its gradient 2x, and a step at the rate r gives x ← x − 2 r x.
///
/// It falls for rates below 1, fastest at 1 ⁄ 2, and diverges above 1.
private final class Parabola {
    var x = 1.0

    func step(_ rate: Double) -> TrainingHistory.Step {
        let loss = x * x
        x -= 2 * rate * x
        return .init(loss: loss, learningRate: rate, images: 1, correct: 0)
    }
}

/// A hundred rates, each 1.1 times the one before.
private func sweep(_ losses: [Double]) -> RateSweep {
    RateSweep(losses.enumerated().map { .init(rate: pow(1.1, Double($0)), loss: $1) })
}

/// 100 losses: `high` up to a step, then falling by `slope` a step for 30 steps, then level.
private func ramp(from start: Int, high: Double = 2, slope: Double = 0.05) -> [Double] {
    (0..<100).map { high - slope * Double(min(max($0 - start, 0), 30)) }
}

/// The same, but going up again by `slope` a step as soon as it has fallen.
private func valley(from start: Int, slope: Double = 0.05) -> [Double] {
    zip(ramp(from: start, slope: slope), ramp(from: start + 30, high: 0, slope: slope)).map { $0 - $1 }
}

@Suite struct RateFinderTests {
    /// The average has the weights 0.1 · 0.9ⁿ over their sum, 1 − 0.9ⁿ.
    @Test func smoothsWithoutABiasToZero() {
        let sweep = sweep([1, 0, 0])
        // 1; 0.9 · 0.1 ⁄ 0.19; 0.81 · 0.1 ⁄ 0.271.
        let expected = [1, 0.09 / 0.19, 0.081 / 0.271]
        #expect(zip(sweep.smoothedLosses, expected).allSatisfy { abs($0 - $1) < 1e-12 })
        let level = RateSweep((0..<50).map { .init(rate: Double($0), loss: 3) })
        #expect(level.smoothedLosses.allSatisfy { abs($0 - 3) < 1e-12 })
    }

    /// The loss falls evenly from step 40 to step 70.
    ///
    /// Smoothing, which looks back some ten steps, makes the fall over ten
    /// steps steepest at its end: between 60 and 70, of which the middle is taken.
    @Test func suggestsWhereTheLossFallsFastest() throws {
        let found = try #require(sweep(valley(from: 40)).suggestion)
        let step = log(found) / log(1.1)
        #expect(step.rounded() == 65 && abs(step - 65) < 1e-6, "step \(step)")
    }

    /// Of two falls the steeper is taken, if it comes late: the lowest loss is at step 90 or a little later, and a tenth
    /// of its rate 24 steps earlier (log 10 ⁄ log 1.1).
    @Test func ofTwoFallsTheSteeper() throws {
        let steepLast = zip(ramp(from: 15, slope: 0.02), ramp(from: 55, slope: 0.08)).map { $0 + $1 }
        #expect(abs(log(try #require(sweep(steepLast).suggestion)) / log(1.1) - 80) < 1e-6)
    }

    /// Where the loss falls early and then creeps on to step 94, the last that counts, a tenth of that rate is taken.
    @Test func notBelowATenthOfTheLowest() throws {
        let steepFirst = zip(ramp(from: 15, slope: 0.08), ramp(from: 55, slope: 0.02)).map { $0 + $1 }
        #expect(abs(try #require(sweep(steepFirst).suggestion) / (pow(1.1, 94) / 10) - 1) < 1e-9)
    }

    @Test func aLossThatOnlyRisesHasNoSuggestion() {
        #expect(sweep((0..<100).map { 1 + 0.01 * Double($0) }).suggestion == nil)
        #expect(sweep(Array(repeating: 1, count: 100)).suggestion == nil)
        #expect(sweep([]).suggestion == nil)
        #expect(sweep([1, 0.5]).suggestion == nil)
    }

    /// The first ten steps and the last five do not count: of 100, the span of ten with the steepest fall ends at the 20th
    /// at the earliest and at the 94th at the latest, and its middle lies five before.
    @Test func leavesOutTheEnds() throws {
        for seed in 0..<40 {
            var generator = SeededGenerator(seed: seed)
            let losses = (0..<100).map { _ in Double.random(in: 0...1, using: &generator) }
            guard let found = sweep(losses).suggestion else { continue }
            let step = (log(found) / log(1.1)).rounded()
            #expect(step >= 15 && step <= 89, "seed \(seed)")
        }
        var losses = valley(from: 40)
        let before = try #require(sweep(losses).suggestion)
        for step in 95..<100 { losses[step] = 50 }
        #expect(sweep(losses).suggestion == before)
    }

    @Test func theChartMarksTheSuggestion() throws {
        let sweep = sweep(valley(from: 40))
        let svg = sweep.chart.svg(asFile: true)
        // 1.1⁶⁵ is 490.4.
        #expect(svg.contains("Suggested: 4.9e+02."))
        #expect(svg.contains("Learning rate"))
        #expect(RateSweep([]).chart.svg(asFile: true).contains("The loss falls nowhere."))
    }

    // MARK: - The sweep

    @Test func goesFromTheLowestRateUntilItDiverges() async throws {
        let parabola = Parabola()
        var seen = 0
        let found = try await sweepLearningRate(
            on: counting(steps: 40), steps: 100, from: 1e-4, to: 1e4, step: { _, _, rate in parabola.step(rate) },
            report: { _ in seen += 1 })
        #expect(found.points.first?.rate == 1e-4)
        // 100 steps in epochs of 40: 120 are planned, and each rate is 10^(8 ⁄ 119) times the one before.
        let factors = zip(found.points, found.points.dropFirst()).map { $1.rate / $0.rate }
        #expect(factors.allSatisfy { abs($0 - pow(10, 8.0 / 119)) < 1e-9 })
        #expect(seen == found.points.count)
        // It ended before the highest rate, beyond that at which the loss stops falling, 1.
        let last = try #require(found.points.last?.rate)
        #expect(last > 1 && last < 1e4)
        let suggestion = try #require(found.suggestion)
        #expect(suggestion > 1e-3 && suggestion < 1)
    }

    @Test func endsWhereTheLossIsNoNumber() async throws {
        let found = try await sweepLearningRate(
            on: counting(steps: 40), steps: 40,
            step: { _, number, rate in
                .init(loss: number == 5 ? .nan : 1, learningRate: rate, images: 1, correct: 0)
            }, report: { _ in })
        #expect(found.points.count == 5)
        #expect(found.suggestion == nil)
    }

    @Test func isTheSameEveryTime() async throws {
        func run() async throws -> RateSweep {
            let parabola = Parabola()
            return try await sweepLearningRate(
                on: counting(steps: 7), steps: 50, step: { _, _, rate in parabola.step(rate) }, report: { _ in })
        }
        #expect(try await run() == run())
    }

    // MARK: - The stepwise search

    /// From 0.1 on a tenth each time, until the loss falls from epoch to epoch.
    @Test func searchesStepwise() async throws {
        var told: [RateTrial] = []
        let losses: [Double: [Double]] = [0.1: [1, 2, 3, 4, 5], 0.01: [5, 4, 3, 3, 2], 0.001: [5, 4, 3, 2, 1]]
        let trials = try await searchLearningRateStepwise(
            losses: { rate, epochs in
                #expect(epochs == 5)
                return losses[rate] ?? []
            }, report: { told.append($0) })
        #expect(trials.map(\.rate) == [0.1, 0.01, 0.001])
        #expect(trials.map(\.isFalling) == [false, false, true])
        #expect(told == trials)
    }

    @Test func searchesNoLowerThanTheFoundingRange() async throws {
        // A training that diverged has no losses.
        let trials = try await searchLearningRateStepwise(losses: { _, _ in [] }, report: { _ in })
        #expect(trials.map(\.rate) == [0.1, 0.01, 0.001, 0.0001])
        #expect(trials.allSatisfy { !$0.isFalling })
    }

    /// On the parabola with the curvature c, rates below 1 ⁄ c make the loss fall: the first of the four that does is found.
    @Test(arguments: [(4.0, 0.1), (40, 0.01), (400, 0.001), (4000, 0.0001)])
    func findsTheHighestUsableRate(_ curvature: Double, _ expected: Double) async throws {
        let trials = try await searchLearningRateStepwise(
            losses: { rate, epochs in
                var x = 1.0
                return (0..<epochs).map { _ in
                    let loss = curvature * x * x
                    x -= 2 * rate * curvature * x
                    return loss
                }
            }, report: { _ in })
        #expect(trials.last?.rate == expected && trials.last?.isFalling == true)
    }
}
