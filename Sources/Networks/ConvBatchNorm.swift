// A convolution and its batch normalisation, which the residual and mobile networks are made of.

/// A convolution without bias, padded to keep the size at stride 1, then batch normalisation.
struct ConvBatchNorm {
    let convolution: WeightPath
    let norm: WeightPath
    let outputs: Int
    let kernel: Int
    let stride: Int
    let groups: Int
    let padding: PaddingStyle

    init(
        _ convolution: WeightPath, _ norm: WeightPath, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
        padding: PaddingStyle = .torchvision
    ) {
        (self.convolution, self.norm, self.outputs) = (convolution, norm, outputs)
        (self.kernel, self.stride, self.groups, self.padding) = (kernel, stride, groups, padding)
    }

    /// [N, C, H, W] → [N, outputs, H / stride, W / stride], rounded up.
    func callAsFunction(_ x: Signal) throws -> Signal {
        let padding = padding.around(rows: x.shape[1], columns: x.shape[2], kernel: kernel, stride: stride)
        let y = try Networks.convolution(
            x, convolution, outputs: outputs, kernel: kernel, stride: stride, padding: padding, groups: groups,
            hasBias: false)
        return try batchNorm(y, norm)
    }
}
