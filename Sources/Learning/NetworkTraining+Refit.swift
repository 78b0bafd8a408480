// The head once more, on all photos that are not for the test.
//
// With few photos, those kept for validation are missed: of 25 a class, ten. Once they have shown which epoch is the best, the
// head learns again from the beginning with them, for as many epochs and at the same rates ("refit", as in
// Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning", 2009, 7.10). Its probabilities are
// calibrated by the answers of the first head, which had not seen these photos.

import Datasets
import Evaluation
import Networks
import Torch
import WeightFiles

extension JobRun {
    /// Trains the head again from the weights that the first one began with, on the photos of training and validation.
    ///
    /// `best` are the first head's weights of its best epoch, and `epochs` is which epoch that was. Answers the new weights.
    func refitHead(
        _ data: Photos, _ split: Split, from initial: Weights, best: Weights, epochs: Int, _ how: Optimisation
    ) async throws -> Weights {
        var weights = initial
        for name in best.names { weights[name] = best[name] }
        let first = try NetworkExecutor(choices.headGraph(classes: data.dataset.classes.count), weights: weights)
        let held = data.features.subset(rows: split.validation)
        calibration = try ScoreCalibration.fit(
            scores: try first.scores(held).map { $0.map(Double.init) },
            truths: split.validation.map { data.dataset.images[$0].labels }, data.dataset.labelCount, choices.thresholds
        )

        let all = Split(train: split.train + split.validation, validation: [], test: split.test)
        let (executor, batches, _, targets) = try await headParts(data, all, initial)
        let trainee = try Trainee(executor, how, targets)
        var stopping = StoppingRule.never
        stopping.epochs = epochs
        _ = try await train(
            on: batches, epochs: how.epochs, schedule: how.schedule, base: how.learningRate, stopping: stopping,
            step: {
                try trainee.step($0, $1, $2, momentum: how.momentum(step: $1, stepsPerEpoch: batches.count))
            }, validation: { nil },
            report: { _, _ in
                if keeper?.isStopRequested() ?? false { throw TrainingError.interrupted(run: keeper?.run) }
            })
        guard try executor.isFinite() else { return best }
        report(
            .note(
                "The head learnt once more on all \(all.train.count) photos that are not for the test, for the "
                    + "\(epochs) epoch\(epochs == 1 ? "" : "s") that the validation photos showed to be best."))
        return try trainee.weights()
    }
}
