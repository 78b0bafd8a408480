// Every schedule against PyTorch's, step by step, and the founding systems' list of rates.

import Foundation
import Learning
import TestSupport
import Testing

/// What `Tools/golden/schedules.py` wrote.
private struct ScheduleGolden: Decodable {
    struct Case: Decodable {
        var schedule: LearningRateSchedule
        var base: Double
        var stepsPerEpoch: Int
        var epochs: Int
        var rates: [Double]
        /// The momentum of each step, for one-cycle.
        var momenta: [Double]?
    }
    var cases: [Case]
}

@Suite struct LearningRateScheduleTests {
    @Test func agreesWithPyTorchAtEveryStep() throws {
        let file = Fixtures.golden("schedules.json")
        let golden = try JSONDecoder().decode(ScheduleGolden.self, from: Data(contentsOf: file))
        #expect(golden.cases.count == 24)
        for one in golden.cases {
            try #require(one.rates.count == one.stepsPerEpoch * one.epochs)
            let found = one.rates.indices.map { step in
                one.schedule.rate(
                    step: step, stepsPerEpoch: one.stepsPerEpoch, epochs: one.epochs, base: one.base)
            }
            #expect(largestRelativeDifference(found, one.rates) < 1e-12, "\(one.schedule), \(one.epochs) epochs")
        }
    }

    @Test func momentumAgreesWithPyTorchAtEveryStep() throws {
        let golden = try JSONDecoder().decode(
            ScheduleGolden.self, from: Data(contentsOf: Fixtures.golden("schedules.json")))
        #expect(golden.cases.count { $0.momenta != nil } == 6)
        for one in golden.cases {
            let found = one.rates.indices.compactMap { step in
                one.schedule.momentum(step: step, stepsPerEpoch: one.stepsPerEpoch, epochs: one.epochs)
            }
            #expect(found.count == (one.momenta?.count ?? 0))
            #expect(
                largestRelativeDifference(found, one.momenta ?? []) < 1e-12, "\(one.schedule), \(one.epochs) epochs")
        }
    }

    @Test func aListLastsAsLongAsItIsAndThenStays() {
        let schedule = LearningRateSchedule.perEpoch([0.5, 0.25])
        let rates = [0, 2, 3, 5, 6, 100].map { schedule.rate(step: $0, stepsPerEpoch: 3, epochs: 40, base: 9) }
        #expect(rates == [0.5, 0.5, 0.25, 0.25, 0.25, 0.25])
        #expect(LearningRateSchedule.perEpoch([]).rate(step: 5, stepsPerEpoch: 3, epochs: 4, base: 9) == 9)
    }

    /// Whatever the sizes are: rates are positive and finite, no higher than the base, and the base is reached.
    @Test(arguments: [LearningRateSchedule.oneCycle(warmUp: 0.3), .cosine(warmUp: 0.1), .step(epochs: 3, factor: 0.5)])
    func staysWithinItsBounds(_ schedule: LearningRateSchedule) {
        for stepsPerEpoch in [1, 2, 9, 40] {
            for epochs in [1, 2, 7] {
                let total = stepsPerEpoch * epochs
                let rates = (0..<total).map {
                    schedule.rate(step: $0, stepsPerEpoch: stepsPerEpoch, epochs: epochs, base: 0.1)
                }
                #expect(rates.allSatisfy { $0 > 0 && $0 <= 0.1 + 1e-15 }, "\(stepsPerEpoch) × \(epochs)")
                // A top that lies between two steps is missed by half a step at most.
                #expect(total < 40 || (rates.max() ?? 0) > 0.099, "\(stepsPerEpoch) × \(epochs)")
            }
        }
    }

    // MARK: - The founding list

    @Test(arguments: [
        ("[0.05]*7 + [0.005]*7 + [0.0005]", [0.05: 7, 0.005: 7, 0.0005: 1]),
        ("[0.01]*20+[0.001]*20+[0.0001]", [0.01: 20, 0.001: 20, 0.0001: 1]),
        ("[0.1, 0.1, 0.01]", [0.1: 2, 0.01: 1]),
        (" [ 1e-3 ] * 2 ", [1e-3: 2]),
        ("[0.3,0.2]*2", [0.3: 2, 0.2: 2]),
    ])
    func readsTheFoundingList(_ text: String, _ counts: [Double: Int]) throws {
        let rates = try #require(LearningRateSchedule.rates(in: text))
        #expect(rates.reduce(into: [:]) { $0[$1, default: 0] += 1 } == counts)
        #expect(rates == rates.sorted(by: >) || text == "[0.3,0.2]*2")
        // And writes it back.
        #expect(LearningRateSchedule.rates(in: LearningRateSchedule.text(of: rates)) == rates)
    }

    @Test func writesTheShortestForm() {
        let rates = Array(repeating: 0.05, count: 7) + Array(repeating: 0.005, count: 7) + [0.0005]
        #expect(LearningRateSchedule.text(of: rates) == "[0.05]*7+[0.005]*7+[0.0005]")
        #expect(LearningRateSchedule.text(of: [0.1, 0.2, 0.1]) == "[0.1]+[0.2]+[0.1]")
    }

    /// Rates by lot, of all sizes that the parameter allows, come back as they were.
    @Test func whatIsWrittenReadsBack() {
        for seed in 0..<50 {
            var generator = SeededGenerator(seed: seed)
            let rates = (0..<Int.random(in: 1...20, using: &generator)).flatMap { _ in
                let rate = pow(10, Double.random(in: -8...8, using: &generator))
                return [Double](repeating: rate, count: Int.random(in: 1...3, using: &generator))
            }
            let text = LearningRateSchedule.text(of: rates)
            #expect(LearningRateSchedule.rates(in: text) == rates, "seed \(seed): \(text)")
        }
    }

    @Test(arguments: [
        "", "[]", "[", "0.05", "0.05*7", "[0.05]*", "[0.05]*0", "[0.05]*-1", "[0.05]*1.5", "[0.05]*99999", "*7",
        "[0.05]+",
        "+[0.05]", "[0]", "[-0.1]", "[nan]", "[inf]", "[0.05,]", "[0.05 0.005]x", "[a]", "[0.05]*7*7", "[[0.05]]",
    ])
    func refuses(_ text: String) { #expect(LearningRateSchedule.rates(in: text) == nil) }
}
