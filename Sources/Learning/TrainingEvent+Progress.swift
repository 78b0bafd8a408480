// The values of the events that tell how training a network goes on. Their JSON keys are relied on by scripts.

extension TrainingEvent {
    /// A sentence that the user should read.
    public struct Note: Codable, Hashable, Sendable {
        /// The sentence.
        public var message: String

        /// Makes the value.
        public init(message: String) { self.message = message }
    }

    /// A sentence that the user should read.
    public static func note(_ message: String) -> TrainingEvent { .note(Note(message: message)) }

    /// The learning-rate finder tried a rate.
    public struct RateStep: Codable, Hashable, Sendable {
        /// The rate.
        public var learningRate: Double
        /// The loss before its update.
        public var loss: Double

        /// Makes the value.
        public init(learningRate: Double, loss: Double) { (self.learningRate, self.loss) = (learningRate, loss) }

        private enum CodingKeys: String, CodingKey {
            case loss
            case learningRate = "learning_rate"
        }
    }

    /// What training will take.
    public struct Estimate: Codable, Hashable, Sendable {
        /// Seconds for all epochs.
        public var seconds: Double
        /// Images a second.
        public var imagesPerSecond: Double
        /// Memory for tensors, in bytes.
        public var memory: Int
        /// How many images go through the network at once.
        public var microBatch: Int
        /// How many numbers the network has.
        public var parameters: Int
        /// How many of them are trained.
        public var trainable: Int

        /// Makes the value.
        public init(
            seconds: Double, imagesPerSecond: Double, memory: Int, microBatch: Int, parameters: Int, trainable: Int
        ) {
            self.seconds = seconds
            self.imagesPerSecond = imagesPerSecond
            self.memory = memory
            self.microBatch = microBatch
            self.parameters = parameters
            self.trainable = trainable
        }

        private enum CodingKeys: String, CodingKey {
            case seconds, memory, parameters, trainable
            case imagesPerSecond = "images_per_second"
            case microBatch = "micro_batch"
        }
    }

    /// The weights were updated once.
    public struct Step: Codable, Hashable, Sendable {
        /// `head` or `network`.
        public var phase: String
        /// The epoch, from 1.
        public var epoch: Int
        /// How many epochs are planned.
        public var epochs: Int
        /// The step within the epoch, from 1.
        public var step: Int
        /// How many steps the epoch has.
        public var steps: Int
        /// The mean loss of the step.
        public var loss: Double
        /// Its learning rate.
        public var learningRate: Double
        /// Images a second since the epoch began.
        public var imagesPerSecond: Double
        /// Seconds to the last epoch, at the speed so far.
        public var secondsLeft: Double
        /// The part of the time that was spent waiting for pictures, 0…1.
        public var waitingShare: Double

        /// Makes the value.
        public init(
            phase: String, epoch: Int, epochs: Int, step: Int, steps: Int, loss: Double, learningRate: Double,
            imagesPerSecond: Double, secondsLeft: Double, waitingShare: Double
        ) {
            self.phase = phase
            self.epoch = epoch
            self.epochs = epochs
            self.step = step
            self.steps = steps
            self.loss = loss
            self.learningRate = learningRate
            self.imagesPerSecond = imagesPerSecond
            self.secondsLeft = secondsLeft
            self.waitingShare = waitingShare
        }

        private enum CodingKeys: String, CodingKey {
            case phase, epoch, epochs, step, steps, loss
            case learningRate = "learning_rate"
            case imagesPerSecond = "images_per_second"
            case secondsLeft = "seconds_left"
            case waitingShare = "waiting_share"
        }
    }

    /// An epoch is over and measured.
    public struct Epoch: Codable, Hashable, Sendable {
        /// Loss, error and accuracy on some images.
        public struct Measure: Codable, Hashable, Sendable {
            /// The mean loss.
            public var loss: Double
            /// The part that is put into a wrong class, 0…1.
            public var error: Double
            /// The part that is put into the right class, 0…1.
            public var accuracy: Double

            /// Makes the value.
            public init(_ measure: TrainingHistory.Measure) {
                (loss, error, accuracy) = (measure.loss, measure.error, measure.accuracy)
            }
        }

        /// `head` or `network`.
        public var phase: String
        /// Its number, from 1.
        public var epoch: Int
        /// How many epochs are planned.
        public var epochs: Int
        /// The learning rate of its last step.
        public var learningRate: Double
        /// On the images that it was trained with.
        public var train: Measure
        /// On images that are not trained with; nil if there are none.
        public var validation: Measure?
        /// How long its steps took.
        public var seconds: Double
        /// Images a second.
        public var imagesPerSecond: Double
        /// Seconds to the last epoch, at the speed so far.
        public var secondsLeft: Double
        /// The part of the time that was spent waiting for pictures, 0…1.
        public var waitingShare: Double
        /// The most memory that tensors took so far, in bytes; nil if it is not known.
        public var memory: Int?
        /// The best epoch so far; nil if there is no validation.
        public var bestEpoch: Int?

        /// Makes the value.
        public init(
            phase: String, epoch: Int, epochs: Int, learningRate: Double, train: Measure, validation: Measure?,
            seconds: Double, imagesPerSecond: Double, secondsLeft: Double, waitingShare: Double, memory: Int?,
            bestEpoch: Int?
        ) {
            self.phase = phase
            self.epoch = epoch
            self.epochs = epochs
            self.learningRate = learningRate
            self.train = train
            self.validation = validation
            self.seconds = seconds
            self.imagesPerSecond = imagesPerSecond
            self.secondsLeft = secondsLeft
            self.waitingShare = waitingShare
            self.memory = memory
            self.bestEpoch = bestEpoch
        }

        private enum CodingKeys: String, CodingKey {
            case phase, epoch, epochs, train, validation, seconds, memory
            case learningRate = "learning_rate"
            case imagesPerSecond = "images_per_second"
            case secondsLeft = "seconds_left"
            case waitingShare = "waiting_share"
            case bestEpoch = "best_epoch"
        }
    }
}
