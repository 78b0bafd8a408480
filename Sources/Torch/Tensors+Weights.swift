// Named tensors, overwritten in place by arrays from a file or by other tensors: whoever holds the tensors sees the change.

internal import CTorch
internal import WeightFiles

extension Tensor {
    /// Zeros of the same shape and type, on the same device, in the same order of memory.
    func zerosAlike() throws(TorchError) -> Tensor { try .made("zerosAlike", self) { ct_zeros_like($0, $1) } }

    /// Overwrites `targets` with `sources`, one by one.
    static func copy(_ sources: [Tensor], into targets: [Tensor]) throws(TorchError) {
        precondition(sources.count == targets.count, "Each tensor is overwritten with one.")
        try run("copy", targets + sources) { ct_copy_all($0, targets.count) }
    }

    /// Moves `targets` by `share` of the way towards `goals`, one by one.
    static func move(_ targets: [Tensor], by share: Double, towards goals: [Tensor]) throws(TorchError) {
        precondition(goals.count == targets.count, "Each tensor has one goal.")
        try run("move", targets + goals) { ct_move_towards($0, targets.count, share) }
    }
}

/// Overwrites tensors with the arrays of the same names.
///
/// The names and shapes must be the same, or nothing changes; `subject` is what they belong to, for the error.
/// `allowsMore`: there may be other arrays beside them.
func overwrite(
    _ tensors: [String: Tensor], with weights: Weights, of subject: String, allowsMore: Bool = false
) throws {
    var mismatch = WeightsMismatch(network: subject)
    if !allowsMore { mismatch.unexpected = weights.names.filter { tensors[$0] == nil } }
    var targets: [Tensor] = []
    var sources: [StoredTensor] = []
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
        guard let stored = weights[name] else {
            mismatch.missing.append(name)
            continue
        }
        guard stored.shape == tensor.shape else {
            mismatch.shapes.append(.init(name: name, expected: tensor.shape, found: stored.shape))
            continue
        }
        targets.append(tensor)
        sources.append(stored)
    }
    guard mismatch.isEmpty else { throw WeightsError.mismatch(mismatch) }
    try Tensor.copy(sources.map { try Tensor($0) }, into: targets)
}
