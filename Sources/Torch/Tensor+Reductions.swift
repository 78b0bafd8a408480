// Many numbers to few. Without dimensions, all numbers to one.

internal import CTorch

extension Tensor {
    /// The sum along `dimensions`.
    ///
    /// `keeping`: these stay, with size 1. Of integers and truth values, 64-bit integers.
    public func sum(along dimensions: [Int] = [], keeping: Bool = false) throws(TorchError) -> Tensor {
        try .made("sum", self) { ct_sum($0, $1, dimensions, dimensions.count, keeping ? 1 : 0) }
    }

    /// The mean along `dimensions`, of floating-point numbers.
    public func mean(along dimensions: [Int] = [], keeping: Bool = false) throws(TorchError) -> Tensor {
        try .made("mean", self) { ct_mean($0, $1, dimensions, dimensions.count, keeping ? 1 : 0) }
    }

    /// The largest number along `dimensions`.
    ///
    /// A gradient is shared evenly among equals.
    public func max(along dimensions: [Int] = [], keeping: Bool = false) throws(TorchError) -> Tensor {
        try .made("max", self) { ct_largest($0, $1, dimensions, dimensions.count, keeping ? 1 : 0) }
    }

    /// The smallest number along `dimensions`.
    ///
    /// A gradient is shared evenly among equals.
    public func min(along dimensions: [Int] = [], keeping: Bool = false) throws(TorchError) -> Tensor {
        try .made("min", self) { ct_smallest($0, $1, dimensions, dimensions.count, keeping ? 1 : 0) }
    }

    /// (Σ |x|ᵖ)^(1 ⁄ p) along `dimensions`, p = `order`.
    public func norm(
        order: Double = 2, along dimensions: [Int] = [], keeping: Bool = false
    ) throws(TorchError) -> Tensor {
        try .made("norm", self) { ct_norm($0, $1, order, dimensions, dimensions.count, keeping ? 1 : 0) }
    }

    /// Where the largest number along a dimension is, as 64-bit integers.
    public func argmax(along dimension: Int, keeping: Bool = false) throws(TorchError) -> Tensor {
        try .made("argmax", self) { ct_argmax($0, $1, dimension, keeping ? 1 : 0) }
    }

    /// The `count` largest numbers along a dimension, from the largest down, and where they are, as 64-bit integers.
    public func topK(_ count: Int, along dimension: Int = -1) throws(TorchError) -> (values: Tensor, indices: Tensor) {
        try Tensor.madeTwo("topK(\(count))", self) { ct_topk($0, $1, count, dimension) }
    }
}
