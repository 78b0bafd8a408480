// The operations that networks are made of.

internal import CTorch
public import Networks

/// What a network is run for.
public enum Phase {
    /// Answers: batch norms use their running statistics, dropout does nothing, nothing is recorded for gradients.
    case evaluation
    /// Learning: batch norms use the batch's statistics and move the running ones, dropout draws from the generator.
    case training(using: Generator)
}

// MARK: - Linear

/// The product of matrices: [.., n, k] and [.., k, m] → [.., n, m].
public func matmul(_ x: Tensor, _ y: Tensor) throws(TorchError) -> Tensor {
    try .made("matmul", x, y) { ct_matmul($0, $1, $2) }
}

/// x · weightᵀ + bias: [N, inputs] and [outputs, inputs] → [N, outputs].
public func linear(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil) throws(TorchError) -> Tensor {
    try .made("linear", x, weight, bias) { ct_linear($0, $1, $2, $3) }
}

/// Convolves images with a bank of filters.
///
/// [N, inputs, H, W] and [outputs, inputs ⁄ groups, k, k] → [N, outputs, H′, W′],
/// H′ = (H + top + bottom − dilation · (k − 1) − 1) ⁄ stride + 1, rounded down.
public func conv2d(
    _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Padding = .all(0), dilation: Int = 1,
    groups: Int = 1
) throws(TorchError) -> Tensor {
    let sides = [padding.top, padding.left, padding.bottom, padding.right]
    return try .made("conv2d", x, weight, bias) { ct_conv2d($0, $1, $2, $3, stride, sides, dilation, groups) }
}

// MARK: - Batch normalisation

/// The learned scale and shift of a batch norm, and what it has seen: each [channels].
public struct BatchNormState {
    /// The learned scale and shift.
    public var weight, bias: Tensor
    /// Running mean and variance over the batches of training.
    public var mean, variance: Tensor

    /// Puts the four together.
    public init(weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor) {
        (self.weight, self.bias, self.mean, self.variance) = (weight, bias, mean, variance)
    }
}

/// What comes after a batch norm in one go with it.
public enum Activation: Int32, Sendable {
    /// Nothing.
    case none
    /// `relu`.
    case relu
    /// `relu6`.
    case relu6
}

/// [N, C, H, W] or [N, C] → the same: (x − mean) ⁄ √(variance + epsilon) · weight + bias, channel by channel.
///
/// Ioffe and Szegedy, "Batch Normalization", 2015, https://arxiv.org/abs/1502.03167. In evaluation, mean and variance are
/// the running ones. In training they are the batch's, and the running ones *change in place* to
/// (1 − momentum) · old + momentum · batch's (its variance unbiased, as PyTorch has it, so there must be two numbers of
/// each channel).
///
/// Then comes `residual`, if there is one, of the shape of x, and then the activation: on the processor much faster
/// together than one after another.
public func batchNorm(
    _ x: Tensor, _ state: BatchNormState, isTraining: Bool, momentum: Double = 0.1, epsilon: Double = 1e-5,
    adding residual: Tensor? = nil, then activation: Activation = .none
) throws(TorchError) -> Tensor {
    var inputs = [x, state.weight, state.bias, state.mean, state.variance]
    if let residual { inputs.append(residual) }
    return try .made("batchNorm", inputs) { result, tensors, count in
        ct_batch_norm(
            result, tensors?[0], tensors?.advanced(by: 1), count > 5 ? tensors?[5] : nil, activation.rawValue,
            isTraining ? 1 : 0, momentum, epsilon)
    }
}

// MARK: - Activations

/// max(x, 0).
public func relu(_ x: Tensor) throws(TorchError) -> Tensor { try .made("relu", x) { ct_relu($0, $1) } }

/// min(max(x, 0), 6).
public func relu6(_ x: Tensor) throws(TorchError) -> Tensor { try .made("relu6", x) { ct_relu6($0, $1) } }

/// 1 ⁄ (1 + e⁻ˣ).
public func sigmoid(_ x: Tensor) throws(TorchError) -> Tensor { try .made("sigmoid", x) { ct_sigmoid($0, $1) } }

/// eˣ ⁄ Σ eˣ along a dimension.
public func softmax(_ x: Tensor, along dimension: Int = -1) throws(TorchError) -> Tensor {
    try .made("softmax", x) { ct_softmax($0, $1, dimension) }
}

/// The logarithm of `softmax`, precise also where it is tiny.
public func logSoftmax(_ x: Tensor, along dimension: Int = -1) throws(TorchError) -> Tensor {
    try .made("logSoftmax", x) { ct_log_softmax($0, $1, dimension) }
}

/// x ⁄ ‖x‖ along a dimension, the length being taken as at least 1e-12.
public func unitLength(_ x: Tensor, along dimension: Int = -1) throws(TorchError) -> Tensor {
    try .made("unitLength", x) { ct_unit_length($0, $1, dimension) }
}

/// Sets numbers to zero with this probability, 0..<1, and divides the others by the probability that they stay.
public func dropout(_ x: Tensor, probability: Double, using generator: Generator) throws(TorchError) -> Tensor {
    try generator.made("dropout", x) { ct_dropout($0, $1, probability, $2) }
}

// MARK: - Pooling

/// The largest number of each window; padding does not count.
///
/// [N, C, H, W] → [N, C, H′, W′], H′ = (H + 2 · padding − kernel) ⁄ stride + 1, rounded down, or up if `ceiling`: then
/// windows may hang over the far edges.
public func maxPool2d(
    _ x: Tensor, kernel: Int, stride: Int, padding: Int = 0, ceiling: Bool = false
) throws(TorchError) -> Tensor {
    try .made("maxPool2d", x) { ct_max_pool2d($0, $1, kernel, stride, padding, ceiling ? 1 : 0) }
}

/// The mean of each window: shapes as in `maxPool2d`, but padding counts as zeros.
public func averagePool2d(
    _ x: Tensor, kernel: Int, stride: Int, padding: Int = 0, ceiling: Bool = false
) throws(TorchError) -> Tensor {
    try .made("averagePool2d", x) { ct_average_pool2d($0, $1, kernel, stride, padding, ceiling ? 1 : 0) }
}

/// The mean over rows and columns: [N, C, H, W] → [N, C].
public func globalAveragePool2d(_ x: Tensor) throws(TorchError) -> Tensor { try x.mean(along: [-2, -1]) }

/// Means over a grid of `rows` × `columns` windows that cover the image: [N, C, H, W] → [N, C, rows, columns].
public func adaptiveAveragePool2d(_ x: Tensor, rows: Int, columns: Int) throws(TorchError) -> Tensor {
    try .made("adaptiveAveragePool2d", x) { ct_adaptive_average_pool2d($0, $1, rows, columns) }
}

/// The largest numbers over a grid of `rows` × `columns` windows: [N, C, H, W] → [N, C, rows, columns].
public func adaptiveMaxPool2d(_ x: Tensor, rows: Int, columns: Int) throws(TorchError) -> Tensor {
    try .made("adaptiveMaxPool2d", x) { ct_adaptive_max_pool2d($0, $1, rows, columns) }
}

// MARK: - Loss

/// How badly logits [N, classes] fit the labels: −log of the softmax at the label, the mean over the batch → [].
///
/// `labels` are [N] class numbers as 64-bit integers, or [N, classes] probabilities. `labelSmoothing` (0…1) moves that
/// part of the target evenly to all classes. With `classWeights` [classes], the mean over class numbers is weighted.
public func crossEntropy(
    _ logits: Tensor, _ labels: Tensor, classWeights: Tensor? = nil, labelSmoothing: Double = 0
) throws(TorchError) -> Tensor {
    try .made("crossEntropy", logits, labels, classWeights) { ct_cross_entropy($0, $1, $2, $3, labelSmoothing) }
}

/// How badly logits [N, labels] fit targets [N, labels], each 0…1 and a question of its own → [].
///
/// The mean over all of them of max(x, 0) − x·t + log(1 + e^(−|x|)), which is −log of the probability that the sigmoid
/// gives to the truth. `weights`, [labels] each, say how much that counts where the truth is 1, and where it is 0.
public func binaryCrossEntropy(
    _ logits: Tensor, _ targets: Tensor, weights: (ones: Tensor, zeros: Tensor)? = nil
) throws(TorchError) -> Tensor {
    let inputs = [logits, targets] + (weights.map { [$0.ones, $0.zeros] } ?? [])
    return try .made("binaryCrossEntropy", inputs) { result, tensors, count in
        ct_binary_cross_entropy(
            result, tensors?[0], tensors?[1], count > 2 ? tensors?[2] : nil, count > 2 ? tensors?[3] : nil)
    }
}
