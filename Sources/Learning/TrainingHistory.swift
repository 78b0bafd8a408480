// What is remembered of a training: plain numbers, for stopping rules, curves, records and checkpoints.

/// The steps and epochs of one training so far.
public struct TrainingHistory: Codable, Hashable, Sendable {
    /// One update of the weights.
    public struct Step: Codable, Hashable, Sendable {
        /// The mean loss of the batch, before the update.
        public var loss: Double
        /// The learning rate of the update.
        public var learningRate: Double
        /// How many images the batch had.
        public var images: Int
        /// How many of them were answered rightly; one with several labels counts by the share of labels that are right.
        public var correct: Double

        /// Makes the record of a step.
        public init(loss: Double, learningRate: Double, images: Int, correct: Double) {
            self.loss = loss
            self.learningRate = learningRate
            self.images = images
            self.correct = correct
        }
    }

    /// How well the network does on some images.
    public struct Measure: Codable, Hashable, Sendable {
        /// The mean loss: −log of the probability of the true class.
        public var loss: Double
        /// The part that is put into the right class, 0…1; of images with several labels, the part of all yes and no.
        public var accuracy: Double

        /// Makes a measure.
        public init(loss: Double, accuracy: Double) { (self.loss, self.accuracy) = (loss, accuracy) }

        /// The part that is answered wrongly, 0…1; of images with several labels, the Hamming loss.
        public var error: Double { 1 - accuracy }
    }

    /// One pass over the training images.
    public struct Epoch: Codable, Hashable, Sendable {
        /// Its number, from 1.
        public var number: Int
        /// The mean over its steps, each measured before its update, with dropout and augmentation.
        public var training: Measure
        /// After the epoch, on images that are not trained with; nil if there are none.
        public var validation: Measure?
        /// The learning rate of its last step.
        public var learningRate: Double

        /// Makes the record of an epoch.
        public init(number: Int, training: Measure, validation: Measure?, learningRate: Double) {
            self.number = number
            self.training = training
            self.validation = validation
            self.learningRate = learningRate
        }
    }

    /// Every step, in order.
    public var steps: [Step] = []
    /// Every finished epoch, in order.
    public var epochs: [Epoch] = []

    /// A history in which nothing has happened.
    public init() {}

    /// The epoch after which validation got worse while training went on improving; nil if that is not to be seen.
    ///
    /// It is the epoch of the lowest validation loss, if at least two follow it, the last with one that is higher by more
    /// than a twentieth, and with a lower training loss: over-fitting, as the founding documents tell it from a curve.
    public var turn: Int? {
        let losses = epochs.compactMap { $0.validation?.loss }
        guard losses.count == epochs.count, let best = losses.indices.min(by: { losses[$0] < losses[$1] }),
            losses.count - best > 2, losses[losses.count - 1] > 1.05 * losses[best], let last = epochs.last
        else { return nil }
        return last.training.loss < epochs[best].training.loss ? epochs[best].number : nil
    }
}
