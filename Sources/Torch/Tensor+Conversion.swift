// The same numbers in another type, place or order of memory. Each returns the tensor itself where nothing changes.

internal import CTorch
public import WeightFiles

extension Tensor {
    /// The same numbers as another type; fractions are cut off if it is one of integers.
    public func to(_ type: ElementType) throws(TorchError) -> Tensor {
        try .made("to(\(type))", self) { ct_to_type($0, $1, type.torchNumber) }
    }

    /// The same numbers on a device.
    public func to(_ device: Device) throws(TorchError) -> Tensor {
        if device == self.device { return self }
        try device.requireAvailable("to(\(device))")
        return try .made("to(\(device))", self) { ct_to_device($0, $1, device.torchNumber) }
    }

    /// The same numbers on a device, or on their way there: the caller goes on at once.
    ///
    /// For batches. Operations on the copy wait for it by themselves. A tensor that is not in main memory is sent as by `to`.
    public func sent(to device: Device) throws(TorchError) -> Tensor {
        guard self.device == .cpu, device != .cpu else { return try to(device) }
        try device.requireAvailable("sent(to: \(device))")
        return try .made("sent(to: \(device))", self) { ct_send($0, $1, device.torchNumber) }
    }

    /// [N, C, H, W] with memory in the order [N, H, W, C], which convolutions prefer.
    public func toChannelsLast() throws(TorchError) -> Tensor {
        try .made("toChannelsLast", self) { ct_to_channels_last($0, $1) }
    }

    /// The same numbers with memory in row-major order.
    public func toRowMajor() throws(TorchError) -> Tensor { try .made("toRowMajor", self) { ct_contiguous($0, $1) } }

    /// A copy with memory of its own, through which gradients flow.
    public func clone() throws(TorchError) -> Tensor { try .made("clone", self) { ct_clone($0, $1) } }
}
