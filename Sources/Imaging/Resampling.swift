// Resizing with the triangle filter, widened when it shrinks so that nothing is skipped: Pillow's BILINEAR. (And the
// weights of its LANCZOS, for `DifferenceHash`.)
//
// Pillow, src/libImaging/Resample.c (https://github.com/python-pillow/Pillow). Weights are rounded to 22 bits, the
// picture is resized along its rows, rounded to bytes, then along its columns. All of that is done here in the same
// arithmetic, so the results are equal to the bit; and any part of the result can be computed alone. (From version 13 on
// Pillow resizes the columns first where the height shrinks most; such pictures differ from ours by a level here and there.)

import CPixels
import Foundation

/// A rectangle of whole pixels.
struct Window: Hashable {
    var x, y, width, height: Int

    /// All of something.
    init(width: Int, height: Int) { self.init(x: 0, y: 0, width: width, height: height) }

    init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// The pixels that `box` covers, wholly or in part, of a picture of `width` × `height`; at least one.
    init(around box: Rectangle, width: Int, height: Int) {
        let left = min(max(Int(box.x.rounded(.down)), 0), width - 1)
        let top = min(max(Int(box.y.rounded(.down)), 0), height - 1)
        let right = min(max(Int((box.x + box.width).rounded(.up)), left + 1), width)
        let bottom = min(max(Int((box.y + box.height).rounded(.up)), top + 1), height)
        self.init(x: left, y: top, width: right - left, height: bottom - top)
    }
}

/// How much a pixel counts, by its distance from where the output's pixel lies: in input pixels, or in output pixels where
/// the picture shrinks.
enum ResizeFilter {
    /// Pillow's BILINEAR.
    case triangle
    /// Pillow's LANCZOS: a sinc, windowed by one three times as wide.
    case lanczos

    /// The distance from which on nothing counts.
    var support: Double { self == .triangle ? 1 : 3 }

    func weight(at distance: Double) -> Double {
        guard distance < support else { return 0 }
        return self == .triangle ? 1 - distance : sinc(distance) * sinc(distance / 3)
    }

    private func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
}

/// For each pixel of the output along one axis, the input pixels that make it, and their weights.
struct AxisWeights {
    private(set) var taps: [CPXTaps] = []
    private(set) var weights: [Int32] = []
    /// The input pixels that any of the taps needs.
    private(set) var inputs = 0..<0

    /// Weights for the pixels `outputs` out of `outputCount`.
    ///
    /// The input has `inputCount` pixels. The output covers `extent` of them from `origin` on, which are not whole numbers
    /// where the input is a JPEG decoded at a fraction of its size. A mirrored output counts from the other end.
    init(
        inputCount: Int, origin: Double = 0, extent: Double, outputCount: Int, outputs: Range<Int>,
        isMirrored: Bool = false, filter: ResizeFilter = .triangle
    ) {
        let scale = extent / Double(outputCount)
        let stretch = max(scale, 1)
        let support = filter.support * stretch
        taps.reserveCapacity(outputs.count)
        weights.reserveCapacity(outputs.count * (2 * Int(support.rounded(.up)) + 2))
        var row: [Double] = []
        for output in outputs {
            let centre = origin + (Double(output) + 0.5) * scale
            let first = max(Int(centre - support + 0.5), 0)
            let end = min(Int(centre + support + 0.5), inputCount)
            row.removeAll(keepingCapacity: true)
            var sum = 0.0
            for input in first..<end {
                let weight = filter.weight(at: abs((Double(input) - centre + 0.5) * (1 / stretch)))
                row.append(weight)
                sum += weight
            }
            append(row, sum: sum, first: first)
        }
        if isMirrored { taps.reverse() }
    }

    /// Weights by hand: for each output the first input that it needs, and its weights, which are not negative and add up
    /// to 1.
    ///
    /// The first inputs ascend, and so do the last ones.
    init(rows: [(first: Int, weights: [Double])]) {
        for row in rows { append(row.weights, sum: 1, first: row.first) }
    }

    /// Adds the next output.
    private mutating func append(_ row: [Double], sum: Double, first: Int) {
        taps.append(CPXTaps(first: Int32(first), count: Int32(row.count), weights: Int32(weights.count)))
        for weight in row {
            weights.append(Int32((weight < 0 ? -0.5 : 0.5) + weight / sum * Double(1 << CPX_PRECISION)))
        }
        if row.count % 2 == 1 { weights.append(0) }
        inputs = (taps.count == 1 ? first : inputs.lowerBound)..<(first + row.count)
    }

    /// The same weights, counted from the first input that is needed.
    func fromFirstInput() -> AxisWeights {
        var result = self
        for index in taps.indices { result.taps[index].first -= Int32(inputs.lowerBound) }
        return result
    }
}

/// A resize: to what size, which part of that is wanted, and in which direction it is written.
struct Resampling: Hashable {
    /// The size of the whole result, in pixels.
    var width, height: Int
    /// The part of the result that is computed.
    var window: Window
    /// Whether that part is written from right to left, and from the bottom to the top.
    var isMirrored = false, isFlipped = false
}

/// Resizes what `box` covers of `source`, as if there were nothing around it, and writes a part of that.
///
/// `box` is in the source's pixels; at its sides pixels count whole that it covers in part. Row y of the part begins at
/// `destination + y * stride`; it must not overlap the workspace's `rows`.
func resize(
    _ source: Raster, box: Rectangle, _ resampling: Resampling, into destination: UnsafeMutablePointer<UInt8>,
    stride: Int, in workspace: Workspace
) {
    let inside = Window(around: box, width: source.width, height: source.height)
    let source = source.part(inside)
    let window = resampling.window
    let columns = AxisWeights(
        inputCount: source.width, origin: box.x - Double(inside.x), extent: box.width, outputCount: resampling.width,
        outputs: window.x..<window.x + window.width, isMirrored: resampling.isMirrored)
    let rows = AxisWeights(
        inputCount: source.height, origin: box.y - Double(inside.y), extent: box.height,
        outputCount: resampling.height, outputs: window.y..<window.y + window.height, isMirrored: resampling.isFlipped)
    carryOut(columns, rows, on: source, into: destination, stride: stride, in: workspace)
}

/// Makes the pixels that the weights describe out of those of `source`, along its rows and then along its columns.
func carryOut(
    _ columns: AxisWeights, _ rows: AxisWeights, on source: Raster, into destination: UnsafeMutablePointer<UInt8>,
    stride: Int, in workspace: Workspace
) {
    let width = columns.taps.count
    let between = 3 * width
    let buffer = workspace.rows.room(for: between * rows.inputs.count)
    cpx_resize_rows(
        source.base + source.stride * rows.inputs.lowerBound, source.stride, source.readableEnd,
        buffer, between, Int32(rows.inputs.count), columns.taps, columns.weights, Int32(width))
    for (y, taps) in rows.fromFirstInput().taps.enumerated() {
        rows.weights.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else { return }
            cpx_sum_rows(
                buffer + between * Int(taps.first), between, taps.count, weights + Int(taps.weights),
                destination + y * stride, Int32(between))
        }
    }
}
