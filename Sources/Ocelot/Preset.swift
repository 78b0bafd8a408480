// Named sets of choices: the founding guide's table, and the recipes' three.

import Learning

/// A named set of choices, from which single ones can be changed.
///
/// The rows of the founding guide's table were measured there with CNTK on three data sets of its authors: 82.6, 90.2, 87.5
/// and 92.8 % in 1, 2–5, 2–5 and 5–15 times the time. They are a guideline, no promise.
public enum Preset: String, CaseIterable, Codable, Sendable {
    /// ResNet-18 at 300 pixels: quick answers.
    case fast
    /// ResNet-50 at 500 pixels: the best answers.
    case accurate
    /// SqueezeNet 1.1 at 300 pixels: a small file.
    case small
    /// The first row of the founding guide's table: its default.
    case resNet18at224 = "resnet18-224"
    /// The second row: more pixels.
    case resNet18at500 = "resnet18-500"
    /// The third row: a deeper network.
    case resNet50at224 = "resnet50-224"
    /// The fourth row: both.
    case resNet50at500 = "resnet50-500"

    /// The choices, as the parameter file takes them.
    public var parameters: [(key: String, value: String)] {
        switch self {
        case .fast: recipes(backbone: "resnet18", side: 300)
        case .accurate: recipes(backbone: "resnet50", side: 500)
        case .small: recipes(backbone: "squeezenet1_1", side: 300)
        case .resNet18at224, .resNet18at500, .resNet50at224, .resNet50at500:
            [
                ("method", "fine-tune"), ("backbone", isDeep ? "resnet50" : "resnet18"),
                ("image_size", self == .resNet18at224 || self == .resNet50at224 ? "224" : "500"),
                ("optimizer", "sgd"), ("momentum", "0.9"), ("batch_size", "\(batchSize)"),
                ("learning_rate", LearningRateSchedule.text(of: rates)), ("epochs", "\(rates.count)"),
                ("dropout", "0.5"),
                ("weight_decay", "0.0005"),
            ]
        }
    }

    /// What it is for, in a sentence.
    public var explanation: String {
        switch self {
        case .fast: "Quick answers: a small network at 300 pixels (the recipes' fast_inference)."
        case .accurate:
            "The best answers: a deep network at 500 pixels (the recipes' high_accuracy); slow without a GPU."
        case .small: "A small file: SqueezeNet at 300 pixels (the recipes' small_size)."
        case .resNet18at224: "The founding guide's default: 82.6 % on its data sets, in 1 unit of time."
        case .resNet18at500: "More pixels: 90.2 % there, in 2 to 5 units of time."
        case .resNet50at224: "A deeper network: 87.5 % there, in 2 to 5 units of time."
        case .resNet50at500: "Both: 92.8 % there, in 5 to 15 units of time."
        }
    }

    /// The images of a step that its rate is meant for.
    var batchSize: Int {
        switch self {
        case .resNet18at224: 32
        case .fast, .accurate, .small, .resNet18at500, .resNet50at224: 16
        case .resNet50at500: 8
        }
    }

    /// The rate of each epoch; empty where it follows a schedule.
    var rates: [Double] {
        switch self {
        case .fast, .accurate, .small: []
        case .resNet18at224: Self.fifteen(0.05, 0.005, 0.0005)
        case .resNet18at500, .resNet50at224: Self.fifteen(0.025, 0.0025, 0.00025)
        case .resNet50at500: Self.fifteen(0.01, 0.001, 0.0001)
        }
    }

    /// The rates of the network and of the head before, where the network's follows a schedule.
    var scheduledRates: (network: Double, head: Double)? { rates.isEmpty ? (0.0001, 0.001) : nil }

    private var isDeep: Bool { self == .resNet50at224 || self == .resNet50at500 }

    private static func fifteen(_ first: Double, _ second: Double, _ last: Double) -> [Double] {
        Array(repeating: first, count: 7) + Array(repeating: second, count: 7) + [last]
    }

    private func recipes(backbone: String, side: Int) -> [(key: String, value: String)] {
        [
            ("method", "fine-tune"), ("backbone", backbone), ("image_size", "\(side)"), ("optimizer", "adamw"),
            ("schedule", "one-cycle"), ("batch_size", "\(batchSize)"), ("head_epochs", "4"), ("epochs", "12"),
            ("head_learning_rate", plain(scheduledRates?.head ?? 0)),
            ("learning_rate", plain(scheduledRates?.network ?? 0)),
        ]
    }
}
