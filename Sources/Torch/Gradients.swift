// Gradients, by libtorch's automatic differentiation.
//
// A leaf is a tensor that nothing recorded has made: a parameter. Operations on leaves that want a gradient are recorded,
// with what they need for the way back, until the tensor that came out of them is released: so let the loss of a step go.

internal import CTorch

/// Runs `body` without recording anything for gradients: faster, and intermediate results are released at once.
///
/// `body` is synchronous because recording is a property of the thread.
public func withoutGradients<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    let before = ct_set_recording(0)
    defer { _ = ct_set_recording(before) }
    return try body()
}

extension Tensor {
    /// Whether this thread records operations for gradients.
    package static var isRecording: Bool { ct_is_recording() != 0 }

    /// Whether gradients flow through this tensor.
    public var requiresGradient: Bool { asking(ct_requires_gradient) != 0 }

    /// A leaf with the same memory that wants a gradient, or does not.
    public func requiringGradient(_ isWanted: Bool = true) throws(TorchError) -> Tensor {
        try .made("requiringGradient", self) { ct_leaf($0, $1, isWanted ? 1 : 0) }
    }

    /// A tensor with the same memory, through which no gradient flows.
    public func detached() throws(TorchError) -> Tensor { try requiringGradient(false) }

    /// Adds the gradient of this tensor to that of every leaf it was made from that wants one.
    ///
    /// A tensor of more than one number needs a `seed` of its shape: the gradient of what is minimised with respect to it.
    public func backward(seed: Tensor? = nil) throws(TorchError) {
        try Tensor.run("backward", self, seed) { ct_backward($0, $1) }
    }

    /// What `backward` has added up for this leaf; nil if nothing yet.
    ///
    /// It is the sum itself: the next `backward` adds to it. Who wants to keep it clones it.
    public var gradient: Tensor? {
        get throws(TorchError) { try .found("gradient", self) { ct_gradient($0, $1) } }
    }

    /// Forgets the gradient of this leaf.
    public func clearGradient() { asking(ct_clear_gradient) }
}
