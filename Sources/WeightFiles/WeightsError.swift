// What can be wrong with a file of weights.

/// Why weights cannot be read, written or used. The description says what, where, and what to do.
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
        }
    }
}
