// How much of each pixel an outline covers.
//
// The exact area, by the accumulation of signed trapezoids: Levien, "Inside the fastest font renderer in the world", 2016,
// https://medium.com/@raphlinus/inside-the-fastest-font-renderer-in-the-world-75ae5270c445.

/// Numbers for a rectangle of pixels; zero outside.
struct Mask {
    let x: Int, y: Int, width: Int, height: Int
    var values: [Float]

    /// A rectangle of zeros.
    init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
        values = [Float](repeating: 0, count: width * height)
    }

    /// The coverage, 0…1, of an outline in pixels, on a canvas of `width` by `height`; `margin` leaves room for blurring.
    init(_ path: Path, canvas: (width: Int, height: Int), margin: Int = 2) {
        let low = path.points.reduce(Point(1e9, 1e9)) { Point(min($0.x, $1.x), min($0.y, $1.y)) }
        let high = path.points.reduce(Point(-1e9, -1e9)) { Point(max($0.x, $1.x), max($0.y, $1.y)) }
        // What lies further out than the margin can no longer reach the canvas.
        func bound(_ value: Float, _ size: Int) -> Int { Int(min(max(value, Float(-margin)), Float(size + margin))) }
        let left = bound(low.x.rounded(.down) - Float(margin), canvas.width)
        let top = bound(low.y.rounded(.down) - Float(margin), canvas.height)
        let right = bound(high.x.rounded(.up) + Float(margin), canvas.width)
        let bottom = bound(high.y.rounded(.up) + Float(margin), canvas.height)
        self.init(x: left, y: top, width: max(right - left, 1), height: max(bottom - top, 1))
        var rows = [Float](repeating: 0, count: (width + 2) * height)
        let origin = Point(Float(left), Float(top))
        for index in path.points.indices {
            let next = path.points[index + 1 == path.points.count ? 0 : index + 1]
            accumulate(path.points[index] - origin, next - origin, into: &rows)
        }
        for row in 0..<height {
            var sum: Float = 0
            for column in 0..<width {
                sum += rows[row * (width + 2) + column]
                values[row * width + column] = min(abs(sum), 1)
            }
        }
    }

    /// Adds, to each pixel of `rows`, how far the area to the right of the line from `a` to `b` changes there.
    private func accumulate(_ a: Point, _ b: Point, into rows: inout [Float]) {
        guard a.y != b.y else { return }
        let (sign, top, bottom): (Float, Point, Point) = a.y < b.y ? (1, a, b) : (-1, b, a)
        let slope = (bottom.x - top.x) / (bottom.y - top.y)
        let first = max(0, Int(top.y.rounded(.down)))
        let last = min(height, Int(bottom.y.rounded(.up)))
        guard first < last else { return }
        let limit = Float(width)
        for row in first..<last {
            let (y0, y1) = (max(Float(row), top.y), min(Float(row + 1), bottom.y))
            guard y1 > y0 else { continue }
            let ends = (top.x + (y0 - top.y) * slope, top.x + (y1 - top.y) * slope)
            let x0 = min(max(min(ends.0, ends.1), 0), limit)
            let x1 = min(max(max(ends.0, ends.1), 0), limit)
            let area = (y1 - y0) * sign
            let start = row * (width + 2)
            // Going right along the row, a line that rises evenly from x0 to x1 turns what is outside into inside. `before` is
            // how much of that has happened within the pixel to the left, on average.
            let rise = max(x1 - x0, 1e-6)
            func integral(_ x: Float) -> Float {
                x <= x0 ? 0 : x >= x1 ? x - 0.5 * (x0 + x1) : (x - x0) * (x - x0) / (2 * rise)
            }
            var before: Float = 0
            for column in Int(x0)...Int(x1) + 1 where column < width + 2 {
                let here = integral(Float(column + 1)) - integral(Float(column))
                rows[row * (width + 2) + column] += area * (here - before)
                before = here
            }
        }
    }

    /// At a pixel of the canvas.
    @inline(__always)
    subscript(x: Int, y: Int) -> Float {
        let (column, row) = (x - self.x, y - self.y)
        return column >= 0 && column < width && row >= 0 && row < height ? values[row * width + column] : 0
    }

    /// The same spread over a square of `radius` pixels to each side, `passes` times; three come close to a Gaussian.
    func blurred(_ radius: Int, passes: Int = 2) -> Mask {
        guard radius > 0 else { return self }
        var result = self
        boxBlur(&result.values, width: width, height: height, radius: radius, passes: passes)
        return result
    }
}

/// What a box blur adds and divides.
protocol Blurrable {
    static var zero: Self { get }
    static func + (a: Self, b: Self) -> Self
    static func - (a: Self, b: Self) -> Self
    static func * (a: Self, b: Float) -> Self
}

extension Float: Blurrable {}
extension SIMD4<Float>: Blurrable {}

/// Replaces each value by the mean over the square around it, `passes` times; beyond the edge, the edge's values go on.
func boxBlur<Value: Blurrable>(_ values: inout [Value], width: Int, height: Int, radius: Int, passes: Int) {
    // Down the columns all columns go at once, in the order of memory; so the rows are turned into columns too.
    for _ in 0..<passes { blurColumns(&values, width: width, height: height, radius: radius) }
    values = transposed(values, width: width, height: height)
    for _ in 0..<passes { blurColumns(&values, width: height, height: width, radius: radius) }
    values = transposed(values, width: height, height: width)
}

private func blurColumns<Value: Blurrable>(_ values: inout [Value], width: Int, height: Int, radius: Int) {
    let share = 1 / Float(2 * radius + 1)
    let before = values
    var sums = [Value](repeating: .zero, count: width)
    before.withUnsafeBufferPointer { before in
        values.withUnsafeMutableBufferPointer { values in
            sums.withUnsafeMutableBufferPointer { sums in
                for offset in -radius...radius {
                    let start = min(max(offset, 0), height - 1) * width
                    for column in 0..<width { sums[column] = sums[column] + before[start + column] }
                }
                for row in 0..<height {
                    let start = row * width
                    let (entering, leaving) = (min(row + radius + 1, height - 1) * width, max(row - radius, 0) * width)
                    for column in 0..<width {
                        values[start + column] = sums[column] * share
                        sums[column] = sums[column] + before[entering + column] - before[leaving + column]
                    }
                }
            }
        }
    }
}

private func transposed<Value>(_ values: [Value], width: Int, height: Int) -> [Value] {
    [Value](unsafeUninitializedCapacity: values.count) { result, count in
        values.withUnsafeBufferPointer { values in
            for top in stride(from: 0, to: height, by: 16) {
                for column in 0..<width {
                    for row in top..<min(top + 16, height) {
                        result.initializeElement(at: column * height + row, to: values[row * width + column])
                    }
                }
            }
        }
        count = values.count
    }
}
