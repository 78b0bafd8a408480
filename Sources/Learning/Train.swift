// The training loop: a page, with three sockets.
//
// The schedule sets the learning rate, the stopping rule ends training early, and whoever wants to print, plot, save or
// stop does so in `report`. The head, the whole network, training from nothing and the learning-rate finder are calls of it.

import Foundation

/// What the loop tells whoever reports.
public enum LoopEvent: Sendable {
    /// A step was done; the last of `history.steps`.
    case step(LoopTiming)
    /// An epoch was done and measured; the last of `history.epochs`.
    case epoch(LoopTiming)
}

/// Where the time of an epoch went so far, in seconds.
public struct LoopTiming: Hashable, Sendable {
    /// Since the epoch began, or was resumed.
    public var total = 0.0
    /// Of it, waiting for pictures.
    public var waiting = 0.0
    /// Images since the epoch began, or was resumed.
    public var images = 0
}

/// Minimises a loss over `batches`, from where `history` ends to the last epoch.
///
/// - Parameters:
///   - batches: The steps of each epoch, in an order that depends only on the epoch.
///   - epochs: How many epochs at most.
///   - schedule: The learning rate of each step.
///   - base: The rate that the schedule starts from.
///   - stopping: Ends training early.
///   - history: What was done before; empty at the beginning.
///   - step: Updates the weights by a batch at a learning rate; gets the number of the step, from 0.
///   - validation: Measures the network on images that are not trained with; nil if there are none.
///   - report: Is told of each step and epoch, with all that was before. What it throws ends training.
/// - Returns: The whole history.
/// - Throws: What the closures throw, `TrainingDiverged` if a loss is not finite, and `CancellationError`.
public func train<Batch: Sendable>(
    on batches: Batches<Batch>, epochs: Int, schedule: LearningRateSchedule, base: Double,
    stopping: StoppingRule = .never, from history: TrainingHistory = TrainingHistory(),
    step: (Batch, _ number: Int, _ rate: Double) throws -> TrainingHistory.Step,
    validation: () async throws -> TrainingHistory.Measure?,
    report: (LoopEvent, TrainingHistory) throws -> Void
) async throws -> TrainingHistory {
    var history = history
    while history.epochs.count < epochs, !stopping.isMet(history) {
        let epoch = history.epochs.count + 1
        let first = history.epochs.count * batches.count
        var timing = LoopTiming()
        let start = ContinuousClock.now
        var asked = start
        for try await batch in batches.epoch(epoch, from: history.steps.count - first) {
            timing.waiting += (ContinuousClock.now - asked) / .seconds(1)
            let number = history.steps.count
            let rate = schedule.rate(step: number, stepsPerEpoch: batches.count, epochs: epochs, base: base)
            let done = try step(batch, number, rate)
            guard TrainingDiverged.isSound(done.loss) else {
                throw TrainingDiverged(epoch: epoch, step: number + 1, learningRate: rate, loss: done.loss)
            }
            history.steps.append(done)
            timing.images += done.images
            timing.total = (ContinuousClock.now - start) / .seconds(1)
            try report(.step(timing), history)
            if stopping.isMet(history) { return history }
            asked = ContinuousClock.now
        }
        // A task that is cancelled gets no more batches: the epoch is not at its end.
        try Task.checkCancellation()
        let steps = history.steps[first...]
        let rate = steps.last?.learningRate ?? base
        let measure = try await validation()
        if let loss = measure?.loss, !TrainingDiverged.isSound(loss) {
            throw TrainingDiverged(epoch: epoch, step: history.steps.count, learningRate: rate, loss: loss)
        }
        history.epochs.append(
            .init(
                number: epoch, training: TrainingHistory.Measure(of: steps), validation: measure, learningRate: rate))
        try report(.epoch(timing), history)
    }
    return history
}

extension TrainingHistory.Measure {
    /// The mean over the images of some steps.
    init(of steps: ArraySlice<TrainingHistory.Step>) {
        let images = Double(max(steps.reduce(0) { $0 + $1.images }, 1))
        self.init(
            loss: steps.reduce(0) { $0 + $1.loss * Double($1.images) } / images,
            accuracy: steps.reduce(0) { $0 + $1.correct } / images)
    }
}

/// The loss is no finite number, or so large that it means nothing: the weights are lost, or will be with the next step.
public struct TrainingDiverged: Error, Hashable, Sendable, CustomStringConvertible {
    /// The epoch in which it happened, from 1.
    public let epoch: Int
    /// The step, from 1, counted through all epochs.
    public let step: Int
    /// The learning rate of that step.
    public let learningRate: Double
    /// The loss; nil if it was no finite number.
    public let loss: Double?
    /// The run whose last finite state is kept; nil if none is.
    public var run: Int?

    package init(epoch: Int, step: Int, learningRate: Double, loss: Double = .nan, run: Int? = nil) {
        (self.epoch, self.step, self.learningRate, self.run) = (epoch, step, learningRate, run)
        self.loss = loss.isFinite ? loss : nil
    }

    /// Whether training can go on from this loss.
    ///
    /// Guessing among a million classes costs 14. A network whose weights have run away may come to 10³⁰ and stay finite.
    static func isSound(_ loss: Double) -> Bool { loss.isFinite && loss < 1e6 }

    /// What happened, and what to do.
    public var description: String {
        let (rate, smaller) = (
            String(format: "%.2g", learningRate), String(format: "%.1g", min(learningRate / 100, 0.001))
        )
        return
            "Training diverged: at step \(step) (epoch \(epoch), learning rate \(rate)) the loss was "
            + (loss.map { String(format: "%.1e. ", $0) } ?? "no finite number. ")
            + (run.map {
                "The last good state is kept: go on with --resume \($0) --learning-rate \(smaller), or train"
            }
                ?? "Train")
            + " again with a smaller learning rate, or with --learning-rate auto."
    }
}

/// The steps of every epoch.
public struct Batches<Batch: Sendable>: Sendable {
    /// How many steps an epoch has.
    public let count: Int
    private let make: @Sendable (_ epoch: Int, _ first: Int) -> AsyncThrowingStream<Batch, any Error>

    /// Makes batches: `make` gives those of an epoch, numbered from 1, beginning with the step `first`, numbered from 0.
    public init(count: Int, _ make: @escaping @Sendable (Int, Int) -> AsyncThrowingStream<Batch, any Error>) {
        self.count = count
        self.make = make
    }

    /// The batches of an epoch from a step on.
    public func epoch(_ number: Int, from first: Int = 0) -> AsyncThrowingStream<Batch, any Error> {
        make(number, first)
    }
}
