// What can be wrong with a file of weights.

/// Why weights cannot be read, written or used.
///
/// The description says what, where, and what to do.
public enum WeightsError: Error, Hashable, Sendable {
    /// The system does not give the file.
    case unreadable(file: String, reason: String)
    /// The system does not take the file.
    case unwritable(file: String, reason: String)
    /// The file is neither safetensors nor written by `torch.save`; `looksLike` says what it may be, if that shows.
    case unknownFormat(looksLike: String?)
    /// The file breaks a rule of its format, or ends too early.
    case damaged(format: String, problem: String)
    /// The pickle inside refers to something that is not data, such as a function to call.
    case notData(global: String)
    /// The file is of a kind that is not read, though it may be in order.
    case unsupported(String)
    /// There are not as many bytes as type and shape say.
    case size(type: ElementType, shape: [Int], bytes: Int)
    /// There is no array of this name.
    case missing(name: String)
    /// The arrays are not those of a network.
    case mismatch(WeightsMismatch)
}

/// How the arrays of a file differ from those that a network needs.
public struct WeightsMismatch: Hashable, Sendable {
    /// An array of another shape.
    public struct Shape: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// The shape that the network needs.
        public var expected: [Int]
        /// The shape in the file.
        public var found: [Int]

        /// Makes a difference.
        public init(name: String, expected: [Int], found: [Int]) {
            (self.name, self.expected, self.found) = (name, expected, found)
        }
    }

    /// What the network is called.
    public var network: String
    /// Names that the network needs and the file does not have.
    public var missing: [String] = []
    /// Names that the file has and the network does not know.
    public var unexpected: [String] = []
    /// Arrays of another shape.
    public var shapes: [Shape] = []
    /// The network that the file does fit, if there is one.
    public var fits: String?

    /// Whether there is no difference.
    public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && shapes.isEmpty }

    /// Makes a comparison with `network` that has found nothing yet.
    public init(network: String) { self.network = network }
}

extension WeightsError: CustomStringConvertible {
    /// One or two sentences for a person.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "The weights \(file) cannot be read: \(reason)"
        case .unwritable(let file, let reason):
            "\(file) cannot be written: \(reason)"
        case .unknownFormat(let looksLike):
            "The file holds no weights: it is neither safetensors nor a file of torch.save"
                + (looksLike.map { "; it looks like \($0)." } ?? ".")
        case .damaged(let format, let problem):
            "The \(format) file is damaged: \(problem). Fetch it again."
        case .notData(let global):
            "The file refers to \(global), which is not data. It is not read, because PyTorch would run it; "
                + "ask for a file that holds a state_dict only, or for safetensors."
        case .unsupported(let what):
            "The file cannot be read: \(what)."
        case .size(let type, let shape, let bytes):
            "An array \(shape) of \(type.rawValue) does not have \(bytes) bytes."
        case .missing(let name):
            "The weights have no \(name)."
        case .mismatch(let mismatch):
            mismatch.description
        }
    }
}

extension WeightsMismatch: CustomStringConvertible {
    /// A sentence for each kind of difference, with the first three of it.
    public var description: String {
        var sentences = ["The weights are not those of \(network)."]
        if let shape = shapes.first {
            let more = shapes.count > 1 ? " (and \(shapes.count - 1) more)" : ""
            sentences.append("\(shape.name) should be \(shape.expected) and is \(shape.found)\(more).")
        }
        if !missing.isEmpty { sentences.append("Missing: \(Self.first(missing)).") }
        if !unexpected.isEmpty { sentences.append("Unknown: \(Self.first(unexpected)).") }
        if let fits { sentences.append("They fit \(fits).") }
        return sentences.joined(separator: " ")
    }

    private static func first(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }
}
