// What can go wrong with tensors.

internal import CTorch

/// Why an operation on tensors failed.
///
/// The description says what, on which shapes, and libtorch's reason.
public struct TorchError: Error, Hashable, Sendable {
    /// The operation as it is called in Swift, such as `matmul`.
    public let operation: String
    /// The shapes of the tensors that went in.
    public let shapes: [[Int]]
    /// The reason, one or more sentences.
    public let reason: String
    /// Whether there was no memory for a tensor, on whichever device: a smaller batch may fit.
    public let isOutOfMemory: Bool

    init(_ operation: String, shapes: [[Int]] = [], reason: String, isOutOfMemory: Bool = false) {
        self.operation = operation
        self.shapes = shapes
        self.reason = reason
        self.isOutOfMemory = isOutOfMemory
    }

    /// The error that C has just left on this thread.
    static func last(_ operation: String, shapes: [[Int]] = []) -> TorchError {
        TorchError(
            operation, shapes: shapes, reason: String(cString: ct_last_error()),
            isOutOfMemory: ct_last_error_is_out_of_memory() != 0)
    }
}

extension TorchError: CustomStringConvertible {
    /// One sentence or two for a person.
    public var description: String {
        let inputs = shapes.isEmpty ? "" : " of \(shapes.map(\.description).joined(separator: " and "))"
        return "The operation \(operation)\(inputs) failed: \(reason)"
    }
}
