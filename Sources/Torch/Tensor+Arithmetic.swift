// Number by number. Shapes need not be equal: as in NumPy, sizes of 1 repeat, and missing dimensions are added in front.

internal import CTorch

extension Tensor {
    /// The sum, number by number.
    public static func + (x: Tensor, y: Tensor) throws(TorchError) -> Tensor {
        try made("+", x, y) { ct_add($0, $1, $2) }
    }

    /// The difference, number by number.
    public static func - (x: Tensor, y: Tensor) throws(TorchError) -> Tensor {
        try made("-", x, y) { ct_subtract($0, $1, $2) }
    }

    /// The product, number by number; `matmul` is the product of matrices.
    public static func * (x: Tensor, y: Tensor) throws(TorchError) -> Tensor {
        try made("*", x, y) { ct_multiply($0, $1, $2) }
    }

    /// The quotient, number by number; a floating-point number also for integers.
    public static func / (x: Tensor, y: Tensor) throws(TorchError) -> Tensor {
        try made("/", x, y) { ct_divide($0, $1, $2) }
    }

    /// Each number and `y` more.
    public static func + (x: Tensor, y: Double) throws(TorchError) -> Tensor {
        try made("+", x) { ct_add_number($0, $1, y) }
    }

    /// Each number and `y` less.
    public static func - (x: Tensor, y: Double) throws(TorchError) -> Tensor { try x + -y }

    /// `x` less each number.
    public static func - (x: Double, y: Tensor) throws(TorchError) -> Tensor {
        try made("-", y) { ct_subtract_from_number($0, x, $1) }
    }

    /// Each number times `y`.
    public static func * (x: Tensor, y: Double) throws(TorchError) -> Tensor {
        try made("*", x) { ct_multiply_number($0, $1, y) }
    }

    /// Each number times `x`.
    public static func * (x: Double, y: Tensor) throws(TorchError) -> Tensor { try y * x }

    /// Each number divided by `y`.
    public static func / (x: Tensor, y: Double) throws(TorchError) -> Tensor {
        try made("/", x) { ct_divide_number($0, $1, y) }
    }

    /// Each number with the other sign.
    public static prefix func - (x: Tensor) throws(TorchError) -> Tensor { try made("-", x) { ct_negate($0, $1) } }

    /// Each number raised to a power.
    public func power(_ exponent: Double) throws(TorchError) -> Tensor {
        try .made("power(\(exponent))", self) { ct_power($0, $1, exponent) }
    }

    /// Each number without its sign.
    public func absolute() throws(TorchError) -> Tensor { try .made("absolute", self) { ct_absolute($0, $1) } }

    /// e raised to each number.
    public func exp() throws(TorchError) -> Tensor { try .made("exp", self) { ct_exp($0, $1) } }

    /// The natural logarithm of each number; NaN below 0.
    public func log() throws(TorchError) -> Tensor { try .made("log", self) { ct_log($0, $1) } }

    /// The square root of each number; NaN below 0.
    public func squareRoot() throws(TorchError) -> Tensor { try .made("squareRoot", self) { ct_sqrt($0, $1) } }

    /// Numbers below `lowest` become it, numbers above `highest` become that; nil is no bound.
    public func clamped(from lowest: Double? = nil, to highest: Double? = nil) throws(TorchError) -> Tensor {
        try .made("clamped", self) { result, x in
            withOptionalPointer(lowest) { lowest in
                withOptionalPointer(highest) { highest in ct_clamp(result, x, lowest, highest) }
            }
        }
    }

    /// The smaller number of two, place by place.
    public func minimum(_ other: Tensor) throws(TorchError) -> Tensor {
        try .made("minimum", self, other) { ct_minimum($0, $1, $2) }
    }

    /// The larger number of two, place by place.
    public func maximum(_ other: Tensor) throws(TorchError) -> Tensor {
        try .made("maximum", self, other) { ct_maximum($0, $1, $2) }
    }
}

// MARK: - Comparisons: tensors of truth values

extension Tensor {
    /// Where two tensors have the same number.
    public func isEqual(to other: Tensor) throws(TorchError) -> Tensor {
        try .made("isEqual(to:)", self, other) { ct_equal($0, $1, $2) }
    }

    /// Where the number is `value`.
    public func isEqual(to value: Double) throws(TorchError) -> Tensor {
        try .made("isEqual(to: \(value))", self) { ct_equal_number($0, $1, value) }
    }

    /// Where the number is smaller than the other's.
    public func isLess(than other: Tensor) throws(TorchError) -> Tensor {
        try .made("isLess(than:)", self, other) { ct_less($0, $1, $2) }
    }

    /// Where the number is smaller than `value`.
    public func isLess(than value: Double) throws(TorchError) -> Tensor {
        try .made("isLess(than: \(value))", self) { ct_less_number($0, $1, value) }
    }

    /// Where the number is smaller than the other's or the same.
    public func isLessOrEqual(to other: Tensor) throws(TorchError) -> Tensor {
        try .made("isLessOrEqual(to:)", self, other) { ct_less_or_equal($0, $1, $2) }
    }

    /// Where the number is larger than `value`.
    public func isGreater(than value: Double) throws(TorchError) -> Tensor {
        try .made("isGreater(than: \(value))", self) { ct_greater_number($0, $1, value) }
    }

    /// True becomes false and false true.
    public func negated() throws(TorchError) -> Tensor { try .made("negated", self) { ct_not($0, $1) } }

    /// Where the number is neither infinite nor NaN.
    public func isFinite() throws(TorchError) -> Tensor { try .made("isFinite", self) { ct_is_finite($0, $1) } }
}

private func withOptionalPointer<Result>(_ value: Double?, _ body: (UnsafePointer<Double>?) -> Result) -> Result {
    guard let value else { return body(nil) }
    return withUnsafePointer(to: value) { body($0) }
}
