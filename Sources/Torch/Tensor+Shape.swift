// The same numbers in other shapes, joined, or picked. Dimensions may be counted from behind: −1 is the last.

internal import CTorch
public import Networks

// MARK: - Views: these share memory with the tensor they are made from

extension Tensor {
    /// Another shape with as many numbers; one size may be −1, which stands for what is left.
    ///
    /// Copies if it must.
    public func reshaped(_ shape: [Int]) throws(TorchError) -> Tensor {
        try .made("reshaped(\(shape))", self) { ct_reshape($0, $1, shape, shape.count) }
    }

    /// Dimension `order[i]` becomes dimension i.
    public func permuted(_ order: [Int]) throws(TorchError) -> Tensor {
        try .made("permuted(\(order))", self) { ct_permute($0, $1, order, order.count) }
    }

    /// Two dimensions change places; by default the last two.
    public func transposed(_ a: Int = -2, _ b: Int = -1) throws(TorchError) -> Tensor {
        try .made("transposed(\(a), \(b))", self) { ct_transpose($0, $1, a, b) }
    }

    /// The dimensions from one through another become one.
    ///
    /// Copies if it must.
    public func flattened(from first: Int = 0, through last: Int = -1) throws(TorchError) -> Tensor {
        try .made("flattened", self) { ct_flatten($0, $1, first, last) }
    }

    /// Dimensions of size 1, and new ones in front, repeat to the sizes of `shape`.
    public func broadcast(to shape: [Int]) throws(TorchError) -> Tensor {
        try .made("broadcast(to: \(shape))", self) { ct_expand($0, $1, shape, shape.count) }
    }

    /// A new dimension of size 1 at this place.
    public func insertingDimension(at dimension: Int) throws(TorchError) -> Tensor {
        try .made("insertingDimension(at: \(dimension))", self) { ct_insert_dimension($0, $1, dimension) }
    }

    /// Without this dimension, whose size must be 1.
    public func droppingDimension(_ dimension: Int) throws(TorchError) -> Tensor {
        try .made("droppingDimension(\(dimension))", self) { ct_drop_dimension($0, $1, dimension) }
    }

    /// One element of a dimension, which disappears.
    public func selected(_ index: Int, along dimension: Int = 0) throws(TorchError) -> Tensor {
        try .made("selected(\(index), along: \(dimension))", self) { ct_select($0, $1, dimension, index) }
    }

    /// A range of a dimension, or every `step`-th element of it.
    public func sliced(_ range: Range<Int>, along dimension: Int = 0, step: Int = 1) throws(TorchError) -> Tensor {
        try .made("sliced(\(range), along: \(dimension))", self) {
            ct_slice($0, $1, dimension, range.lowerBound, range.upperBound, step)
        }
    }

    /// `length` elements of a dimension from `start` on.
    public func narrowed(from start: Int, length: Int, along dimension: Int = 0) throws(TorchError) -> Tensor {
        try .made("narrowed(from: \(start), length: \(length), along: \(dimension))", self) {
            ct_slice($0, $1, dimension, start, start + length, 1)
        }
    }
}

// MARK: - Joining

/// Tensors one after another along a dimension; their other sizes are the same.
public func concatenate(_ tensors: [Tensor], along dimension: Int = 0) throws(TorchError) -> Tensor {
    try .made("concatenate", tensors) { ct_concatenate($0, $1, $2, dimension) }
}

/// Tensors of one shape beside each other along a new dimension.
public func stack(_ tensors: [Tensor], along dimension: Int = 0) throws(TorchError) -> Tensor {
    try .made("stack", tensors) { ct_stack($0, $1, $2, dimension) }
}

/// `value` around the last two dimensions, rows and columns.
public func pad(_ x: Tensor, _ padding: Padding, value: Double = 0) throws(TorchError) -> Tensor {
    let amounts = [padding.left, padding.right, padding.top, padding.bottom]
    return try .made("pad", x) { ct_pad($0, $1, amounts, amounts.count, value) }
}

/// `value` before and behind each of the last dimensions; `amounts` stand in the order of the dimensions.
public func pad(
    _ x: Tensor, _ amounts: [(before: Int, behind: Int)], value: Double = 0
) throws(TorchError) -> Tensor {
    let flat = amounts.reversed().flatMap { [$0.before, $0.behind] }
    return try .made("pad", x) { ct_pad($0, $1, flat, flat.count, value) }
}

// MARK: - Picking

extension Tensor {
    /// The elements of a dimension at `indices`, a row of integers, in their order.
    public func selected(at indices: Tensor, along dimension: Int = 0) throws(TorchError) -> Tensor {
        try .made("selected(at:)", self, indices) { ct_index_select($0, $1, dimension, $2) }
    }

    /// For each place of `indices`, the number at that place of this tensor, but for `dimension`, where the index counts.
    public func gathered(_ indices: Tensor, along dimension: Int) throws(TorchError) -> Tensor {
        try .made("gathered", self, indices) { ct_gather($0, $1, dimension, $2) }
    }

    /// [..] class numbers → [.., classes], 1 at the class and 0 elsewhere, as 64-bit integers.
    public func oneHot(_ classes: Int) throws(TorchError) -> Tensor {
        try .made("oneHot(\(classes))", self) { ct_one_hot($0, $1, classes) }
    }
}

/// The numbers of `x` where `condition`, a tensor of truth values, holds, and those of `y` elsewhere.
public func choose(_ condition: Tensor, _ x: Tensor, otherwise y: Tensor) throws(TorchError) -> Tensor {
    try .made("choose", condition, x, y) { ct_where($0, $1, $2, $3) }
}
