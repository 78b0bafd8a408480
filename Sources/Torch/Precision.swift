// How many bits the numbers between the layers have.

internal import CTorch

/// The width of the numbers that a network computes with; its weights have 32 bits in either case.
public enum Precision: String, CaseIterable, Codable, Sendable {
    /// 32-bit floats throughout.
    case float32
    /// Convolutions and products of matrices in bfloat16, and what needs more in 32 bits: libtorch's "autocast".
    ///
    /// Meant for NVIDIA GPUs from Ampere on, where it is two to three times as fast. bfloat16 has the range of 32-bit
    /// floats, so losses need no scaling. Micikevicius et al., "Mixed Precision Training", 2017,
    /// https://arxiv.org/abs/1710.03740; Kalamkar et al., "A Study of BFLOAT16 for Deep Learning Training", 2019,
    /// https://arxiv.org/abs/1905.12322.
    case mixed
}

extension Precision {
    /// Runs `body`, whose operations on `device` have this precision.
    ///
    /// Only what `body` does on this thread: the way back from a loss takes each operation's own type.
    func applied<Result>(
        on device: Device, _ body: () throws(TorchError) -> Result
    ) throws(TorchError) -> Result {
        guard self == .mixed else { return try body() }
        let before = ct_set_autocast(device.torchNumber, 1)
        defer { _ = ct_set_autocast(device.torchNumber, before) }
        return try body()
    }
}
