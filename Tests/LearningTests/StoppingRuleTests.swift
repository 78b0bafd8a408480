// When training ends early and which epoch is the best: the founding tutorial's log, and cases worked by hand.

import Learning
import Testing

/// A history of epochs with these losses of validation; training improves by 0.01 an epoch unless said otherwise.
func history(validation: [Double?], training: [Double]? = nil, accuracy: [Double]? = nil) -> TrainingHistory {
    var history = TrainingHistory()
    for (index, loss) in validation.enumerated() {
        history.epochs.append(
            .init(
                number: index + 1,
                training: .init(
                    loss: training?[index] ?? 1 - 0.01 * Double(index), accuracy: 0.5 + 0.01 * Double(index)),
                validation: loss.map { .init(loss: $0, accuracy: accuracy?[index] ?? 0.5) }, learningRate: 0.1))
    }
    return history
}

@Suite struct StoppingRuleTests {
    // The founding tutorial says of its log (E16): `val_loss`, least improvement 0.0001, patience 2, 20 epochs; stopped
    // after 16, the best being the 14th with 0.3169. The other values are made up so that this is what happens: never
    // two epochs in a row without improvement before, among them one (the 7th) that improves by less than counts, and
    // better ones after the 16th, which must not be reached.
    private static let foundingLog = [
        2.1034, 1.4410, 0.9127, 0.9402, 0.7716, 0.6120, 0.61195, 0.5583, 0.4871, 0.5020, 0.4310, 0.3905, 0.4012, 0.3169,
        0.3391, 0.3290, 0.2500, 0.2400, 0.2300, 0.2200,
    ]
    private static let foundingRule = StoppingRule(metric: .validationLoss, patience: 2, minimumDelta: 0.0001)

    @Test func endsAsTheFoundingTutorialsLog() {
        for count in 1...16 {
            let soFar = history(validation: Array(Self.foundingLog.prefix(count)))
            #expect(Self.foundingRule.isMet(soFar) == (count == 16), "after epoch \(count)")
        }
        #expect(Self.foundingRule.bestEpoch(history(validation: Array(Self.foundingLog.prefix(16)))) == 14)
    }

    /// The same through the loop itself, which is given all 20 epochs.
    @Test func theLoopEndsAsTheFoundingTutorialsLog() async throws {
        var losses = Self.foundingLog[...]
        var reported = 0
        let done = try await train(
            on: counting(steps: 2), epochs: 20, schedule: .constant, base: 0.1, stopping: Self.foundingRule,
            step: { _, _, rate in .init(loss: 1, learningRate: rate, images: 1, correct: 0) },
            validation: { .init(loss: losses.removeFirst(), accuracy: 0.5) },
            report: { event, _ in if case .epoch = event { reported += 1 } })
        #expect(done.epochs.count == 16)
        #expect(reported == 16)
        #expect(done.steps.count == 32)
        let best = try #require(Self.foundingRule.bestEpoch(done))
        #expect(best == 14)
        #expect(done.epochs[best - 1].validation?.loss == 0.3169)
    }

    @Test func metricsThatRise() {
        let rule = StoppingRule(metric: .validationAccuracy, patience: 2, minimumDelta: 0.01)
        // 0.605 is better than 0.6, but not by 0.01; it is the best epoch, and does not reset the patience.
        let accuracies = [0.4, 0.6, 0.605, 0.55]
        func soFar(_ count: Int) -> TrainingHistory {
            history(validation: Array(repeating: 1, count: count), accuracy: Array(accuracies.prefix(count)))
        }
        #expect((1...4).map { rule.isMet(soFar($0)) } == [false, false, false, true])
        #expect(rule.bestEpoch(soFar(4)) == 3)
    }

    @Test func watchesTrainingToo() {
        let losses = [0.9, 0.8, 0.85, 0.8]
        let past = history(validation: [nil, nil, nil, nil], training: losses)
        #expect(StoppingRule(metric: .trainingLoss, patience: 2).isMet(past))
        #expect(!StoppingRule(metric: .trainingLoss, patience: 3).isMet(past))
        // Of equal epochs the first is the best.
        #expect(StoppingRule(metric: .trainingLoss).bestEpoch(past) == 2)
        // The accuracies in `history` rise by 0.01.
        #expect(!StoppingRule(metric: .trainingAccuracy, patience: 1).isMet(past))
        #expect(StoppingRule(metric: .trainingAccuracy).bestEpoch(past) == 4)
    }

    @Test func endsAfterSoManyEpochsOfALongerPlan() async throws {
        var rule = StoppingRule.never
        rule.epochs = 3
        let done = try await train(
            on: counting(steps: 2), epochs: 20, schedule: .step(epochs: 2, factor: 0.1), base: 1, stopping: rule,
            step: { _, _, rate in .init(loss: 1, learningRate: rate, images: 1, correct: 0) },
            validation: { nil }, report: { _, _ in })
        #expect(done.epochs.map(\.learningRate) == [1, 1, 0.1])
    }

    @Test func withoutValidationNothingIsSeen() {
        let past = history(validation: [nil, nil, nil])
        let rule = StoppingRule(metric: .validationLoss, patience: 1)
        #expect(!rule.isMet(past))
        #expect(rule.bestEpoch(past) == nil)
        #expect(rule.bestEpoch(TrainingHistory()) == nil)
    }

    @Test func neverEnds() {
        #expect(!StoppingRule.never.isMet(history(validation: Array(repeating: 1, count: 100))))
    }

    /// Raising the patience never ends training earlier, and nor does counting smaller improvements.
    @Test func morePatienceNeverEndsEarlier() {
        func end(_ losses: [Double], _ patience: Int, _ delta: Double) -> Int {
            let rule = StoppingRule(patience: patience, minimumDelta: delta)
            let ends = losses.indices.first { rule.isMet(history(validation: Array(losses.prefix($0 + 1)))) }
            return ends ?? losses.count
        }
        for seed in 0..<40 {
            var generator = SeededGenerator(seed: seed)
            let losses = (0..<25).map { 1 / Double($0 + 1) + Double.random(in: 0...0.3, using: &generator) }
            let ends = (1...6).map { end(losses, $0, 0.01) }
            #expect(ends == ends.sorted(), "seed \(seed)")
            #expect(end(losses, 2, 0) >= end(losses, 2, 0.05), "seed \(seed)")
        }
    }

    /// Ten steps are not judged.
    ///
    /// After them the loss is smoothed by 0.8, so it takes a few steps at 100 to leave 4 behind.
    @Test func endsWhenTheLossGoesUpForGood() {
        let rule = StoppingRule.divergence(beyond: 4)
        func past(_ losses: [Double]) -> TrainingHistory {
            var past = TrainingHistory()
            past.steps = losses.map { .init(loss: $0, learningRate: 0.1, images: 1, correct: 0) }
            return past
        }
        #expect(!rule.isMet(past(Array(repeating: 1, count: 200))))
        #expect(!rule.isMet(past([1] + Array(repeating: 100, count: 9))))
        // 0.8 · 1 + 0.2 · x > 4 for x > 16 (nearly: the average of 30 ones has all but 0.1 % of its weight).
        #expect(!rule.isMet(past(Array(repeating: 1, count: 30) + [15])))
        #expect(rule.isMet(past(Array(repeating: 1, count: 30) + [17])))
    }

    // MARK: - Over-fitting

    @Test func seesWhereValidationTurns() {
        // Two epochs after the best one, both worse, while training improves.
        #expect(history(validation: [0.9, 0.5, 0.6, 0.7]).turn == 2)
        // One is too few.
        #expect(history(validation: [0.9, 0.5, 0.6]).turn == nil)
        // Still improving.
        #expect(history(validation: [0.9, 0.8, 0.7, 0.6]).turn == nil)
        // Training got worse as well: that is no over-fitting.
        #expect(history(validation: [0.9, 0.5, 0.6, 0.7], training: [1, 0.8, 0.85, 0.9]).turn == nil)
        // Epochs that were not measured.
        #expect(history(validation: [0.9, 0.5, nil, 0.7]).turn == nil)
        #expect(TrainingHistory().turn == nil)
    }
}
