// The learning-rate finder: training for a moment while the rate climbs, to see where the loss falls fastest.
//
// Smith, "Cyclical Learning Rates for Training Neural Networks", 2017, https://arxiv.org/abs/1506.01186, with the choice of
// the founding tutorial (keras_lr_finder): the rate at which the loss, averaged over a span of steps, falls most steeply,
// without the first and last few steps; but not less than a tenth of the rate of the lowest loss.

public import Evaluation
import Foundation

/// The losses of a training whose rate climbed from step to step.
public struct RateSweep: Codable, Hashable, Sendable {
    /// One step.
    public struct Point: Codable, Hashable, Sendable {
        /// Its learning rate.
        public var rate: Double
        /// The loss before its update.
        public var loss: Double

        /// Makes a point.
        public init(rate: Double, loss: Double) { (self.rate, self.loss) = (rate, loss) }
    }

    /// The steps, from the lowest rate on; the last is where the loss went up for good.
    public var points: [Point]
    /// How many steps at the beginning do not count: the loss has not settled.
    public var skippedAtBeginning = 10
    /// How many at the end do not count: the loss has gone up.
    public var skippedAtEnd = 5

    /// Makes a sweep of its points.
    public init(_ points: [Point]) { self.points = points }

    /// The losses, smoothed.
    public var smoothedLosses: [Double] { smoothed(points.map(\.loss), by: 0.9) }

    /// A rate to train with; nil if the loss falls nowhere.
    ///
    /// It is the rate at which the loss falls fastest (over a tenth of all steps, by the logarithm of the rate, smoothed,
    /// before the lowest loss), or a tenth of the rate of the lowest loss, whichever is higher: on easy photos the loss
    /// has fallen before the rate is high enough to train well (see `Docs/log.md`).
    public var suggestion: Double? {
        let losses = smoothedLosses
        let span = max(2, points.count / 10)
        let first = min(skippedAtBeginning, points.count / 4)
        let end = points.count - min(skippedAtEnd, points.count / 8)
        guard end - first > span, let lowest = (first..<end).min(by: { losses[$0] < losses[$1] }) else { return nil }
        var best: (fall: Double, index: Int)?
        // Less is rounding.
        let least = 1e-9 * abs(losses[lowest])
        for index in (first + span)..<max(lowest + 1, first + span + 1) where index < end {
            let fall = losses[index - span] - losses[index]
            if fall > best?.fall ?? least { best = (fall, index) }
        }
        guard let best else { return nil }
        return max(points[best.index - span / 2].rate, points[lowest].rate / 10)
    }

    /// Loss by rate, with the suggestion as a line.
    public var chart: Chart {
        let end = max(points.count - skippedAtEnd, min(points.count, 2))
        let shown = Array(min(skippedAtBeginning, end / 4)..<end)
        let losses = smoothedLosses
        var marks: [Mark] = [
            .line(.init("each step", shown.map { ChartPoint(x: points[$0].rate, y: points[$0].loss) }, colour: 7)),
            .line(.init("smoothed", shown.map { ChartPoint(x: points[$0].rate, y: losses[$0]) }, colour: 0)),
        ]
        if let suggestion { marks.append(.rule(x: suggestion, name: String(format: "%.2g", suggestion))) }
        return Chart(
            "rate-finder", title: "Loss by learning rate",
            summary: suggestion.map { String(format: "Suggested: %.2g.", $0) }
                ?? "The loss falls nowhere.",
            x: Axis("Learning rate", scale: .logarithmic), y: Axis("Loss"), marks: marks, width: 640, height: 360)
    }
}

/// What the stepwise search tried.
public struct RateTrial: Codable, Hashable, Sendable {
    /// The rate.
    public var rate: Double
    /// The loss of each epoch.
    public var losses: [Double]
    /// Whether it fell from epoch to epoch.
    public var isFalling: Bool
}

/// Trains for a moment while the learning rate climbs from `lowest` to `highest`, until the loss goes up for good.
///
/// The weights are changed: whoever calls this has kept them.
///
/// - Parameters:
///   - batches: What is trained with; gone through as often as it takes.
///   - steps: How many steps at least.
///   - lowest: The rate of the first step.
///   - highest: The rate of the last step.
///   - step: As in `train`.
///   - report: Is told of each step.
/// - Returns: The losses.
/// - Throws: What `step` throws, but for a loss that is not finite: it was to be found where that happens.
package func sweepLearningRate<Batch: Sendable>(
    on batches: Batches<Batch>, steps: Int, from lowest: Double = 1e-6, to highest: Double = 1,
    step: (Batch, Int, Double) throws -> TrainingHistory.Step, report: (TrainingHistory) -> Void
) async throws -> RateSweep {
    var points: [RateSweep.Point] = []
    do {
        _ = try await train(
            on: batches, epochs: (steps + batches.count - 1) / batches.count,
            schedule: .exponential(from: lowest, to: highest), base: lowest, stopping: .divergence(beyond: 4),
            step: step,
            validation: { nil },
            report: { event, history in
                guard case .step = event, let last = history.steps.last else { return }
                points.append(.init(rate: last.learningRate, loss: last.loss))
                report(history)
            })
    } catch is TrainingDiverged {
        // It was to be found where that happens.
    }
    return RateSweep(points)
}

/// The founding procedure: from 0.1 on, a tenth each time, until the loss falls from epoch to epoch.
///
/// - Parameters:
///   - epochs: How many epochs each rate is tried.
///   - losses: Trains from the beginning at a rate, and gives the loss of each epoch.
///   - report: Is told of each trial.
/// - Returns: Every trial; the last is the answer if its loss falls.
/// - Throws: What `losses` throws.
package func searchLearningRateStepwise(
    epochs: Int = 5, losses: (Double, Int) async throws -> [Double], report: (RateTrial) -> Void
) async throws -> [RateTrial] {
    var trials: [RateTrial] = []
    for rate in [0.1, 0.01, 0.001, 0.0001] {
        let values = try await losses(rate, epochs)
        let isFalling = values.count == epochs && zip(values, values.dropFirst()).allSatisfy { $1 < $0 }
        let trial = RateTrial(rate: rate, losses: values, isFalling: isFalling)
        trials.append(trial)
        report(trial)
        if isFalling { break }
    }
    return trials
}
