// The loop itself, with steps that are numbers.

import Learning
import Testing

/// Epochs of so many steps; a batch is the number of its epoch and its place within it.
func counting(steps: Int) -> Batches<[Int]> {
    Batches(count: steps) { epoch, first in
        AsyncThrowingStream { continuation in
            for step in first..<steps { continuation.yield([epoch, step]) }
            continuation.finish()
        }
    }
}

/// A made-up loss that falls from step to step, and depends on batch, number and rate.
private func step(_ batch: [Int], _ number: Int, _ rate: Double) -> TrainingHistory.Step {
    let loss = 2 / (1 + 0.1 * Double(number)) + 0.01 * Double(batch[1]) + rate
    return .init(loss: loss, learningRate: rate, images: 4 + batch[1] % 2, correct: Double(batch[1]))
}

private struct Stopped: Error {}

@Suite struct TrainLoopTests {
    /// Five epochs of seven steps with a rate that changes at every step.
    private func run(
        from history: TrainingHistory = .init(), stopAfter: Int = .max,
        seen: (LoopEvent, TrainingHistory) -> Void = { _, _ in }
    ) async throws -> TrainingHistory {
        try await train(
            on: counting(steps: 7), epochs: 5, schedule: .oneCycle(warmUp: 0.3), base: 0.1, from: history, step: step,
            validation: { .init(loss: 0.5, accuracy: 0.75) },
            report: { event, history in
                seen(event, history)
                if history.steps.count >= stopAfter { throw Stopped() }
            })
    }

    @Test func goesThroughAllStepsInOrder() async throws {
        var batches: [[Int]] = []
        var numbers: [Int] = []
        let done = try await train(
            on: counting(steps: 3), epochs: 2, schedule: .perEpoch([0.2, 0.1]), base: 9,
            step: { batch, number, rate in
                batches.append(batch)
                numbers.append(number)
                return .init(loss: Double(number), learningRate: rate, images: 1 + batch[1], correct: 1)
            }, validation: { nil }, report: { _, _ in })
        #expect(batches == [[1, 0], [1, 1], [1, 2], [2, 0], [2, 1], [2, 2]])
        #expect(numbers == [0, 1, 2, 3, 4, 5])
        #expect(done.steps.map(\.learningRate) == [0.2, 0.2, 0.2, 0.1, 0.1, 0.1])
        #expect(done.epochs.map(\.number) == [1, 2])
        #expect(done.epochs.map(\.learningRate) == [0.2, 0.1])
        #expect(done.epochs.allSatisfy { $0.validation == nil })
        // The mean over the images, of which the steps have 1, 2 and 3: (0·1 + 1·2 + 2·3) ⁄ 6 and (3·1 + 4·2 + 5·3) ⁄ 6.
        #expect(done.epochs.map(\.training.loss) == [8.0 / 6, 26.0 / 6])
        #expect(done.epochs.map(\.training.accuracy) == [0.5, 0.5])
        #expect(done.epochs.map(\.training.error) == [0.5, 0.5])
    }

    /// Stopped after any step and resumed, the history is that of a run that was never stopped.
    @Test func resumesAnywhereWithTheSameHistory() async throws {
        let whole = try await run()
        #expect(whole.steps.count == 35 && whole.epochs.count == 5)
        for stop in 1..<35 {
            var kept = TrainingHistory()
            await #expect(throws: Stopped.self) { try await run(stopAfter: stop, seen: { kept = $1 }) }
            #expect(kept.steps.count == stop)
            // `report` stops at the step, so an epoch that it completes has not been measured yet.
            #expect(kept.epochs.count == (stop - 1) / 7)
            #expect(try await run(from: kept) == whole, "stopped after \(stop)")
        }
        #expect(try await run(from: whole) == whole)
    }

    @Test func stopsWhenReportThrows() async throws {
        var events = 0
        await #expect(throws: Stopped.self) { try await run(stopAfter: 10, seen: { _, _ in events += 1 }) }
        // Ten steps, and the end of the first epoch between the seventh and the eighth.
        #expect(events == 11)
    }

    /// A loss of 10⁶ and more is finite, and yet nothing is left of the network.
    @Test func anAbsurdLossDivergesToo() async throws {
        func run(_ loss: Double, _ validation: Double) async throws {
            _ = try await train(
                on: counting(steps: 4), epochs: 1, schedule: .constant, base: 2,
                step: { _, _, rate in .init(loss: loss, learningRate: rate, images: 1, correct: 0) },
                validation: { .init(loss: validation, accuracy: 0) }, report: { _, _ in })
        }
        try await run(999_999, 999_999)
        let error = await #expect(throws: TrainingDiverged.self) { try await run(5.25e9, 1) }
        #expect(
            error?.description.hasPrefix(
                "Training diverged: at step 1 (epoch 1, learning rate 2) the loss was 5.2e+09. ") ?? false)
        await #expect(throws: TrainingDiverged.self) { try await run(1, 1e6) }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func saysWhereItDiverged(_ loss: Double) async throws {
        var reported = 0
        let error = await #expect(throws: TrainingDiverged.self) {
            try await train(
                on: counting(steps: 4), epochs: 3, schedule: .perEpoch([0.5, 2]), base: 0,
                step: { batch, number, rate in
                    .init(loss: number == 5 ? loss : 1, learningRate: rate, images: 1, correct: 0)
                }, validation: { nil },
                report: { event, _ in if case .step = event { reported += 1 } })
        }
        // Step 5 from 0 is the second of the second epoch.
        #expect(error?.epoch == 2 && error?.step == 6 && error?.learningRate == 2)
        #expect(reported == 5)
        // What the message says to do depends on whether a state was kept.
        let start = "Training diverged: at step 6 (epoch 2, learning rate 2) the loss was no finite number. "
        #expect(
            error?.description
                == start + "Train again with a smaller learning rate, or with --learning-rate auto.")
        var kept = try #require(error)
        kept.run = 7
        #expect(
            kept.description
                == start + "The last good state is kept: go on with --resume 7 --learning-rate 0.001, or train again "
                + "with a smaller learning rate, or with --learning-rate auto.")
    }

    /// A network whose weights are about to be lost shows it on the photos that it is not trained with as well.
    @Test func validationThatIsNoNumberDivergesToo() async throws {
        let error = await #expect(throws: TrainingDiverged.self) {
            try await train(
                on: counting(steps: 4), epochs: 3, schedule: .constant, base: 2,
                step: { _, _, rate in .init(loss: 1, learningRate: rate, images: 1, correct: 0) },
                validation: { .init(loss: .nan, accuracy: 0) }, report: { _, _ in })
        }
        #expect(error?.epoch == 1 && error?.step == 4 && error?.learningRate == 2)
    }

    @Test func nothingToDo() async throws {
        let none = try await train(
            on: counting(steps: 4), epochs: 0, schedule: .constant, base: 2, step: step, validation: { nil },
            report: { _, _ in Issue.record("nothing happens") })
        #expect(none == TrainingHistory())
    }
}
