/// What can go wrong between a network and its answer.
public enum InferenceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The engine is not installed where the program looks for it, or it is another version.
    case engine(reason: String)
    /// The bytes are not a network that the engine can run.
    case network(reason: String)
    /// A batch of another size than the network takes.
    case batch(bytes: Int, images: Int, expected: Int)
    /// The engine stopped in the middle of a batch.
    case run(reason: String)
    /// The processor has no instructions for these numbers; what it has, in OpenVINO's words.
    case precision(InferencePrecision, processor: [String])

    /// One sentence: what went wrong, and what to do.
    public var description: String {
        switch self {
        case .engine(let reason):
            "OpenVINO did not start: \(reason). Run 'ocelot doctor' to see which libraries are found."
        case .network(let reason):
            "OpenVINO cannot run this network: \(reason)."
        case .batch(let bytes, let images, let expected):
            "A batch of \(images) images holds \(bytes) bytes where the network takes \(expected)."
        case .run(let reason):
            "OpenVINO stopped while it computed: \(reason)."
        case .precision(let precision, let processor):
            """
            This processor has no instructions for \(precision.rawValue), so it would only be slower (it has: \
            \(processor.joined(separator: ", "))). Compute with float32.
            """
        }
    }
}
