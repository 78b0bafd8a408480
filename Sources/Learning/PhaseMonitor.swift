// What is told of a phase of training while it goes on.

import Foundation
import Torch

/// Makes events of the loop's.
final class PhaseMonitor {
    private let name: String
    private let epochs: Int
    private let stepsPerEpoch: Int
    private let batchSize: Int
    private let device: Device
    private let trained: Int
    private let start = ContinuousClock.now
    private var firstSteps: Int?

    init(_ name: String, _ choices: Optimisation, _ stepsPerEpoch: Int, _ device: Device, trained: Int) {
        self.name = name
        epochs = choices.epochs
        batchSize = choices.batchSize
        self.stepsPerEpoch = stepsPerEpoch
        self.device = device
        self.trained = trained
    }

    /// A step was done.
    func step(_ history: TrainingHistory, _ timing: LoopTiming) -> TrainingEvent.Step {
        let done = history.steps.count
        let last = history.steps.last
        if firstSteps == nil { firstSteps = done - 1 }
        return .init(
            phase: name, epoch: history.epochs.count + 1, epochs: epochs,
            step: done - history.epochs.count * stepsPerEpoch, steps: stepsPerEpoch, loss: last?.loss ?? 0,
            learningRate: last?.learningRate ?? 0, imagesPerSecond: rate(timing), secondsLeft: left(done),
            waitingShare: timing.waiting / max(timing.total, 1e-9))
    }

    /// An epoch was done.
    func epoch(_ history: TrainingHistory, _ timing: LoopTiming, best: Int?) -> TrainingEvent.Epoch {
        let last = history.epochs[history.epochs.count - 1]
        return .init(
            phase: name, epoch: last.number, epochs: epochs, learningRate: last.learningRate,
            train: .init(last.training),
            validation: last.validation.map { .init($0) }, seconds: timing.total, imagesPerSecond: rate(timing),
            secondsLeft: left(history.steps.count), waitingShare: timing.waiting / max(timing.total, 1e-9),
            memory: try? device.memory()?.mostInTensors ?? HostMemory.current.mostInTensors, bestEpoch: best)
    }

    private func rate(_ timing: LoopTiming) -> Double { Double(timing.images) / max(timing.total, 1e-9) }

    /// Seconds to the last epoch, at the speed so far.
    private func left(_ done: Int) -> Double {
        let since = done - (firstSteps ?? 0)
        guard since > 0 else { return 0 }
        return (ContinuousClock.now - start) / .seconds(1) / Double(since) * Double(epochs * stepsPerEpoch - done)
    }
}
