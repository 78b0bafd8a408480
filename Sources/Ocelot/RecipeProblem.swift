// What can be wrong with a parameter file or a choice on the command line, each with its sentence.

/// What can be wrong with the choices of a training.
public enum RecipeProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The parameter file cannot be read.
    case unreadable(path: String, reason: String)
    /// The parameter file is no YAML mapping.
    case notYAML(path: String, reason: String)
    /// A line of the parameter file is wrong.
    case line(path: String, line: Int, problem: String)
    /// A parameter file would be overwritten.
    case exists(path: String)
    /// `--set` without an equals sign.
    case notAnAssignment(String)
    /// A parameter that does not exist.
    case unknownKey(String, suggestion: String?)
    /// A parameter under two of its names.
    case twice(key: String, other: String)
    /// A parameter of the founding systems that is always the same here.
    case settled(key: String)
    /// A parameter without a value.
    case noValue(key: String, range: String)
    /// A text where a number is needed, of which kind and in which range.
    case notANumber(key: String, value: String, kind: String, from: String, to: String)
    /// A number outside its range.
    case outOfRange(key: String, value: String, from: String, to: String)
    /// A value that is not one of those allowed.
    case notOne(key: String, value: String, of: [String])
    /// Images with other than three channels.
    case channels(key: String, value: String)
    /// Images that are not square.
    case notSquare(key: String, value: String)
    /// A list of learning rates that is none.
    case notRates(key: String, value: String)
    /// A method that trains nothing step by step.
    case nothingToTrain(method: String)
    /// Layers of a head that are none.
    case notLayers(key: String, value: String)
    /// A choice that means nothing where a photo may have several labels.
    case notWithSeveralLabels(key: String, value: String, advice: String)
    /// Two choices that cannot be had together.
    case contradiction(String, String, advice: String)
    /// A network that does not exist.
    case unknownBackbone(String, suggestion: String?)
    /// A network whose weights are not at hand.
    case noWeights(backbone: String)
    /// A file of weights, and nothing that says for which network.
    case weightsWithoutBackbone(file: String)
    /// A device that this machine does not have.
    case noDevice(String, reason: String)

    /// One or two sentences: what is wrong, and what to do.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "The parameter file \(path) cannot be read: \(reason)"
        case .notYAML(let path, let reason):
            "\(path) is not a parameter file: \(reason). 'ocelot new NAME' writes one to start from."
        case .line(let path, let line, let problem): "\(path), line \(line): \(problem)"
        case .exists(let path): "\(path) exists already and was not overwritten. Choose another name."
        case .notAnAssignment(let text): "--set takes key=value, not '\(text)'."
        case .unknownKey(let key, let suggestion):
            "There is no parameter '\(key)'."
                + (suggestion.map { " Did you mean '\($0)'?" } ?? " 'ocelot new NAME' writes a file with all of them.")
        case .twice(let key, let other):
            key == other
                ? "'\(key)' is set twice." : "'\(key)' and '\(other)' are two names of one parameter. Leave one out."
        case .settled(let key):
            "'\(key)' has no effect: features are always scaled to length 1. Leave it out."
        case .noValue(let key, let range): "\(key) has no value. Give \(range), or leave it out."
        case .notANumber(let key, let value, let kind, let from, let to):
            "\(key) is '\(value)'; it must be \(kind) from \(from) to \(to)."
        case .outOfRange(let key, let value, let from, let to): "\(key) is \(value); it must be from \(from) to \(to)."
        case .notOne(let key, let value, let allowed):
            "\(key) is '\(value)'; it must be one of: \(allowed.joined(separator: ", "))."
        case .channels(let key, let value):
            "\(key) is \(value); the first number counts channels and must be 3, for red, green and blue."
        case .notSquare(let key, let value): "\(key) is \(value); width and height must be equal."
        case .notRates(let key, let value):
            "\(key) is '\(value)'; it must be a number such as 0.001, usual, auto, or a list with one rate for each epoch, written like "
                + "[0.05]*7+[0.005]*7+[0.0005]."
        case .nothingToTrain(let method):
            "The method \(method) has no learning rate. Use --method head, fine-tune or scratch."
        case .notLayers(let key, let value):
            "\(key) is '\(value)'; layers are 'norm', 'dropout 0.5' or 'dense 512', separated by commas."
        case .notWithSeveralLabels(let key, let value, let advice):
            "\(key)=\(value) cannot be had where a photo may have several labels: \(advice)."
        case .contradiction(let one, let other, let advice): "\(one) cannot be had with \(other). \(advice)"
        case .unknownBackbone(let name, let suggestion):
            "There is no network '\(name)'." + (suggestion.map { " Did you mean '\($0)'?" } ?? "")
                + " 'ocelot weights list' shows all."
        case .noWeights(let backbone):
            """
            No weights of \(backbone) are at hand. 'ocelot weights pull \(backbone)' downloads them; without a network, \
            give a file by --weights FILE, or use --backbone starter, which is built in.
            """
        case .weightsWithoutBackbone(let file):
            "--weights \(file) needs --backbone to say which network the weights are for."
        case .noDevice(let name, let reason):
            "The device \(name) cannot be used: \(reason). Leave --device out to use the processor."
        }
    }
}
