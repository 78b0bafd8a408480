// What happens while a model is made, as values: the terminal's lines, `--json`, and the run store are readings of these.

/// One thing that happened in training.
public enum TrainingEvent: Codable, Hashable, Sendable {
    /// Training began.
    case started(Started)
    /// The data set was read and split.
    case data(DataSummary)
    /// Some photos have gone through the network.
    case features(FeatureProgress)
    /// One value of C was tried.
    case svm(SVMTrial)
    /// What training will take, by a few steps that were timed.
    case estimated(Estimate)
    /// The learning-rate finder tried a rate.
    case rate(RateStep)
    /// The weights were updated once.
    case step(Step)
    /// An epoch is over and measured.
    case epoch(Epoch)
    /// A sentence that the user should read.
    case note(Note)
    /// The model was measured on one part of the data.
    case evaluated(Evaluated)
    /// The end.
    case finished(Finished)

    private enum Kind: String, Codable {
        case started, data, features, svm, estimated, rate, step, epoch, note, evaluated, finished
    }
    private enum CodingKeys: String, CodingKey { case event }

    /// Reads one line of `--json`.
    public init(from decoder: any Decoder) throws {
        self =
            switch try decoder.container(keyedBy: CodingKeys.self).decode(Kind.self, forKey: .event) {
            case .started: .started(try Started(from: decoder))
            case .data: .data(try DataSummary(from: decoder))
            case .features: .features(try FeatureProgress(from: decoder))
            case .svm: .svm(try SVMTrial(from: decoder))
            case .estimated: .estimated(try Estimate(from: decoder))
            case .rate: .rate(try RateStep(from: decoder))
            case .step: .step(try Step(from: decoder))
            case .epoch: .epoch(try Epoch(from: decoder))
            case .note: .note(try Note(from: decoder))
            case .evaluated: .evaluated(try Evaluated(from: decoder))
            case .finished: .finished(try Finished(from: decoder))
            }
    }

    /// Writes one line of `--json`: the kind stands beside the values.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .started(let value):
            try container.encode(Kind.started, forKey: .event)
            try value.encode(to: encoder)
        case .data(let value):
            try container.encode(Kind.data, forKey: .event)
            try value.encode(to: encoder)
        case .features(let value):
            try container.encode(Kind.features, forKey: .event)
            try value.encode(to: encoder)
        case .svm(let value):
            try container.encode(Kind.svm, forKey: .event)
            try value.encode(to: encoder)
        case .estimated(let value):
            try container.encode(Kind.estimated, forKey: .event)
            try value.encode(to: encoder)
        case .rate(let value):
            try container.encode(Kind.rate, forKey: .event)
            try value.encode(to: encoder)
        case .step(let value):
            try container.encode(Kind.step, forKey: .event)
            try value.encode(to: encoder)
        case .epoch(let value):
            try container.encode(Kind.epoch, forKey: .event)
            try value.encode(to: encoder)
        case .note(let value):
            try container.encode(Kind.note, forKey: .event)
            try value.encode(to: encoder)
        case .evaluated(let value):
            try container.encode(Kind.evaluated, forKey: .event)
            try value.encode(to: encoder)
        case .finished(let value):
            try container.encode(Kind.finished, forKey: .event)
            try value.encode(to: encoder)
        }
    }
}
