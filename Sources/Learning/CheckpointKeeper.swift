// When the state of a training is saved, and who asks it to stop.

import Foundation
import Torch
import WeightFiles

/// Saves the state of one training now and then.
///
/// It belongs to the thread of the training.
public final class CheckpointKeeper {
    /// The run.
    public let run: Int
    private let store: CheckpointStore
    private let interval: Duration
    private let everyStep: Bool
    private var template: Checkpoint.State
    private var last = ContinuousClock.now
    /// Whether somebody asks for training to stop; asked after each step.
    public let isStopRequested: () -> Bool

    /// Makes a keeper.
    ///
    /// - Parameters:
    ///   - run: The run's number.
    ///   - store: Where checkpoints go.
    ///   - recipe: The choices as a parameter file.
    ///   - name: What the model is to be called.
    ///   - network: The network and the digest of its weights.
    ///   - interval: After how long the state is saved within an epoch; it is saved after each epoch as well. Zero saves
    ///     after each step.
    ///   - threads: How many threads compute.
    ///   - workers: How many processes learn together.
    ///   - isStopRequested: Whether somebody asks for training to stop.
    public init(
        run: Int, store: CheckpointStore, recipe: String, name: String, network: String = "",
        interval: Duration = .seconds(300), threads: Int, workers: Int = 1,
        isStopRequested: @escaping () -> Bool = { false }
    ) {
        self.run = run
        self.store = store
        self.interval = interval
        everyStep = interval == .zero
        self.isStopRequested = isStopRequested
        template = .init(
            run: run, recipe: recipe, name: name, fingerprint: "", network: network, phase: 0, histories: [],
            libtorch: libtorchVersion(), threads: threads, workers: workers)
    }

    /// Whether it is time to save.
    var isDue: Bool { everyStep || ContinuousClock.now - last >= interval }

    /// Learns which data are trained with; an error if a checkpoint is of other data.
    func begin(_ fingerprint: String, from checkpoint: Checkpoint?) throws {
        template.fingerprint = fingerprint
        guard let checkpoint, checkpoint.state.fingerprint != fingerprint else { return }
        throw CheckpointError.otherData(path: "The folder of photos")
    }

    /// Saves the state of a phase.
    func save(
        phase: Int, histories: [TrainingHistory], foundRate: Double?, microBatch: Int?, weights: Weights
    ) throws {
        var state = template
        state.phase = phase
        state.foundRate = foundRate
        state.microBatch = microBatch
        state.histories = histories
        try store.write(Checkpoint(state: state, weights: weights))
        last = .now
    }
}
